package meta

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// What follows is for resellers of WhatsApp who take and give Meta's own objects
// within a frame of theirs.

// Among finds the template that a send names.
func (t *TemplateSend) Among(all []Template) (Template, bool) {
	return findTemplate(all, t.Name, t.Language)
}

// Expired tells whether the send is a limited-time offer that had ended by now.
func (t *TemplateSend) Expired(now time.Time) bool { return t.expired(now) }

// Learnt is what can be told of an unknown template from this send: its parts
// take what they were given.
func (t *TemplateSend) Learnt() Template {
	var v Values
	media := ""
	for _, part := range t.parts {
		for _, p := range part.Parameters {
			switch part.Type {
			case "header":
				media = headerMedia[p.Kind]
				v.Header = append(v.Header, p.Text)
			case "body":
				v.Body = append(v.Body, p.Text)
			}
		}
	}
	learnt := Learnt(t.Name, t.Language, media, v)
	for _, part := range t.parts {
		learnt.learn(part)
	}
	return learnt
}

// headerMedia is the format of a header by the kind of its parameter.
var headerMedia = map[string]string{"image": "IMAGE", "video": "VIDEO", "document": "DOCUMENT", "location": "LOCATION"}

// learn adds what a component says of a template besides texts.
func (t *Template) learn(part templatePart) {
	switch part.Type {
	case "limited_time_offer":
		t.LimitedTimeOffer = &LimitedTimeOffer{Text: "Limited-time offer", HasExpiration: len(part.Parameters) > 0}
	case "button":
		for len(t.Buttons) <= part.Index {
			t.Buttons = append(t.Buttons, TemplateButton{Type: "QUICK_REPLY", Text: "Button " + strconv.Itoa(len(t.Buttons)+1)})
		}
		b := &t.Buttons[part.Index]
		b.Type = strings.ToUpper(part.SubType)
		if b.Type == "URL" {
			b.URL = "{{1}}"
		}
	}
}

// Filled is a template with what a send fills it with.
type Filled struct {
	Content  note.Content // what the customer sees
	Category string       // of the template, in lower case, as messages are priced
	// Lacking names the first part that the template needs and the send does not
	// have at all ("body", "button 1"); empty: there is none.
	Lacking string
	// Problem is why WhatsApp will not deliver it (132000, 132001, 132012, 132015,
	// 132016, 132018); nil: it will.
	Problem *Error
}

// Fill fills the template.
func (t Template) Fill(send *TemplateSend) Filled {
	filled := Filled{Content: t.render(send), Category: cmp.Or(strings.ToLower(t.Category), "marketing"), Lacking: t.lacking(send)}
	if filled.Problem = t.usable(); filled.Problem == nil {
		filled.Problem = t.check(send)
	}
	return filled
}

func (t Template) lacking(send *TemplateSend) string {
	for _, s := range t.slots() {
		if s.count > 0 && !s.optional && !s.servedBy(send.parts) {
			return s.name
		}
	}
	return ""
}

func (s slot) servedBy(parts []templatePart) bool {
	for _, p := range parts {
		if p.fits(s) {
			return true
		}
	}
	return false
}

// Changes are the entry's changes as JSON, {"value":…,"field":…} each, for
// frames of other kinds than WebhookBody's.
func (e Entry) Changes() []json.RawMessage {
	out := make([]json.RawMessage, len(e.wire.Changes))
	for i, c := range e.wire.Changes {
		out[i] = encode(c)
	}
	return out
}

// Reported is a change read back, as far as it can be.
type Reported struct {
	Display       string // the number, in digits
	PhoneNumberID string
	Messages      []ReportedMessage
	Statuses      []ReportedStatus
}

// ReportedMessage is a customer's message in a change.
type ReportedMessage struct {
	ID, From, Text string
	Timestamp      int64  // Unix milliseconds
	NotAnInbound   string // why it may not trigger an offer, or empty
	Event          string // "message" or "system"
}

// ReportedStatus is a status in a change; Code is of a failure, else empty.
type ReportedStatus struct{ ID, Status, To, Code string }

// ReadChange reads what Changes makes. What does not fit stays empty.
func ReadChange(change []byte) Reported {
	v := parse[struct {
		Value whatsappValue `json:"value"`
	}](change).Value
	r := Reported{Display: v.Metadata.Display, PhoneNumberID: v.Metadata.PhoneNumberID}
	for _, m := range v.Messages {
		written, _ := strconv.ParseInt(m.Timestamp, 10, 64)
		r.Messages = append(r.Messages, ReportedMessage{
			ID: m.ID, From: m.sender(), Text: m.said(), Timestamp: written * 1000, NotAnInbound: notInbound(m.Type), Event: Message{Type: m.Type}.Event(),
		})
	}
	for _, s := range v.Statuses {
		r.Statuses = append(r.Statuses, ReportedStatus{ID: s.ID, Status: s.Status, To: s.RecipientID, Code: s.code()})
	}
	return r
}

func (s status) code() string {
	if len(s.Errors) == 0 {
		return ""
	}
	return strconv.Itoa(s.Errors[0].Code)
}
