package sim_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// triggerable gives the toy vendor signatures of two kinds, events that can be
// triggered by name, bodies that can be read back and a way to gather them.
func triggerable(c *sim.Config) {
	toy := c.Fakes[0]
	plain := toy.Dispatch
	toy.Dispatch = func(d sim.Delivery) sim.Dispatch {
		out := plain(d)
		out.Header.Set("X-Toy-Signature", "sha1=good")
		out.Header.Set("X-Toy-Signature-256", "sha256=good")
		return out
	}
	c.Words.Forged = func(n sim.Note, how string) sim.Note {
		if m, ok := n.(wrote); ok {
			m.Text, _, _ = strings.Cut(m.Text, "|")
			if how != "" {
				m.Text += "|" + how
			}
			return m
		}
		return n
	}
	ch := &toy.Channels[0]
	ch.Events = []sim.Occasion{
		{Name: "message", About: "a customer writes", Make: ch.Write},
		{Name: "opened", About: "the shop opens", OfAccount: true, Make: func(*sim.Tx, sim.Written) (sim.Webhook, error) { return toyEvent("opened", "shop", 0), nil }},
	}
	ch.Locate = func(body []byte) (string, string) { return "a1", member(body, "from") }
	ch.Reread = func(tx *sim.Tx, body []byte) sim.Webhook {
		id := member(body, "id")
		if id == "" {
			return sim.Webhook{}
		}
		tx.Mint(id)
		return sim.Webhook{Event: "message", ID: id, Notes: []sim.Note{wrote{id, member(body, "text")}}}
	}
	ch.Join = func(gather string, bodies [][]byte) ([]byte, error) {
		if gather == sim.GatherChanges {
			return nil, errors.New("toys have no changes")
		}
		return fmt.Appendf(nil, `{"id":"joined","text":"%d"}`, len(bodies)), nil
	}
}

func shaped(w *world, from, text string, s sim.Shape) error {
	w.Helper()
	_, err := w.ws.Write(w.Context(), sim.CustomerMessage{Channel: "toy", From: from, Text: text, Deliver: s})
	return err
}

// What happens to a webhook on its way: one row a way. Times are after the
// epoch, in thread time.
func TestShapes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shape  sim.Shape
		want   []string
		bodies []string // that reached the integrator
		fault  string
	}{
		"twice":          {sim.Shape{Twice: true}, []string{"one #1 at 0s: 200", "one #2 at 0s: 200", "two #1 at 0s: 200"}, []string{"one", "one", "two"}, ""},
		"late":           {sim.Shape{Late: fault.Duration(90 * time.Second)}, []string{"two #1 at 0s: 200", "one #1 at 1m30s: 200"}, []string{"two", "one"}, "late=1m30s"},
		"dropped":        {sim.Shape{Drop: true}, []string{"one #1 at 0s: 0", "two #1 at 0s: 200"}, []string{"two"}, "drop"},
		"dropped, again": {sim.Shape{Drop: true, Twice: true}, []string{"one #1 at 0s: 0", "one #2 at 0s: 200", "two #1 at 0s: 200"}, []string{"one", "two"}, "drop"},
		"overtaken":      {sim.Shape{Reorder: true}, []string{"two #1 at 0s: 200", "one #1 at 0s: 200"}, []string{"two", "one"}, "reorder"},
		"wrong": {
			sim.Shape{Signature: sim.SignatureWrong}, []string{"one|wrong #1 at 0s: 200", "two #1 at 0s: 200"}, []string{"one", "two"}, "signature=wrong",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, triggerable)
			w.diff("error", nil, shaped(w, alice, "one", c.shape))
			w.diff("error", nil, shaped(w, alice, "two", sim.Shape{}))
			soon := 0
			for _, attempt := range c.want {
				if strings.Contains(attempt, " at 0s") {
					soon++
				}
			}
			w.delivered(soon)
			w.advance(inAlice, 90*time.Second)
			all := w.delivered(len(c.want))
			w.diff("attempts", c.want, attempts(all))
			w.diff("what reached the integrator", c.bodies, w.in.got("text"))
			hit := ""
			for _, e := range all {
				if e.Fault != nil {
					hit = e.Fault.Effect
				}
			}
			w.diff("the journal says what was done", c.fault, hit)
		})
	}
}

