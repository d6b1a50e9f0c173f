package scenarios

import (
	"context"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// driver is how a player lets time pass and waits for an integrator: in
// virtual time for one in this process, in real time for one behind a socket.
type driver interface {
	// await returns when every thread has made its progress, or when nothing
	// more can be expected of the threads.
	await(ctx context.Context, threads []string, look func(thread string) progress) error
	// quiet returns when the threads are at rest, or with those that still are
	// not when the longest time is over that an integrator may take.
	quiet(ctx context.Context, threads []string) (restless []string, err error)
}

// progress is how far a thread has come with what is expected of it.
type progress int

const (
	open     progress = iota // the customer waits for an answer
	answered                 // the answer came, and something else than was expected: more may follow
	fulfilled
)

// virtualDriver drives an integrator that shares the sandbox's virtual clock.
type virtualDriver struct {
	clock  *clock.Virtual
	budget time.Duration
}

func (d virtualDriver) await(context.Context, []string, func(string) progress) error {
	d.clock.Quiet(d.budget)
	return nil
}

func (d virtualDriver) quiet(context.Context, []string) ([]string, error) {
	d.clock.Quiet(d.budget)
	return nil, nil
}

// realDriver drives an integrator over HTTP. It never sleeps a fixed time: it
// looks again whenever the journal changes, and when something falls due.
type realDriver struct {
	ws     *sim.Workspace
	budget time.Duration // the longest an integrator may take
	settle time.Duration // how long a thread at rest has been silent
	// drained tells that the integrator has nothing left to do; may be nil.
	drained func(context.Context) bool
}

// askAgain is the pause between two questions whether an integrator is drained.
const askAgain = 50 * time.Millisecond

// state is what a driver sees of a thread.
type state struct {
	inFlight int       // exchanges that have begun and not ended
	due      int       // webhooks that wait for delivery
	last     time.Time // wall time of the last record
}

func (d realDriver) state(ctx context.Context, thread string) (state, error) {
	events, _, err := d.ws.Timeline(ctx, thread)
	if err != nil {
		return state{}, err
	}
	var s state
	open := map[int64]bool{}
	for _, e := range events {
		if e.Outcome != "" {
			delete(open, e.N)
		} else if e.Note.NoteKind() != "ClockAdvanced" && !ended(events, e.N) {
			open[e.N] = true
		}
		if e.Wall.After(s.last) {
			s.last = e.Wall
		}
	}
	s.inFlight = len(open)
	s.due, _, err = d.ws.Due(ctx, thread)
	return s, err
}

func ended(events []sim.Event, n int64) bool {
	for _, e := range events {
		if e.N == n && e.Outcome != "" {
			return true
		}
	}
	return false
}

// rest is how long a thread still has to be silent to be at rest; zero or less
// when it is.
func (d realDriver) rest(ctx context.Context, thread string) (time.Duration, error) {
	s, err := d.state(ctx, thread)
	if err != nil || s.inFlight > 0 || s.due > 0 || d.ws.Arriving() {
		return d.settle, err
	}
	left := d.settle - clock.Real().Sub(s.last)
	if d.drained == nil || left <= 0 {
		return left, nil
	}
	if d.drained(ctx) {
		return 0, nil
	}
	return min(left, askAgain), nil
}

// await waits for a customer's answer as long as one may take, and after it
// only until the thread is at rest: what has not come by then does not come.
func (d realDriver) await(ctx context.Context, threads []string, look func(string) progress) error {
	deadline := clock.Real().Add(d.budget)
	return d.ws.Until(ctx, func() (time.Duration, error) {
		var longest time.Duration
		for _, thread := range threads {
			left := d.budget
			switch look(thread) {
			case fulfilled:
				continue
			case answered:
				var err error
				if left, err = d.rest(ctx, thread); err != nil {
					return 0, err
				}
			}
			longest = max(longest, left)
		}
		return min(longest, deadline.Sub(clock.Real())), nil
	})
}

func (d realDriver) quiet(ctx context.Context, threads []string) (restless []string, err error) {
	deadline := clock.Real().Add(d.budget + d.settle)
	err = d.ws.Until(ctx, func() (time.Duration, error) {
		var longest time.Duration
		restless = nil
		for _, thread := range threads {
			left, err := d.rest(ctx, thread)
			if err != nil {
				return 0, err
			}
			if left > 0 {
				restless = append(restless, thread)
			}
			longest = max(longest, left)
		}
		return min(longest, deadline.Sub(clock.Real())), nil
	})
	return restless, err
}
