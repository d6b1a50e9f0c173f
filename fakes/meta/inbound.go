package meta

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Number is a business number whose webhooks are built.
type Number struct {
	WABA          string // id of the WhatsApp Business Account
	PhoneNumberID string
	Display       string // the number in digits, 15550783881
	// Version is the major Graph version of the webhook subscription. From 24
	// on, and for 0, statuses have no conversation.
	Version int
}

// TextMessage is a text that a customer wrote.
type TextMessage struct {
	ID     string    // wamid
	From   string    // the customer's wa_id
	Name   string    // profile name
	At     time.Time // when it was written; webhooks carry whole seconds
	Text   string
	Quotes string // wamid of the business's message it answers, or empty
}

// Entry is one element of a webhook's entry array: an account with one change.
// It is made by TextMessages and Statuses and put into a body by WebhookBody.
type Entry struct{ wire entry }

// The structures below have the members in the order of Meta's samples
// (WhatsApp Cloud API, webhooks reference).
type entry struct {
	ID      string   `json:"id"`
	Changes []change `json:"changes"`
}

type change struct {
	Value any    `json:"value"`
	Field string `json:"field"`
}

type value struct {
	Product     string       `json:"messaging_product"`
	Metadata    metadata     `json:"metadata"`
	Contacts    []contact    `json:"contacts,omitempty"`
	Messages    []message    `json:"messages,omitempty"`
	Statuses    []status     `json:"statuses,omitempty"`
	Preferences []preference `json:"user_preferences,omitempty"`
}

type metadata struct {
	Display       string `json:"display_phone_number"`
	PhoneNumberID string `json:"phone_number_id"`
}

type contact struct {
	Profile contactProfile `json:"profile"`
	WAID    string         `json:"wa_id,omitempty"`
	UserID  string         `json:"user_id,omitempty"`
}

type contactProfile struct {
	Name     string `json:"name"`
	Username string `json:"username,omitempty"`
}

// message is a message but for its content, which MarshalJSON adds.
type message struct {
	Context   *quoted `json:"context,omitempty"`
	Referral  any     `json:"referral,omitempty"`
	From      string  `json:"from,omitempty"`
	UserID    string  `json:"from_user_id,omitempty"`
	ID        string  `json:"id"`
	Timestamp string  `json:"timestamp"`
	Type      string  `json:"type"`

	key     string // of the content: the type, or "errors"
	content any
}

type quoted struct {
	From string `json:"from"`
	ID   string `json:"id"`
}

// MarshalJSON puts the content behind the members that every message has, under
// the name of its type.
func (m message) MarshalJSON() ([]byte, error) {
	type head message
	out := encode(head(m))
	out = append(out[:len(out)-1], fmt.Sprintf(",%q:", m.key)...)
	return append(append(out, encode(m.content)...), '}'), nil
}

// WebhookBody returns the bytes of a webhook as they are signed and sent. Meta
// sends one event a call most of the time; several entries make a batch, and so
// do several messages or statuses in one entry.
func WebhookBody(entries ...Entry) []byte {
	body := struct {
		Object string  `json:"object"`
		Entry  []entry `json:"entry"`
	}{Object: "whatsapp_business_account", Entry: []entry{}}
	for _, e := range entries {
		body.Entry = append(body.Entry, e.wire)
	}
	return ASCII(encode(body))
}

// TextMessages is the entry of texts that customers wrote to a number.
func TextMessages(to Number, texts ...TextMessage) Entry {
	messages := make([]Message, len(texts))
	for i, t := range texts {
		messages[i] = Message{
			ID: t.ID, From: t.From, Name: t.Name, At: t.At, Quotes: t.Quotes, Type: "text", Content: map[string]any{"body": t.Text},
		}
	}
	return Messages(to, messages...)
}

