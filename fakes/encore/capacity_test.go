package encore

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// statuses calls once for each conversation and lists what came.
func (w *world) statuses(client, key string, conversations ...string) (got []int) {
	w.Helper()
	for _, id := range conversations {
		a := w.call(map[string]any{"clientId": client, "inboundMessageId": id}, "X-Api-Key: "+key)
		got = append(got, a.status)
		answered, ok := noted[note.OfferAnswered](w)
		_, asked := noted[note.OfferRequested](w)
		if !ok || !asked || answered.Status != a.status || w.last().Breach != nil {
			w.Errorf("%s: the journal has %+v and breach %v for a %d", id, answered, w.last().Breach, a.status)
		}
	}
	return got
}

func TestLimitsAreOffByDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{}, nil)
	for i := range 60 {
		if got := w.statuses("client-42", "pk_test_x", fmt.Sprint(i)); got[0] != http.StatusOK {
			t.Fatalf("call %d got %d", i, got[0])
		}
	}
}

// TestTrial: offers are counted, each once, for each client.
func TestTrial(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Limits: Limits{Trial: 2}, Apps: []App{{Key: "pk_test_south", Country: "AQ"}}}, nil)
	for _, c := range []struct {
		reason, client, key string
		conversations       []string
		want                []int
	}{
		{"an answer without an offer does not count", "client-42", "pk_test_south", []string{"0"}, []int{200}},
		{"a repeat does not count", "client-42", "pk_test_x", []string{"1", "1", "1"}, []int{200, 200, 200}},
		{"the second offer is the last", "client-42", "pk_test_x", []string{"2", "3", "4"}, []int{200, 409, 409}},
		{"what is remembered is repeated", "client-42", "pk_test_x", []string{"2", "0"}, []int{200, 200}},
		{"whatever the key", "client-42", "pk_test_y", []string{"5"}, []int{409}},
		{"others have a trial of their own", "client-43", "pk_test_x", []string{"1"}, []int{200}},
	} {
		if diff := cmp.Diff(c.want, w.statuses(c.client, c.key, c.conversations...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.reason, diff)
		}
	}
}

// TestTrialIsAtomic: many at once get no more offers than the trial has.
func TestTrialIsAtomic(t *testing.T) {
	t.Parallel()
	const trialOffers, callers = 7, 40
	w := newWorld(t, Config{Limits: Limits{Trial: trialOffers}}, nil)
	var served atomic.Int64
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			if w.call(map[string]any{"inboundMessageId": fmt.Sprint(i)}).status == http.StatusOK {
				served.Add(1)
			}
		})
	}
	wg.Wait()
	if served.Load() != trialOffers {
		t.Errorf("%d offers were served, want %d", served.Load(), trialOffers)
	}
}

// TestRate: a bucket of two that gets one back every half second, per key, on
// the workspace's clock.
func TestRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{Limits: Limits{Rate: Rate{PerSecond: 2}}}, nil)
	for _, c := range []struct {
		reason string
		wait   time.Duration
		key    string
		want   []int
	}{
		{"a full bucket holds a second's worth", 0, "pk_test_x", []int{200, 200, 429}},
		{"others have a bucket of their own", 0, "pk_test_y", []int{200}},
		{"a refusal takes nothing", 499 * time.Millisecond, "pk_test_x", []int{429, 429}},
		{"one is back", time.Millisecond, "pk_test_x", []int{200, 429}},
		{"it never holds more than it can", time.Hour, "pk_test_x", []int{200, 200, 429}},
	} {
		w.advance("", c.wait)
		ids := []string{c.reason + "1", c.reason + "1", c.reason + "2"}[:len(c.want)]
		if diff := cmp.Diff(c.want, w.statuses("client-42", c.key, ids...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.reason, diff)
		}
	}
	if got := w.call(map[string]any{"clientId": nil}, "X-Api-Key: pk_test_x").status; got != http.StatusBadRequest {
		t.Errorf("a malformed call met the rate limit: %d", got)
	}
}

