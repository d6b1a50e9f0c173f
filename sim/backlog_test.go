package sim_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

// moody is a store that is away at times.
type moody struct {
	store.Store
	away atomic.Bool
}

func (m *moody) Update(ctx context.Context, space string, r store.Reads, f func(store.View) (store.Change, error)) (int64, error) {
	if m.away.Load() {
		return 0, store.ErrAway
	}
	return m.Store.Update(ctx, space, r, f)
}

func (m *moody) Get(ctx context.Context, space string, key store.Key) (store.Doc, bool, error) {
	if m.away.Load() {
		return store.Doc{}, false, store.ErrAway
	}
	return m.Store.Get(ctx, space, key)
}

// moodyWorld is a replica on such a store; another one may be made on it too.
func moodyWorld(t *testing.T, name string, m *moody) *world {
	t.Helper()
	return newWorld(t, func(c *sim.Config) {
		if m.Store == nil {
			m.Store = storetest.Coded(t, c.Forms(), c.Bounds)
		}
		c.Store, c.Replica = m, name
	})
}

func (w *world) orderStatus(workspace, item string) int {
	w.Helper()
	return w.call("POST", "/orders", orderOf(alice, item), sim.HeaderWorkspace, workspace).Status
}

// While the store is away every call gets the sandbox's own 503, whatever it asks
// for and whoever asks; when it is back each is in the journal of its workspace,
// in order, and none in another's.
func TestCallsAreOwedToTheirWorkspace(t *testing.T) {
	t.Parallel()
	m := &moody{}
	w, other := moodyWorld(t, "one", m), moodyWorld(t, "two", m)
	anna, err := other.sb.Make(t.Context(), sim.Making{Name: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	m.away.Store(true)
	var got []int
	for _, call := range []struct{ workspace, item string }{
		{"", "default-1"}, {"anna", "anna-1"}, {"nobody", "nobody-1"}, {"", "default-2"}, {"anna", "anna-2"},
	} {
		got = append(got, w.orderStatus(call.workspace, call.item))
	}
	w.diff("statuses while the store is away", []int{503, 503, 503, 503, 503}, got)
	waiting, lost := w.sb.Owed()
	w.diff("owed and lost", []int64{5, 0}, []int64{int64(waiting), lost})
	a := w.call("GET", "/_sandbox/v1/journal", "")
	w.diff("the control API", http.StatusServiceUnavailable, a.Status)
	m.away.Store(false)
	w.await("what was owed", func(all []sim.Entry) bool { return len(all) == 3 && all[2].Ended != nil })
	w.diff("the default workspace's, with what is nobody's", []string{"default-1", "nobody-1", "default-2"}, items(w.journal()))
	entries, err := anna.Journal(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.diff("anna's", []string{"anna-1", "anna-2"}, items(entries))
}

// items are what the calls of a journal asked for.
func items(entries []sim.Entry) (out []string) {
	for _, e := range entries {
		_, item, _ := strings.Cut(string(e.Request.Body), `"item":"`)
		out = append(out, strings.TrimSuffix(item, `"}`))
	}
	return out
}

// What does not fit is counted, and the count is kept with the workspace.
func TestWhatIsNotOwedIsCounted(t *testing.T) {
	t.Parallel()
	m := &moody{}
	w := moodyWorld(t, "one", m)
	m.away.Store(true)
	const room, over = 10_000, 25
	for range room + over {
		if got := w.orderStatus("", "x"); got != http.StatusServiceUnavailable {
			t.Fatalf("a call while the store is away: %d, want 503", got)
		}
	}
	waiting, lost := w.sb.Owed()
	w.diff("owed and lost", []int64{room, over}, []int64{int64(waiting), lost})
	m.away.Store(false)
	w.until("the loss is counted", func() bool { return w.counters()["lost"] > 0 }) // the journal's bound has room for all that was owed
	w.diff("the workspace's count", int64(over), w.counters()["lost"])
	w.diff("journalled", room, len(w.journal()))
	if a := w.call("GET", "/_sandbox/v1/journal?limit=1", ""); !strings.Contains(a.Body, `"lost": 25`) {
		t.Errorf("the journal does not say what it lost: %s", a.Body)
	}
}

// until looks until something is so, that no signal tells of.
func (w *world) until(what string, so func() bool) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	real := clock.NewWall(0)
	defer real.AfterFunc(patience, cancel)()
	for !so() {
		if real.Sleep(ctx, time.Millisecond) != nil {
			w.Fatalf("%s: it never is", what)
		}
	}
}
