package interakt_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// arm puts a fault in force, in place of the others.
func arm(w *world, text string) {
	w.Helper()
	f, err := fault.Parse(text)
	if err == nil {
		err = w.ws.Disarm(w.Context(), "")
	}
	if err == nil {
		_, err = w.ws.Arm(w.Context(), f)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// The vendor's own test vector.
func TestI14SignatureVector(t *testing.T) {
	t.Parallel()
	diff(t, "signature", "sha256=b84783d10ede5bd6ed771e8b16fbe5a7093340159d6e49ec4248350b6ec2c7b4", interakt.Sign("examplekey", []byte(`{"foo":1,"bar":2}`)))
}

// Every webhook is signed over its bytes (receive checks that), under the
// documented name alone, and a forged one is not.
func TestI14SignedWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	w.write(sim.CustomerMessage{Text: "Grüße & <b>"})
	h := w.after(thread, time.Second)[0]
	if h.Header.Get("X-Interakt-Signature") != "" || h.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", h.Header)
	}
	for _, how := range []string{"wrong", "missing"} {
		made, err := w.ws.Trigger(t.Context(), sim.Trigger{Event: "interakt.text", From: customer, Print: true, Deliver: sim.Shape{Signature: how}})
		if err != nil {
			t.Fatal(err)
		}
		got := made.Request.Header.Get("Interakt-Signature")
		diff(t, how, []bool{how == "missing", false}, []bool{got == "", got == interakt.Sign(secret, []byte(made.Request.Body))})
	}
}

// Five webhooks that are not answered with 200 within ten minutes end it;
// nothing is repeated.
func TestI15Failures(t *testing.T) {
	t.Parallel()
	write := func(w *world, n int, gap time.Duration) int {
		for range n {
			w.write(sim.CustomerMessage{Text: "Hi"})
			w.after(thread, 0)
			w.after("", gap)
		}
		return len(notes[note.WebhookAcked](w, thread))
	}
	count := func(w *world) (reached int) {
		for _, n := range notes[note.WebhookAcked](w, thread) {
			if n.Reason != "suspended" {
				reached++
			}
		}
		return reached
	}
	for _, c := range []struct {
		name    string
		answers []int
		gap     time.Duration
		reached int // of eight
	}{
		{"five errors", []int{500, 500, 500, 500, 500}, time.Minute, 5},
		{"anything but 200", []int{201, 204, 301, 404, 202}, time.Minute, 5},
		{"200 in between does not help", []int{500, 200, 500, 500, 200, 500, 500}, time.Minute, 7},
		{"four errors", []int{500, 500, 500, 500}, time.Minute, 8},
		{"five errors in ten minutes and a bit", []int{500, 500, 500, 500, 500}, 150 * time.Second, 8},
		{"five errors in just less than that", []int{500, 500, 500, 500, 500}, 149 * time.Second, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, interakt.Config{})
			w.answers = c.answers
			diff(t, "attempts, none of them twice", 8, write(w, 8, c.gap))
			diff(t, "webhooks that went out", c.reached, count(w))
		})
	}
}