// Message is anything that a customer sent.
type Message struct {
	ID   string // wamid
	From string // the customer's wa_id
	Name string // profile name
	At   time.Time
	// UserID is the customer's business-scoped user id. With a Username the
	// number is left out, as for customers who hide theirs.
	UserID, Username string
	Quotes           string // wamid of the business's message it answers, or empty
	Referral         any    // the advertisement that the customer came from, or nil
	Type             string // "text", "image", "interactive", …
	Content          any    // the member named by Type; of "unsupported" the errors
}

// Messages is the entry of messages that customers sent to a number. Each
// customer is in its contacts once, with the name of the first message; a
// message of type system has no contact.
func Messages(to Number, messages ...Message) Entry {
	var v value
	for _, m := range messages {
		c := m.contact()
		if m.Type != "system" && !slices.Contains(v.Contacts, c) && !slices.ContainsFunc(v.Contacts, c.same) {
			v.Contacts = append(v.Contacts, c)
		}
		v.Messages = append(v.Messages, m.wire(to))
	}
	return to.entry(v)
}

func (c contact) same(other contact) bool { return c.WAID == other.WAID && c.UserID == other.UserID }

func (m Message) contact() contact {
	c := contact{WAID: m.From, UserID: m.UserID, Profile: contactProfile{Name: m.Name, Username: m.Username}}
	if m.Username != "" {
		c.WAID = ""
	}
	return c
}

func (m Message) wire(to Number) message {
	w := message{From: m.contact().WAID, UserID: m.UserID, ID: m.ID, Timestamp: seconds(m.At), Type: m.Type, Referral: m.Referral, key: m.Type, content: m.Content}
	if m.Type == "unsupported" {
		w.key = "errors"
	}
	if m.Quotes != "" {
		w.Context = &quoted{From: to.Display, ID: m.Quotes}
	}
	return w
}

// fieldMessages and the others name what a change is about.
const (
	fieldMessages       = "messages"
	fieldPreferences    = "user_preferences"
	fieldTemplateStatus = "message_template_status_update"
)

func (n Number) entry(v value) Entry { return n.entryOf(fieldMessages, v) }

func (n Number) entryOf(field string, v value) Entry {
	v.Product = "whatsapp"
	v.Metadata = metadata{Display: n.Display, PhoneNumberID: n.PhoneNumberID}
	return Entry{entry{ID: n.WABA, Changes: []change{{Value: v, Field: field}}}}
}

// preference is a customer's word on marketing messages (WhatsApp Cloud API,
// user_preferences webhook reference).
type preference struct {
	WAID      string `json:"wa_id"`
	Detail    string `json:"detail"`
	Category  string `json:"category"`
	Value     string `json:"value"`
	Timestamp int64  `json:"timestamp"`
}

// Preference is the entry that tells that a customer stopped marketing messages
// of a number, or resumed them.
func Preference(of Number, from, name string, at time.Time, stop bool) Entry {
	p := preference{WAID: from, Detail: "User requested to resume marketing messages", Category: "marketing_messages", Value: "resume", Timestamp: at.Unix()}
	if stop {
		p.Detail, p.Value = "User requested to stop marketing messages", "stop"
	}
	return of.entryOf(fieldPreferences, value{
		Contacts: []contact{{Profile: contactProfile{Name: name}, WAID: from}}, Preferences: []preference{p},
	})
}

// TemplateStatus is the entry that tells a template's new status (WhatsApp
// Cloud API, message_template_status_update webhook reference).
func TemplateStatus(waba string, t Template, status string) Entry {
	id, _ := strconv.ParseInt(t.ID, 10, 64)
	v := struct {
		Event    string `json:"event"`
		ID       int64  `json:"message_template_id"`
		Name     string `json:"message_template_name"`
		Language string `json:"message_template_language"`
		Reason   string `json:"reason"`
	}{status, id, t.Name, t.Language, "NONE"}
	return Entry{entry{ID: waba, Changes: []change{{Value: v, Field: fieldTemplateStatus}}}}
}

// seconds is a time as WhatsApp's webhooks carry it: Unix seconds in a string.
func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
