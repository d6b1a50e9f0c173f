package interakt

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// message is an accepted message as its webhooks repeat it.
type message struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"` // Template, Text, …
	At       time.Time `json:"at"`   // of its acceptance
	Campaign string    `json:"campaign,omitempty"`
	Callback *string   `json:"callback"`
	Template string    `json:"template,omitempty"` // raw_template
	Text     string    `json:"text"`               // message
	Media    string    `json:"media,omitempty"`
	Buttons  []tapped  `json:"buttons,omitempty"` // of a template
	// Delivered and Seen are when that is reported, the zero time where it is not.
	Delivered time.Time `json:"delivered"`
	Seen      time.Time `json:"seen"`
}

// tapped is a button of a message that was sent.
type tapped struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	Link    string `json:"link,omitempty"`
	Payload string `json:"payload,omitempty"` // of a quick reply
}

// kindMessage is a message in JSON by its id.
const kindMessage = "interakt.message"

// kept is the message that was sent under an id.
func kept(tx *sim.Tx, id string) (m message, sent bool) {
	if id == "" {
		return m, false
	}
	data, sent := sim.Get[[]byte](tx, kindMessage, id)
	return m, sent && json.Unmarshal(data, &m) == nil
}

// compose makes the message of a send. The template is nil for session messages.
func (f *fake) compose(tx *sim.Tx, id string, s *Send, t *meta.Template) message {
	m := message{ID: id, Type: s.Type, At: tx.Now, Campaign: s.CampaignID}
	if s.HasCallback {
		m.Callback = &s.CallbackData
	}
	m.Delivered, m.Seen = after(tx.Now, f.Delays.Delivered), after(tx.Now, f.Delays.Read)
	switch {
	case t != nil:
		m.Template, m.Text, m.Buttons = rawTemplate(*t), s.Template.components(*t), s.Template.buttons(*t)
		if counted(*t).Media {
			m.Media = s.Template.Values.Header[0]
		}
	case s.Session.Interactive != nil:
		m.Text = text(s.Session.Interactive)
	default:
		m.Text, m.Media = s.Session.Message, s.Session.MediaURL
	}
	return m
}

func after(now time.Time, delay time.Duration) time.Time {
	if delay < 0 {
		return time.Time{}
	}
	return now.Add(delay)
}

// text is a value as a string that holds JSON.
func text(v any) string { return string(provider.JSON(v)) }

// storedTemplate is a template as raw_template holds it: members in the order
// of Interakt's sample, texts within it once more strings of JSON.
type storedTemplate struct {
	ID             string  `json:"id"`
	IsDeleted      bool    `json:"is_deleted"`
	Name           string  `json:"name"`
	Language       string  `json:"language"`
	Category       string  `json:"category"`
	HeaderFormat   *string `json:"header_format"`
	Header         *string `json:"header"`
	HeaderText     *string `json:"header_text"`
	Body           string  `json:"body"`
	Footer         *string `json:"footer"`
	Buttons        *string `json:"buttons"`
	DisplayName    string  `json:"display_name"`
	ApprovalStatus string  `json:"approval_status"`
	WATemplateID   string  `json:"wa_template_id"`
	IsArchived     bool    `json:"is_archived"`
}

// storedButton is a button within storedTemplate.
type storedButton struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	URL   string `json:"url,omitempty"`
	Phone string `json:"phone_number,omitempty"`
}

// rawTemplate is raw_template of a template.
func rawTemplate(t meta.Template) string {
	r := sim.NewRand(0, "interakt template", t.Name, t.Language)
	out := storedTemplate{
		ID: r.UUID(), Name: t.Name, Language: t.Language, Category: category(t), Body: t.Body, Footer: maybe(t.Footer),
		DisplayName: strings.ReplaceAll(t.Name, "_", " "), ApprovalStatus: meta.TemplateApproved, WATemplateID: numeric(r),
	}
	if t.Header != nil {
		out.HeaderFormat, out.Header = maybe(t.Header.Format), maybe(t.Header.Text)
	}
	var buttons []storedButton
	for _, b := range t.Buttons {
		buttons = append(buttons, storedButton{b.Type, b.Text, b.URL, b.Phone})
	}
	if len(buttons) > 0 {
		out.Buttons = maybe(text(buttons))
	}
	return text(out)
}

// maybe is null for an empty text.
func maybe(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// component is one element of the list in message of a template: what filled
// the part, as the Cloud API has it.
type component struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type,omitempty"`
	Index      *int        `json:"index,omitempty"`
	Parameters []parameter `json:"parameters"`
}

// parameter is a text, a payload or a medium; members as the samples order them.
type parameter struct {
	Type     string  `json:"type"`
	Text     string  `json:"text,omitempty"`
	Payload  string  `json:"payload,omitempty"`
	Image    *medium `json:"image,omitempty"`
	Video    *medium `json:"video,omitempty"`
	Document *medium `json:"document,omitempty"`
}

type medium struct {
	Link string `json:"link"`
	Name string `json:"filename,omitempty"`
}

// components is message of a template send.
func (w *TemplateSend) components(t meta.Template) string {
	all := []component{}
	if len(w.Values.Header) > 0 {
		all = append(all, component{Type: "header", Parameters: w.header(t)})
	}
	if len(w.Values.Body) > 0 {
		all = append(all, component{Type: "body", Parameters: texts(w.Values.Body)})
	}
	for i := range t.Buttons {
		if values := w.Values.Buttons[i]; len(values) > 0 {
			all = append(all, component{Type: "button", SubType: "url", Index: &i, Parameters: texts(values)})
		}
		if payload, given := w.Payloads[i]; given && t.Buttons[i].Type == quickReply {
			all = append(all, component{Type: "button", SubType: "quick_reply", Index: &i, Parameters: []parameter{{Type: "payload", Payload: payload}}})
		}
	}
	return text(all)
}

func (w *TemplateSend) header(t meta.Template) []parameter {
	if !counted(t).Media {
		return texts(w.Values.Header)
	}
	p, m := parameter{Type: strings.ToLower(t.Header.Format)}, &medium{Link: w.Values.Header[0]}
	switch p.Type {
	case "image":
		p.Image = m
	case "video":
		p.Video = m
	case "document":
		m.Name = w.FileName
		p.Document = m
	}
	return []parameter{p}
}

func texts(values []string) (all []parameter) {
	for _, v := range values {
		all = append(all, parameter{Type: "text", Text: v})
	}
	return all
}

// buttons are the template's with what they lead to or send back.
func (w *TemplateSend) buttons(t meta.Template) (all []tapped) {
	for i, b := range t.Buttons {
		out := tapped{Type: b.Type, Text: b.Text}
		switch b.Type {
		case "URL":
			alone := meta.Template{Buttons: []meta.TemplateButton{b}}
			if links := alone.Content(meta.Values{Buttons: map[int][]string{0: w.Values.Buttons[i]}}).Links; len(links) > 0 {
				out.Link = links[0]
			}
		case quickReply:
			out.Payload = b.Text
			if payload, given := w.Payloads[i]; given {
				out.Payload = payload
			}
		}
		all = append(all, out)
	}
	return all
}
