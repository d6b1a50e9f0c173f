package zoko

import (
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/link"
)

// How many choices an interactive message offers (Zoko's guide).
const (
	maxButtons = 3
	maxRows    = 10 // in all sections together
)

// readButtons reads a message with up to three buttons. Zoko publishes no names
// for what is inside, so those of WhatsApp's own are taken:
// {header, body: {text}, footer: {text}, buttons: [{id, title, payload}]}. Only
// the body and the count are judged; the rest is passed on with a remark.
func readButtons(r *reader, o object, s *send) {
	b := r.object(o, "interactiveButton")
	r.body(b, s)
	r.known(b, "header", "body", "footer", "buttons")
	for _, button := range r.objects(b, "buttons", maxButtons) {
		r.known(button, "id", "title", "payload")
	}
}

// readList reads a message with up to ten rows to choose from, in sections or,
// as senders are seen to do, in one list of items.
func readList(r *reader, o object, s *send) {
	l := r.object(o, "interactiveList")
	r.body(l, s)
	r.known(l, "header", "body", "footer", "button", "sections", "items")
	if !l.has("sections") && l.has("items") {
		r.rows(l, "items")
		return
	}
	total := 0
	for _, section := range r.objects(l, "sections", maxRows) {
		field := "rows"
		if !section.has(field) && section.has("items") {
			field = "items"
		}
		r.known(section, "title", field)
		total += r.rows(section, field)
	}
	if total > maxRows {
		r.fail("%s has %d rows in all; send %d at most", l.name("sections"), total, maxRows)
	}
}

func (r *reader) rows(o object, field string) int {
	rows := r.objects(o, field, maxRows)
	for _, row := range rows {
		r.known(row, "id", "title", "payload", "description")
	}
	return len(rows)
}

// body reads the text that every interactive message has, with what is above
// and below it as far as that is text.
func (r *reader) body(o object, s *send) {
	texts := []string{r.aside(o, "header"), "", r.aside(o, "footer")}
	if text, isText := o.fields["body"].(string); isText {
		o = object{o.path, map[string]any{"body": map[string]any{"text": text}}}
		r.remark("%s is a text; {\"text\": …} was expected", o.name("body"))
	}
	texts[1] = r.text(r.object(o, "body"), "text", maxBody)
	texts = slices.DeleteFunc(texts, func(text string) bool { return text == "" })
	s.Content.Text = strings.Join(texts, "\n")
	s.Content.Links = link.Extract(s.Content.Text)
}

// aside is the text of an optional part, of whatever shape that is.
func (r *reader) aside(o object, field string) string {
	switch v := o.fields[field].(type) {
	case string:
		return v
	case map[string]any:
		text, _ := v["text"].(string)
		return text
	case nil:
	default:
		r.remark("%s is neither a text nor an object", o.name(field))
	}
	return ""
}

// known remarks on members whose meaning nobody has published.
func (r *reader) known(o object, names ...string) {
	var strange []string
	for field := range o.fields {
		if !slices.Contains(names, field) {
			strange = append(strange, field)
		}
	}
	slices.Sort(strange)
	for _, field := range strange {
		r.remark("%s is not known to the sandbox and was ignored", o.name(field))
	}
}
