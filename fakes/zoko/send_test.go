package zoko_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

var uuid1 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestZ01AcceptedMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config zoko.Config
		want   map[string]any
	}{
		{"as the seed prints it", zoko.Config{}, map[string]any{"status": "200", "statusText": "Accepted"}},
		{"as the reference has it", zoko.Config{Profile: zoko.ProfileDocs}, map[string]any{"status": "202", "statusText": "Accepted"}},
		{"with the customer's id", zoko.Config{CustomerID: true}, map[string]any{"status": "200", "statusText": "Accepted", "customerId": "d3a1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.config)
			r := w.post(shipping())
			got := r.json(t).(map[string]any)
			if id, _ := got["messageId"].(string); !uuid1.MatchString(id) {
				t.Errorf("%q is no UUID of version 1", id)
			}
			delete(got, "messageId")
			if id, told := got["customerId"].(string); told {
				diff(t, "the customer's id", w.after(time.Second)[0].Body["customer"].(map[string]any)["id"], any(id))
				got["customerId"] = "d3a1"
			}
			diff(t, "HTTP status", http.StatusOK, r.Status)
			diff(t, "answer", c.want, got)
		})
	}
}

func TestZ01TwoMessagesHaveTwoIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	if a, b := w.send(shipping()), w.send(shipping()); a == b {
		t.Errorf("both are %s", a)
	}
}

func TestZ02Key(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	for _, c := range []struct {
		name   string
		header http.Header
		status int
	}{
		{"a key", http.Header{"Apikey": {"anything"}}, 200},
		{"the header's case does not matter", http.Header{"apiKey": {"anything"}}, 200},
		{"no key", http.Header{}, 401},
		{"an empty key", http.Header{"Apikey": {" "}}, 401},
		{"a wrong key", http.Header{"Apikey": {"invalid-1"}}, 401},
		{"a bearer token is no key", http.Header{"Authorization": {"Bearer anything"}}, 401},
	} {
		for name, values := range c.header {
			delete(c.header, name)
			c.header[http.CanonicalHeaderKey(name)] = values // as the server reads it
		}
		r := w.request("POST", "/v2/message", shipping(), c.header)
		diff(t, c.name, c.status, r.Status)
		if r.Status == 401 && !strings.Contains(r.message(t), "apikey") {
			t.Errorf("%s: does not say which header: %s", c.name, r.Body)
		}
	}
}

func TestZ03WhatEveryMessageNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{}).opened()
	w.refused(text("channel", nil), 400, "channel is missing")
	w.refused(text("channel", "telegram"), 400, "channel must be whatsapp")
	w.refused(text("channel", 1), 400, "channel must be a string")
	w.refused(text("type", nil), 400, "type is missing")
	w.refused(text("type", "poll"), 400, "type must be one of text, image")
	w.refused(text("recipient", nil), 400, "recipient is missing")
	w.refused(`{}`, 400, "channel is missing")
	w.refused(text("assign", "me"), 400, "assign must be an object")
	w.refused(text("assign", map[string]any{"override": "yes"}), 400, "assign.override must be true or false")
	w.send(text("assign", map[string]any{"assigneeId": "a-1", "override": true}))
}

func TestZ04Recipient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	for _, number := range []string{"1234567", "123456789012345"} {
		w.send(shipping("recipient", number))
	}
	for name, number := range map[string]any{
		"a plus": "+15014005001", "spaces": "1501 4005001", "letters": "1501400FIVE", "six digits": "123456", "sixteen digits": "1234567890123456",
		"no country code": "0501400500", "empty": "", "other digits": "١٢٣٤٥٦٧٨",
	} {
		if r := w.post(shipping("recipient", number)); r.Status != 400 || !strings.Contains(r.message(t), "recipient") {
			t.Errorf("%s: answered %d %s", name, r.Status, r.Body)
		}
	}
	w.refused(shipping("recipient", 15014005001), 400, "recipient must be a string")
}

func TestZ04LenientRecipient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{Lenient: true})
	w.send(shipping("recipient", 15014005001))
	diff(t, "to", customer, w.sent().To)
	w.refused(shipping("recipient", 1501400500.5), 400, "recipient must be a string")
	w.refused(shipping("recipient", "+15014005001"), 400, "no plus")
}

