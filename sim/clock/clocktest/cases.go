package clocktest

import (
	"context"
	"runtime"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// nowCases are the promises of Now and Go.
func nowCases() []testCase {
	bg := context.Background()
	return []testCase{
		{"now moves by exactly what passes", "webhook timestamps and dedup windows are computed from it", func(b *bench) {
			b.pass(90 * time.Minute)
			b.note("now")
			b.want("now@5400")
		}},
		{"now is in UTC", "the journal must read the same on every machine", func(b *bench) {
			if got := b.Now().Location(); got != time.UTC {
				b.Errorf("location %v, want UTC", got)
			}
		}},
		{"go within go within go", "a webhook handler starts a worker, which starts another", func(b *bench) {
			b.Go(func() {
				b.note("outer")
				b.Go(func() { b.sleeper(bg, "inner", time.Second) })
			})
			b.settle()
			b.pass(time.Second)
			b.want("outer@0", "inner@1")
		}},
	}
}

// sleepCases are the promises of Sleep while nobody cuts it short.
func sleepCases() []testCase {
	bg := context.Background()
	return []testCase{
		{"sleep lasts as long as asked", "a backoff that ends early breaks the documented schedule", func(b *bench) {
			b.sleeper(bg, "awake", 2*time.Second)
			b.settle()
			b.pass(time.Second)
			b.want()
			b.pass(time.Second)
			b.want("awake@2")
		}},
		{"sleepers wake in the order of their due times", "stories with different waits share one clock", func(b *bench) {
			for i, name := range []string{"c", "a", "d", "b"} {
				b.sleeper(bg, name, []time.Duration{3, 1, 4, 2}[i]*time.Second)
			}
			b.settle()
			for range 4 {
				b.pass(time.Second)
			}
			b.want("a@1", "b@2", "c@3", "d@4")
		}},
		{"sleep of nothing returns at once", "a wait whose end is already past must not wait", func(b *bench) {
			b.sleeper(bg, "zero", 0)
			b.settle()
			b.sleeper(bg, "negative", -time.Hour)
			b.settle()
			b.want("zero@0", "negative@0")
		}},
		{"sleep of nothing in a timer", "an attempt with no delay to wait for must not hang Advance", func(b *bench) {
			b.AfterFunc(time.Second, func() {
				if err := b.Sleep(bg, 0); err != nil {
					b.Error(err)
				}
				b.note("awake")
			})
			b.pass(time.Second)
			b.want("awake@1")
		}},
	}
}

// cancelCases are the promises of Sleep with a context that ends.
func cancelCases() []testCase {
	bg := context.Background()
	return []testCase{
		{"sleep with a finished context tells why", "a cancelled retry loop must end instead of waiting", func(b *bench) {
			ctx, cancel := context.WithCancel(bg)
			cancel()
			b.sleeper(ctx, "zero", 0)
			b.settle()
			b.sleeper(ctx, "hour", time.Hour)
			b.settle()
			b.want("zero context canceled@0", "hour context canceled@0")
		}},
		{"cancel wakes a sleeper without time passing", "a client that hangs up must free its handler", func(b *bench) {
			ctx, cancel := context.WithCancel(bg)
			b.sleeper(ctx, "hour", time.Hour)
			b.sleeper(ctx, "forever", clock.Forever)
			b.settle()
			b.pass(time.Second)
			b.Go(cancel)
			b.settle()
			b.log.sort() // two who wake for one reason: no clock but Virtual orders them
			b.want("forever context canceled@1", "hour context canceled@1")
		}},
		{"forever outlasts any time", "a vendor that never answers must not answer after a year", func(b *bench) {
			ctx, cancel := context.WithCancel(bg)
			b.sleeper(ctx, "forever", clock.Forever)
			b.settle()
			b.pass(100 * 365 * 24 * time.Hour)
			b.want()
			b.Go(cancel)
			b.settle()
			b.want("forever context canceled@3.1536e+09")
		}},
		{"time limit by timer and cancel", "how every client in the sandbox limits its calls", func(b *bench) {
			ctx, cancel := context.WithCancel(bg)
			b.AfterFunc(2*time.Second, cancel)
			b.sleeper(ctx, "call", clock.Forever)
			b.settle()
			b.pass(2 * time.Second)
			b.want("call context canceled@2")
		}},
	}
}

// timerCases are the promises of AfterFunc when nobody stops it.
func timerCases() []testCase {
	return []testCase{
		{"timer fires once, when due", "a webhook must neither be early nor come twice", func(b *bench) {
			b.AfterFunc(time.Second, b.noting("fired"))
			b.want()
			for range 3 {
				b.pass(time.Second)
			}
			b.want("fired@1")
		}},
		{"timers fire in the order of their due times", "statuses follow one another: sent, delivered, read", func(b *bench) {
			b.AfterFunc(3*time.Second, b.noting("read"))
			b.AfterFunc(1*time.Second, b.noting("sent"))
			b.AfterFunc(2*time.Second, b.noting("delivered"))
			b.pass(time.Minute)
			b.want("sent@1", "delivered@2", "read@3")
		}},
		{"timer set by a timer", "a refused webhook schedules its own redelivery", func(b *bench) {
			b.AfterFunc(time.Second, func() {
				b.note("first")
				b.AfterFunc(time.Second, b.noting("second"))
			})
			b.pass(3 * time.Second)
			b.want("first@1", "second@2")
		}},
		{"timer without delay fires without time passing", "a webhook that is due now goes out on a clock that stands still", func(b *bench) {
			b.AfterFunc(0, b.noting("zero"))
			b.settle()
			b.AfterFunc(-time.Hour, b.noting("negative"))
			b.settle()
			b.want("zero@0", "negative@0")
		}},
		{"timer of forever never fires", "no limit is a limit of Forever", func(b *bench) {
			stop := b.AfterFunc(clock.Forever, b.noting("fired"))
			b.pass(100 * 365 * 24 * time.Hour)
			b.want()
			b.wantStop(stop, true, "of a timer that never fires")
		}},
	}
}

// stopCases are the promises of AfterFunc when not everything goes its way.
func stopCases() []testCase {
	return []testCase{
		{"stopped timer does not fire", "an answer in time takes back its time limit", func(b *bench) {
			stop := b.AfterFunc(time.Second, b.noting("stopped"))
			b.AfterFunc(time.Second, b.noting("kept"))
			b.wantStop(stop, true, "before it fired")
			b.wantStop(stop, false, "for the second time")
			b.pass(time.Minute)
			b.want("kept@1")
		}},
		{"stop comes too late", "the caller must learn that the limit struck first", func(b *bench) {
			stop := b.AfterFunc(time.Second, b.noting("fired"))
			b.pass(time.Second)
			b.wantStop(stop, false, "after it fired")
			b.want("fired@1")
		}},
		{"timer stops a later one", "the first of several limits takes back the others", func(b *bench) {
			later := b.AfterFunc(2*time.Second, b.noting("later"))
			b.AfterFunc(time.Second, func() { b.wantStop(later, true, "from an earlier timer") })
			b.pass(time.Minute)
			b.want()
		}},
		{"timer function that ends its goroutine", "a failing check inside a fake must not hang the suite", func(b *bench) {
			b.AfterFunc(time.Second, runtime.Goexit)
			b.AfterFunc(2*time.Second, b.noting("next"))
			b.pass(time.Minute)
			b.want("next@2")
		}},
	}
}

// advanceCases are the promises of Advance. They call it whatever the
// subject's way to let time pass is.
func advanceCases() []testCase {
	return []testCase{
		{"advance says what came due", "the control API reports it to whoever moved the clock", func(b *bench) {
			b.AfterFunc(time.Second, b.noting("timer"))
			b.AfterFunc(time.Hour, b.noting("too late"))
			b.sleeper(context.Background(), "sleeper", 2*time.Second)
			b.settle()
			b.wantAdvance(2*time.Second, 2)
			b.settle()
			b.want("timer@1", "sleeper@2")
		}},
		{"advance waits for what it fires", "the control API answers only after webhooks were attempted", func(b *bench) {
			b.AfterFunc(time.Second, func() {
				b.AfterFunc(time.Second, b.noting("second"))
				b.note("first")
			})
			b.wantAdvance(2*time.Second, 2)
			b.want("first@1", "second@2")
		}},
		{"advances add up", "each wait of a story starts where the last one ended", func(b *bench) {
			b.wantAdvance(time.Second, 0)
			b.wantAdvance(0, 0)
			b.wantAdvance(time.Minute, 0)
			b.note("now")
			b.want("now@61")
		}},
		{"advance of what cannot be", "clocks only go forward, and not to the end of time", func(b *bench) {
			b.AfterFunc(time.Second, b.noting("fired"))
			for _, d := range []time.Duration{-time.Second, clock.Forever} {
				if fired, err := b.Advance(d); err == nil || fired != 0 {
					b.Errorf("Advance(%v) = %d, %v, want 0 and an error", d, fired, err)
				}
			}
			b.note("now")
			b.want("now@0")
		}},
	}
}

// wantAdvance advances the clock and compares how many fired.
func (b *bench) wantAdvance(d time.Duration, want int) {
	b.Helper()
	if fired, err := b.Advance(d); err != nil || fired != want {
		b.Errorf("Advance(%v) = %d, %v, want %d, nil", d, fired, err, want)
	}
}
