package interakt_test

import (
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

const queued = "Message queued for sending via Interakt. Check webhook for delivery status"

// session is a message of a type that is no template.
func session(kind, data string) string {
	return `{"fullPhoneNumber":"919999999999","callbackData":"some_callback_data","type":"` + kind + `","data":` + data + `}`
}

const (
	buttonsData = `{"message":{"type":"button","body":{"text":"Hello, please give your feedback."},"action":{"buttons":[{"type":"reply","reply":{"id":"id1","title":"Ok"}},{"type":"reply","reply":{"id":"id2","title":"Bad"}}]}}}`
	listData    = `{"message":{"type":"list","body":{"text":"Our menu"},"action":{"button":"View","sections":[{"title":"service","rows":[{"id":"r1","title":"All","description":"hello"}]}]}}}`
)

func TestI10SessionTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, data string
		content    note.Content
	}{
		{"Text", `{"message":"See https://x.example"}`, note.Content{Text: "See https://x.example", Links: []string{"https://x.example"}}},
		{"Image", `{"message":"A test","mediaUrl":"https://x.example/1.png"}`, note.Content{Image: "https://x.example/1.png", Text: "A test"}},
		{"Audio", `{"message":"A test","mediaUrl":"https://x.example/1.ogg","fileName":"Test"}`, note.Content{Text: "A test"}},
		{"Video", `{"message":"A test","mediaUrl":"https://x.example/1.mp4","fileName":"Test"}`, note.Content{Text: "A test"}},
		{"Document", `{"message":"A test","mediaUrl":"https://x.example/1.pdf"}`, note.Content{Text: "A test"}},
		{"Sticker", `{"mediaUrl":"https://x.example/1.webp"}`, note.Content{}},
		{"InteractiveButton", buttonsData, note.Content{Text: "Hello, please give your feedback."}},
		{"InteractiveList", listData, note.Content{Text: "Our menu"}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, interakt.Config{})
			w.write(sim.CustomerMessage{Text: "Hi"})
			w.after(thread, time.Second)
			r := w.post(session(c.kind, c.data))
			diff(t, "answer", []any{201, queued}, []any{r.Status, r.message()})
			diff(t, "content", c.content, w.sent().Content)
			hooks := w.after(thread, time.Second)
			diff(t, "types", []string{"message_api_sent", "message_api_delivered", "message_api_read"}, types(hooks))
			m := dig(hooks[0].Tree, "data", "message")
			diff(t, "no template", []any{false, nil, c.kind}, []any{dig(m, "is_template_message"), dig(m, "raw_template"), dig(m, "message_content_type")})
		})
	}
}

func TestFieldsOfASession(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct{ name, kind, data, want string }{
		{"no data", "Text", `null`, "data is required and has to be an object"},
		{"no text", "Text", `{}`, "message is required"},
		{"an empty text", "Text", `{"message":""}`, "message is required"},
		{"a text that is an object", "Text", `{"message":{}}`, "message has to be a string"},
		{"no medium", "Image", `{"message":"x"}`, "mediaUrl is required"},
		{"a medium that is no address", "Image", `{"mediaUrl":"picture.png"}`, "mediaUrl has to be the address of a file, beginning with https://"},
		{"buttons in a text", "InteractiveButton", `{"message":"x"}`, "message is required and has to be an object"},
		{"a list for buttons", "InteractiveButton", listData, "message.type has to be 'button' in a message of type InteractiveButton"},
		{"20 characters on a button", "InteractiveButton", with(buttonsData, `"Ok"`, `"`+long(20)+`"`), ""},
		{"21 characters on a button", "InteractiveButton", with(buttonsData, `"Ok"`, `"`+long(21)+`"`), "Parameter 'data.message.action.buttons[0].reply.title' has 21 characters; shorten it to 20"},
		{"24 characters in a section's title", "InteractiveList", with(listData, `"service"`, `"`+long(24)+`"`), ""},
		{"25 characters in a section's title", "InteractiveList", with(listData, `"service"`, `"`+long(25)+`"`), "Parameter 'data.message.action.sections[0].title' has 25 characters; shorten it to 24"},
		{"24 characters in a row", "InteractiveList", with(listData, `"All"`, `"`+long(24)+`"`), ""},
		{"25 characters in a row", "InteractiveList", with(listData, `"All"`, `"`+long(25)+`"`), "Parameter 'data.message.action.sections[0].rows[0].title' has 25 characters; shorten it to 24"},
		{"72 characters below a row", "InteractiveList", with(listData, `"hello"`, `"`+long(72)+`"`), ""},
		{"73 characters below a row", "InteractiveList", with(listData, `"hello"`, `"`+long(73)+`"`), "Parameter 'data.message.action.sections[0].rows[0].description' has 73 characters; shorten it to 72"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, interakt.Config{NoWindow: true})
			if c.want == "" {
				w.accepted(session(c.kind, c.data))
				return
			}
			w.refused(w.post(session(c.kind, c.data)), 400, corrects+c.want)
		})
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	const over, nobody = corrects + "Customer has not messaged within last 24 hours", corrects + "Customer is not available for the organization"
	cases := []struct {
		name   string
		config interakt.Config
		wrote  bool
		wait   time.Duration
		body   string
		want   string // of the refusal
		types  string // of the first webhook
	}{
		{"within the 24 hours", interakt.Config{}, true, 24*time.Hour - time.Second, textBody, "", "message_api_sent"},
		{"as they end", interakt.Config{}, true, 24 * time.Hour, textBody, over, ""},
		{"nobody wrote", interakt.Config{}, false, 0, textBody, nobody, ""},
		{"a template needs none", interakt.Config{}, false, 0, textHeaderBody, "", "message_api_sent"},
		{"no window when configured", interakt.Config{NoWindow: true}, true, 25 * time.Hour, textBody, "", "message_api_sent"},
		{"told later when configured", interakt.Config{LateFailures: true}, true, 25 * time.Hour, textBody, "", "message_api_failed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.config)
			if c.wrote {
				w.write(sim.CustomerMessage{Text: "Hi"})
				w.after(thread, c.wait)
			}
			if c.want != "" {
				w.refused(w.post(c.body), 400, c.want)
				return
			}
			w.accepted(c.body)
			hooks := w.after(thread, time.Second)
			diff(t, "webhook", c.types, types(hooks)[0])
			if c.types == "message_api_failed" {
				diff(t, "the end of it", 1, len(hooks))
				m := dig(hooks[0].Tree, "data", "message")
				diff(t, "why", []any{"131047", "Re-engagement message", "Failed"}, []any{dig(m, "channel_error_code"), dig(m, "channel_failure_reason"), dig(m, "message_status")})
			}
		})
	}
}

