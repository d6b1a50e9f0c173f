package interakt

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// sample is a kind of message with what a trigger writes where nothing is given.
type sample struct {
	name, about, text string
	extra             sim.Extra
}

func samples() []sample {
	return []sample{
		{"text", "a customer writes a text", "Hi", sim.Extra{}},
		{"image", "a customer sends a picture; text is its caption", "", sim.Extra{}},
		{"video", "a customer sends a film; text is its caption", "", sim.Extra{}},
		{"audio", "a customer sends a voice message", "", sim.Extra{}},
		{"document", "a customer sends a file; text is its caption", "", sim.Extra{}},
		{"button_reply", "a customer taps a button of a session message", "Yes", sim.Extra{Payload: "yes"}},
		{"list_reply", "a customer picks a row of a list", "Margherita", sim.Extra{Payload: "margherita", Description: "Tomato and mozzarella"}},
		{"reaction", "a customer reacts to a message", "", sim.Extra{Emoji: "👍"}},
	}
}

// events are the webhooks that can be triggered.
func (f *fake) events() (all []sim.Occasion) {
	for _, s := range samples() {
		all = append(all, sim.Occasion{Name: s.name, About: s.about, Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
			w.Kind, w.Text, w.Payload = s.name, cmp.Or(w.Text, s.text), cmp.Or(w.Payload, s.extra.Payload)
			w.Description, w.Emoji = cmp.Or(w.Description, s.extra.Description), cmp.Or(w.Emoji, s.extra.Emoji)
			return f.write(tx, w)
		}})
	}
	for _, status := range statusNames() {
		all = append(all, sim.Occasion{
			Name: "status_" + status, About: "a message of the business is " + status + "; replyTo is its id",
			Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
				return f.status(tx, f.meant(tx, w, "URL"), sim.StatusChange{Status: status})
			},
		})
	}
	return append(all,
		sim.Occasion{Name: "clicked_reply", About: "a customer taps a quick reply of a template; replyTo is its message, text what is on it",
			Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
				return clickedReply(tx, f.meant(tx, w, quickReply), w)
			}},
		sim.Occasion{Name: "clicked_link", About: "a customer taps a button with a link; replyTo is its message, text what is on it",
			Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
				return followed(tx, f.meant(tx, w, "URL"), w)
			}},
	)
}

// meant is the message that a trigger is about: the one that was sent under
// the id, else one that might have been, with a button of a type.
func (f *fake) meant(tx *sim.Tx, w sim.Written, kind string) message {
	if m, sent := kept(tx, w.ReplyTo); sent {
		return m
	}
	t := meta.Template{Name: "sample_template", Language: "en", Body: "Hello", Buttons: []meta.TemplateButton{{Type: kind, Text: "Tap me", URL: "https://shop.example.com"}}}
	if i := slices.IndexFunc(f.Templates, func(t meta.Template) bool {
		return slices.ContainsFunc(t.Buttons, func(b meta.TemplateButton) bool { return b.Type == kind })
	}); i >= 0 {
		t = f.Templates[i]
	}
	s := &Send{Type: typeTemplate, Template: &TemplateSend{Name: t.Name, Language: t.Language, Values: made(t)}, HasCallback: true, CallbackData: "some text here"}
	id := w.ReplyTo
	if id == "" {
		id = tx.Rand("interakt message").UUID()
	}
	m := f.compose(tx, id, s, &t)
	m.At = tx.Now.Add(-time.Second)
	return m
}

// made are values that fill a template.
func made(t meta.Template) meta.Values {
	counts := counted(t)
	v := meta.Values{Body: slices.Repeat([]string{"sample"}, counts.Body), Header: slices.Repeat([]string{"sample"}, counts.Header), Buttons: map[int][]string{}}
	if counts.Media {
		v.Header = []string{"https://media.example.com/sample.png"}
	}
	for place, n := range counts.Buttons {
		v.Buttons[place] = slices.Repeat([]string{"sample"}, n)
	}
	return v
}

// readHook is a body as far as it is read back. What does not fit stays empty.
type readHook struct {
	Type string `json:"type"`
	Data struct {
		Customer struct {
			ID      string `json:"id"`
			Channel string `json:"channel_phone_number"`
		} `json:"customer"`
		Message struct {
			ID          string `json:"id"`
			Received    string `json:"received_at_utc"`
			ContentType string `json:"message_content_type"`
			Message     string `json:"message"`
			ErrorCode   string `json:"channel_error_code"`
		} `json:"message"`
	} `json:"data"`
}

func parse(body []byte) (h readHook) {
	_ = json.Unmarshal(body, &h) // a body may be broken on purpose
	return h
}

// locate is the account and the customer of a body: no member names the
// account, but the customer's id is another with each.
func (f *fake) locate(body []byte) (account, customer string) {
	c := parse(body).Data.Customer
	for _, a := range f.Accounts {
		if account == "" || customerID(a.Name, c.Channel) == c.ID {
			account = a.Name
		}
	}
	return account, c.Channel
}

// reread is what a body reports.
func (f *fake) reread(tx *sim.Tx, body []byte) sim.Webhook {
	h := parse(body)
	m := h.Data.Message
	status, isStatus := strings.CutPrefix(h.Type, "message_api_")
	switch {
	case h.Type == typeReceived:
		return rereadMessage(tx, h)
	case h.Type == typeClicked:
		return sim.Webhook{Event: "clicked", ID: m.ID, Notes: []sim.Note{note.EventDelivered{Event: "clicked", MessageID: m.ID}}}
	case isStatus && statusTypes[status] != "":
		return sim.Webhook{Event: "status", ID: m.ID, Notes: []sim.Note{
			note.EventDelivered{Event: "status", MessageID: m.ID, Status: status},
			note.StatusDelivered{MessageID: m.ID, Status: status, Code: m.ErrorCode},
		}}
	}
	return sim.Webhook{}
}

func rereadMessage(tx *sim.Tx, h readHook) sim.Webhook {
	m := h.Data.Message
	tx.Mint(m.ID)
	at, _ := time.Parse(timeForm, m.Received)
	not, words := "", m.Message
	for _, k := range inboundKinds {
		if k.wire == m.ContentType {
			not = k.not
			if k.name == "reaction" {
				words = "" // an emoji is no words of the customer's
			}
		}
	}
	var choice map[string]json.RawMessage
	if json.Unmarshal([]byte(m.Message), &choice) == nil && strings.HasPrefix(m.ContentType, "Interactive") {
		var titled struct {
			Title string `json:"title"`
		}
		_ = json.Unmarshal(slices.Concat(choice["button_reply"], choice["list_reply"]), &titled)
		words = titled.Title
	}
	return sim.Webhook{Event: "message", ID: m.ID, Notes: []sim.Note{inbound(tx, m.ID, words, at.UnixMilli(), not)}}
}
