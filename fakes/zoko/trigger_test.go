package zoko_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// Every event can be triggered as it is, and the notes say the same when its
// body is read back.
func TestEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	var out strings.Builder
	for _, e := range w.s.Events() {
		got, err := w.ws.Trigger(t.Context(), sim.Trigger{Event: e.Name, From: customer, Name: "Ada"})
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		h := w.after(0)
		fmt.Fprintf(&out, "%s\n%s\n", e.Name, h[len(h)-1].Raw)
		first := w.newest()
		again, err := w.ws.Trigger(t.Context(), sim.Trigger{Channel: "zoko", From: customer, Raw: h[len(h)-1].Raw})
		if err != nil {
			t.Errorf("%s again: %v", e.Name, err)
		}
		w.after(0)
		diff(t, e.Name+" read back", []any{got.ID, got.Thread, first}, []any{again.ID, again.Thread, w.newest()})
	}
	goldentest.Check(t, "events.txt", []byte(strings.TrimSuffix(out.String(), "\n")))
}

// newest is the newest note about a webhook.
func (w *world) newest() any {
	w.Helper()
	events, _, err := w.ws.Timeline(w.Context(), thread)
	if err != nil {
		w.Fatal(err)
	}
	for i := len(events) - 1; i >= 0; i-- {
		switch n := events[i].Note.(type) {
		case note.InboundMessage, note.StatusDelivered:
			return n
		case note.EventDelivered:
			return n
		}
	}
	return nil
}

// A status that is triggered for a message is the message's own.
func TestTriggeredStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	id := w.send(shipping())
	w.after(0)
	if _, err := w.ws.Trigger(t.Context(), sim.Trigger{Event: "zoko.status_failed", From: customer, Extra: sim.Extra{ReplyTo: id}}); err != nil {
		t.Fatal(err)
	}
	diff(t, "status", "failed", w.status(id))
}

func TestTriggerSets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	set := func(event, path, value string) any {
		t.Helper()
		if _, err := w.ws.Trigger(t.Context(), sim.Trigger{Event: event, From: customer, Set: map[string]json.RawMessage{path: json.RawMessage(value)}}); err != nil {
			t.Fatal(err)
		}
		w.after(0)
		return w.newest()
	}
	diff(t, "another text", "changed", set("zoko.text", "text", `"changed"`).(note.InboundMessage).Text)
	diff(t, "no time", int64(0), set("zoko.text", "platformTimestamp", `"yesterday"`).(note.InboundMessage).Timestamp)
	diff(t, "a type that is none", "unsupported", set("zoko.text", "type", `"poll"`).(note.InboundMessage).NotAnInbound)
	diff(t, "another customer", "message of another customer", set("zoko.text", "platformSenderId", `"+15014005999"`).(note.EventDelivered).Event)
	diff(t, "seen is read", "read", set("zoko.status_sent", "deliveryStatus", `"seen"`).(note.StatusDelivered).Status)
	if _, err := w.ws.Trigger(t.Context(), sim.Trigger{Channel: "zoko", From: customer, Raw: json.RawMessage(`{"event":"zoko:chat:closed"}`)}); err != nil {
		t.Errorf("an event that nobody knows: %v", err)
	}
	if _, err := w.ws.Write(t.Context(), sim.CustomerMessage{Channel: "zoko", From: customer, Text: "x", Extra: sim.Extra{Kind: "poll"}}); err == nil || !strings.Contains(err.Error(), "use one of text, image") {
		t.Errorf("a kind that is none: %v", err)
	}
}
