package interakt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// inboundKind is something a customer can send: one row a kind.
type inboundKind struct {
	name string // sim.Extra.Kind
	wire string // message_content_type
	file string // ending of a medium's invented address, "" where there is none
	// not is why it is no message that may trigger an offer, or empty.
	not string
	// message is the member of that name.
	message func(w sim.Written) string
}

// inboundKinds are the messages of customers. Interakt documents texts; the
// other content types have been seen, and choices are written as the Cloud API
// has them, in a string.
var inboundKinds = []inboundKind{
	{"text", "Text", "", "", said},
	{"image", "Image", "png", "", said},
	{"video", "Video", "mp4", "", said},
	{"audio", "Audio", "ogg", "", said},
	{"document", "Document", "pdf", "", said},
	{"button", "Button", "", "", said},
	{"button_reply", "InteractiveButtonReply", "", "", func(w sim.Written) string {
		return text(map[string]any{"type": "button_reply", "button_reply": map[string]string{"id": w.Payload, "title": w.Text}})
	}},
	{"list_reply", "InteractiveListReply", "", "", func(w sim.Written) string {
		return text(map[string]any{"type": "list_reply", "list_reply": map[string]string{"id": w.Payload, "title": w.Text, "description": w.Description}})
	}},
	{"reaction", "Reaction", "", "reaction", func(w sim.Written) string { return w.Emoji }},
}

func said(w sim.Written) string { return w.Text }

// write makes the webhook of what a customer sent.
func (f *fake) write(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	at := slices.IndexFunc(inboundKinds, func(k inboundKind) bool { return k.name == cmp.Or(w.Kind, "text") })
	if at < 0 {
		var names []string
		for _, k := range inboundKinds {
			names = append(names, k.name)
		}
		return sim.Webhook{}, fmt.Errorf("no type %q on channel interakt; use one of %s", w.Kind, strings.Join(names, ", "))
	}
	if fault := writtenFault(w); fault != "" {
		return sim.Webhook{}, fmt.Errorf("a %s needs %s", w.Kind, fault)
	}
	tx.Thread.Name = cmp.Or(w.Name, tx.Thread.Name, "Sandbox Customer")
	return f.written(tx, inboundKinds[at], w)
}

// writtenFault says what a kind needs and does not have.
func writtenFault(w sim.Written) string {
	switch {
	case w.Kind == "reaction" && w.Emoji == "":
		return "emoji"
	case w.Kind == "button" && (w.ReplyTo == "" || w.Text == ""):
		return "text, what is on it, and replyTo, the id of the template message that has it"
	case (w.Kind == "button_reply" || w.Kind == "list_reply") && (w.Text == "" || w.Payload == ""):
		return "text, what is on it, and payload, its id"
	}
	return ""
}

// written makes the webhook of a message. A tap on a quick reply of a template
// is told twice: as a message, and as a click on what was sent.
func (f *fake) written(tx *sim.Tx, kind inboundKind, w sim.Written) (sim.Webhook, error) {
	r := tx.Rand("interakt inbound")
	m := hookMessage{
		ID: r.UUID(), ChatType: "CustomerMessage", Status: "Sent", Received: stamp(tx.Now), ContentType: kind.wire,
		Message: kind.message(w), Meta: struct{}{},
	}
	if kind.file != "" {
		m.Media = maybe(cmp.Or(w.Media, "https://media.example.com/"+r.Hex(8)+"."+kind.file))
	}
	if f.Profile == Live2026 {
		m.liveMembers = &liveMembers{Source: maybe(w.ReplyTo)}
	}
	tx.Mint(m.ID)
	if kind.name == "button" {
		clicked, err := f.quickReplied(tx, w)
		if err != nil {
			return clicked, err
		}
		tx.Webhook(clicked)
	}
	return sim.Webhook{
		Event: "message", ID: m.ID, Body: provider.JSON(frame(tx, typeReceived, tx.Now, m)), Notes: []sim.Note{inbound(tx, m.ID, w.Text, tx.Now.UnixMilli(), kind.not)},
	}, nil
}

const typeReceived = "message_received"

// inbound is the note of a customer's message, with what a conforming request
// to Encore says of it.
func inbound(tx *sim.Tx, id, text string, at int64, not string) note.InboundMessage {
	return note.InboundMessage{
		ID: id, Thread: tx.Thread.ID, Text: text, Timestamp: at, Platform: "whatsapp", Recipient: tx.Thread.Customer,
		ChatIDs: []string{customerID(tx.Thread.Account, tx.Thread.Customer)}, NotAnInbound: not,
	}
}
