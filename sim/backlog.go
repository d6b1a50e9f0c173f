package sim

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// What could not be written while the store was away waits here, within bounds,
// and is written when the store is back. What does not fit is counted.
const (
	owedAtMost  = 10_000
	owedBytes   = 32 << 20
	owedPause   = 200 * time.Millisecond
	counterLost = "lost" // exchanges that no journal has, by workspace
)

// backlog is what is owed to the journal. Its zero value is ready.
type backlog struct {
	mu      sync.Mutex
	debts   []debt // oldest first
	bytes   int
	lost    map[*Workspace]int64
	gone    int64 // how many were lost since the sandbox began
	working bool
}

// Owed says how many records wait to be written into journals, since the store is
// away or was a moment ago, and how many were given up since the sandbox began:
// those are counted in their workspaces under "lost".
func (s *Sandbox) Owed() (waiting int, lost int64) {
	s.owed.mu.Lock()
	defer s.owed.mu.Unlock()
	return len(s.owed.debts), s.owed.gone
}

// debt is one thing to write; pay may be called again when it failed.
type debt struct {
	ws   *Workspace
	size int
	pay  func(ctx context.Context) error
}

// owe keeps a debt, or counts it as lost when there are too many.
func (s *Sandbox) owe(d debt) {
	b := &s.owed
	s.tallies.storeErrors.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.debts) >= owedAtMost || b.bytes+d.size > owedBytes {
		if b.lost == nil {
			b.lost = map[*Workspace]int64{}
		}
		b.lost[d.ws]++
		b.gone++
		return
	}
	b.debts, b.bytes = append(b.debts, d), b.bytes+d.size
	if !b.working && s.life.Err() == nil {
		b.working = true
		s.tending.Go(s.settleDebts)
	}
}

// settleDebts pays in order until nothing is owed or the sandbox is closed.
func (s *Sandbox) settleDebts() {
	real := clock.NewWall(0)
	for {
		d, ok := s.firstDebt()
		if !ok {
			return
		}
		err := d.pay(s.life)
		switch {
		case err == nil:
			s.paid(d)
		case s.life.Err() != nil:
			return
		case errors.Is(err, store.ErrAway):
			_ = real.Sleep(s.life, owedPause)
		default:
			s.log.Error("what was owed to the journal is lost", "workspace", d.ws.Name, "error", err)
			s.paid(d)
		}
	}
}

// firstDebt is the oldest; when there is none, what was lost is counted last.
func (s *Sandbox) firstDebt() (debt, bool) {
	b := &s.owed
	b.mu.Lock()
	defer b.mu.Unlock()
	for ws, n := range b.lost {
		if len(b.debts) > 0 {
			break
		}
		delete(b.lost, ws)
		s.log.Error("exchanges are in no journal: the store was away for too long", "workspace", ws.Name, "exchanges", n)
		b.debts = append(b.debts, debt{ws, 0, func(ctx context.Context) error {
			return ws.count(ctx, counterLost, n)
		}})
	}
	if len(b.debts) == 0 {
		b.working = false
		return debt{}, false
	}
	return b.debts[0], true
}

func (s *Sandbox) paid(d debt) {
	b := &s.owed
	b.mu.Lock()
	defer b.mu.Unlock()
	b.debts, b.bytes = b.debts[1:], b.bytes-d.size
}

// forgive tells what is still owed when the sandbox ends.
func (s *Sandbox) forgive() {
	b := &s.owed
	b.mu.Lock()
	defer b.mu.Unlock()
	n := int64(len(b.debts))
	for _, lost := range b.lost {
		n += lost
	}
	if n > 0 {
		s.log.Error("the sandbox ends while its store is away; records are in no journal", "records", n)
	}
}

func (ws *Workspace) count(ctx context.Context, name string, by int64) error {
	_, err := ws.store.Update(ctx, ws.space, store.Reads{}, func(store.View) (store.Change, error) {
		return store.Change{Counters: []store.Counter{{Name: name, By: by}}}, nil
	})
	return err
}

// missed owes the journal a call that got our own 503 since the store was away.
// It has no notes: nothing was decided, and no rule is to read it. Whose it is
// may have to wait until the store can tell; until then it counts as the default
// workspace's.
func (s *Sandbox) missed(p *passage, body []byte) {
	c, ws, n := p.call, p.call.Workspace, int64(0)
	end := Ended{Tick: s.ticks.Next(), Outcome: Completed, Bytes: int64(len(body)), Duration: s.real().Sub(c.Wall)}
	var entry []byte
	if ws == nil {
		ws = s.Default()
	} else {
		entry, end.At = s.codec.appendExchange(nil, s.missing(p, body)), ws.Clock.Now()
	}
	s.owe(debt{ws, len(c.Body) + len(body) + len(entry), func(ctx context.Context) (err error) {
		if entry == nil {
			if _, err := s.place(ctx, c); err != nil {
				return err
			}
			entry, end.At = s.codec.appendExchange(nil, s.missing(p, body)), c.Workspace.Clock.Now()
		}
		if n == 0 {
			n, err = c.Workspace.append(ctx, store.Change{Entry: entry})
		}
		if err == nil {
			end.N = n
			_, err = c.Workspace.append(ctx, store.Change{End: s.codec.appendEnded(nil, &end), EndOf: n})
		}
		return err
	}})
}

// missing is the exchange of such a call.
func (s *Sandbox) missing(p *passage, body []byte) *Exchange {
	c := p.call
	x := &Exchange{
		Direction: In, Operation: c.Operation, Thread: p.thread, Tick: c.Tick, At: c.Workspace.Clock.Now(), Wall: c.Wall,
		Request:  s.requestMessage(c),
		Response: &Message{Status: http.StatusServiceUnavailable, Body: body, Size: int64(len(body))},
		Remarks:  []string{"the sandbox could not reach its store; the answer is its own, not the vendor's"},
	}
	if c.Fake != nil {
		x.Fake = c.Fake.Name
	}
	return x
}

// append commits a change that depends on nothing.
func (ws *Workspace) append(ctx context.Context, c store.Change) (int64, error) {
	return ws.store.Update(ctx, ws.space, store.Reads{}, func(store.View) (store.Change, error) { return c, nil })
}
