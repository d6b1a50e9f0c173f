package sim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/porttest"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// ackOf returns how a delivery was taken.
func ackOf(e sim.Entry) acked { return e.Ended.Notes[0].(acked) }

// attempts returns, for each delivery, what it tells and when it was made,
// after the epoch.
func attempts(deliveries []sim.Entry) (out []string) {
	for _, e := range deliveries {
		var about string
		for _, n := range e.Notes {
			switch n := n.(type) {
			case wrote:
				about = n.Text
			case told:
				about = n.Event + n.ID[strings.IndexByte(n.ID, '+')+1:]
			}
		}
		out = append(out, fmt.Sprintf("%s #%d at %v: %d", about, e.Notes[0].(attempted).Attempt, e.At.Sub(epoch), ackOf(e).Status))
	}
	return out
}

// A webhook is an exchange like any other: journalled before it goes out, with
// the integrator's answer in its end.
func TestWebhookExchange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var during sim.Entry
	w.in.answers = []http.HandlerFunc{func(rw http.ResponseWriter, r *http.Request) {
		during = w.last()
		rw.Header().Set("X-Mine", r.Header.Get("X-Toy-Attempt"))
		rw.WriteHeader(http.StatusAccepted)
		_, _ = rw.Write([]byte("thanks"))
	}}
	sent := w.write(alice, "Hi")
	x := w.delivered(1)[0]
	w.diff("the entry was there when the request came", x.N, during.N)
	w.diff("and had not ended", (*sim.Ended)(nil), during.Ended)
	w.diff("what it is", []string{sim.Out, "toy", "message", inAlice}, []string{x.Direction, x.Fake, x.Operation, x.Thread})
	w.diff("request", sim.Message{
		Method: "POST", URL: "http://integrator.example/hook", Header: http.Header{"Content-Type": {"application/json"}, "X-Toy-Attempt": {"1"}},
		Body: x.Request.Body, Size: int64(len(x.Request.Body)),
	}, x.Request)
	w.diff("answer", &sim.Message{Status: 202, Header: http.Header{"X-Mine": {"1"}}, Body: []byte("thanks"), Size: 6}, x.Ended.Response)
	w.diff("outcome", sim.Completed, x.Ended.Outcome)
	w.diff("notes", []sim.Note{attempted{1}, wrote{sent.ID, "Hi"}}, x.Notes)
	w.diff("timeline", []any{attempted{1}, wrote{sent.ID, "Hi"}, "completed", acked{202, ""}}, w.timeline(inAlice))
	w.diff("body", []string{sent.ID}, w.in.got("id"))
}

// Within a thread webhooks go out one at a time, in order.
func TestOneDeliveryAtATime(t *testing.T) {
	t.Parallel()
	const messages = 30
	w := newWorld(t, nil)
	var flying, most atomic.Int64
	w.in.answers = []http.HandlerFunc{func(http.ResponseWriter, *http.Request) {
		now := flying.Add(1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		flying.Add(-1)
	}}
	var want []string
	for i := range messages {
		want = append(want, itoa(i))
		w.write(alice, itoa(i))
	}
	w.delivered(messages)
	w.diff("messages in order", want, w.in.got("text"))
	w.diff("most deliveries at once", int64(1), most.Load())
}

// Threads do not wait for each other: each integrator's answer here waits until
// all threads' webhooks have come.
func TestThreadsAreDeliveredInParallel(t *testing.T) {
	t.Parallel()
	const threads = 8
	w := newWorld(t, nil)
	var meet sync.WaitGroup
	meet.Add(threads)
	w.in.answers = []http.HandlerFunc{func(http.ResponseWriter, *http.Request) {
		meet.Done()
		meet.Wait()
	}}
	for i := range threads {
		w.write("1501400700"+itoa(i), "Hi")
	}
	w.delivered(threads)
}

// Failed deliveries are repeated on the vendor's schedule, in thread time, and
// given up at its end.
func TestRetrySchedule(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.in.answers = []http.HandlerFunc{status(500)}
	w.write(alice, "Hi")
	w.delivered(1)
	w.advance(inAlice, 9*time.Second)
	w.advance(inAlice, time.Second) // due at 10 s
	w.advance("", 59*time.Second)
	w.advance("", time.Second) // due a minute later
	w.advance("", 24*time.Hour)
	w.diff("attempts", []string{"Hi #1 at 0s: 500", "Hi #2 at 10s: 500", "Hi #3 at 1m10s: 500"}, attempts(w.delivered(3)))
	n, _, err := w.ws.Due(t.Context(), inAlice)
	w.diff("error", nil, err)
	w.diff("waiting", 0, n)
}

// A retry that succeeds is the last one; Due says what waits meanwhile.
func TestRetryUntilAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.in.answers = []http.HandlerFunc{status(302), status(204)}
	w.write(alice, "Hi")
	w.delivered(1)
	// The end of the attempt and the new due time are one commit.
	n, due, err := w.ws.Due(t.Context(), inAlice)
	w.diff("error", nil, err)
	w.diff("waiting", 1, n)
	w.diff("due", epoch.Add(10*time.Second), due)
	w.advance(inAlice, time.Minute)
	w.advance(inAlice, time.Hour)
	w.diff("attempts", []string{"Hi #1 at 0s: 302", "Hi #2 at 1m0s: 204"}, attempts(w.delivered(2)))
}

