package encore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// The deduplication of offers as a sequential object: calls and steps of time,
// one after the other. Whatever many clients do at once must look like some
// such sequence.

// step is one operation: a step of time when advance is not zero, else a call
// for one of three messages, on which a fault may strike.
type step struct {
	message int
	faulted bool
	advance time.Duration
	request string // requestId; the answer repeats that of the call that decided
}

// result is what a call gave: 200 and the deciding call's requestId, or 503.
type result struct {
	status  int
	request string
}

// dedup is the state of the model: what is remembered of each message.
type dedup struct {
	now     time.Duration
	request [3]string // empty: nothing was ever decided
	since   [3]time.Duration
}

func dedupModel() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return dedup{} },
		Step: func(state, input, output any) (bool, any) {
			s, op, got := state.(dedup), input.(step), output.(result)
			switch open := s.request[op.message] != "" && s.now < s.since[op.message]+Window; {
			case op.advance > 0:
				s.now += op.advance
				return true, s
			case op.faulted:
				return got.status == 503, s
			case open:
				return got == result{200, s.request[op.message]}, s
			}
			s.request[op.message], s.since[op.message] = op.request, s.now
			return got == result{200, op.request}, s
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
	}
}

// history gathers the operations of concurrent clients.
type history struct {
	*world
	tick atomic.Int64
	mu   sync.Mutex
	all  []porcupine.Operation
}

func (h *history) perform(client int, op step) {
	called := h.tick.Add(1)
	got := h.result(op)
	returned := h.tick.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, porcupine.Operation{ClientId: client, Input: op, Call: called, Output: got, Return: returned})
}

func (h *history) result(op step) result {
	if op.advance > 0 {
		h.advance("", op.advance)
		return result{}
	}
	var header []string
	if op.faulted {
		header = []string{"X-Sandbox-Fault: 503"}
	}
	a := h.call(map[string]any{"inboundMessageId": fmt.Sprint("message ", op.message), "requestId": op.request}, header...)
	if a.status != 200 {
		return result{status: a.status}
	}
	return result{a.status, a.offer(h.T).Offer.RequestID}
}

func (h *history) linearizable() bool {
	h.Helper()
	verdict := porcupine.CheckOperationsTimeout(dedupModel(), h.all, time.Minute)
	if verdict == porcupine.Unknown {
		h.Fatal("the checker gave up after a minute; make the histories shorter")
	}
	return verdict == porcupine.Ok
}

// plan is what a client does in a random history.
func plan(seed uint64, client int) (steps []step) {
	s := samples{hash(seed, "history", fmt.Sprint(client))}
	for i := range 9 {
		op := step{message: int(s.next() % 3), request: UUID(seed, fmt.Sprint(client), fmt.Sprint(i))}
		switch s.next() % 10 {
		case 0, 1:
			op.faulted = true
		case 2:
			op.advance = 20 * time.Second
		case 3:
			op.advance = []time.Duration{Window - time.Nanosecond, Window}[s.next()%2]
		}
		steps = append(steps, op)
	}
	return steps
}

func TestDedupIsLinearizable(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		h := &history{world: newWorld(t, Config{Catalog: smallCatalog()}, nil)}
		var wg sync.WaitGroup
		for client := range 4 {
			wg.Go(func() {
				for _, op := range plan(seed, client) {
					h.perform(client, op)
				}
			})
		}
		wg.Wait()
		if !h.linearizable() {
			t.Fatalf("no sequence explains the history of seed %d: %+v", seed, h.all)
		}
	}
}

// spoiled is a store that gets one thing wrong.
type spoiled struct {
	store.Store
	change spoiler
	race   *sync.WaitGroup // set: decisions are read before either is written
}

// spoiler alters what is about to be committed.
type spoiler func(store.View, store.Reads, store.Change) store.Change

func decisionOf(reads store.Reads) (store.Key, bool) {
	for _, k := range reads.Own {
		if k.Kind == kindDecision {
			return k, true
		}
	}
	return store.Key{}, false
}