func TestZ05ContentOfEachType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{}).opened()
	file := func(kind string, changes ...any) string {
		return body(map[string]any{"type": kind, "message": "https://example.com/a.png"}, changes...)
	}
	w.refused(text("message", nil), 400, "message is missing")
	w.refused(text("message", ""), 400, "message is missing")
	w.refused(text("message", strings.Repeat("é", 4097)), 400, "message has 4097 characters; shorten it to 4096")
	w.send(text("message", strings.Repeat("é", 4096)))
	for _, kind := range []string{"image", "document", "audio", "video", "sticker"} {
		w.send(file(kind))
		w.refused(file(kind, "message", nil), 400, "message is missing")
		w.refused(file(kind, "message", "a.png"), 400, "message must be the http or https URL")
		w.refused(file(kind, "message", "ftp://example.com/a.png"), 400, "message must be the http or https URL")
		w.refused(file(kind, "message", nil, "url", "https://example.com/a.png"), 400, "belongs there, not in url")
	}
	w.send(file("image", "caption", strings.Repeat("x", 1024)))
	w.refused(file("image", "caption", strings.Repeat("x", 1025)), 400, "caption has 1025 characters; shorten it to 1024")
	w.refused(file("audio", "caption", "x"), 400, "caption does not go with type audio")
	for _, place := range []string{"90:180", "-90:-180", "12.9716:77.5946"} {
		w.send(body(map[string]any{"type": "location", "message": place}))
	}
	for _, place := range []string{"90.1:0", "0:180.1", "-91:0", "12.9", "a:b", "1:2:3", "NaN:1", ":", "Inf:1", "0x1p3:0", "1_0:2", "1e1:2", " 1:2", "+1:2"} {
		w.refused(body(map[string]any{"type": "location", "message": place}), 400, "message must be latitude:longitude")
	}
}

func TestZ05Contacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{}).opened()
	cards := func(cards ...any) string {
		return body(map[string]any{"type": "contacts", "contacts": map[string]any{"whatsappContacts": cards}})
	}
	ada := map[string]any{"name": map[string]any{"formattedName": "Ada Lovelace"}, "phones": []any{map[string]any{"phone": 15014005001, "type": "HOME"}}}
	w.send(cards(ada))
	diff(t, "what the customer sees", "Ada Lovelace", w.sent().Content.Text)
	w.refused(body(map[string]any{"type": "contacts"}), 400, "contacts is missing")
	w.refused(cards(), 400, "contacts.whatsappContacts is missing")
	w.refused(cards("Ada"), 400, "contacts.whatsappContacts[0] must be an object")
	w.refused(cards(map[string]any{"name": map[string]any{}}), 400, "contacts.whatsappContacts[0].name needs formattedName")
	many := make([]any, 258)
	for i := range many {
		many[i] = ada
	}
	w.send(cards(many[:257]...))
	w.refused(cards(many...), 400, "send 257 at most")
}

// Without an inbound message nothing but a template gets through; 24 hours
// after it neither.
func TestZ09Window(t *testing.T) {
	t.Parallel()
	accepted, first := 200, "New customer - please use template message for first contact."
	closed := "The customer's last message is more than 24 hours old - please use template message."
	button := body(map[string]any{"type": "interactive_button", "interactiveButton": map[string]any{"body": map[string]any{"text": "Shall we?"}, "buttons": []any{map[string]any{"id": "yes", "title": "Yes"}}}})
	list := body(map[string]any{"type": "interactive_list", "interactiveList": map[string]any{"body": map[string]any{"text": "Which?"}, "items": []any{map[string]any{"id": "a", "title": "A"}}}})
	for _, c := range []struct {
		name   string
		wrote  bool
		wait   time.Duration
		doc    string
		status int
		says   string
	}{
		{"a text to somebody new", false, 0, text(), 409, first},
		{"buttons to somebody new", false, 0, button, 409, first},
		{"a list to somebody new", false, 0, list, 409, first},
		{"a template to somebody new", false, 0, shipping(), accepted, ""},
		{"a text a nanosecond before the end", true, 24*time.Hour - 1, text(), accepted, ""},
		{"buttons a nanosecond before the end", true, 24*time.Hour - 1, button, accepted, ""},
		{"a text at the end", true, 24 * time.Hour, text(), 409, closed},
		{"buttons at the end", true, 24 * time.Hour, button, 409, closed},
		{"a list at the end", true, 24 * time.Hour, list, 409, closed},
		{"a template at any time", true, 72 * time.Hour, offer(), accepted, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, zoko.Config{})
			if c.wrote {
				w.opened().after(c.wait)
			}
			r := w.post(c.doc)
			diff(t, "status", c.status, r.Status)
			if c.status == 409 {
				diff(t, "message", c.says, r.message(t))
			}
		})
	}
}

