package sim_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/porttest"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// counted counts what a sandbox asks of its store, turn by turn: each begins with
// the question of what is due.
type counted struct {
	store.Store
	asked atomic.Int64
	turns chan int64 // told how much was asked in each turn
	turn  atomic.Int64
}

func (c *counted) Due(ctx context.Context, now, again time.Time, limit int) ([]store.Reminder, error) {
	if n := c.asked.Swap(1) - 1; c.turn.Add(1) > 1 {
		select {
		case c.turns <- n:
		default: // nobody listens any more
		}
	}
	return c.Store.Due(ctx, now, again, limit)
}

func (c *counted) Get(ctx context.Context, space string, key store.Key) (store.Doc, bool, error) {
	c.asked.Add(1)
	return c.Store.Get(ctx, space, key)
}

func (c *counted) List(ctx context.Context, space, kind, prefix string) ([]store.Item, error) {
	c.asked.Add(1)
	return c.Store.List(ctx, space, kind, prefix)
}

func (c *counted) Update(ctx context.Context, space string, r store.Reads, f func(store.View) (store.Change, error)) (int64, error) {
	c.asked.Add(1)
	return c.Store.Update(ctx, space, r, f)
}

func replicaOn(t *testing.T, name string, s store.Store) *world {
	t.Helper()
	return newWorld(t, func(c *sim.Config) {
		c.Store, c.Replica, c.RetryRefused, c.Webhooks = s, name, 50*time.Millisecond, nil
	})
}

// Ten thousand idle workspaces cost a replica that did not make them one question
// a second, and one that knows them all a look at one in 120 of them.
func TestIdleWorkspacesCostNothing(t *testing.T) {
	t.Parallel()
	const workspaces = 10_000
	memory := store.NewMemory(store.Bounds{})
	knows := &counted{Store: memory, turns: make(chan int64, 1)}
	w := replicaOn(t, "knows", knows)
	for n := range workspaces {
		if _, err := w.sb.Make(t.Context(), sim.Making{Name: fmt.Sprint("w-", n)}); err != nil {
			t.Fatal(err)
		}
	}
	stranger := &counted{Store: memory, turns: make(chan int64, 1)}
	replicaOn(t, "stranger", stranger)
	for _, c := range []struct {
		reason string
		of     *counted
		most   int64
	}{
		{"it knows all: one in 120", knows, workspaces/120 + 10},
		{"it knows none: nothing but what is due", stranger, 5},
	} {
		for range 2 { // one that waited to be read, and one that began before
			<-c.of.turns
		}
		if got := <-c.of.turns; got > c.most {
			t.Errorf("%s: %d questions in a second, want at most %d", c.reason, got, c.most)
		}
	}
}

// gathering is an integrator that many workspaces have.
type gathering struct {
	addr   string
	wanted int
	mu     sync.Mutex
	heard  map[string]bool // texts
	all    chan struct{}   // closed when all that are wanted have come
}

func (g *gathering) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	defer g.mu.Unlock()
	for n := range g.wanted {
		text := fmt.Sprintf("text-%d.", n)
		if !strings.Contains(string(body), text) || g.heard[text] {
			continue
		}
		if g.heard[text] = true; len(g.heard) == g.wanted {
			close(g.all)
		}
	}
}

// open begins to listen; before, the port is closed.
func (g *gathering) open(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", g.addr)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: g}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
}

// When a replica is gone, another one finds the workspaces with webhooks left
// behind, though it has never heard of them.
func TestWebhooksOfManyWorkspacesAreTakenOver(t *testing.T) {
	t.Parallel()
	const workspaces, busy = 1000, 40
	g := &gathering{addr: porttest.Free(t), wanted: busy, heard: map[string]bool{}, all: make(chan struct{})}
	memory := store.NewMemory(store.Bounds{})
	dies := replicaOn(t, "dies", memory)
	for n := range workspaces {
		ws, err := dies.sb.Make(t.Context(), sim.Making{Name: fmt.Sprint("w-", n), Webhooks: map[string]string{"": "http://" + g.addr}})
		if err == nil && n%(workspaces/busy) == 0 {
			_, err = ws.Write(t.Context(), sim.CustomerMessage{Channel: "toy", From: alice, Text: fmt.Sprintf("text-%d.", n/(workspaces/busy))})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := dies.sb.Close(); err != nil {
		t.Fatal(err)
	}
	g.open(t)
	replicaOn(t, "heir", memory)
	late := make(chan struct{})
	defer clock.NewWall(0).AfterFunc(patience, func() { close(late) })()
	select {
	case <-g.all:
	case <-late:
		g.mu.Lock()
		defer g.mu.Unlock()
		t.Errorf("webhooks of %d workspaces arrived, want those of %d", len(g.heard), busy)
	}
}
