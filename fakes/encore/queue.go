package encore

import (
	"context"
	"slices"
	"sync"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// lines are the queues by workspace. They belong to the process: what waits in
// them is a connection.
type lines struct {
	mu     sync.Mutex
	byName map[string]*line
}

func (l *lines) of(workspace string) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byName == nil {
		l.byName = map[string]*line{}
	}
	if l.byName[workspace] == nil {
		l.byName[workspace] = &line{}
	}
	return l.byName[workspace]
}

// line is a queue in front of a number of places.
type line struct {
	mu      sync.Mutex
	busy    int // places that are taken
	waiting []*ticket
}

// ticket is somebody who waits. They sleep on the clock and are woken by the
// end of a context, as a virtual clock wants it.
type ticket struct {
	wake context.CancelFunc
	turn bool // a place was handed over
}

// queue is the gate of offersMessage: it waits for a place, keeps it for the
// service time and then lets the call be decided. A call that finds every
// place taken and the queue full is turned away at once.
func (f *fake) queue(ctx context.Context, c *sim.Call) (leave func(), turned *sim.Refusal) {
	q, l, clk := f.Limits.Queue, f.lines.of(c.Workspace.Tag()), c.Workspace.Clock
	if !l.enter(ctx, clk, q) {
		return func() {}, &sim.Refusal{Kind: sim.Overloaded}
	}
	_ = clk.Sleep(ctx, f.service) // a client that goes away meanwhile has its work done all the same
	return l.leave, nil
}

// enter takes a place, waiting for one if need be; false when the queue is
// full, or the client has gone while it waited.
func (l *line) enter(ctx context.Context, clk clock.Clock, q Queue) bool {
	l.mu.Lock()
	if l.busy < q.Concurrency {
		l.busy++
		l.mu.Unlock()
		return true
	}
	if len(l.waiting) >= q.Waiting {
		l.mu.Unlock()
		return false
	}
	woken, wake := context.WithCancel(ctx)
	defer wake()
	t := &ticket{wake: wake}
	l.waiting = append(l.waiting, t)
	l.mu.Unlock()
	_ = clk.Sleep(woken, clock.Forever)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !t.turn {
		l.waiting = slices.DeleteFunc(l.waiting, func(other *ticket) bool { return other == t })
	}
	return t.turn
}

// leave hands the place to whoever waits longest, or frees it.
func (l *line) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.busy--
		return
	}
	first := l.waiting[0]
	l.waiting = l.waiting[1:]
	first.turn = true
	first.wake()
}