// An expired window may be told by a failed message instead.
func TestZ09ExpiredWindowFailsLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{Expired: zoko.ExpiredFails})
	w.refused(text(), 409, "New customer")
	w.opened().after(24 * time.Hour)
	id := w.send(text())
	diff(t, "webhooks", []string{"message:store:out accepted", "message:delivery:update failed"}, events(w.after(time.Second)))
	history := w.get("/v2/message/" + id + "/history").json(t).(map[string]any)["history"].([]any)
	details := history[0].(map[string]any)["details"].(map[string]any)
	diff(t, "the reason", any("The customer's last message is more than 24 hours old - please use template message."), details["message"])
}

// Rules read what the customer sees, whatever became of the message.
func TestNotesOfASend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	id := w.send(offer())
	want := note.Outgoing{
		ID: id, Type: "richTemplate", Carrier: note.CarrierTemplate, Payload: json.RawMessage(offer()), To: customer, Credential: "apikey", Object: "tonys",
		Content: note.Content{Image: creative, Text: "Free Apple Music", Links: []string{click}}, OfferLinks: 1,
	}
	diff(t, "accepted", want, w.sent())
	w.refused(offer("recipient", "+"+customer), 400, "recipient")
	want.ID, want.Payload = "", json.RawMessage(offer("recipient", "+"+customer))
	diff(t, "an attempt is the customer's too", want, w.sent())
	w.refused(text("message", "See "+click), 409, "New customer")
	got := w.sent()
	diff(t, "a text with a click link carries an offer too", []any{1, note.CarrierTemplate, "text"}, []any{got.OfferLinks, got.Carrier, got.Type})
}

// What a fault asks of the provider is worded as Zoko does.
func TestProviderFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		effect fault.Effect
		status int
		says   string
	}{
		{fault.Effect{Provider: fault.ProviderInvalid}, 400, "told to refuse"},
		{fault.Effect{Provider: fault.ProviderWindow}, 409, "more than 24 hours"},
		{fault.Effect{Provider: fault.ProviderRate}, 429, "Too many requests"},
		{fault.Effect{Provider: fault.ProviderOutage}, 500, "Something went wrong"},
		{fault.Effect{Provider: fault.ProviderAccount}, 403, "may not"},
		{fault.Effect{Status: 401}, 401, "apikey"},
		{fault.Effect{Status: 503}, 503, "unavailable"},
		{fault.Effect{Status: 418}, 418, "teapot"},
	} {
		w := newWorld(t, zoko.Config{})
		if _, err := w.ws.Arm(t.Context(), fault.Fault{Effect: c.effect, Times: 1}); err != nil {
			t.Fatal(err)
		}
		w.refused(offer(), c.status, c.says)
		w.send(offer())
	}
}

func TestZ18TooManyMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	if _, err := w.ws.Arm(t.Context(), fault.Fault{Effect: fault.Effect{Status: 429}, Times: 1}); err != nil {
		t.Fatal(err)
	}
	w.refused(shipping(), 429, "Too many requests - please slow down.")
}

// A message may be accepted and fail later.
func TestFailsAfterAcceptance(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	if _, err := w.ws.Arm(t.Context(), fault.Fault{Effect: fault.Effect{Provider: fault.ProviderLater}, Times: 1}); err != nil {
		t.Fatal(err)
	}
	w.send(offer())
	diff(t, "told by a fault", []string{"message:store:out accepted", "message:delivery:update failed"}, events(w.after(time.Second)))
	id := w.send(offer())
	w.after(time.Second)
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: id, Status: "failed"}); err != nil {
		t.Fatal(err)
	}
	diff(t, "told by hand", []string{"message:delivery:update failed"}, events(w.after(time.Second)))
	err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: id, Status: "played"})
	if err == nil || !strings.Contains(err.Error(), "use one of sent, delivered, read, failed") {
		t.Errorf("a status that is none: %v", err)
	}
}

// Fates of numbers strike what carries an offer, and nothing else.
func TestFates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	for fate, status := range map[string]int{"911": 400, "912": 409, "913": 429} {
		to := "15005550" + fate
		w.refused(offer("recipient", to), status, "")
		w.send(shipping("recipient", to))
	}
	w.send(offer("recipient", "15005550913")) // the rate limit strikes once
}

func TestSteppingDelays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{Delays: meta.Delays{Sent: time.Second, Delivered: 2 * time.Second, Read: -1}})
	w.send(shipping())
	diff(t, "at once", []string{"message:store:out accepted"}, events(w.after(0)))
	diff(t, "after a second", []string{"message:delivery:update sent"}, events(w.after(time.Second)))
	diff(t, "never read", []string{"message:delivery:update delivered"}, events(w.after(time.Hour)))
}
