package kaleyra_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

func TestK16Callbacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	id := w.must(w.post(offer), 202, "WA202").id(t)
	all := w.after(thread, time.Second)
	diff(t, "statuses in order", []string{"sent", "delivered", "read"}, told(all))
	for i, c := range all {
		wamid := fmt.Sprint(dig(c, "message_id"))
		if m, ok := meta.DecodeWAMID(wamid); !ok || m.Phone != customer || m.Direction != meta.FromBusiness {
			t.Errorf("message_id is %s, want a wamid of the customer", wamid)
		}
		extra, _ := dig(c, "extra_info").(map[string]any)
		diff(t, "the 202's id", any(id), extra["reply_to"])
		diff(t, "refs", []any{"customer1", "marketing", "dictionary"}, []any{extra["ref"], extra["ref1"], extra["ref2"]})
		diff(t, "the same wamid everywhere", []any{wamid, wamid}, []any{extra["message_id"], dig(c, "meta_object", "value", "statuses", 0, "id")})
		diff(t, "account", any("102290129340398"), extra["waba_id"])
		diff(t, "the frame's status is Meta's", dig(c, "status"), dig(c, "meta_object", "value", "statuses", 0, "status"))
		diff(t, "field", any("messages"), dig(c, "meta_object", "field"))
		diff(t, "number", any("15550783881"), dig(c, "meta_object", "value", "metadata", "display_phone_number"))
		if i < 2 {
			diff(t, "category", any("marketing"), dig(c, "meta_object", "value", "statuses", 0, "pricing", "category"))
		}
	}
}

// A message can be told to fail, by hand under either of its ids, by a fault and
// by a setting of its delays.
func TestK16Failures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{Delays: meta.Delays{Sent: -1, Delivered: -1, Read: -1}})
	id := w.post(offer).id(t)
	diff(t, "statuses are off", []string(nil), told(w.after(thread, time.Hour)))
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: id, Status: "failed", Code: 131049}); err != nil {
		t.Fatal(err)
	}
	hand := w.after(thread, time.Second)
	diff(t, "failed by hand", []string{"failed 131049"}, told(hand))
	diff(t, "refs by hand", any("customer1"), dig(hand[0], "extra_info", "ref"))
	wamid := fmt.Sprint(dig(hand[0], "message_id"))
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: wamid, Status: "read"}); err != nil {
		t.Fatal(err)
	}
	diff(t, "by its wamid", any(id), dig(w.after(thread, time.Second)[0], "extra_info", "reply_to"))
	w.trigger(sim.Trigger{Event: "kaleyra.status_not_sent", From: customer, Extra: sim.Extra{ReplyTo: id}})
	unsent := w.after(thread, time.Second)
	diff(t, "never handed to WhatsApp", []string{"not-sent"}, told(unsent))
	diff(t, "and so without a wamid", []any{id, id}, []any{dig(unsent[0], "message_id"), dig(unsent[0], "extra_info", "reply_to")})
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: id, Status: "played"}); err == nil {
		t.Error("Kaleyra has a status played")
	}
	w.arm("provider=fails-later;times=1")
	w.must(w.post(offer), 202, "WA202")
	diff(t, "by a fault", []string{"failed 131026"}, told(w.after(thread, time.Second)))
}

func (w *world) trigger(t sim.Trigger) sim.Triggered {
	w.Helper()
	done, err := w.ws.Trigger(w.Context(), t)
	if err != nil {
		w.Fatal(err)
	}
	return done
}

// notes are the facts of one kind in the thread's timeline.
func notes[T sim.Note](w *world) (all []T) {
	w.Helper()
	events, _, err := w.ws.Timeline(w.Context(), thread)
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range events {
		if n, ok := e.Note.(T); ok {
			all = append(all, n)
		}
	}
	return all
}

func TestInboundCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	w.write("Hi", sim.Extra{})
	c := w.after(thread, time.Second)[0]
	in := notes[note.InboundMessage](w)[0]
	value := dig(c, "meta_object", "value")
	diff(t, "what an integrator reads", []any{in.ID, in.Recipient, "1778695603"}, []any{
		dig(value, "messages", 0, "id"), dig(value, "messages", 0, "from"), dig(value, "messages", 0, "timestamp"),
	})
	diff(t, "the note", note.InboundMessage{
		ID: in.ID, Thread: thread, Delivery: 1, Text: "Hi", Timestamp: 1778695603000, Platform: "whatsapp", Recipient: customer,
		ChatIDs: []string{"106540352242922", "15550783881"},
	}, in)
	extra, _ := dig(c, "extra_info").(map[string]any)
	for _, name := range []string{"media_url", "ref", "ref1", "ref2", "reply_to"} {
		diff(t, name, any(""), extra[name])
	}
	diff(t, "no status", nil, dig(c, "status"))
}

// A customer who answers a message quotes its wamid; the callback says which 202
// that was and repeats its refs.
func TestInboundAnswersAMessage(t *testing.T) {
	t.Parallel()
	for _, form := range []kaleyra.IDForm{kaleyra.IDUUID, kaleyra.IDShort} {
		w := newWorld(t, kaleyra.Config{MessageIDs: form})
		id := w.post(offer).id(t)
		wamid := fmt.Sprint(dig(w.after(thread, time.Second)[0], "message_id"))
		for name, named := range map[string]string{"by the 202's id": id, "by the wamid": wamid} {
			w.write("Yes", sim.Extra{Kind: "button", Payload: "yes", ReplyTo: named})
			c := w.after(thread, time.Second)[0]
			diff(t, name, []any{wamid, id, "customer1", "button"}, []any{
				dig(c, "meta_object", "value", "messages", 0, "context", "id"), dig(c, "extra_info", "reply_to"), dig(c, "extra_info", "ref"),
				dig(c, "meta_object", "value", "messages", 0, "type"),
			})
		}
	}
}
