package sim

import (
	"context"
	"errors"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// stopping is what a sandbox says of itself that will be gone soon.
const stopping = "the sandbox is stopping"

const (
	drainLook = 5 * time.Millisecond // between looks whether deliveries have ended
	cutWithin = time.Second          // what was cut short has to end
)

// errStopping cuts a delivery short whose time is up.
var errStopping = errors.New(stopping)

// Drain readies a sandbox for its end while it still answers: from now on it is
// not ready, begins no delivery, and lets those under way end until ctx is done;
// what is then left of them is given back, due at once, to the replica that
// takes it. Listeners are told to connect elsewhere. Close comes next.
func (s *Sandbox) Drain(ctx context.Context) {
	if s.draining.Swap(true) {
		return
	}
	all := s.everyWorkspace()
	for _, ws := range all {
		ws.outbox.stop()
	}
	for _, ws := range all {
		ws.outbox.settleDown(ctx)
	}
	s.cut(errStopping)
	last, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer clock.NewWall(0).AfterFunc(cutWithin, cancel)()
	for _, ws := range all {
		ws.outbox.settleDown(last)
		if l := ws.plug(nil); l != nil {
			l.end(stopping)
		}
	}
}

func (s *Sandbox) everyWorkspace() (all []*Workspace) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, ws := range s.workspaces {
		all = append(all, ws)
	}
	return all
}

// settleDown waits until no thread is worked on, or ctx is done.
func (o *outbox) settleDown(ctx context.Context) {
	real := clock.NewWall(0)
	for o.working() && real.Sleep(ctx, drainLook) == nil {
	}
}

func (o *outbox) working() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.active) > 0
}
