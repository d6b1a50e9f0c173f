package zoko

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// sample is an event that customers cause, with what it says where nobody says
// otherwise.
type sample struct {
	name, about, text string
	extra             sim.Extra
}

func samples() []sample {
	return []sample{
		{"text", "a customer writes a text", "Hi", sim.Extra{}},
		{"image", "a customer sends a picture; text is its caption", "", sim.Extra{}},
		{"document", "a customer sends a file; text is its caption", "", sim.Extra{}},
		{"audio", "a customer sends a voice message", "", sim.Extra{}},
		{"video", "a customer sends a film; text is its caption", "", sim.Extra{}},
		{"sticker", "a customer sends a sticker", "", sim.Extra{}},
		{"location", "a customer sends a place", "", sim.Extra{Latitude: 37.8199, Longitude: -122.4783}},
		{"contacts", "a customer sends a contact card; text is the name on it", "Ada Lovelace", sim.Extra{}},
		{"button", "a customer taps a quick reply of a template", "Order again", sim.Extra{Payload: "order-again"}},
		{"button_reply", "a customer taps a button", "Yes", sim.Extra{Payload: "yes"}},
		{"list_reply", "a customer picks a row of a list", "Margherita", sim.Extra{Payload: "margherita"}},
		{"reaction", "a customer reacts to a message", "", sim.Extra{Emoji: "👍"}},
		{"unsupported", "a customer sends what the API does not know", "", sim.Extra{}},
	}
}

// filled is what a customer writes, with the sample's words where there are none.
func (s sample) filled(w sim.Written) sim.Written {
	w.Kind, w.Text, w.Payload, w.Emoji = s.name, cmp.Or(w.Text, s.text), cmp.Or(w.Payload, s.extra.Payload), cmp.Or(w.Emoji, s.extra.Emoji)
	w.Latitude, w.Longitude = cmp.Or(w.Latitude, s.extra.Latitude), cmp.Or(w.Longitude, s.extra.Longitude)
	return w
}

// events are the webhooks that can be triggered by name.
func (f *fake) events() (all []sim.Occasion) {
	for _, s := range samples() {
		all = append(all, sim.Occasion{Name: s.name, About: s.about, Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
			return f.write(tx, s.filled(w))
		}})
	}
	for _, state := range states() {
		all = append(all, sim.Occasion{
			Name: "status_" + state, About: "a message of the store is " + state + "; replyTo is its id",
			Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
				if w.ReplyTo == "" { // of a message that nobody sent
					return f.update(uuid1(tx.Now, tx.Rand("zoko message")), state, tx.Now, 0), nil
				}
				return f.setStatus(tx, sim.StatusChange{MessageID: w.ReplyTo, Status: state})
			},
		})
	}
	return append(all, sim.Occasion{Name: "echo", About: "an agent of the store writes from Zoko's app", Make: f.agentWrites})
}

// agentWrites is the webhook of a message that a person sent from Zoko's app.
func (f *fake) agentWrites(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	m := message{
		ID: cmp.Or(w.ReplyTo, uuid1(tx.Now, tx.Rand("zoko message"))), Account: tx.Thread.Account, Customer: tx.Thread.Customer,
		Direction: fromStore, Type: "text", Text: cmp.Or(w.Text, "We are open today."), At: tx.Now,
	}
	tx.Mint(m.ID)
	tx.Put(kindMessage, m.ID, m)
	return storeOut(m, nameOf(tx.Thread), w.Account.Name, "webapp"), nil
}

// parsed reads a body that may be broken on purpose, as far as it fits.
func parsed(body []byte) (b words) {
	_ = json.Unmarshal(body, &b)
	return b
}

// said is what the customer wrote, as far as it is words.
func (b words) said() string {
	if b.Text != nil && *b.Text != "" {
		return *b.Text
	}
	return b.FileCaption
}

// millis is a time of a webhook in Unix milliseconds, 0 of what is no time.
func millis(text string) int64 {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0
	}
	return at.UnixMilli()
}

// locate tells whose a body is. It names no account, but the customer's id
// follows from one; where there is one account only it is that.
func (f *fake) locate(body []byte) (account, customer string) {
	b := parsed(body)
	if b.Customer == nil {
		return "", ""
	}
	number := strings.TrimPrefix(b.PlatformSenderID, "+")
	for _, a := range f.Accounts {
		if customerID(a.ID, number) == b.Customer.ID {
			return a.ID, number
		}
	}
	if len(f.Accounts) == 1 {
		return f.Accounts[0].ID, number
	}
	return "", ""
}

// reread is what a body reports that was changed or written by hand.
func (f *fake) reread(tx *sim.Tx, body []byte) sim.Webhook {
	switch b := parsed(body); b.Event {
	case eventIn:
		return rereadIn(tx, b)
	case eventOut:
		return sim.Webhook{Event: "echo", ID: b.ID, Notes: []sim.Note{note.EventDelivered{Event: "echo", MessageID: b.ID}}}
	case eventUpdate:
		state := b.DeliveryStatus
		if state == stateSeen {
			state = stateRead
		}
		return sim.Webhook{Event: "status", ID: b.ID, Notes: statusNotes(b.ID, state)}
	}
	return sim.Webhook{}
}

// rereadIn is a message of the thread's customer. That of another is none of
// this thread's inbounds.
func rereadIn(tx *sim.Tx, b words) sim.Webhook {
	if strings.TrimPrefix(b.PlatformSenderID, "+") != tx.Thread.Customer || b.Customer == nil {
		return sim.Webhook{Event: "message", ID: b.ID, Notes: []sim.Note{note.EventDelivered{Event: "message of another customer", MessageID: b.ID}}}
	}
	tx.Mint(b.ID)
	not := "unsupported"
	for _, k := range inboundKinds() {
		if k.wire == b.Type {
			not = k.not
		}
	}
	return sim.Webhook{Event: "message", ID: b.ID, Notes: []sim.Note{inbound(tx, b, not)}}
}
