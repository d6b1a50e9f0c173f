package meta

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// TemplateSend is the template of a send with what fills its placeholders.
type TemplateSend struct {
	Name     string
	Language string
	parts    []templatePart
}

// templatePart is one element of a send's components.
type templatePart struct {
	Path       string // as error details name it
	Type       string // header, body, button or limited_time_offer
	SubType    string // of a button, in lower case
	Index      int    // of a button, from 0
	Parameters []parameter
}

// parameter fills one placeholder.
type parameter struct {
	Path    string
	Kind    string
	Name    string // parameter_name, of named placeholders
	Text    string // what the customer reads, a code, a payload
	Link    string // of a medium that is named by link
	Expires int64  // Unix ms, of a limited-time offer
}

// maxTemplateName and maxCode are documented lengths in characters.
const (
	maxTemplateName = 512
	maxCode         = 15
	maxComponents   = 20
	maxParameters   = 100
)

// readTemplate reads a template send as far as it can be read without knowing
// the template (Meta's OpenAPI document, TemplateObject). What the customer
// sees is guessed from the parameters; render knows it.
func readTemplate(r *reader, o object) note.Content {
	t := r.object(o, "template")
	send := &TemplateSend{Name: r.text(t, "name", maxTemplateName)}
	language := r.object(t, "language")
	send.Language = r.text(language, "code", 0)
	if language.has("policy") {
		r.word(language, "policy", "deterministic")
	}
	if t.has("components") {
		for _, c := range r.array(t, "components", 0, maxComponents) {
			send.parts = append(send.parts, r.part(c))
		}
	}
	r.template = send
	return send.guess()
}

// part reads one component.
func (r *reader) part(c object) templatePart {
	p := templatePart{Path: c.path, Type: strings.ToLower(r.text(c, "type", 0))}
	if !slices.Contains([]string{"", "header", "body", "button", "limited_time_offer"}, p.Type) {
		r.fail(notSent(c.name("type"), p.Type))
	}
	if p.Type == "button" {
		p.SubType = strings.ToLower(r.text(c, "sub_type", 0))
		p.Index = r.index(c)
	}
	if c.has("parameters") {
		for _, o := range r.array(c, "parameters", 0, maxParameters) {
			p.Parameters = append(p.Parameters, r.parameter(o))
		}
	}
	return p
}

// index reads the place of a button: an integer in Meta's pages, a string in
// Meta's OpenAPI document.
func (r *reader) index(c object) int {
	switch v := c.fields["index"].(type) {
	case nil:
		r.fail(MissingParameter(c.name("index")))
	case float64:
		if v == math.Trunc(v) && v >= 0 && v < maxComponents {
			return int(v)
		}
		r.fail(InvalidParameter(c.name("index"), "must be the place of a button, counted from 0"))
	case string:
		if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < maxComponents {
			return n
		}
		r.fail(InvalidParameter(c.name("index"), "must be the place of a button, counted from 0"))
	default:
		r.fail(InvalidParameter(c.name("index"), "must be an integer or a string of one"))
	}
	return 0
}

// parameterKinds says how each kind of parameter is read: one row a kind.
var parameterKinds = []struct {
	kind string
	read func(*reader, object, *parameter)
}{
	{"text", func(r *reader, o object, p *parameter) { p.Text = r.text(o, "text", 0) }},
	{"currency", func(r *reader, o object, p *parameter) {
		c := r.object(o, "currency")
		r.text(c, "code", 3)
		r.number(c, "amount_1000", -math.MaxFloat64, math.MaxFloat64)
		p.Text = r.text(c, "fallback_value", 0)
	}},
	{"date_time", func(r *reader, o object, p *parameter) {
		p.Text = r.text(r.object(o, "date_time"), "fallback_value", 0)
	}},
	{"image", readMediaParameter("image")},
	{"video", readMediaParameter("video")},
	{"document", readMediaParameter("document")},
	{"location", func(r *reader, o object, _ *parameter) { readLocation(r, o) }},
	{"payload", func(r *reader, o object, p *parameter) { p.Text = r.text(o, "payload", 0) }},
	{"action", func(r *reader, o object, _ *parameter) { r.object(o, "action") }},
	{"coupon_code", func(r *reader, o object, p *parameter) { p.Text = r.text(o, "coupon_code", maxCode) }},
	{"limited_time_offer", func(r *reader, o object, p *parameter) {
		p.Expires = int64(r.number(r.object(o, "limited_time_offer"), "expiration_time_ms", 0, 1<<53))
	}},
}

func readMediaParameter(kind string) func(*reader, object, *parameter) {
	return func(r *reader, o object, p *parameter) { p.Link = r.media(o, kind) }
}

// parameter reads one parameter.
func (r *reader) parameter(o object) parameter {
	p := parameter{Path: o.path, Kind: strings.ToLower(r.text(o, "type", 0)), Name: r.optional(o, "parameter_name", 0)}
	for _, row := range parameterKinds {
		if row.kind == p.Kind {
			row.read(r, o, &p)
			return p
		}
	}
	if p.Kind != "" {
		r.fail(InvalidParameter(o.name("type"), fmt.Sprintf("is '%s', which no parameter is", p.Kind)))
	}
	return p
}

// guess is what a customer might see of a template that is not known: its
// first image, and texts and links of its parameters.
func (t *TemplateSend) guess() note.Content {
	var content note.Content
	var texts []string
	for _, part := range t.parts {
		for _, p := range part.Parameters {
			if p.Kind == "image" {
				content.Image = cmp.Or(content.Image, p.Link)
			}
			if part.Type != "button" {
				texts = append(texts, p.Text)
			}
			content.Links = append(content.Links, link.Extract(p.Text)...)
		}
	}
	content.Text = joinLines(texts)
	return content
}
