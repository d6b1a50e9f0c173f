package meta

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// inboundKind is something a customer can send: one row a kind.
type inboundKind struct {
	name string // sim.Extra.Kind
	wire string // the message's type
	// not is why it is no message that may trigger an offer, or empty.
	not     string
	content func(tx *sim.Tx, w sim.Written) any
}

// inboundKinds are the messages of WhatsApp Cloud API, messages webhook
// reference. A tap on a button that opens a link sends nothing.
var inboundKinds = []inboundKind{
	{"text", "text", "", func(_ *sim.Tx, w sim.Written) any { return object1("body", w.Text) }},
	{"image", "image", "", writtenImage},
	{"document", "document", "", writtenDocument},
	{"button", "button", "", func(_ *sim.Tx, w sim.Written) any {
		return map[string]any{"payload": cmp.Or(w.Payload, w.Text), "text": w.Text}
	}},
	{"button_reply", "interactive", "", func(_ *sim.Tx, w sim.Written) any {
		return map[string]any{"type": "button_reply", "button_reply": map[string]any{"id": w.Payload, "title": w.Text}}
	}},
	{"list_reply", "interactive", "", func(_ *sim.Tx, w sim.Written) any {
		return map[string]any{"type": "list_reply", "list_reply": map[string]any{"id": w.Payload, "title": w.Text, "description": w.Description}}
	}},
	{"reaction", "reaction", "reaction", func(_ *sim.Tx, w sim.Written) any {
		return map[string]any{"message_id": w.ReplyTo, "emoji": w.Emoji}
	}},
	{"location", "location", "", func(_ *sim.Tx, w sim.Written) any {
		return map[string]any{"latitude": w.Latitude, "longitude": w.Longitude, "name": w.Text, "address": w.Description}
	}},
	{"contacts", "contacts", "", writtenContact},
	{"order", "order", "", func(_ *sim.Tx, w sim.Written) any {
		item := map[string]any{"product_retailer_id": cmp.Or(w.Payload, "pizza-margherita"), "quantity": 1, "item_price": 12, "currency": "USD"}
		return map[string]any{"catalog_id": "194836987003835", "text": w.Text, "product_items": []any{item}}
	}},
	{"system", "system", "system", func(_ *sim.Tx, w sim.Written) any {
		return map[string]any{"body": fmt.Sprintf("User %s changed from %s to %s", w.Name, w.From, w.Payload), "wa_id": w.Payload, "type": "user_changed_number"}
	}},
	{"unsupported", "unsupported", "unsupported", func(*sim.Tx, sim.Written) any {
		return []any{map[string]any{
			"code": 131051, "title": "Message type unknown", "message": "Message type unknown",
			"error_data": object1("details", "Message type is currently not supported."),
		}}
	}},
}

// Kinds that change a customer's preference instead of sending a message.
const (
	kindStop   = "opt_out"
	kindResume = "opt_in"
)

func object1(name, value string) map[string]any { return map[string]any{name: value} }

// write makes the webhook of what a customer sent.
func (f *fake) write(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	account, known := f.number(w.Account.ID)
	if !known {
		return sim.Webhook{}, fmt.Errorf("no business number %s", w.Account.ID)
	}
	if err := blocked(tx, account.PhoneNumberID, w.From); err != nil {
		return sim.Webhook{}, err
	}
	if w.Kind == kindStop || w.Kind == kindResume {
		w.Name = cmp.Or(w.Name, defaultName)
		return preferred(tx, account, w), nil
	}
	m, not, err := Wrote(tx, w, kindStop, kindResume)
	if err != nil {
		return sim.Webhook{}, err
	}
	return f.written(tx, account, m, not, w), nil
}

// defaultName is the profile name of customers who were given none.
const defaultName = "Sandbox Customer"

// Wrote is the message that a customer writes in the transaction's thread, with
// an id that names the thread from now on, and why it may not trigger an offer
// ("reaction", "system", "unsupported"), empty for most kinds. The error says
// which kinds there are, those of further among them, or what one needs.
func Wrote(tx *sim.Tx, w sim.Written, further ...string) (m Message, not string, err error) {
	at := slices.IndexFunc(inboundKinds, func(k inboundKind) bool { return k.name == cmp.Or(w.Kind, "text") })
	if at < 0 {
		return m, "", fmt.Errorf("no type %q on channel %s; use one of %s", w.Kind, tx.Thread.Channel, kindNames(further))
	}
	if fault := writtenFault(w); fault != nil {
		return m, "", fault
	}
	kind := inboundKinds[at]
	id := EncodeWAMID(FromUser, w.From, strings.ToUpper(tx.Rand("wamid").Hex(10)))
	tx.Mint(id)
	w.Name = cmp.Or(w.Name, defaultName)
	m = Message{ID: id, From: w.From, Name: w.Name, At: tx.Now, Type: kind.wire, Content: kind.content(tx, w)}
	if kind.name != "reaction" {
		m.Quotes = w.ReplyTo
	}
	return m, kind.not, nil
}

// Event names the webhook of the message: a change of number is none of the
// customer's words.
func (m Message) Event() string {
	if m.Type == "system" {
		return "system"
	}
	return "message"
}

