package clock_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// stage is a Virtual clock with a record of what happens on it. The record has
// no lock on purpose: turns alone must make it safe, and the race detector says
// so if they do not.
type stage struct {
	*clock.Virtual
	events []string
}

func newStage() *stage { return &stage{Virtual: clock.NewVirtual(noon())} }

// note records "name@milliseconds".
func (s *stage) note(name string) {
	s.events = append(s.events, fmt.Sprintf("%s@%d", name, s.Now().Sub(noon()).Milliseconds()))
}

func (s *stage) noting(name string) func() { return func() { s.note(name) } }

// sleeper starts a goroutine that sleeps and records how that ended.
func (s *stage) sleeper(ctx context.Context, name string, d time.Duration) {
	s.Go(func() {
		if err := s.Sleep(ctx, d); err != nil {
			name += " " + err.Error()
		}
		s.note(name)
	})
}

func (s *stage) want(t *testing.T, events ...string) {
	t.Helper()
	if diff := cmp.Diff(events, s.events, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("events, name@milliseconds (-want +got):\n%s", diff)
	}
}

// hashed returns a number below n that depends on its arguments alone.
func hashed(n uint32, of ...any) time.Duration {
	h := fnv.New32a()
	fmt.Fprintln(h, of...)
	return time.Duration(h.Sum32() % n)
}

// crowd plays 50 goroutines that sleep, spawn, set and stop timers and are cut
// short, all by hash, with so few different durations that most moments have
// several of them at once.
func crowd() []string {
	s := newStage()
	s.Run(func() {
		for i := range 50 {
			ctx, cancel := context.WithCancel(context.Background())
			stop := s.AfterFunc(hashed(20, i, "limit")*time.Millisecond, cancel)
			s.Go(func() { s.member(ctx, i, stop) })
		}
		s.Quiet(time.Hour)
	})
	return s.events
}

// member is one of the crowd.
func (s *stage) member(ctx context.Context, i int, stop func() bool) {
	for round := range 5 {
		name := fmt.Sprintf("%d.%d", i, round)
		err := s.Sleep(ctx, hashed(4, i, round)*time.Millisecond)
		s.note(fmt.Sprint(name, " ", err))
		if err != nil {
			s.sleeper(context.Background(), name+" late", hashed(4, name)*time.Millisecond)
			return
		}
		s.Go(s.noting(name + " child"))
	}
	s.note(fmt.Sprint(i, " stopped ", stop()))
}

// TestVirtualRepeatsItself: the promise of the whole package.
func TestVirtualRepeatsItself(t *testing.T) {
	t.Parallel()
	want := crowd()
	if len(want) < 300 {
		t.Fatalf("only %d events, the crowd did not play", len(want))
	}
	for run := range 100 {
		if diff := cmp.Diff(want, crowd()); diff != "" {
			t.Fatalf("run %d differs (-first +this):\n%s", run, diff)
		}
	}
}

// TestVirtualTurns: who got a token first runs first, and nobody runs while
// another has the turn, however long that takes in real time.
func TestVirtualTurns(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.Run(func() {
		s.AfterFunc(time.Millisecond, s.noting("timer"))
		s.Go(s.noting("first"))
		s.Go(s.noting("second"))
		for range 1000 {
			runtime.Gosched()
		}
		s.note("driver")
		if err := s.Sleep(context.Background(), 0); err != nil {
			t.Error(err)
		}
		s.note("driver again")
	})
	s.want(t, "driver@0", "first@0", "second@0", "driver again@0")
}

// TestQuiet: which timers a horizon reaches, and where the clock then stands.
func TestQuiet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reason string
		timers       []int // due times, milliseconds
		horizon      time.Duration
		want         []string
	}{
		{"nothing pending", "a thread that is done is quiet at once",
			nil, time.Second, []string{"quiet@0"}},
		{"timer within", "a backoff is part of the work",
			[]int{700}, time.Second, []string{"timer@700", "quiet@700"}},
		{"timer at the horizon", "the horizon itself belongs to it",
			[]int{1000}, time.Second, []string{"timer@1000", "quiet@1000"}},
		{"timer beyond", "a daily job must neither run nor be waited for",
			[]int{1001}, time.Second, []string{"quiet@0"}},
		{"chain", "each thing that runs starts the horizon anew",
			[]int{800, 1600, 2400, 3500}, time.Second, []string{"timer@800", "timer@1600", "timer@2400", "quiet@2400"}},
		{"no horizon", "what is due now runs, nothing else",
			[]int{0, 1}, 0, []string{"timer@0", "quiet@0"}},
		{"forever", "whoever wants the very end gets it",
			[]int{1, 86_400_000}, clock.Forever, []string{"timer@1", "timer@86400000", "quiet@86400000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage()
			s.Run(func() {
				for _, due := range c.timers {
					s.AfterFunc(time.Duration(due)*time.Millisecond, s.noting("timer"))
				}
				s.AfterFunc(clock.Forever, s.noting("never"))
				s.sleeper(context.Background(), "forever", clock.Forever)
				s.Quiet(c.horizon)
				s.note("quiet")
			})
			if s.want(t, c.want...); t.Failed() {
				t.Logf("this matters because %s", c.reason)
			}
		})
	}
}

// TestQuietTogether: stories side by side wait for quiet with horizons of their
// own; the nearest in time goes first, and a story that works on keeps time
// from passing.
func TestQuietTogether(t *testing.T) {
	t.Parallel()
	s := newStage()
	story := func(name string, horizon time.Duration) {
		s.Go(func() {
			s.Quiet(horizon)
			s.note(name)
			s.sleeper(context.Background(), name+" work", 10*time.Millisecond)
			s.Quiet(horizon)
			s.note(name + " done")
		})
	}
	s.Run(func() {
		s.AfterFunc(50*time.Millisecond, s.noting("timer"))
		story("far", time.Second)
		story("near", 20*time.Millisecond)
		s.Quiet(clock.Forever)
	})
	s.want(t, "near@0", "near work@10", "near done@10", "timer@50", "far@50", "far work@60", "far done@60")
}