// An advance fires what it makes due, in the order of that, and returns when it
// was attempted. What is later stays.
func TestAdvanceFiresInOrder(t *testing.T) {
	t.Parallel()
	for name, thread := range map[string]string{"thread": inAlice, "workspace": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.call("POST", "/orders", `{"account":"a1","customer":"`+alice+`","item":"kite","later":[20,5,3600,10]}`)
			id := w.last().Notes[1].(ordered).ID
			w.advance(thread, 4*time.Second)
			w.diff("bodies after 4 s", []string(nil), w.in.got("id"))
			w.advance(thread, 26*time.Second)
			w.diff("bodies after 30 s", []string{id + "+5", id + "+10", id + "+20"}, w.in.got("id"))
			for _, e := range w.journal() {
				if e.Ended == nil {
					t.Errorf("exchange %d had not ended when Advance returned", e.N)
				}
			}
			w.advance(thread, time.Hour)
			w.diff("bodies in the end", []string{id + "+5", id + "+10", id + "+20", id + "+3600"}, w.in.got("id"))
		})
	}
}

// Advancing one thread leaves the others' webhooks alone.
func TestAdvanceOfAThreadFiresItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, customer := range []string{alice, bob} {
		w.call("POST", "/orders", `{"account":"a1","customer":"`+customer+`","item":"`+customer+`","later":[60]}`)
	}
	w.advance(inAlice, time.Hour)
	out := w.delivered(1)
	w.diff("delivered in", []string{inAlice}, []string{out[0].Thread})
	w.advance("", time.Hour)
	out = w.delivered(2)
	w.diff("then in", []string{inAlice, inBob}, []string{out[0].Thread, out[1].Thread})
}

// An advance waits for a delivery that was under way before it.
func TestAdvanceWaitsForADeliveryUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	arrived, release := make(chan struct{}), make(chan struct{})
	w.in.answers = []http.HandlerFunc{func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}, status(200)}
	w.write(alice, "slow")
	receive(w, arrived, "the webhook")
	w.write(alice, "second")
	done := make(chan error, 1)
	go func() { done <- w.ws.Advance(t.Context(), inAlice, time.Second) }()
	w.foreverSleeper() // Advance waits in the clock
	close(release)
	w.diff("error", nil, receive(w, done, "Advance"))
	w.diff("ended when Advance returned", []string{"slow #1 at 0s: 200", "second #1 at 1s: 200"}, attempts(w.delivered(2)))
}

// No answer within the vendor's patience is a failed attempt.
func TestWebhookTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	arrived := make(chan struct{}, 1)
	w.in.answers = []http.HandlerFunc{func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}, status(200)}
	w.write(alice, "Hi")
	receive(w, arrived, "the webhook")
	if _, err := w.clock.Advance(5*time.Second - 1); err != nil {
		t.Fatal(err)
	}
	w.diff("end before the vendor's patience is spent", (*sim.Ended)(nil), w.last().Ended)
	w.advance("", 1)
	first := w.delivered(1)[0]
	w.diff("ack", acked{0, "timeout"}, ackOf(first))
	w.diff("outcome", sim.Failed, first.Ended.Outcome)
	w.advance("", 10*time.Second)
	w.diff("attempts", []string{"Hi #1 at 0s: 0", "Hi #2 at 15s: 200"}, attempts(w.delivered(2)))
}