// TestRetryAfter: no document has the header, so it comes only when asked for.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	slow := Limits{Rate: Rate{PerSecond: 0.25, Burst: 1}}
	for _, c := range []struct {
		on   bool
		want []string
	}{{false, []string{"", "", ""}}, {true, []string{"4", "3", "1"}}} {
		limits := slow
		limits.RetryAfter = c.on
		w := newWorld(t, Config{Limits: limits}, nil)
		w.call(nil)
		got := []string{w.call(nil).header.Get("Retry-After")}
		w.advance("", 1500*time.Millisecond)
		got = append(got, w.call(nil).header.Get("Retry-After"), w.call(nil, "X-Sandbox-Fault: 503").header.Get("Retry-After"))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("on: %v; at once, after 1.5 s, injected (-want +got):\n%s", c.on, diff)
		}
	}
}

// TestQueue plays five calls at one moment against two places and room for one
// more, in virtual time.
func TestQueue(t *testing.T) {
	t.Parallel()
	clk := clock.NewVirtual(noon)
	limits := Limits{Queue: Queue{Concurrency: 2, Waiting: 1, ServiceTime: "100ms"}}
	w := newWorld(t, Config{Limits: limits}, func(c *sim.Config) { c.Clock = clk })
	var got []string
	begin := func(id string) {
		clk.Go(func() {
			status := w.call(map[string]any{"inboundMessageId": id}).status
			got = append(got, fmt.Sprintf("%s %d after %v", id, status, clk.Now().Sub(noon)))
		})
	}
	clk.Run(func() {
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			begin(id)
		}
		if err := clk.Sleep(t.Context(), 150*time.Millisecond); err != nil {
			t.Error(err)
		}
		begin("f")
		if err := clk.Sleep(t.Context(), time.Second); err != nil {
			t.Error(err)
		}
	})
	want := []string{"d 503 after 0s", "e 503 after 0s", "a 200 after 100ms", "b 200 after 100ms", "c 200 after 200ms", "f 200 after 250ms"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	entries, err := w.ws.Journal(t.Context(), 1, 10)
	if err != nil || len(entries) != 6 || entries[0].Response.Status != http.StatusServiceUnavailable || len(entries[0].Notes) != 2 || entries[0].Breach != nil || entries[0].Problems != nil {
		t.Errorf("the journal has %d exchanges, the first with %d notes, breach %v, problems %v; %v",
			len(entries), len(entries[0].Notes), entries[0].Breach, entries[0].Problems, err)
	}
}

// TestQueueForgetsWhoLeft: a client that hangs up while it waits gives its
// room to the next, and is answered to nobody.
func TestQueueForgetsWhoLeft(t *testing.T) {
	t.Parallel()
	clk, l, q := clock.NewVirtual(noon), &line{}, Queue{Concurrency: 1, Waiting: 1}
	var got []string
	clk.Run(func() {
		got = append(got, fmt.Sprint("first ", l.enter(t.Context(), clk, q)))
		ctx, hangUp := context.WithCancel(t.Context())
		clk.Go(func() { got = append(got, fmt.Sprint("gone ", l.enter(ctx, clk, q))) })
		_ = clk.Sleep(t.Context(), time.Second)
		got = append(got, fmt.Sprint("full ", l.enter(t.Context(), clk, q)))
		hangUp()
		_ = clk.Sleep(t.Context(), time.Second)
		clk.Go(func() { got = append(got, fmt.Sprint("next ", l.enter(t.Context(), clk, q))) })
		_ = clk.Sleep(t.Context(), time.Second)
		l.leave()
	})
	if diff := cmp.Diff([]string{"first true", "full false", "gone false", "next true"}, got); diff != "" || l.busy != 1 || len(l.waiting) != 0 {
		t.Errorf("(-want +got):\n%s%d busy, %d waiting", diff, l.busy, len(l.waiting))
	}
}

// TestQueueUnderRealConcurrency: never more than the places, and every place
// is given back.
func TestQueueUnderRealConcurrency(t *testing.T) {
	t.Parallel()
	clk, l, q := clock.NewWall(0), &line{}, Queue{Concurrency: 3, Waiting: 5}
	var inside, most, turned atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 50 {
				if !l.enter(t.Context(), clk, q) {
					turned.Add(1)
					continue
				}
				if n := inside.Add(1); n > most.Load() {
					most.Store(n)
				}
				_ = clk.Sleep(t.Context(), time.Microsecond)
				inside.Add(-1)
				l.leave()
			}
		})
	}
	wg.Wait()
	if most.Load() > 3 || turned.Load() == 0 || l.busy != 0 || len(l.waiting) != 0 {
		t.Errorf("%d inside at once, %d turned away, %d busy and %d waiting at the end", most.Load(), turned.Load(), l.busy, len(l.waiting))
	}
}
