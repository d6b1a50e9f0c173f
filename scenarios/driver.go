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
	// await returns when satisfied holds, or when nothing more can be expected
	// of the threads.
	await(ctx context.Context, threads []string, satisfied func() bool) error
	// quiet returns when the threads are at rest.
	quiet(ctx context.Context, threads []string) error
}

// virtualDriver drives an integrator that shares the sandbox's virtual clock.
type virtualDriver struct {
	clock  *clock.Virtual
	budget time.Duration
}

func (d virtualDriver) await(context.Context, []string, func() bool) error {
	d.clock.Quiet(d.budget)
	return nil
}

func (d virtualDriver) quiet(context.Context, []string) error {
	d.clock.Quiet(d.budget)
	return nil
}

// realDriver drives an integrator over HTTP. It never sleeps a fixed time: it
// looks again whenever the journal changes, and when something falls due.
type realDriver struct {
	ws     *sim.Workspace
	budget time.Duration // the longest an integrator may take
	settle time.Duration // how long a thread at rest has been silent
}

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

// rest is how long the threads still have to be silent to be at rest; zero
// when they are.
func (d realDriver) rest(ctx context.Context, threads []string) (time.Duration, error) {
	var longest time.Duration
	for _, thread := range threads {
		s, err := d.state(ctx, thread)
		if err != nil {
			return 0, err
		}
		left := d.settle - clock.Real().Sub(s.last)
		if s.inFlight > 0 || s.due > 0 {
			left = d.settle
		}
		longest = max(longest, left)
	}
	return longest, nil
}

func (d realDriver) await(ctx context.Context, threads []string, satisfied func() bool) error {
	deadline := clock.Real().Add(d.budget)
	return d.until(ctx, func() (time.Duration, error) {
		if satisfied() {
			return 0, nil
		}
		return deadline.Sub(clock.Real()), nil
	})
}

func (d realDriver) quiet(ctx context.Context, threads []string) error {
	deadline := clock.Real().Add(d.budget + d.settle)
	return d.until(ctx, func() (time.Duration, error) {
		left, err := d.rest(ctx, threads)
		return min(left, deadline.Sub(clock.Real())), err
	})
}

// until asks left again at every change of the journal and when the time it
// gave has passed; it returns when nothing is left.
func (d realDriver) until(ctx context.Context, left func() (time.Duration, error)) error {
	signal, stop := d.ws.Watch()
	defer stop()
	alarm := make(chan struct{}, 1)
	real := clock.NewWall(0)
	for {
		wait, err := left()
		if err != nil || wait <= 0 {
			return err
		}
		cancel := real.AfterFunc(wait, func() { alarm <- struct{}{} })
		select {
		case <-signal:
		case <-alarm:
		case <-ctx.Done():
			cancel()
			return ctx.Err()
		}
		cancel()
	}
}