func kindNames(further []string) string {
	var names []string
	for _, k := range inboundKinds {
		names = append(names, k.name)
	}
	return strings.Join(append(names, further...), ", ")
}

// writtenFault says what a kind needs and does not have.
func writtenFault(w sim.Written) error {
	switch w.Kind {
	case "reaction":
		if w.ReplyTo == "" {
			return fmt.Errorf("a reaction needs replyTo, the id of the message it is for")
		}
	case "button", "button_reply", "list_reply":
		if w.Text == "" || w.Kind != "button" && w.Payload == "" {
			return fmt.Errorf("a %s needs text, what is on it, and payload, its id", w.Kind)
		}
	case "system":
		if _, err := provider.NormalPhone(w.Payload); err != nil {
			return fmt.Errorf("a system message tells a new number; give it as payload: %w", err)
		}
	}
	return nil
}

// written makes the webhook of a message.
func (f *fake) written(tx *sim.Tx, to Account, m Message, not string, w sim.Written) sim.Webhook {
	m.Username = w.Username
	recipient := w.From
	if f.BSUID || w.Username != "" {
		m.UserID = userID(w.From)
	}
	if w.Username != "" {
		recipient = m.UserID
	}
	if w.AdID != "" {
		m.Referral = referral(w.AdID)
	}
	return sim.Webhook{Event: m.Event(), ID: m.ID, Body: WebhookBody(Messages(to.Number, m)), Notes: []sim.Note{note.InboundMessage{
		ID: m.ID, Thread: tx.Thread.ID, Text: w.Text, Timestamp: tx.Now.Unix() * 1000, Platform: "whatsapp",
		Recipient: recipient, ChatIDs: []string{to.PhoneNumberID}, NotAnInbound: not,
	}}}
}

// referral is the advertisement that a customer came from.
func referral(id string) map[string]any {
	return map[string]any{
		"source_url": "https://fb.me/" + id, "source_id": id, "source_type": "ad", "body": "Fresh from the oven", "headline": "Chat with us",
		"media_type": "image", "image_url": "https://scontent.xx.fbcdn.net/v/" + id, "ctwa_clid": sim.NewRand(0, "ctwa_clid", id).Hex(24),
		"welcome_message": object1("text", "Hi there! Let us know how we can help!"),
	}
}

// preferred stops or resumes marketing messages of a number to a customer.
func preferred(tx *sim.Tx, of Account, w sim.Written) sim.Webhook {
	stop := w.Kind == kindStop
	tx.Put(kindOptOut, tx.Thread.ID, stop)
	notes := []sim.Note{note.EventDelivered{Event: fieldPreferences, Status: w.Kind}}
	if stop {
		notes = append(notes, note.OptedOut{})
	}
	return sim.Webhook{
		Event: fieldPreferences, ID: tx.Rand("preference").Hex(8), Notes: notes,
		Body: WebhookBody(Preference(of.Number, w.From, w.Name, tx.Now, stop)),
	}
}

// writtenImage is a picture of the customer. It can be fetched by its id.
func writtenImage(tx *sim.Tx, w sim.Written) any {
	m := received(tx, w, "image/png", pixel())
	if w.Text != "" {
		m["caption"] = w.Text
	}
	return m
}

// writtenDocument is a file of the customer. It can be fetched by its id.
func writtenDocument(tx *sim.Tx, w sim.Written) any {
	m := received(tx, w, "text/plain", []byte(cmp.Or(w.Text, "a document of the sandbox")+"\n"))
	m["filename"] = "document.txt"
	return m
}

// received keeps a medium of a customer and describes it. A medium that was
// uploaded before keeps its id; an address goes into the webhook as it is.
func received(tx *sim.Tx, w sim.Written, kind string, data []byte) map[string]any {
	sum := sha256.Sum256(data)
	id := w.Media
	if !isMediaID(id) {
		id = mediaID(tx.Rand("media"))
		tx.PutUntil(kindMedia, id, medium{ID: id, Type: kind, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), Data: data}, tx.Now.Add(receivedLife))
	}
	m := map[string]any{"mime_type": kind, "sha256": base64.StdEncoding.EncodeToString(sum[:]), "id": id}
	if strings.HasPrefix(w.Media, "http") {
		m["url"] = w.Media
	}
	return m
}

// receivedLife is how long media of customers can be fetched (WhatsApp Cloud
// API, media: seven days).
const receivedLife = 7 * 24 * 60 * 60 * 1e9

// pixel is a picture of one red pixel.
func pixel() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 1, 1))
	img.Set(0, 0, color.RGBA{R: 0xc0, A: 0xff})
	var buf bytes.Buffer
	_ = png.Encode(&buf, img) // a buffer takes everything
	return buf.Bytes()
}

func writtenContact(_ *sim.Tx, w sim.Written) any {
	name := cmp.Or(w.Text, "Sandbox Contact")
	first, last, _ := strings.Cut(name, " ")
	return []any{map[string]any{
		"name":   map[string]any{"first_name": first, "last_name": last, "formatted_name": name},
		"phones": []any{map[string]any{"phone": "+" + w.From, "wa_id": w.From, "type": "MOBILE"}},
	}}
}
