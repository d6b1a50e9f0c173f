package meta_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// written are the kinds of messages with what a customer gives for each.
var written = []struct {
	kind sim.Extra
	text string
	wire string // type of the message
	not  string
}{
	{sim.Extra{}, "Hi", "text", ""},
	{sim.Extra{AdID: "120226305854810726"}, "Hi", "text", ""},
	{sim.Extra{Kind: "image"}, "Taj Mahal", "image", ""},
	{sim.Extra{Kind: "button", Payload: "Unsubscribe", ReplyTo: seedWAMID}, "Unsubscribe", "button", ""},
	{sim.Extra{Kind: "button_reply", Payload: "cancel", ReplyTo: seedWAMID}, "Cancel", "interactive", ""},
	{sim.Extra{Kind: "list_reply", Payload: "express", Description: "Next day", ReplyTo: seedWAMID}, "Express", "interactive", ""},
	{sim.Extra{Kind: "reaction", Emoji: "👍", ReplyTo: seedWAMID}, "", "reaction", "reaction"},
	{sim.Extra{Kind: "location", Latitude: 37.4, Longitude: -122.1, Description: "101 Forest Ave"}, "Philz Coffee", "location", ""},
	{sim.Extra{Kind: "contacts"}, "Lucía Gómez", "contacts", ""},
	{sim.Extra{Kind: "order"}, "", "order", ""},
	{sim.Extra{Kind: "system", Payload: "12195555358"}, "", "system", "system"},
	{sim.Extra{Kind: "unsupported"}, "", "unsupported", "unsupported"},
}

func TestWritten(t *testing.T) {
	t.Parallel()
	for _, c := range written {
		t.Run(c.wire+c.kind.AdID, func(t *testing.T) {
			t.Parallel()
			w := newWAWorld(t, meta.Config{})
			w.write(sim.CustomerMessage{Name: "Sheena Nelson", Text: c.text, Extra: c.kind})
			hooks := w.after(thread, time.Second)
			if len(hooks) != 1 {
				t.Fatalf("%d webhooks for one message", len(hooks))
			}
			diff(t, "type", any(c.wire), dig(hooks[0], "value", "messages", 0, "type"))
			events, _, _ := w.ws.Timeline(w.Context(), thread)
			var in note.InboundMessage
			for _, e := range events {
				if n, found := e.Note.(note.InboundMessage); found {
					in = n
				}
			}
			diff(t, "what it is not", c.not, in.NotAnInbound)
			diff(t, "text", c.text, in.Text)
			w.must(w.post(textBody), 200, "")
			want := []string{"sent", "delivered", "read"}
			if c.wire == "system" {
				want = []string{"failed 131047"} // a new number is not the customer's words
			}
			diff(t, "window", want, statuses(w.after(thread, time.Second)))
		})
	}
}

func TestWrittenRefuses(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	for name, m := range map[string]sim.CustomerMessage{
		"no text":                   {From: customer},
		"an unknown kind":           {From: customer, Text: "x", Extra: sim.Extra{Kind: "poll"}},
		"a reaction to nothing":     {From: customer, Extra: sim.Extra{Kind: "reaction", Emoji: "x"}},
		"a reply without its id":    {From: customer, Text: "x", Extra: sim.Extra{Kind: "button_reply"}},
		"a button without a text":   {From: customer, Extra: sim.Extra{Kind: "button", Payload: "x"}},
		"a system without a number": {From: customer, Extra: sim.Extra{Kind: "system"}},
	} {
		if _, err := w.ws.Write(w.Context(), m); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestPlayed(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{NoWindow: true})
	r := w.must(w.post(typed("audio", `{"id":"1"}`)), 200, "")
	id := dig(decoded(t, r.Body), "messages", 0, "id").(string)
	w.after(thread, time.Second)
	if err := w.ws.SetStatus(w.Context(), sim.StatusChange{MessageID: id, Status: meta.StatusPlayed}); err != nil {
		t.Fatal(err)
	}
	diff(t, "status", []string{"played"}, statuses(w.after(thread, time.Second)))
	if err := w.ws.SetStatus(w.Context(), sim.StatusChange{MessageID: id, Status: "seen"}); err == nil || !strings.Contains(err.Error(), "use one of sent, delivered, read, failed, played") {
		t.Errorf("a status that WhatsApp does not have: %v", err)
	}
}

// hookOf is the webhook of a message as JSON.
func hookOf(t *testing.T, text string, extra sim.Extra) any {
	t.Helper()
	w := newWAWorld(t, meta.Config{})
	w.write(sim.CustomerMessage{Name: "Sheena Nelson", Text: text, Extra: extra})
	hooks := w.after(thread, time.Second)
	out, _ := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{"id": waba, "changes": []any{hooks[0]}}}})
	return decoded(t, out)
}
