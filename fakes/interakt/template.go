package interakt

import (
	"slices"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// DefaultTemplates are those of the three examples of Interakt's help page,
// with their names and shapes, and one that carries an Encore offer.
func DefaultTemplates() []meta.Template {
	return []meta.Template{
		{
			Name: "delivered_alert_101", Language: "en", Category: "UTILITY", Header: &meta.TemplateHeader{Format: "TEXT", Text: "{{1}}: your order"},
			Body:    "Hi {{1}}, your order {{2}} was delivered.",
			Buttons: []meta.TemplateButton{{Type: "URL", Text: "Track order", URL: "https://shop.example.com/orders/{{1}}"}},
		},
		{
			Name: "delivered_alert_102", Language: "en", Category: "UTILITY", Header: &meta.TemplateHeader{Format: "IMAGE"},
			Body: "Hi {{1}}, your order {{2}} was delivered.",
			Buttons: []meta.TemplateButton{
				{Type: "PHONE_NUMBER", Text: "Call us", Phone: "+15550783881"}, {Type: "URL", Text: "Track order", URL: "https://shop.example.com/orders/{{1}}"},
			},
		},
		{
			Name: "temp_with_quick_reply_buttons", Language: "en", Category: "MARKETING", Header: &meta.TemplateHeader{Format: "DOCUMENT"}, Body: "Our new menu: {{1}}",
			Buttons: []meta.TemplateButton{{Type: quickReply, Text: "Order again"}, {Type: quickReply, Text: "Not now"}, {Type: quickReply, Text: "Stop"}},
		},
		{
			Name: "encore_offer", Language: "en", Category: "MARKETING", Header: &meta.TemplateHeader{Format: "IMAGE"}, Body: "{{1}}",
			Buttons: []meta.TemplateButton{{Type: "URL", Text: "Claim", URL: "https://api.encorekit.com/encore/click/{{1}}"}},
		},
	}
}

const quickReply = "QUICK_REPLY"

// find finds a template by name and language, both to the letter, that may be sent.
func find(all []meta.Template, name, language string) (meta.Template, bool) {
	i := slices.IndexFunc(all, func(t meta.Template) bool {
		return t.Name == name && t.Language == language && (t.Status == "" || t.Status == meta.TemplateApproved)
	})
	if i < 0 {
		return meta.Template{}, false
	}
	return all[i], true
}

// kindTemplates are templates learnt from sends, []meta.Template by account.
const kindTemplates = "interakt.templates"

// template finds the template of a send and checks what fills it.
func (f *fake) template(tx *sim.Tx, who Account, s *Send) (t meta.Template, problem *Error) {
	want := s.Template
	t, found := find(f.Templates, want.Name, want.Language)
	if !found && f.Learn {
		t, found = learn(tx, who, want), true
	}
	if !found {
		return t, noTemplate(want.Name, want.Language)
	}
	if s.Category != "" && !strings.EqualFold(s.Category, category(t)) {
		return t, correct("template_category is '%s' and the template's current category is '%s'", s.Category, category(t))
	}
	return t, want.check(t)
}

// learn finds what an earlier message taught of a template, or takes it from
// this one.
func learn(tx *sim.Tx, who Account, want *TemplateSend) meta.Template {
	learnt, _ := sim.Get[[]meta.Template](tx, kindTemplates, who.Name)
	if t, found := find(learnt, want.Name, want.Language); found {
		return t
	}
	t := meta.Learnt(want.Name, want.Language, want.media(), want.Values)
	tx.Put(kindTemplates, who.Name, append(slices.Clone(learnt), t))
	tx.Remark("the account had no template " + want.Name + " in " + want.Language + "; it is learnt from this message")
	return t
}

func category(t meta.Template) string {
	if t.Category == "" {
		return "MARKETING"
	}
	return t.Category
}

// media guesses what kind of header a template has that is not known, from the
// one value that is the address of a file; "" for a text.
func (w *TemplateSend) media() string {
	if len(w.Values.Header) != 1 || !provider.IsWebAddress(w.Values.Header[0]) {
		return ""
	}
	format, known := provider.HeaderFormat(w.Values.Header[0])
	if !known && w.FileName != "" {
		return "DOCUMENT"
	}
	return format
}

// check says why values do not fit a template, nil when they do.
func (w *TemplateSend) check(t meta.Template) *Error {
	counts := counted(t)
	if problem := w.checkHeader(t, counts); problem != nil {
		return problem
	}
	if len(w.Values.Body) != counts.Body {
		return missingValues("body", counts.Body)
	}
	for _, i := range w.places(counts) {
		if len(w.Values.Buttons[i]) != counts.Buttons[i] {
			return missingValues(buttonAt(i), counts.Buttons[i])
		}
	}
	return w.checkTexts(counts)
}

// counted says how many values a template takes. One that carries a code for
// signing in has it in its first button too, whatever that is.
func counted(t meta.Template) meta.Counts {
	counts := t.Counts()
	if strings.EqualFold(t.Category, "AUTHENTICATION") && len(t.Buttons) > 0 {
		counts.Buttons[0] = 1
	}
	return counts
}

func buttonAt(i int) string { return "button at index " + strconv.Itoa(i) }

// places are the buttons that have values or want some, in their order.
func (w *TemplateSend) places(counts meta.Counts) (all []int) {
	for i := range w.Values.Buttons {
		all = append(all, i)
	}
	for i := range counts.Buttons {
		if _, given := w.Values.Buttons[i]; !given {
			all = append(all, i)
		}
	}
	slices.Sort(all)
	return all
}

func (w *TemplateSend) checkHeader(t meta.Template, counts meta.Counts) *Error {
	given := w.Values.Header
	switch {
	case counts.Media && (len(given) == 0 || !provider.IsWebAddress(given[0])):
		return missingMedia(strings.ToLower(t.Header.Format))
	case len(given) != counts.Header:
		return missingValues("header", counts.Header)
	}
	return nil
}

// part is one part of a template with what fills it.
type part struct {
	name   string
	values []string
}

// parts are those whose values are texts: all but a header that is a medium.
func (w *TemplateSend) parts(counts meta.Counts) []part {
	all := []part{{"body", w.Values.Body}}
	if !counts.Media {
		all = append(all, part{"header", w.Values.Header})
	}
	for _, i := range w.places(counts) {
		all = append(all, part{buttonAt(i), w.Values.Buttons[i]})
	}
	return all
}

// checkTexts refuses values that WhatsApp would not put into a text.
func (w *TemplateSend) checkTexts(counts meta.Counts) *Error {
	for _, p := range w.parts(counts) {
		for i, v := range p.values {
			if fault := textFault(v); fault != "" {
				return correct("Variable value %d of template's %s %s", i+1, p.name, fault)
			}
		}
	}
	return nil
}

func textFault(value string) string {
	switch {
	case strings.TrimSpace(value) == "":
		return "is empty"
	case strings.ContainsAny(value, "\n\r\t"):
		return "has a tab or a new line"
	case strings.Contains(value, "   "):
		return "has three or more spaces in a row"
	}
	return ""
}