// TestRunEnds: what can run at the last moment has run, later timers wait for
// the next Run, and no time passes in between.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.Run(func() {
		s.AfterFunc(time.Millisecond, s.noting("later"))
		s.Go(func() { s.AfterFunc(0, s.noting("now")) })
	})
	s.want(t, "now@0")
	s.Run(func() {
		s.want(t, "now@0")
		s.Quiet(time.Second)
	})
	s.want(t, "now@0", "later@1")
}

// TestGoBeforeRun: workers may be started while a program is put together.
func TestGoBeforeRun(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.sleeper(context.Background(), "worker", time.Millisecond)
	s.Run(func() { s.Quiet(time.Second) })
	s.want(t, "worker@1")
}

// TestCancelBeforeJump: time does not move before a cancellation was noticed,
// and those who are cancelled together wake in the order they fell asleep.
func TestCancelBeforeJump(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.Run(func() {
		ctx, cancel := context.WithCancel(context.Background())
		for _, name := range []string{"a", "b", "c", "d"} {
			child, stop := context.WithCancel(ctx)
			defer stop()
			s.sleeper(child, name, hashed(9, name)*time.Hour+time.Hour)
		}
		s.AfterFunc(2*time.Millisecond, s.noting("timer"))
		s.AfterFunc(time.Millisecond, func() {
			cancel()
			s.Go(s.noting("started after cancel"))
		})
		s.Quiet(time.Second)
	})
	s.want(t, "started after cancel@1", "a context canceled@1", "b context canceled@1",
		"c context canceled@1", "d context canceled@1", "timer@2")
}

// TestCancelAtDueTime: at one moment it counts what was set first.
func TestCancelAtDueTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limitFirst bool
		want       string
	}{
		"limit set first": {true, "sleeper context canceled@5"},
		"sleep set first": {false, "sleeper@5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage()
			s.Run(func() {
				ctx, cancel := context.WithCancel(context.Background())
				limit := func() { s.AfterFunc(5*time.Millisecond, cancel) }
				sleep := func() { s.sleeper(ctx, "sleeper", 5*time.Millisecond); s.Quiet(0) }
				order := []func(){sleep, limit}
				if c.limitFirst {
					slices.Reverse(order)
				}
				for _, set := range order {
					set()
				}
				s.Quiet(time.Second)
			})
			s.want(t, c.want)
		})
	}
}

// TestCancelFromOutside: a signal handler cancels while everybody sleeps, in a
// Run or outside of any.
func TestCancelFromOutside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			synctest.Wait()
			cancel()
		}()
		s.sleeper(ctx, "worker", clock.Forever)
		s.Run(func() {
			err := s.Sleep(ctx, clock.Forever)
			s.note(fmt.Sprint("driver ", err))
		})
		s.want(t, "worker context canceled@0", "driver context canceled@0")

		again, stop := context.WithCancel(context.Background())
		s.sleeper(again, "idle", time.Hour)
		synctest.Wait()
		stop()
		synctest.Wait()
		s.Run(func() {})
		s.want(t, "worker context canceled@0", "driver context canceled@0", "idle context canceled@0")
	})
}

// TestStrangers: who holds no token learns what to do instead of hanging, and
// leaves the clock as it was.
func TestStrangers(t *testing.T) {
	t.Parallel()
	s := newStage()
	for name, call := range map[string]func(){
		"Sleep":   func() { t.Error(s.Sleep(context.Background(), time.Second)) },
		"Quiet":   func() { s.Quiet(0) },
		"Advance": func() { t.Error(s.Advance(time.Second)) },
	} {
		if got := fmt.Sprint(panicOf(call)); !strings.Contains(got, "drive the program by Run") {
			t.Errorf("%s: panic %q, want one that names Run", name, got)
		}
	}
	s.Run(func() {
		s.Quiet(clock.Forever)
		s.note("quiet")
	})
	s.want(t, "quiet@0")
}

// panicOf calls f and returns what it panicked with.
func panicOf(f func()) (reason any) {
	defer func() { reason = recover() }()
	f()
	return nil
}

// TestRunPanics: a failing story must not stop the clock for the next.
func TestRunPanics(t *testing.T) {
	t.Parallel()
	s := newStage()
	if got := panicOf(func() { s.Run(func() { panic("story") }) }); got != "story" {
		t.Errorf("panic %v, want that of the function", got)
	}
	s.Run(func() {
		s.Go(runtime.Goexit)
		s.Quiet(0)
		s.note("after")
	})
	s.want(t, "after@0")
}

// TestRunTogether: several drivers, each on a goroutine of its own, and
// strangers who set and stop timers; all end, and the race detector is content.
func TestRunTogether(t *testing.T) {
	t.Parallel()
	s := newStage()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s.Run(func() {
				s.sleeper(context.Background(), "worker", hashed(5, i)*time.Millisecond)
				s.Quiet(time.Second)
				s.note("driver")
			})
		})
		wg.Go(func() { s.AfterFunc(clock.Forever, func() { t.Error("fired") })() })
		wg.Go(func() { s.Go(s.noting("stranger")) })
	}
	wg.Wait()
	s.Run(func() { s.Quiet(clock.Forever) })
	if got := len(s.events); got != 24 {
		t.Errorf("%d events, want 24:\n%s", got, strings.Join(s.events, "\n"))
	}
}
