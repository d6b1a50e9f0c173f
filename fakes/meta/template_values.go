package meta

import (
	"slices"
	"strconv"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// Values fill the placeholders of a template in their order, as resellers of
// WhatsApp take them instead of Meta's components.
type Values struct {
	Header  []string         // of a text header, or the one address of a medium
	Body    []string         // {{1}}, {{2}}, …
	Buttons map[int][]string // by a button's place: what ends its URL
}

// Counts says how many values each part of a template takes.
type Counts struct {
	Header, Body int
	Media        bool        // the header's value is the address of a medium
	Buttons      map[int]int // URL buttons with a placeholder, by their place
}

// Counts are those of the template. A button that opens a fixed URL, or none,
// takes no value.
func (t Template) Counts() Counts {
	c := Counts{Body: len(placeholders(t.Body)), Buttons: map[int]int{}}
	if t.Header != nil {
		c.Header, c.Media = len(placeholders(t.Header.Text)), t.Header.Format != "TEXT"
	}
	if c.Media {
		c.Header = 1
	}
	for i, b := range t.Buttons {
		if n := len(placeholders(b.URL)); n > 0 && b.Type == "URL" {
			c.Buttons[i] = n
		}
	}
	return c
}

// Content is what the customer sees of the template filled with values: its
// image, its texts one a line, the links of its texts and of its buttons. What
// is missing stays a placeholder.
func (t Template) Content(v Values) note.Content {
	send := &TemplateSend{parts: []templatePart{
		{Type: "header", Parameters: t.headerParameters(v.Header)}, {Type: "body", Parameters: texts(v.Body)},
	}}
	for i := range t.Buttons {
		send.parts = append(send.parts, templatePart{Type: "button", Index: i, Parameters: texts(v.Buttons[i])})
	}
	return t.render(send)
}

func (t Template) headerParameters(values []string) []parameter {
	if t.Header == nil || t.Header.Format == "TEXT" || len(values) == 0 {
		return texts(values)
	}
	return []parameter{{Link: values[0]}}
}

func texts(values []string) (all []parameter) {
	for _, v := range values {
		all = append(all, parameter{Text: v})
	}
	return all
}

// Learnt is what can be told of an unknown template from its first use: texts
// that show its values one a line, a button for each that has any.
func Learnt(name, language string, media string, v Values) Template {
	t := Template{Name: name, Language: language, Status: TemplateApproved, Body: numbered(len(v.Body))}
	switch {
	case media != "":
		t.Header = &TemplateHeader{Format: media}
	case len(v.Header) > 0:
		t.Header = &TemplateHeader{Format: "TEXT", Text: numbered(len(v.Header))}
	}
	most := -1
	for place := range v.Buttons {
		most = max(most, place)
	}
	for place := range most + 1 {
		button := TemplateButton{Type: "QUICK_REPLY", Text: "Button " + strconv.Itoa(place+1)}
		if given := v.Buttons[place]; len(given) > 0 {
			button.Type, button.URL = "URL", "https://example.com/{{1}}"
			if slices.ContainsFunc(given, func(s string) bool { return len(link.Extract(s)) > 0 }) {
				button.URL = "{{1}}"
			}
		}
		t.Buttons = append(t.Buttons, button)
	}
	return t
}

// numbered is a text of n placeholders.
func numbered(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = "{{" + strconv.Itoa(i+1) + "}}"
	}
	return joinLines(names)
}