// A dropped webhook is journalled as one that never went out.
func TestDroppedIsJournalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.diff("error", nil, shaped(w, alice, "lost", sim.Shape{Drop: true}))
	x := w.delivered(1)[0]
	w.diff("outcome", sim.Dropped, x.Ended.Outcome)
	w.diff("ack", acked{0, sim.Dropped}, ackOf(x))
	w.diff("nothing came", []string(nil), w.in.got("text"))
	w.advance("", 24*time.Hour)
	w.diff("attempts", 1, len(w.delivered(1)))
}

// With nobody to overtake it, a held webhook comes a minute late.
func TestHeldComesByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.diff("error", nil, shaped(w, alice, "held", sim.Shape{Reorder: true}))
	w.advance(inAlice, 59*time.Second)
	w.diff("before", []string(nil), w.in.got("text"))
	w.advance(inAlice, time.Second)
	w.diff("attempts", []string{"held #1 at 1m0s: 200"}, attempts(w.delivered(1)))
}

// A forged webhook is not the vendor's: it is not repeated, and each way of
// being bad is what its headers show.
func TestForgedSignatures(t *testing.T) {
	t.Parallel()
	for how, want := range map[string][]string{
		sim.SignatureWrong:   {"sha1=goo0", "sha256=goo0"},
		sim.SignatureMissing: {"", ""},
		sim.SignatureSHA1:    {"sha1=good", ""},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, triggerable)
			w.in.answers = []http.HandlerFunc{status(401)}
			w.diff("error", nil, shaped(w, alice, "Hi", sim.Shape{Signature: how}))
			x := w.delivered(1)[0]
			h := x.Request.Header
			w.diff("signatures", want, []string{h.Get("X-Toy-Signature"), h.Get("X-Toy-Signature-256")})
			w.advance("", 24*time.Hour)
			w.diff("attempts", 1, len(w.delivered(1)))
			thread, _, err := w.ws.Thread(t.Context(), inAlice)
			w.diff("error", nil, err)
			w.diff("the customer wrote nothing", true, thread.Inbound.IsZero())
		})
	}
}

func TestShapesThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	for _, c := range []struct {
		shape sim.Shape
		want  string
	}{
		{sim.Shape{Signature: "none"}, `no signature "none"; use one of wrong, missing, sha1`},
		{sim.Shape{Batch: 2}, "this channel sends one message a webhook; leave batch out"},
		{sim.Shape{Gather: "heaps"}, `nothing gathers "heaps"; use one of entries, changes, messages`},
		{sim.Shape{Gather: sim.GatherChanges}, "toys have no changes"},
	} {
		err := shaped(w, alice, "Hi", c.shape)
		if err == nil {
			t.Fatalf("%+v is taken", c.shape)
		}
		w.diff("error", c.want, err.Error())
	}
	plain := newWorld(t, nil)
	w.diff("unsigned webhooks", "webhooks of channel toy have no signature that could be wrong; leave signature out",
		shaped(plain, alice, "Hi", sim.Shape{Signature: sim.SignatureWrong}).Error())
	w.diff("nothing was sent", 0, len(w.journal())+len(plain.journal()))
}

// Statuses are shaped as messages are, over the control API too.
func TestShapedOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	id := w.call("POST", "/orders", orderOf(alice, "kite")).json(t)["id"].(string)
	a := w.call("POST", "/_sandbox/v1/messages/"+id+"/status", `{"status":"read","deliver":{"twice":true}}`)
	w.diff("answer", 204, a.Status)
	w.diff("status, twice", []string{"read" + id + " #1 at 0s: 200", "read" + id + " #2 at 0s: 200"}, attempts(w.delivered(2)))
	a = w.call("POST", "/_sandbox/v1/messages", `{"channel":"toy","from":"`+alice+`","text":"Hi","deliver":{"late":"90s","drop":true}}`)
	w.diff("answer", 200, a.Status)
	bad := w.call("POST", "/_sandbox/v1/messages", `{"channel":"toy","from":"`+alice+`","text":"Hi","deliver":{"latte":"90s"}}`)
	w.wantError(bad, `unknown field \"latte\"`)
	n, due, err := w.ws.Due(t.Context(), inAlice)
	w.diff("error", nil, err)
	w.diff("waiting", fmt.Sprint(1, epoch.Add(90*time.Second)), fmt.Sprint(n, due))
}

