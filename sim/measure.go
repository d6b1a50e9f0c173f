package sim

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What a process counts of its own work, for operators: nothing of it is state
// of a workspace, and several replicas are added up by whoever reads it. A call
// costs a few atomic additions and no memory.

// LatencyBounds are the upper bounds of the buckets in which durations are
// counted; the last bucket has none.
func LatencyBounds() []time.Duration { return latencyBounds[:] }

var latencyBounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond,
	5 * time.Second, 10 * time.Second, 30 * time.Second,
}

// statusesAtMost is how many statuses of one operation are told apart; what
// comes beyond is counted as status 0.
const statusesAtMost = 16

// meter counts the calls of one operation. Its zero value is ready.
type meter struct {
	statuses [statusesAtMost]statusCount
	other    atomic.Int64
	buckets  [len(latencyBounds) + 1]atomic.Int64
	nanos    atomic.Int64
	struck   atomic.Int64 // by a fault
	repeated atomic.Int64 // answered as an earlier call was
}

// statusCount is free while its status is 0, and then of one status for ever.
type statusCount struct {
	status atomic.Int32
	n      atomic.Int64
}

// add counts a call that was answered with a status, or not at all (0).
func (t *meter) add(status int, took time.Duration) {
	t.nanos.Add(int64(took))
	bucket := 0
	for bucket < len(latencyBounds) && took > latencyBounds[bucket] {
		bucket++
	}
	t.buckets[bucket].Add(1)
	for i := range t.statuses {
		s := &t.statuses[i]
		if status != 0 && (s.status.Load() == int32(status) || s.status.CompareAndSwap(0, int32(status)) || s.status.Load() == int32(status)) {
			s.n.Add(1)
			return
		}
	}
	t.other.Add(1)
}

// Measure is what was counted of one operation, or of one event of webhooks.
type Measure struct {
	Fake, Operation string
	Statuses        map[int]int64 // 0: without an answer
	Buckets         []int64       // how many took up to each of LatencyBounds, and longer
	Took            time.Duration // all together
	Struck          int64         // by a fault
	Repeated        int64         // answered as an earlier call was
}

func (t *meter) measure(fake, operation string) Measure {
	m := Measure{
		Fake: fake, Operation: operation, Statuses: map[int]int64{}, Took: time.Duration(t.nanos.Load()),
		Struck: t.struck.Load(), Repeated: t.repeated.Load(),
	}
	for i := range t.statuses {
		if status := t.statuses[i].status.Load(); status != 0 {
			m.Statuses[int(status)] = t.statuses[i].n.Load()
		}
	}
	if n := t.other.Load(); n > 0 {
		m.Statuses[0] = n
	}
	for i := range t.buckets {
		m.Buckets = append(m.Buckets, t.buckets[i].Load())
	}
	return m
}

func (m Measure) any() bool {
	return slices.ContainsFunc(m.Buckets, func(n int64) bool { return n > 0 })
}

// tallies are those of a sandbox that belong to no operation of a document.
type tallies struct {
	strays      meter // calls that no operation takes
	storeErrors atomic.Int64

	mu       sync.Mutex
	webhooks map[[2]string]*meter // by fake and event
}

// webhook is the meter of a fake's event.
func (t *tallies) webhook(fake, event string) *meter {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := [2]string{fake, event}
	if t.webhooks == nil {
		t.webhooks = map[[2]string]*meter{}
	}
	if t.webhooks[key] == nil {
		t.webhooks[key] = &meter{}
	}
	return t.webhooks[key]
}

// counted adds a call to its operation's meter.
func (s *Sandbox) counted(p *passage, o *outcome, took time.Duration) {
	t := &s.tallies.strays
	if p.call.op != nil {
		t = &p.call.op.meter
	}
	t.add(o.answer.Status, took)
	if o.hit != nil {
		t.struck.Add(1)
	}
	if o.duplicate {
		t.repeated.Add(1)
	}
}

// Measures is everything that a sandbox counts.
type Measures struct {
	Calls       []Measure // of operations that were called
	Webhooks    []Measure // attempts, by event
	StoreErrors int64     // times that the store did not take something
	Lost        int64     // exchanges that are in no journal
	Owed        int64     // records that wait for the store to come back
	Arriving    int64     // calls under way to their decision
	Ready       bool
	// Of the workspaces that could be looked at before the context was done:
	Workspaces int
	Waiting    int64            // webhooks that wait for delivery
	Dropped    map[string]int64 // documents and exchanges that went to a bound, by kind
	Listeners  int
}

// Measures tells what was counted since the start, and what there is now.
func (s *Sandbox) Measures(ctx context.Context) Measures {
	t := &s.tallies
	owed, lost := s.Owed()
	m := Measures{
		StoreErrors: t.storeErrors.Load(), Lost: lost, Owed: int64(owed), Arriving: s.arriving.Load(),
		Ready: s.readiness() == nil, Dropped: map[string]int64{},
	}
	m.calls(s)
	t.mu.Lock()
	for key, w := range t.webhooks {
		m.Webhooks = append(m.Webhooks, w.measure(key[0], key[1]))
	}
	t.mu.Unlock()
	for _, ws := range s.everyWorkspace() {
		if ctx.Err() == nil {
			m.look(ctx, ws)
		}
	}
	return m
}

func (m *Measures) calls(s *Sandbox) {
	for _, rf := range s.routes.fakes {
		for _, op := range rf.known() {
			if c := op.meter.measure(rf.fake.Name, op.id); c.any() {
				m.Calls = append(m.Calls, c)
			}
		}
	}
	if c := s.tallies.strays.measure("", ""); c.any() {
		m.Calls = append(m.Calls, c)
	}
}

// look adds what a workspace has.
func (m *Measures) look(ctx context.Context, ws *Workspace) {
	queues, err := ws.store.List(ctx, ws.space, kindOutbox, "")
	if err != nil {
		return
	}
	counters, err := ws.store.Counters(ctx, ws.space)
	if err != nil {
		return
	}
	m.Workspaces++
	for _, item := range queues {
		m.Waiting += int64(len(item.Value.(outboxQueue).Entries))
	}
	for name, n := range counters {
		if kind, ok := strings.CutPrefix(name, "evicted:"); ok {
			m.Dropped[kind] += n
		}
	}
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	if ws.line != nil {
		m.Listeners++
	}
}
