package sim_test

import (
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// A vendor's status repeats what the message was sent with, and an answer to a
// message names it: both look at the document that the send left.
func TestChannelsSeeWhatWasKeptOfAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		ch := &c.Fakes[0].Channels[0]
		ch.Sees = func(_, message string) []store.Key { return []store.Key{{Kind: "order", ID: message}} }
		kept := func(tx *sim.Tx, id string) (sim.Webhook, error) {
			o, _ := sim.Get[order](tx, "order", id)
			return toyEvent(o.Item, id, 0), nil
		}
		ch.Status = func(tx *sim.Tx, s sim.StatusChange) (sim.Webhook, error) { return kept(tx, s.MessageID) }
		ch.Write = func(tx *sim.Tx, m sim.Written) (sim.Webhook, error) { return kept(tx, m.ReplyTo) }
		ch.Events = []sim.Occasion{{Name: "answered", Make: ch.Write}}
	})
	id := w.call("POST", "/orders", `{"account":"a1","customer":"`+alice+`","item":"kite"}`).json(t)["id"].(string)
	w.diff("a status by hand", nil, w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: id, Status: "read"}))
	_, err := w.ws.Write(t.Context(), sim.CustomerMessage{Channel: "toy", From: alice, Text: "This one", Extra: sim.Extra{ReplyTo: id}})
	w.diff("a message that answers", nil, err)
	trigger(w, sim.Trigger{Event: "toy.answered", From: alice, Extra: sim.Extra{ReplyTo: id}})
	var events []string
	for _, x := range w.delivered(3) {
		events = append(events, x.Operation)
	}
	w.diff("each saw the order", []string{"kite", "kite", "kite"}, events)
}
