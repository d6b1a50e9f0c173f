package meta

import (
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
	Value value  `json:"value"`
	Field string `json:"field"`
}

type value struct {
	Product  string    `json:"messaging_product"`
	Metadata metadata  `json:"metadata"`
	Contacts []contact `json:"contacts,omitempty"`
	Messages []message `json:"messages,omitempty"`
	Statuses []status  `json:"statuses,omitempty"`
}

type metadata struct {
	Display       string `json:"display_phone_number"`
	PhoneNumberID string `json:"phone_number_id"`
}

type contact struct {
	Profile struct {
		Name string `json:"name"`
	} `json:"profile"`
	WAID string `json:"wa_id"`
}

type message struct {
	Context   *quoted `json:"context,omitempty"`
	From      string  `json:"from"`
	ID        string  `json:"id"`
	Timestamp string  `json:"timestamp"`
	Type      string  `json:"type"`
	Text      struct {
		Body string `json:"body"`
	} `json:"text"`
}

type quoted struct {
	From string `json:"from"`
	ID   string `json:"id"`
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

// TextMessages is the entry of messages that customers wrote to a number. Each
// customer is in its contacts once, with the name of the first message.
func TextMessages(to Number, messages ...TextMessage) Entry {
	var v value
	for _, m := range messages {
		if !slices.ContainsFunc(v.Contacts, func(c contact) bool { return c.WAID == m.From }) {
			c := contact{WAID: m.From}
			c.Profile.Name = m.Name
			v.Contacts = append(v.Contacts, c)
		}
		v.Messages = append(v.Messages, m.wire(to))
	}
	return to.entry(v)
}

func (m TextMessage) wire(to Number) message {
	w := message{From: m.From, ID: m.ID, Timestamp: seconds(m.At), Type: "text"}
	w.Text.Body = m.Text
	if m.Quotes != "" {
		w.Context = &quoted{From: to.Display, ID: m.Quotes}
	}
	return w
}

func (n Number) entry(v value) Entry {
	v.Product = "whatsapp"
	v.Metadata = metadata{Display: n.Display, PhoneNumberID: n.PhoneNumberID}
	return Entry{entry{ID: n.WABA, Changes: []change{{Value: v, Field: "messages"}}}}
}

// seconds is a time as WhatsApp's webhooks carry it: Unix seconds in a string.
func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
