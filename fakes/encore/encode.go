package encore

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/sim/quick"
)

// Encode is the JSON of a value on one line: <, > and & stay readable, as they
// do in the sample's links and texts, and no line break follows. The same
// value gives the same bytes.
//
// What Compose makes and the Response around it are written by hand, byte for
// byte what encoding/json would write in several times the time: they are most
// of what an offer costs. Everything else goes through encoding/json.
func Encode(v any) ([]byte, error) {
	w := writer{make([]byte, 0, 2048)} // an answer with an offer
	if !w.value(v) {
		return standard(v)
	}
	return w.b, nil
}

// standard encodes with encoding/json.
func standard(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// writer appends JSON.
type writer struct{ b []byte }

// value writes what it knows and says whether it did.
func (w *writer) value(v any) bool {
	switch v := v.(type) {
	case WhatsAppPayload:
		w.whatsApp(v)
	case GenericPayload:
		w.generic(v)
	case json.RawMessage: // written by Encode before, so already compact
		w.b = append(w.b, v...)
	case Response:
		return w.response(v)
	default:
		return false
	}
	return true
}

func (w *writer) response(r Response) bool {
	w.literal(`{"success":` + strconv.FormatBool(r.Success))
	w.put(`,"impressionId":`, r.ImpressionID)
	w.offer(r.Offer)
	if r.Message == nil {
		w.literal(`,"message":null}`)
		return true
	}
	w.put(`,"message":{"platform":`, r.Message.Platform)
	w.literal(`,"payload":`)
	known := w.value(r.Message.Payload)
	w.literal(`}}`)
	return known
}

func (w *writer) offer(o *Offer) {
	if o == nil {
		w.literal(`,"offer":null`)
		return
	}
	w.put(`,"offer":{"id":`, o.ID)
	w.put(`,"campaignId":`, o.CampaignID)
	w.put(`,"creativeId":`, o.CreativeID)
	w.put(`,"clickUrl":`, o.ClickURL)
	w.put(`,"requestId":`, o.RequestID)
	w.literal(`}`)
}

func (w *writer) whatsApp(p WhatsAppPayload) {
	w.put(`{"messaging_product":`, p.MessagingProduct)
	w.put(`,"recipient_type":`, p.RecipientType)
	w.put(`,"to":`, p.To)
	w.put(`,"type":`, p.Type)
	w.put(`,"interactive":{"type":`, p.Interactive.Type)
	w.put(`,"header":{"type":`, p.Interactive.Header.Type)
	w.put(`,"image":{"link":`, p.Interactive.Header.Image.Link)
	w.put(`}},"body":{"text":`, p.Interactive.Body.Text)
	w.put(`},"action":{"name":`, p.Interactive.Action.Name)
	w.put(`,"parameters":{"display_text":`, p.Interactive.Action.Parameters.DisplayText)
	w.put(`,"url":`, p.Interactive.Action.Parameters.URL)
	w.literal(`}}}}`)
}

func (w *writer) generic(p GenericPayload) {
	w.put(`{"recipient":{"id":`, p.Recipient.ID)
	w.put(`},"message":{"attachment":{"type":`, p.Message.Attachment.Type)
	w.put(`,"payload":{"template_type":`, p.Message.Attachment.Payload.TemplateType)
	w.literal(`,"elements":[`)
	for i, card := range p.Message.Attachment.Payload.Elements {
		w.card(i, card)
	}
	w.literal(`]}}}}`)
}

func (w *writer) card(i int, c Card) {
	w.comma(i)
	w.put(`{"title":`, c.Title)
	w.put(`,"image_url":`, c.ImageURL)
	if c.Subtitle != "" {
		w.put(`,"subtitle":`, c.Subtitle)
	}
	w.literal(`,"default_action":`)
	w.webURL(c.DefaultAction)
	w.literal(`,"buttons":[`)
	for i, button := range c.Buttons {
		w.comma(i)
		w.webURL(button)
	}
	w.literal(`]}`)
}

func (w *writer) webURL(u WebURL) {
	w.put(`{"type":`, u.Type)
	w.put(`,"url":`, u.URL)
	if u.Title != "" {
		w.put(`,"title":`, u.Title)
	}
	w.literal(`}`)
}

func (w *writer) comma(i int) {
	if i > 0 {
		w.literal(`,`)
	}
}

func (w *writer) literal(json string) { w.b = append(w.b, json...) }

// put writes what stands before a text, then the text as a JSON string.
func (w *writer) put(before, text string) {
	w.b = append(w.b, before...)
	if !plain(text) {
		quoted, _ := standard(text) // a string never fails
		w.b = append(w.b, quoted...)
		return
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, text...)
	w.b = append(w.b, '"')
}

// plain says whether encoding/json would write the text as it stands. U+2028
// and U+2029 it escapes.
func plain(text string) bool {
	return quick.Stop(text) == len(text) && utf8.ValidString(text) &&
		(strings.IndexByte(text, 0xe2) < 0 || !strings.Contains(text, "\u2028") && !strings.Contains(text, "\u2029"))
}
