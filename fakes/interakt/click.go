package interakt

import (
	"errors"
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

const typeClicked = "message_api_clicked"

// button finds a button of a message of the business: the one with a text, or
// the first of its type when the text is empty.
func (m message) button(kind, text string) (tapped, error) {
	i := slices.IndexFunc(m.Buttons, func(b tapped) bool { return b.Type == kind && (text == "" || b.Text == text) })
	if i < 0 {
		return tapped{}, fmt.Errorf("message %s has no button of type %s that says %q", m.ID, kind, text)
	}
	return m.Buttons[i], nil
}

// quickReplied is the webhook of a tap on a quick reply: meta_data tells of it.
func (f *fake) quickReplied(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	m, sent := kept(tx, w.ReplyTo)
	if !sent {
		return sim.Webhook{}, errors.New("replyTo has to be the id of a template message that was sent to the customer")
	}
	return clickedReply(tx, m, w)
}

func clickedReply(tx *sim.Tx, m message, w sim.Written) (sim.Webhook, error) {
	b, err := m.button(quickReply, w.Text)
	if err != nil {
		return sim.Webhook{}, err
	}
	if w.Payload != "" {
		b.Payload = w.Payload
	}
	click := &hookClick{Cost: hookCost{WhatsApp: "0.00", Markup: "0.00", Actual: "0.00"}, ClickType: "QR", Text: b.Text, At: tx.Now.UTC().Format(clickForm)}
	click.Payload.Payload = hookPayload{Type: quickReply, Text: b.Payload}
	wire := m.read(tx)
	wire.Meta = hookMeta{Source: "PublicInterakt", SourceData: hookSource{m.Callback}, hookClick: click}
	return clicked(m, frame(tx, typeClicked, tx.Now, wire)), nil
}

// followed is the webhook of a tap on a button that opens a link: data.event
// tells of it.
func followed(tx *sim.Tx, m message, w sim.Written) (sim.Webhook, error) {
	b, err := m.button("URL", w.Text)
	if err != nil {
		return sim.Webhook{}, err
	}
	h := frame(tx, typeClicked, tx.Now, m.read(tx))
	h.Data.Event = &hookEvent{Callback: m.Callback, ClickType: "CTA", Text: b.Text, Link: b.Link, At: tx.Now.UTC().Format(clickForm)}
	return clicked(m, h), nil
}

// read is a message that the customer has read by now.
func (m message) read(tx *sim.Tx) hookMessage {
	wire := m.wire(statusTypes[meta.StatusRead])
	wire.Delivered, wire.Seen = stamp(earlier(m.Delivered, tx.Now)), stamp(earlier(m.Seen, tx.Now))
	return wire
}

func clicked(m message, h hook) sim.Webhook {
	return sim.Webhook{Event: "clicked", ID: m.ID, Body: provider.JSON(h), Notes: []sim.Note{note.EventDelivered{Event: "clicked", MessageID: m.ID}}}
}
