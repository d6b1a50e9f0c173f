package interakt_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// The three examples of the help page, made JSON, are taken.
func TestI01SendAnswers201(t *testing.T) {
	t.Parallel()
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for name, doc := range map[string]string{"example 1": textHeaderBody, "example 2": imageHeaderBody, "example 3": quickReplyBody} {
		w := newWorld(t, interakt.Config{})
		r := w.post(doc)
		var body map[string]any
		if err := json.Unmarshal(r.Body, &body); err != nil || r.Status != 201 {
			t.Fatalf("%s: %d %s", name, r.Status, r.Body)
		}
		id, _ := body["id"].(string)
		diff(t, name, map[string]any{"result": true, "message": "Message created successfully", "id": id}, body)
		if !uuid.MatchString(id) {
			t.Errorf("%s: id %q is no UUID", name, id)
		}
	}
}

// What the customer sees is noted, rendered from the template.
func TestContentOfSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	const click = "eyJpbXByZXNzaW9uSWQiOiJkMjYwIn0.abc"
	id := w.accepted(`{"countryCode":"+91","phoneNumber":"9999999999","type":"Template","template":{"name":"encore_offer","languageCode":"en",` +
		`"headerValues":["https://storage.googleapis.com/x/primary.png"],"bodyValues":["Free Apple Music for 6 months"],"buttonValues":{"0":["` + click + `"]}}}`)
	got := w.sent()
	got.Payload = nil
	diff(t, "note", note.Outgoing{
		ID: id, Type: "Template", Carrier: note.CarrierTemplate, To: customer, Credential: "basic", Object: "tonys", Impression: "d260", OfferLinks: 1,
		Content: note.Content{
			Image: "https://storage.googleapis.com/x/primary.png", Text: "Free Apple Music for 6 months", Links: []string{"https://api.encorekit.com/encore/click/" + click},
		},
	}, got)
}

// A message of a customer comes as the webhook of the webhooks page, opens the
// 24 hours, and says what Encore may be told.
func TestInboundText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	sent := w.write(sim.CustomerMessage{Text: "Thank you", Name: "SKGG"})
	hooks := w.after(thread, time.Second)
	goldentest.Check(t, "message_received.json", indented(t, hooks[0].Body))
	diff(t, "note", []note.InboundMessage{{
		ID: sent.ID, Thread: thread, Delivery: 1, Text: "Thank you", Timestamp: at(0).UnixMilli(), Platform: "whatsapp", Recipient: customer,
		ChatIDs: []string{dig(hooks[0].Tree, "data", "customer", "id").(string)},
	}}, notes[note.InboundMessage](w, thread))
	diff(t, "id", sent.ID, dig(hooks[0].Tree, "data", "message", "id").(string))
	w.accepted(textBody)
}

func TestI13StatusesOfASend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	id := w.accepted(textHeaderBody)
	hooks := w.after(thread, time.Second)
	diff(t, "types", []string{"message_api_sent", "message_api_delivered", "message_api_read"}, types(hooks))
	for _, h := range hooks {
		diff(t, "id", any(id), dig(h.Tree, "data", "message", "id"))
		diff(t, "callback", any("some_callback_data"), dig(h.Tree, "data", "message", "meta_data", "source_data", "callback_data"))
	}
	goldentest.Check(t, "message_api_read.json", indented(t, hooks[2].Body))
}