// A customer whom a template or a track API has reached is known, and has not written.
func TestWindowOfAKnownCustomer(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{path: textHeaderBody, "/v1/public/track/users/": trackBody} {
		w := newWorld(t, interakt.Config{})
		w.request(name, []byte(body), nil)
		w.refused(w.post(textBody), 400, corrects+"Customer has not messaged within last 24 hours")
	}
}

func TestQ1Profile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{Profile: interakt.Live2026})
	r := w.post(textHeaderBody)
	diff(t, "answer", []any{201, queued}, []any{r.Status, r.message()})
	w.write(sim.CustomerMessage{Text: "Hi", Extra: sim.Extra{ReplyTo: r.text("id")}})
	for _, h := range w.after(thread, time.Second) {
		if h.Tree["type"] != "message_received" {
			continue
		}
		m := dig(h.Tree, "data", "message").(map[string]any)
		for _, member := range []string{"campaign_name", "referral"} {
			if value, there := m[member]; !there || value != nil {
				t.Errorf("%s is %v, there %t", member, value, there)
			}
		}
		diff(t, "source_message_id", any(r.text("id")), m["source_message_id"])
	}
}

// The refusals that a customer's number or a fault asks for.
func TestFates(t *testing.T) {
	t.Parallel()
	offer := func(fate string) string {
		return `{"countryCode":"+1","phoneNumber":"500555` + fate + `","type":"Template","template":{"name":"encore_offer","languageCode":"en",` +
			`"headerValues":["https://x.example/1.png"],"bodyValues":["x"],"buttonValues":{"0":["eyJpbXByZXNzaW9uSWQiOiJkMjYwIn0.abc"]}}}`
	}
	w := newWorld(t, interakt.Config{})
	w.refused(w.post(offer("0911")), 400, corrects+"the sandbox was told to refuse this message")
	w.refused(w.post(offer("0912")), 400, corrects+"Customer has not messaged within last 24 hours")
	w.refused(w.post(offer("0913")), 429, "Rate limit exceeded for this resource")
	w.accepted(offer("0913"))
	w.accepted(with(offer("0911"), "encore_offer", "delivered_alert_102", `"0":[`, `"1":[`, `["x"]`, `["x","y"]`)) // no offer
}

func TestAcceptedAndFailedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, interakt.Config{})
	arm(w, "provider=fails-later")
	id := w.accepted(textHeaderBody)
	hooks := w.after(thread, time.Second)
	diff(t, "types", []string{"message_api_failed"}, types(hooks))
	goldentest.Check(t, "message_api_failed.json", indented(t, hooks[0].Body))
	diff(t, "note", []note.StatusDelivered{{MessageID: id, Status: "failed", Code: "1013"}}, notes[note.StatusDelivered](w, thread))
	arm(w, "provider=internal-error")
	w.refused(w.post(textHeaderBody), 500, "Error processing the request.")
}