// A port that is closed counts as no answer; with RetryRefused the webhook
// comes again once the port answers, whatever the vendor's schedule says, and
// looking whether it does is no exchange.
func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	url := "http://" + porttest.Free(t)
	for name, c := range map[string]struct {
		retry time.Duration
		want  []string
	}{
		"vendor's schedule": {0, []string{"Hi #1 at 0s: 0", "Hi #2 at 10s: 200"}},
		"soon":              {2 * time.Second, []string{"Hi #1 at 0s: 0", "Hi #2 at 10s: 200"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(config *sim.Config) {
				config.RetryRefused = c.retry
				config.Webhooks = map[string]sim.Target{"toy": {URL: url}}
			})
			w.write(alice, "Hi")
			first := w.delivered(1)[0]
			w.diff("ack", acked{0, "connection refused"}, ackOf(first))
			w.diff("outcome", sim.Failed, first.Ended.Outcome)
			w.advance(inAlice, 2*time.Second)
			server := httptest.NewServer(w.in)
			t.Cleanup(server.Close)
			w.ws.SetWebhook("toy", sim.Target{URL: server.URL})
			w.advance(inAlice, 8*time.Second)
			w.diff("attempts", c.want, attempts(w.delivered(len(c.want))))
			w.diff("bodies at the new target", []string{"Hi"}, w.in.got("text"))
		})
	}
}

// Other failures say what they were.
func TestFailedDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		c.Webhooks = map[string]sim.Target{"": {URL: "http://integrator.example/hook", Transport: sim.Transport{
			Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		}}}
	})
	w.write(alice, "Hi")
	w.diff("ack", acked{0, "connection reset by peer"}, ackOf(w.delivered(1)[0]))
}

// A webhook whose target was taken away has nobody to go to: it is dropped, as
// it would have been without a target from the beginning.
func TestNoTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", `{"account":"a1","customer":"`+alice+`","item":"kite","later":[60]}`)
	w.ws.SetWebhook("", sim.Target{})
	w.call("POST", "/orders", `{"account":"a1","customer":"`+alice+`","item":"kite","later":[60]}`)
	n, _, err := w.ws.Due(t.Context(), inAlice)
	w.diff("error", nil, err)
	w.diff("waiting: the first one alone", 1, n)
	w.advance("", time.Hour)
	n, _, err = w.ws.Due(t.Context(), inAlice)
	w.diff("error", nil, err)
	w.diff("waiting after its time", 0, n)
	w.diff("exchanges", 2, len(w.journal()))
	w.diff("the log says so", true, strings.Contains(w.log.String(), "no webhook is set"))
}

// A channel's own target comes before the one for all.
func TestTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	own := &integrator{}
	w.ws.SetWebhook("toy", sim.Target{URL: "http://own.example", Transport: sim.Transport{Handler: own}})
	w.diff("targets", []string{"", "toy"}, sorted(w.ws.Webhooks()))
	w.write(alice, "one")
	w.delivered(1)
	w.ws.SetWebhook("toy", sim.Target{})
	w.write(alice, "two")
	w.delivered(2)
	w.diff("own", []string{"one"}, own.got("text"))
	w.diff("for all", []string{"two"}, w.in.got("text"))
}

// An account's own target comes before its channel's.
func TestTargetOfAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	second := &integrator{}
	w.ws.SetWebhook("", sim.Target{}) // the other account has nobody then
	w.ws.SetWebhook("toy:a2", sim.Target{URL: "http://second.example", Transport: sim.Transport{Handler: second}})
	write := func(account string) error {
		_, err := w.ws.Write(w.Context(), sim.CustomerMessage{Channel: "toy", Account: account, From: alice, Text: "to " + account})
		return err
	}
	if err := write("a1"); !errors.Is(err, sim.ErrNoWebhook) {
		t.Errorf("without a target: got %v, want %v", err, sim.ErrNoWebhook)
	}
	if err := write("a2"); err != nil {
		t.Fatal(err)
	}
	w.delivered(1)
	w.diff("own", []string{"to a2"}, second.got("text"))
}

// Statuses of messages go to the integrator in the message's thread.
func TestSetStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	id := w.last().Notes[1].(ordered).ID
	ctx := t.Context()
	w.diff("error", nil, w.ws.SetStatus(ctx, sim.StatusChange{MessageID: id, Status: "read"}))
	x := w.delivered(1)[0]
	w.diff("event and thread", []string{"read", inAlice}, []string{x.Operation, x.Thread})
	err := w.ws.SetStatus(ctx, sim.StatusChange{MessageID: "ord_none", Status: "read"})
	w.diff("of a message from elsewhere", `no message "ord_none" was sent through this sandbox`, err.Error())
}

