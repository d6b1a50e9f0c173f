package sim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// crowd is an integrator on a port that keeps what each customer wrote, in the
// order in which it came, and says when all has come.
type crowd struct {
	mu     sync.Mutex
	said   map[string][]string
	left   atomic.Int64
	done   chan struct{}
	server *httptest.Server
}

func newCrowd(tb testing.TB, messages int) *crowd {
	c := &crowd{said: map[string][]string{}, done: make(chan struct{})}
	c.left.Store(int64(messages))
	c.server = httptest.NewServer(c)
	tb.Cleanup(c.server.Close)
	return c
}

// ServeHTTP implements http.Handler.
func (c *crowd) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var m struct{ From, Text string }
	if json.NewDecoder(r.Body).Decode(&m) != nil {
		return
	}
	c.mu.Lock()
	c.said[m.From] = append(c.said[m.From], m.Text)
	c.mu.Unlock()
	if c.left.Add(-1) == 0 {
		close(c.done)
	}
}

// rush lets customers write all at once, each some messages in a row, and
// waits until all of them have come.
func (c *crowd) rush(ctx context.Context, ws *sim.Workspace, customers, each int) error {
	start, failed := make(chan struct{}), make(chan error, customers)
	for i := range customers {
		go func() {
			<-start
			for m := range each {
				_, err := ws.Write(ctx, sim.CustomerMessage{Channel: "toy", From: strconv.Itoa(15014000000 + i), Text: strconv.Itoa(m)})
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	close(start)
	select {
	case <-c.done:
		return nil
	case err := <-failed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%d messages have not come", c.left.Load())
	}
}

func crowdedSandbox(tb testing.TB, url string) *sim.Sandbox {
	sb, err := sim.New(sim.Config{
		Fakes: []*sim.Fake{newToy()}, Words: toyWords(), Seed: 1, Run: "test", Clock: clock.NewWall(0),
		Webhooks: map[string]sim.Target{"": {URL: url}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = sb.Close() })
	return sb
}

// Customers who write all at once lose nothing on the way to an integrator on
// the same machine, and each thread stays in order.
func TestManyCustomersAtOnce(t *testing.T) {
	customers, each := 2000, 2
	if testing.Short() {
		customers = 200
	}
	c := newCrowd(t, customers*each)
	sb := crowdedSandbox(t, c.server.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	if err := c.rush(ctx, sb.Default(), customers, each); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.said) != customers {
		t.Errorf("%d customers were heard, want %d", len(c.said), customers)
	}
	for customer, texts := range c.said {
		for m, text := range texts {
			if len(texts) != each || text != strconv.Itoa(m) {
				t.Fatalf("customer %s was heard saying %v, want 0 to %d in order, once each", customer, texts, each-1)
			}
		}
	}
}

// BenchmarkDeliveries says how many webhooks a second reach an integrator on
// the same machine, from a message that is written to the end of its delivery.
func BenchmarkDeliveries(b *testing.B) {
	const each = 4
	customers := max(1, b.N/each)
	c := newCrowd(b, customers*each)
	sb := crowdedSandbox(b, c.server.URL)
	b.ResetTimer()
	if err := c.rush(b.Context(), sb.Default(), customers, each); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(customers*each)/b.Elapsed().Seconds(), "webhooks/s")
}
