package sim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

// drafting makes the toy vendor draft the status of a message and write it when
// it goes out; writings is what it wrote.
func drafting(writings *[]string) func(*sim.Config) {
	return func(c *sim.Config) {
		toy := c.Fakes[0]
		toy.Render = func(w sim.Webhook) sim.Webhook {
			*writings = append(*writings, w.Draft+" "+w.Step)
			w.Body, w.Notes = toyEvent(w.Step, w.ID, 0).Body, toyEvent(w.Step, w.ID, 0).Notes
			return w
		}
		toy.Channels[0].Status = func(tx *sim.Tx, change sim.StatusChange) (sim.Webhook, error) {
			if !tx.Heard() {
				return sim.Webhook{}, sim.ErrNoWebhook
			}
			return sim.Webhook{Event: "status", ID: change.MessageID, After: time.Minute, Draft: "of a toy", Step: change.Status}, nil
		}
	}
}

// What a fake drafts is written when it first goes out, and once, however often
// it is sent.
func TestDraftIsWrittenOnce(t *testing.T) {
	t.Parallel()
	var writings []string
	w := newWorld(t, drafting(&writings))
	w.in.answers = []http.HandlerFunc{status(200), status(500), status(200)}
	sent := w.write(alice, "Hi")
	w.delivered(1)
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: sent.ID, Status: "read"}); err != nil {
		t.Fatal(err)
	}
	w.diff("nothing is written while it waits", []string(nil), writings)
	w.advance(inAlice, time.Minute)
	w.advance(inAlice, 10*time.Second) // the second attempt
	x := w.delivered(3)
	w.diff("written", []string{"of a toy read"}, writings)
	w.diff("body", string(x[1].Request.Body), string(x[2].Request.Body))
	w.diff("body", `{"event":"read","id":"`+sent.ID+`"}`, string(x[2].Request.Body))
	w.diff("notes", []sim.Note{attempted{2}, told{sent.ID, "read"}}, x[2].Notes)
}

// A draft is known again by what it would say: asked for once more while the
// same webhook waits, that one goes out.
func TestDraftIsHastened(t *testing.T) {
	t.Parallel()
	var writings []string
	w := newWorld(t, drafting(&writings))
	sent := w.write(alice, "Hi")
	w.delivered(1)
	change := sim.StatusChange{MessageID: sent.ID, Status: "read"}
	for range 2 {
		if err := w.ws.SetStatus(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if len(w.delivered(0)) < 2 {
			w.advance(inAlice, time.Minute)
		}
	}
	x := w.delivered(2)
	again, err := w.ws.Redeliver(t.Context(), x[1].N)
	if err != nil {
		t.Fatal(err)
	}
	w.diff("attempt", 2, again.Attempt)
	n, _, err := w.ws.Due(t.Context(), inAlice)
	w.diff("still waiting", 0, n)
	if err != nil {
		t.Fatal(err)
	}
}
