// Package clocktest is the conformance suite of clock.Clock: one suite that
// every clock passes, each driven in its own way.
//
//	Subject (how to make, drive and move one clock) ─▶ Run ─▶ a named case in
//	a testing/synctest bubble each, so that real time is simulated too
//
// It holds what all clocks have in common; what is special to one is tested
// beside it.
package clocktest

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Subject is a clock under test with the ways to handle it.
type Subject struct {
	// New makes the clock. It is called once for each case, inside its bubble.
	New func() clock.Clock

	// Drive runs the case. Nil calls body; a Virtual clock needs its Run.
	Drive func(c clock.Clock, body func())

	// Settle lets everything run that can run without time passing. Nil waits
	// until all goroutines of the bubble are blocked.
	Settle func(c clock.Clock)

	// Pass lets d pass. Nil advances the clock.
	Pass func(c clock.Clock, d time.Duration)
}

// Run checks the subject against everything that clock.Clock promises, each
// case as a parallel subtest.
func Run(t *testing.T, s Subject) {
	t.Helper()
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, s)
				b.drive(func() { c.check(b) })
				if t.Failed() {
					t.Logf("this matters because %s", c.reason)
				}
			})
		})
	}
}

// testCase is one promise; the reason, printed when it is broken, says who
// relies on it.
type testCase struct {
	name   string
	reason string
	check  func(b *bench)
}

// cases lists all promises.
func cases() []testCase {
	return slices.Concat(nowCases(), sleepCases(), cancelCases(), timerCases(), stopCases(), advanceCases())
}

// bench is the place where one case is checked. Its record holds what happened
// and when, as seconds since the start of the case.
type bench struct {
	*testing.T
	clock.Clock
	Subject
	start time.Time
	log   *record
}

// newBench fills in the subject's defaults.
func newBench(t *testing.T, s Subject) *bench {
	if s.Drive == nil {
		s.Drive = func(_ clock.Clock, body func()) { body() }
	}
	if s.Settle == nil {
		s.Settle = func(clock.Clock) { synctest.Wait() }
	}
	if s.Pass == nil {
		s.Pass = func(c clock.Clock, d time.Duration) {
			if _, err := c.Advance(d); err != nil {
				t.Errorf("Advance(%v): %v", d, err)
			}
		}
	}
	b := &bench{T: t, Clock: s.New(), Subject: s, log: new(record)}
	b.start = b.Now()
	return b
}

func (b *bench) drive(body func()) { b.Drive(b.Clock, body) }

func (b *bench) settle() { b.Settle(b.Clock) }

// pass lets d pass, and all that follows from it happen.
func (b *bench) pass(d time.Duration) {
	b.Pass(b.Clock, d)
	b.settle()
}

// note records that something happened now.
func (b *bench) note(what string) { b.log.add(what, b.Now().Sub(b.start)) }

// noting returns a function that records that something happened.
func (b *bench) noting(what string) func() { return func() { b.note(what) } }

// sleeper starts a goroutine that sleeps and records how that ended.
func (b *bench) sleeper(ctx context.Context, name string, d time.Duration) {
	b.Go(func() {
		if err := b.Sleep(ctx, d); err != nil {
			name += " " + err.Error()
		}
		b.note(name)
	})
}

// want compares the record with what should have happened so far.
func (b *bench) want(events ...string) {
	b.Helper()
	if diff := b.log.diff(events); diff != "" {
		b.Errorf("events, name@seconds (-want +got):\n%s", diff)
	}
}

// wantStop compares what stop reports.
func (b *bench) wantStop(stop func() bool, want bool, when string) {
	b.Helper()
	if got := stop(); got != want {
		b.Errorf("stop %s = %v, want %v", when, got, want)
	}
}