// After Close nothing is delivered any more, not even what a delivery under
// way leaves behind.
func TestCloseStopsDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	arrived, release := make(chan struct{}), make(chan struct{})
	w.in.answers = []http.HandlerFunc{func(rw http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		rw.WriteHeader(500)
	}, status(200)}
	w.write(alice, "first")
	receive(w, arrived, "the webhook")
	w.write(alice, "second")
	w.diff("error", nil, w.sb.Close())
	close(release)
	w.delivered(1)
	if _, err := w.clock.Advance(24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	w.diff("bodies", []string{"first"}, w.in.got("text"))
}

// sick is a store that refuses updates while it is told to.
type sick struct {
	store.Store
	refuse atomic.Bool
	tried  chan struct{}
}

// Update implements store.Store.
func (s *sick) Update(ctx context.Context, space string, r store.Reads, f func(store.View) (store.Change, error)) (int64, error) {
	if s.refuse.Load() {
		select {
		case s.tried <- struct{}{}:
		default:
		}
		return 0, fmt.Errorf("the store is down")
	}
	return s.Store.Update(ctx, space, r, f)
}

// A store that fails stops deliveries for a while; it is not asked over and over.
func TestDeliverySurvivesASickStore(t *testing.T) {
	t.Parallel()
	ill := &sick{Store: store.NewMemory(store.Bounds{}), tried: make(chan struct{}, 1000)}
	w := newWorld(t, func(c *sim.Config) { c.Store = ill })
	w.call("POST", "/orders", `{"account":"a1","customer":"`+alice+`","item":"kite","later":[60]}`)
	ill.refuse.Store(true)
	w.diff("a call meanwhile", 503, w.call("POST", "/orders", orderOf(alice, "kite")).Status)
	receive(w, ill.tried, "the call")
	if _, err := w.clock.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	receive(w, ill.tried, "the attempt")
	ill.refuse.Store(false)
	w.advance("", time.Minute)
	w.diff("deliveries", 1, len(w.delivered(1)))
	w.diff("tries meanwhile", true, len(ill.tried) < 3)
}

// Verify makes the vendor's verification request.
func TestVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	echo := func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Query().Get("mine") == "1" {
			_, _ = rw.Write([]byte(r.URL.Query().Get("challenge")))
		}
	}
	w.ws.SetWebhook("toy", sim.Target{URL: "http://integrator.example/hook?mine=1", Transport: sim.Transport{Handler: http.HandlerFunc(echo)}})
	w.diff("given back", nil, w.ws.Verify(t.Context(), "toy"))
	w.ws.SetWebhook("toy", sim.Target{})
	w.diff("not given back", "the challenge was not given back", w.ws.Verify(t.Context(), "toy").Error())
	w.diff("no such channel", `no channel "smoke"; use one of toy`, w.ws.Verify(t.Context(), "smoke").Error())
	w.ws.SetWebhook("", sim.Target{})
	w.diff("no target", sim.ErrNoWebhook.Error(), w.ws.Verify(t.Context(), "toy").Error())
	w.diff("verifications are no exchanges", 0, len(w.journal()))
	w.diff("channels", []string{"toy"}, channelNames(w.sb.Channels()))
}

func channelNames(channels []sim.Channel) (names []string) {
	for _, c := range channels {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// While the port is closed, everything of a thread waits behind the message
// that found it closed: the order of a thread survives an integrator's restart.
func TestRefusedKeepsOrder(t *testing.T) {
	t.Parallel()
	url := "http://" + porttest.Free(t)
	w := newWorld(t, func(config *sim.Config) {
		config.RetryRefused = time.Second
		config.Webhooks = map[string]sim.Target{"toy": {URL: url}}
	})
	texts := []string{"a", "b", "c", "d"}
	for _, text := range texts {
		w.write(alice, text)
	}
	w.delivered(1)
	w.advance(inAlice, 3*time.Second)
	server := httptest.NewServer(w.in)
	t.Cleanup(server.Close)
	w.ws.SetWebhook("toy", sim.Target{URL: server.URL})
	w.advance(inAlice, 10*time.Second)
	w.delivered(len(texts) + 1)
	w.diff("order", texts, w.in.got("text"))
}

// A reset while a delivery is under way forgets the old message and loses no
// new one.
func TestResetDuringDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	arrived, release := make(chan struct{}, 1), make(chan struct{})
	w.in.answers = []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		w.WriteHeader(http.StatusOK)
	}, status(200)}
	w.write(alice, "old")
	receive(w, arrived, "the webhook")
	if err := w.ws.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.write(alice, "new")
	close(release)
	w.delivered(1)
	w.diff("what came", []string{"old", "new"}, w.in.got("text"))
}
