// Package clock owns time: it is the only package of the module that reads the
// machine's clock or waits for it. Everything else is given a Clock.
//
//	            Now · Sleep · AfterFunc · Go · Advance
//	                            │
//	      ┌─────────────────────┼──────────────────────┐
//	    Wall                 Manual                 Virtual
//	real time + offset    stands still until    jumps to the next timer
//	(serve, contract)     Advance (serve        when nobody is busy
//	                      --clock manual)       (run, in process)
//
// Wall and Manual are one mechanism (stepped) on two bases, a moving and a
// fixed one. Virtual adds turns: it knows who is busy, so it knows when time
// may pass, and it lets one goroutine run at a time, so that the same program
// does the same things in the same order every time.
//
// Simulated time comes from a Clock. Real and Since tell real time, which the
// journal records beside it, and Ticker gives moments an order where real time
// is too coarse. All moments are UTC.
package clock

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Forever is the duration that never ends: Sleep(ctx, Forever) returns only
// when ctx is done, and AfterFunc(Forever, f) never calls f.
const Forever time.Duration = math.MaxInt64

// Clock tells, awaits and moves simulated time. It only goes forward.
// All methods may be called from several goroutines at once.
type Clock interface {
	// Now returns the simulated time, in UTC.
	Now() time.Time

	// Sleep returns nil once d has passed, at once when d is zero or less;
	// or ctx.Err() when ctx is done first. Forever waits for ctx alone.
	Sleep(ctx context.Context, d time.Duration) error

	// AfterFunc calls f in a goroutine of its own once d has passed. The
	// returned stop reports whether it kept f from being called: false when f
	// has been started, or stopped before. It does not wait for f.
	AfterFunc(d time.Duration, f func()) (stop func() bool)

	// Go runs f in a goroutine that the clock knows of. Code that may run
	// under a Virtual clock starts its goroutines by no other means.
	Go(f func())

	// Advance moves the clock forward by d and says how many timers and sleeps
	// came due on the way. They fire in the order of their due times, with Now
	// at the due time of each; a timer that is set on the way and due on the
	// way fires too. The functions called at one moment have returned (or, on
	// a Virtual clock, gone to sleep) before the clock moves on and before
	// Advance returns, so on Wall and Manual none of them may call Advance.
	// A negative d, or Forever, is an error and moves nothing.
	Advance(d time.Duration) (fired int, err error)
}

// Real returns the machine's time in UTC, with the monotonic reading that
// Since needs. It is what the journal records as wall time.
func Real() time.Time { return time.Now().UTC() }

// Since returns the real time that has passed since start, a result of Real.
func Since(start time.Time) time.Duration { return time.Since(start) }

// checkForward says why a clock cannot advance by d, or nil.
func checkForward(d time.Duration) error {
	switch {
	case d < 0:
		return fmt.Errorf("clock: cannot go back by %v; clocks only go forward, name a duration of zero or more", d.Abs())
	case d == Forever:
		return errors.New("clock: cannot go forward for ever; name a duration shorter than clock.Forever")
	}
	return nil
}