// Update implements store.Store, wrongly.
func (s *spoiled) Update(ctx context.Context, space string, reads store.Reads, f func(store.View) (store.Change, error)) (int64, error) {
	if _, offer := decisionOf(reads); !offer {
		return s.Store.Update(ctx, space, reads, f)
	}
	if s.race == nil {
		return s.Store.Update(ctx, space, reads, func(v store.View) (store.Change, error) {
			c, err := f(v)
			return s.change(v, reads, c), err
		})
	}
	stale := staleView{}
	for _, k := range append(append([]store.Key(nil), reads.Own...), reads.See...) {
		if doc, ok, err := s.Get(ctx, space, k); ok && err == nil {
			stale[k] = doc
		}
	}
	s.race.Done()
	s.race.Wait()
	return s.Store.Update(ctx, space, store.Reads{}, func(store.View) (store.Change, error) { return f(stale) })
}

type staleView map[store.Key]store.Doc

// Get implements store.View.
func (v staleView) Get(k store.Key) (store.Doc, bool) {
	doc, ok := v[k]
	return doc, ok
}

// forgets drops the decisions.
func forgets(_ store.View, _ store.Reads, c store.Change) store.Change {
	var kept []store.Put
	for _, p := range c.Puts {
		if p.Kind != kindDecision {
			kept = append(kept, p)
		}
	}
	c.Puts = kept
	return c
}

// keeps never lets a decision expire.
func keeps(_ store.View, _ store.Reads, c store.Change) store.Change {
	for i := range c.Puts {
		c.Puts[i].Expires = time.Time{}
	}
	return c
}

// slides prolongs the window by every repeat.
func slides(clk clock.Clock) spoiler {
	return func(v store.View, reads store.Reads, c store.Change) store.Change {
		key, _ := decisionOf(reads)
		if doc, ok := v.Get(key); ok && clk.Now().Before(doc.Expires) {
			doc.Expires = clk.Now().Add(Window)
			c.Puts = append(c.Puts, store.Put{Key: key, Doc: doc})
		}
		return c
	}
}

// TestBrokenDedupIsFound holds that the check above can fail: it plays a short
// script against a sound store and against one with a fault.
func TestBrokenDedupIsFound(t *testing.T) {
	t.Parallel()
	call := func(n int) step { return step{request: UUID(0, fmt.Sprint(n))} }
	wait := func(d time.Duration) step { return step{advance: d} }
	for name, c := range map[string]struct {
		change func(clock.Clock) spoiler
		script []step
		atOnce bool
	}{
		"forgets":         {func(clock.Clock) spoiler { return forgets }, []step{call(1), call(2)}, false},
		"keeps for ever":  {func(clock.Clock) spoiler { return keeps }, []step{call(1), wait(Window), call(2)}, false},
		"slides":          {slides, []step{call(1), wait(Window / 2), call(2), wait(Window / 2), call(3)}, false},
		"reads too early": {nil, []step{call(1), call(2)}, true},
	} {
		for _, sound := range []bool{true, false} {
			clk := clock.NewManual(noon)
			s := &spoiled{Store: store.NewMemory(store.Bounds{})}
			switch {
			case sound:
				s.change = func(_ store.View, _ store.Reads, c store.Change) store.Change { return c }
			case c.atOnce:
				s.race = &sync.WaitGroup{}
				s.race.Add(len(c.script))
			default:
				s.change = c.change(clk)
			}
			h := &history{world: newWorld(t, Config{Catalog: smallCatalog()}, func(config *sim.Config) { config.Clock, config.Store = clk, s })}
			h.play(c.script, c.atOnce)
			if got := h.linearizable(); got != sound {
				t.Errorf("%s, sound store: %v; linearizable: %v\n%+v", name, sound, got, h.all)
			}
		}
	}
}

func (h *history) play(script []step, atOnce bool) {
	if !atOnce {
		for _, op := range script {
			h.perform(0, op)
		}
		return
	}
	var wg sync.WaitGroup
	for client, op := range script {
		wg.Go(func() { h.perform(client, op) })
	}
	wg.Wait()
}