// Times are UTC to the microsecond without saying so; two members are JSON in strings.
func TestI16Forms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	w.accepted(imageHeaderBody)
	stamp := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$`)
	for _, h := range w.after(thread, time.Second) {
		m := dig(h.Tree, "data", "message")
		for name, value := range map[string]any{
			"timestamp": h.Tree["timestamp"], "received_at_utc": dig(m, "received_at_utc"), "delivered_at_utc": dig(m, "delivered_at_utc"), "seen_at_utc": dig(m, "seen_at_utc"),
		} {
			if text, isText := value.(string); value != nil && (!isText || !stamp.MatchString(text)) {
				t.Errorf("%s of %s is %v", name, h.Tree["type"], value)
			}
		}
		var template map[string]any
		var parts []map[string]any
		if err := json.Unmarshal([]byte(dig(m, "raw_template").(string)), &template); err != nil || template["name"] != "delivered_alert_102" {
			t.Errorf("raw_template: %v %v", err, template)
		}
		if err := json.Unmarshal([]byte(dig(m, "message").(string)), &parts); err != nil || len(parts) != 3 || parts[2]["index"] != 1.0 {
			t.Errorf("message: %v %v", err, parts)
		}
	}
}

// A quick reply is told in meta_data, a link in data.event.
func TestI18Clicks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	replies, links := w.accepted(quickReplyBody), w.accepted(textHeaderBody)
	w.after(thread, time.Second)
	for name, trigger := range map[string]sim.Trigger{
		"clicked_reply": {Event: "interakt.clicked_reply", From: customer, Text: "Not now", Extra: sim.Extra{ReplyTo: replies}},
		"clicked_link":  {Event: "interakt.clicked_link", From: customer, Extra: sim.Extra{ReplyTo: links}},
	} {
		if _, err := w.ws.Trigger(t.Context(), trigger); err != nil {
			t.Fatal(err)
		}
		h := w.after(thread, 0)[0]
		goldentest.Check(t, name+".json", indented(t, h.Body))
		event, _ := h.Tree["data"].(map[string]any)
		_, hasEvent := event["event"]
		click := dig(h.Tree, "data", "message", "meta_data", "click_type")
		diff(t, name, []any{name == "clicked_link", name == "clicked_reply"}, []any{hasEvent, click == "QR"})
	}
}

// A tap on a quick reply is a message of the customer too, which opens the window.
func TestTapOnAQuickReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	id := w.accepted(quickReplyBody)
	w.after(thread, time.Second)
	w.write(sim.CustomerMessage{Text: "Order again", Extra: sim.Extra{Kind: "button", ReplyTo: id}})
	hooks := w.after(thread, time.Second)
	diff(t, "types", []string{"message_api_clicked", "message_received"}, types(hooks))
	diff(t, "payload", any("payload0"), dig(hooks[0].Tree, "data", "message", "meta_data", "button_payload", "payload", "text"))
	w.accepted(textBody)
}

func TestWrittenKinds(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		message sim.CustomerMessage
		wire    string
		not     string
	}{
		"image":        {sim.CustomerMessage{Text: "Look", Extra: sim.Extra{Media: "https://x.example/1.png"}}, "Image", ""},
		"audio":        {sim.CustomerMessage{}, "Audio", ""},
		"button_reply": {sim.CustomerMessage{Text: "Yes", Extra: sim.Extra{Payload: "yes"}}, "InteractiveButtonReply", ""},
		"list_reply":   {sim.CustomerMessage{Text: "Pizza", Extra: sim.Extra{Payload: "p"}}, "InteractiveListReply", ""},
		"reaction":     {sim.CustomerMessage{Extra: sim.Extra{Emoji: "👍"}}, "Reaction", "reaction"},
	} {
		w := newWorld(t, interakt.Config{})
		c.message.Kind = kind
		w.write(c.message)
		h := w.after(thread, time.Second)[0]
		in := notes[note.InboundMessage](w, thread)[0]
		diff(t, kind, []any{c.wire, c.not, c.message.Text}, []any{dig(h.Tree, "data", "message", "message_content_type"), in.NotAnInbound, in.Text})
	}
	w := newWorld(t, interakt.Config{})
	for name, m := range map[string]sim.CustomerMessage{
		"no text": {}, "an unknown kind": {Text: "x", Extra: sim.Extra{Kind: "poll"}}, "a reaction of nothing": {Extra: sim.Extra{Kind: "reaction"}},
		"a reply without its id": {Text: "x", Extra: sim.Extra{Kind: "button_reply"}}, "a tap on nothing": {Text: "x", Extra: sim.Extra{Kind: "button", ReplyTo: "unknown"}},
		"a tap without a text": {Extra: sim.Extra{Kind: "button", ReplyTo: "x"}},
	} {
		m.Channel, m.From = "interakt", customer
		if _, err := w.ws.Write(t.Context(), m); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// A status by hand repeats what the message was sent with.
func TestI13StatusByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{Delays: meta.Delays{Sent: -1, Delivered: -1, Read: -1}})
	id := w.accepted(textHeaderBody)
	diff(t, "by itself", 0, len(w.after(thread, time.Hour)))
	for status, want := range map[string][]any{
		"sent": {"message_api_sent", "Sent", nil}, "delivered": {"message_api_delivered", "Delivered", nil}, "read": {"message_api_read", "Read", nil}, "failed": {"message_api_failed", "Failed", "131026"},
	} {
		change := sim.StatusChange{MessageID: id, Status: status}
		if status == "failed" {
			change.Code = 131026
		}
		if err := w.ws.SetStatus(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		h := w.after(thread, 0)[0]
		m := dig(h.Tree, "data", "message")
		diff(t, status, want, []any{h.Tree["type"], dig(m, "message_status"), dig(m, "channel_error_code")})
		diff(t, status+": callback", any("some_callback_data"), dig(m, "meta_data", "source_data", "callback_data"))
	}
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: id, Status: "played"}); err == nil {
		t.Error("a status that Interakt does not have is accepted")
	}
	in := w.write(sim.CustomerMessage{Text: "Hi"})
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: in.ID, Status: "read"}); err == nil {
		t.Error("a message of the customer gets a status of the business's")
	}
}

// Every event is read back from its body as what it was made as.
func TestEveryEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	var shown strings.Builder
	last := func(trigger sim.Trigger) sim.Entry {
		done, err := w.ws.Trigger(t.Context(), trigger)
		if err == nil {
			_, err = w.ws.Flush(t.Context(), done.Thread)
		}
		if err != nil {
			t.Fatalf("%s: %v", trigger.Event, err)
		}
		all, err := w.ws.Journal(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		return all[len(all)-1]
	}
	for _, o := range w.s.Events() {
		made := last(sim.Trigger{Event: o.Name, Account: "noor", From: customer})
		read := last(sim.Trigger{Channel: "interakt", Raw: json.RawMessage(made.Request.Body)})
		diff(t, o.Name+": thread", "interakt:noor:"+customer, read.Thread)
		if d := cmp.Diff(made.Notes, read.Notes, cmpopts.IgnoreFields(note.InboundMessage{}, "Delivery"), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: notes of its making and of its body (-want: as made, +got: as read):\n%s", o.Name, d)
		}
		fmt.Fprintf(&shown, "%s\n    %s\n    %s\n", o.Name, o.About, made.Request.Body)
	}
	goldentest.Check(t, "events.txt", []byte(strings.TrimSuffix(shown.String(), "\n")))
	raw := last(sim.Trigger{Channel: "interakt", From: customer, Raw: json.RawMessage(`{"type":"account_alerts"}`)})
	diff(t, "a webhook that nobody knows", 0, len(raw.Notes))
}
