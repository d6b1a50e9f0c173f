package zoko

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// inboundKind is something a customer can send: one row a kind. Where no
// traffic shows a type, the kind's own name is taken.
type inboundKind struct {
	name string // sim.Extra.Kind
	wire string // the message's type
	file string // what a customer's file is called, of media
	// not is why it is no message that may trigger an offer, or empty.
	not  string
	tap  bool // it answers a message with a payload
	text func(w sim.Written) string
}

func asWritten(w sim.Written) string { return w.Text }

func inboundKinds() []inboundKind {
	nothing := func(sim.Written) string { return "" }
	return []inboundKind{
		{name: "text", wire: "text", text: asWritten},
		{name: "image", wire: "image", file: "image.png", text: nothing},
		{name: "document", wire: "document", file: "document.pdf", text: nothing},
		{name: "audio", wire: "audio", file: "audio.ogg", text: nothing},
		{name: "video", wire: "video", file: "video.mp4", text: nothing},
		{name: "sticker", wire: "sticker", file: "sticker.webp", text: nothing},
		{name: "location", wire: "location", text: func(w sim.Written) string { return degrees(w.Latitude) + ":" + degrees(w.Longitude) }},
		{name: "contacts", wire: "contacts", text: asWritten},
		{name: "button", wire: "text", tap: true, text: asWritten},
		{name: "button_reply", wire: "text", tap: true, text: asWritten},
		{name: "list_reply", wire: "text", tap: true, text: asWritten},
		{name: "reaction", wire: "reaction", not: "reaction", text: func(w sim.Written) string { return w.Emoji }},
		{name: "unsupported", wire: "unsupported", not: "unsupported", text: nothing},
	}
}

func degrees(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// nobody is what customers are called who do not say.
const nobody = "Sandbox Customer"

// nameOf is what a customer is called, empty of one who never wrote.
func nameOf(t *sim.Thread) string {
	if t.Name == "" && !t.Inbound.IsZero() {
		return nobody
	}
	return t.Name
}

// write makes the webhook of what a customer sent.
func (f *fake) write(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	kinds := inboundKinds()
	at := slices.IndexFunc(kinds, func(k inboundKind) bool { return k.name == cmp.Or(w.Kind, "text") })
	if at < 0 {
		return sim.Webhook{}, fmt.Errorf("no type %q on channel zoko; use one of %s", w.Kind, kindNames())
	}
	kind := kinds[at]
	if kind.tap && (w.Text == "" || w.Payload == "") {
		return sim.Webhook{}, fmt.Errorf("a %s needs text, what is on it, and payload, what it stands for", w.Kind)
	}
	return written(tx, w, kind), nil
}

func kindNames() string {
	var names []string
	for _, k := range inboundKinds() {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

// written makes the webhook of a customer's message and keeps it.
func written(tx *sim.Tx, w sim.Written, kind inboundKind) sim.Webhook {
	id := uuid1(tx.Now, tx.Rand("zoko message"))
	tx.Mint(id)
	m := message{
		ID: id, Account: tx.Thread.Account, Customer: tx.Thread.Customer, Direction: fromCustomer, Type: kind.wire, Text: kind.text(w), At: tx.Now,
	}
	if kind.file != "" {
		m.FileURL, m.Caption = cmp.Or(w.Media, "https://example.com/received/"+id+"/"+kind.file), w.Text
	}
	tx.Put(kindMessage, id, m)
	b := bodyOf(eventIn, m, cmp.Or(w.Name, tx.Thread.Name, nobody), stateReceived)
	if kind.tap {
		answered, _ := sim.Get[message](tx, kindMessage, w.ReplyTo)
		b.Context = &tap{Postback: w.Payload, TemplateID: answered.Template}
	}
	return sim.Webhook{Event: "message", ID: id, Body: provider.JSON(b), Notes: []sim.Note{inbound(tx, b, kind.not)}}
}

// inbound is the note of a customer's message. What a conforming integrator
// tells Encore is taken from the body.
func inbound(tx *sim.Tx, b words, not string) note.InboundMessage {
	return note.InboundMessage{
		ID: b.ID, Thread: tx.Thread.ID, Text: b.said(), Timestamp: millis(b.PlatformTimestamp), Platform: "whatsapp",
		Recipient: strings.TrimPrefix(b.PlatformSenderID, "+"), ChatIDs: []string{b.Customer.ID}, NotAnInbound: not,
	}
}