// A channel may have a schedule of its own.
func TestRetryOfTheChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		c.Fakes[0].Channels[0].Retry = func(attempt int) time.Duration { return time.Duration(max(0, 3-attempt)) * time.Hour }
	})
	w.in.answers = []http.HandlerFunc{status(500)}
	w.write(alice, "Hi")
	w.delivered(1)
	for range 5 {
		w.advance(inAlice, time.Hour)
	}
	w.diff("attempts", []string{"Hi #1 at 0s: 500", "Hi #2 at 2h0m0s: 500", "Hi #3 at 3h0m0s: 500"}, attempts(w.delivered(3)))
}

// A webhook is sent again on demand: signed afresh, as a new exchange, and the
// attempts go on counting.
func TestRedeliver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	w.diff("error", nil, shaped(w, alice, "Hi", sim.Shape{Signature: sim.SignatureWrong}))
	first := w.delivered(1)[0]
	w.in.answers = []http.HandlerFunc{status(202)}
	for i := range 2 {
		again, err := w.ws.Redeliver(t.Context(), first.N)
		w.diff("error", nil, err)
		w.diff("what became of it", sim.Redelivery{Exchange: int64(2 + i), Thread: inAlice, Attempt: 2 + i, Status: 202}, again)
	}
	last := w.last()
	w.diff("body", string(first.Request.Body), string(last.Request.Body))
	w.diff("signature", "sha256=good", last.Request.Header.Get("X-Toy-Signature-256"))
	w.diff("notes", []sim.Note{attempted{3}, wrote{last.Notes[1].(wrote).ID, "Hi"}}, last.Notes)
}

// One that waits for its next attempt has that attempt now, not one more.
func TestRedeliverOfWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.in.answers = []http.HandlerFunc{status(500), status(200)}
	w.write(alice, "Hi")
	w.delivered(1)
	again, err := w.ws.Redeliver(t.Context(), 1)
	w.diff("error", nil, err)
	w.diff("what became of it", sim.Redelivery{Exchange: 2, Thread: inAlice, Attempt: 2, Status: 200}, again)
	w.advance("", 24*time.Hour)
	w.diff("attempts", []string{"Hi #1 at 0s: 500", "Hi #2 at 0s: 200"}, attempts(w.delivered(2)))
	_, err = w.ws.Redeliver(t.Context(), 9)
	w.diff("no such exchange", true, errors.Is(err, sim.ErrNotWebhook))
	w.ws.SetWebhook("", sim.Target{})
	_, err = w.ws.Redeliver(t.Context(), 1)
	w.diff("no target", true, errors.Is(err, sim.ErrNoWebhook))
}

// Flush attempts what is due later and what waits for its next attempt, in order.
func TestFlush(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, customer := range []string{alice, bob} {
		w.call("POST", "/orders", `{"account":"a1","customer":"`+customer+`","item":"kite","later":[3600,60]}`)
	}
	fired, err := w.ws.Flush(t.Context(), inBob)
	w.diff("error", nil, err)
	w.diff("bob's", []int64{3, 4}, fired)
	w.diff("in order", []string{"order60 #1 at 0s: 200", "order3600 #1 at 0s: 200"}, attempts(w.delivered(2)))
	fired, err = w.ws.Flush(t.Context(), "")
	w.diff("error", nil, err)
	slices.Sort(fired)
	w.diff("alice's", []int64{5, 6}, fired)
	fired, err = w.ws.Flush(t.Context(), "")
	w.diff("error", nil, err)
	w.diff("nothing is left", []int64{}, fired)
}
