package kaleyra_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// Everything that customers send to WhatsApp comes in Kaleyra's frame.
func TestKindsOfInbound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind       sim.Extra
		text, wire string
		not, media string
	}{
		{sim.Extra{}, "Hi", "text", "", ""},
		{sim.Extra{Kind: "image"}, "Lunch", "image", "", ""},
		{sim.Extra{Kind: "image", Media: "https://example.com/a.png"}, "Lunch", "image", "", "https://example.com/a.png"},
		{sim.Extra{Kind: "button_reply", Payload: "yes"}, "Yes", "interactive", "", ""},
		{sim.Extra{Kind: "list_reply", Payload: "m"}, "Margherita", "interactive", "", ""},
		{sim.Extra{Kind: "reaction", Emoji: "👍", ReplyTo: "wamid.X"}, "", "reaction", "reaction", ""},
		{sim.Extra{Kind: "location"}, "Home", "location", "", ""},
		{sim.Extra{Kind: "unsupported"}, "", "unsupported", "unsupported", ""},
	} {
		w := newWorld(t, kaleyra.Config{})
		w.write(c.text, c.kind)
		hook := w.after(thread, time.Second)[0]
		in := notes[note.InboundMessage](w)[0]
		diff(t, c.wire, []any{c.wire, c.media}, []any{dig(hook, "meta_object", "value", "messages", 0, "type"), dig(hook, "extra_info", "media_url")})
		diff(t, c.wire+" in the note", []string{c.text, c.not}, []string{in.Text, in.NotAnInbound})
	}
	_, err := newWorld(t, kaleyra.Config{}).ws.Write(t.Context(), sim.CustomerMessage{Channel: "kaleyra", From: customer, Text: "x", Extra: sim.Extra{Kind: "opt_out"}})
	if err == nil || !strings.Contains(err.Error(), `no type "opt_out" on channel kaleyra; use one of text, image`) || strings.Contains(err.Error(), "opt_in") {
		t.Errorf("a kind that Kaleyra does not have: %v", err)
	}
}

func TestTriggers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	for _, o := range w.s.Channels()[0].Events {
		done := w.trigger(sim.Trigger{Event: "kaleyra." + o.Name, From: customer})
		if done.Thread != thread || done.ID == "" {
			t.Errorf("%s: %+v", o.Name, done)
		}
	}
	diff(t, "each is a callback", len(w.s.Channels()[0].Events), len(w.after(thread, time.Second)))
}

// What is changed or written by hand decides thread and notes.
func TestTriggersByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	set := func(path, value string) map[string]json.RawMessage {
		return map[string]json.RawMessage{path: json.RawMessage(value)}
	}
	done := w.trigger(sim.Trigger{Event: "kaleyra.text", From: "15014005009", Set: set("meta_object.value.messages[0].from", `"`+customer+`"`)})
	diff(t, "the body's customer has the thread", thread, done.Thread)
	w.trigger(sim.Trigger{Event: "kaleyra.text", From: customer, Set: set("meta_object.value.messages[0].text.body", `"Hello"`)})
	id := w.post(offer).id(t)
	w.after(thread, time.Second)
	w.trigger(sim.Trigger{Event: "kaleyra.status_failed", From: customer, Extra: sim.Extra{ReplyTo: id}, Set: set("meta_object.value.statuses[0].errors[0].code", "131049")})
	other := w.trigger(sim.Trigger{Channel: "kaleyra", Raw: json.RawMessage(`{"meta_object":{"value":{}}}`)})
	diff(t, "what is none of Kaleyra's", []string{"", "kaleyra.raw"}, []string{other.ID, other.Event})
	w.after(thread, time.Second)
	var said []string
	for _, n := range notes[note.InboundMessage](w) {
		said = append(said, n.Text)
	}
	diff(t, "messages", []string{"Hi", "Hello"}, said)
	all := notes[note.StatusDelivered](w)
	diff(t, "the last status", note.StatusDelivered{MessageID: id, Status: "failed", Code: "131049"}, all[len(all)-1])
	stranger := fmt.Sprintf(`{"meta_object":{"value":{"metadata":{"display_phone_number":"15550783881"},"messages":[{"from":%q,"id":"wamid.1"},{"from":"15014005009","id":"wamid.2"}]}}}`, customer)
	w.trigger(sim.Trigger{Channel: "kaleyra", Raw: json.RawMessage(stranger)})
	w.after(thread, time.Second)
	events := notes[note.EventDelivered](w)
	diff(t, "a second customer in one callback", "message of another customer", events[len(events)-1].Event)
}

// A callback that is not taken comes again after 5, 10 and 15 minutes, then no more.
func TestRetries(t *testing.T) {
	t.Parallel()
	f := kaleyra.New(kaleyra.Config{})
	var got []time.Duration
	for attempt := 1; attempt <= 4; attempt++ {
		got = append(got, f.Retry(attempt))
	}
	diff(t, "schedule", []time.Duration{5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 0}, got)
}
