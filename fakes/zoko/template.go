package zoko

import (
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Types of templates, which the message that fills one has to name.
const (
	typeTemplate = "template"       // a text
	typeRich     = "richTemplate"   // a medium above the text
	typeButtons  = "buttonTemplate" // quick replies below it
)

// kindTemplates are the templates that an account has learnt: []template by
// the account's id.
const kindTemplates = "zoko.templates"

// DefaultTemplates are the three of Zoko's guide, with its argument counts, and
// encore_offer, which carries an offer: image, text, full click URL.
func DefaultTemplates() []meta.Template {
	image := &meta.TemplateHeader{Format: "IMAGE"}
	reply := func(text string) meta.TemplateButton { return meta.TemplateButton{Type: "QUICK_REPLY", Text: text} }
	return []meta.Template{
		{Name: "shipping_01", Language: "en", Body: "Your order {{1}} is on its way. Track it here: {{2}}"},
		{Name: "greeting_with_header_image_01", Language: "en", Header: image, Body: "Hi {{1}}, welcome to {{2}}!"},
		{
			Name: "greet_with_options_01", Language: "en", Header: image, Body: "Hi {{1}}, welcome to {{2}}! What would you like to do?",
			Buttons: []meta.TemplateButton{reply("Place an order"), reply("Track an order"), reply("Talk to us")},
		},
		{
			Name: "encore_offer", Language: "en", Header: image, Body: "{{1}}",
			Buttons: []meta.TemplateButton{{Type: "URL", Text: "Claim", URL: "{{1}}"}},
		},
	}
}

// template is a template as Zoko has it: templateArgs fill header, body and
// buttons in that order.
type template struct {
	meta.Template
	Kind string `json:"kind"` // templateType
}

// newTemplate tells a template's type by its shape.
func newTemplate(t meta.Template) template {
	kind := typeTemplate
	switch {
	case slices.ContainsFunc(t.Buttons, func(b meta.TemplateButton) bool { return b.Type == "QUICK_REPLY" }):
		kind = typeButtons
	case t.Counts().Media:
		kind = typeRich
	}
	return template{t, kind}
}

// slot is what one argument fills.
type slot struct {
	name    string // for people
	button  int    // its place; -1: no button's
	address bool   // only an http or https URL will do
}

// slots are what a template's arguments fill, in their order.
func (t template) slots() (all []slot) {
	counts := t.Counts()
	for i := range counts.Header {
		s := slot{fmt.Sprintf("header text %d", i+1), -1, false}
		if counts.Media {
			s = slot{"header " + strings.ToLower(t.Header.Format), -1, true}
		}
		all = append(all, s)
	}
	for i := range counts.Body {
		all = append(all, slot{fmt.Sprintf("body text %d", i+1), -1, false})
	}
	for i, b := range t.Buttons {
		switch b.Type {
		case "URL":
			for range counts.Buttons[i] {
				all = append(all, slot{fmt.Sprintf("URL of button %d", i+1), i, b.URL == "{{1}}"})
			}
		case "QUICK_REPLY":
			all = append(all, slot{fmt.Sprintf("payload of button %d", i+1), i, false})
		case "COPY_CODE":
			all = append(all, slot{fmt.Sprintf("code of button %d", i+1), i, false})
		}
	}
	return all
}

// check says why a message cannot fill the template, nil when it can.
func (t template) check(s *send) *Error {
	slots := t.slots()
	switch {
	case t.Kind != s.Type:
		return bad("type must be %s for template %s, not %s", t.Kind, t.Name, s.Type)
	case !t.active():
		return bad("templateId %s is not active: its status is %s", t.Name, t.Status)
	case len(s.Args) != len(slots):
		return bad("templateArgs has %d values; template %s takes %d%s", len(s.Args), t.Name, len(slots), named(slots))
	}
	for i, slot := range slots {
		if slot.address && !provider.IsWebAddress(s.Args[i]) {
			return bad("templateArgs[%d], %s, must be an http or https URL", i, slot.name)
		}
	}
	return nil
}

func named(slots []slot) string {
	var names []string
	for _, s := range slots {
		names = append(names, s.name)
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

// active tells whether the template may be sent.
func (t template) active() bool { return t.Status == "" || t.Status == meta.TemplateApproved }

// content is what the customer sees of the template with its arguments; what is
// missing stays a placeholder.
func (t template) content(args []string) note.Content {
	counts := t.Counts()
	v := meta.Values{Buttons: map[int][]string{}}
	for i, slot := range t.slots() {
		switch {
		case i >= len(args):
		case i < counts.Header:
			v.Header = append(v.Header, args[i])
		case slot.button < 0:
			v.Body = append(v.Body, args[i])
		default:
			v.Buttons[slot.button] = append(v.Buttons[slot.button], args[i])
		}
	}
	return t.Content(v)
}

// templates are an account's: the configured ones and those it has learnt.
func (f *fake) templates(tx *sim.Tx, account string) []template {
	learnt, _ := sim.Get[[]template](tx, kindTemplates, account)
	return slices.Concat(f.known, learnt)
}

// readsTemplates is the document of what an account has learnt.
func readsTemplates(account string) store.Key { return store.Key{Kind: kindTemplates, ID: account} }

// find looks a template up by name and language.
func find(all []template, name, language string) (template, bool) {
	i := slices.IndexFunc(all, func(t template) bool { return t.Name == name && strings.EqualFold(t.Language, language) })
	if i < 0 {
		return template{}, false
	}
	return all[i], true
}

// filled finds the template of a message, checks it and renders what the
// customer sees; other messages are as they are.
func (f *fake) filled(tx *sim.Tx, account string, s *send) *Error {
	if t, _ := typeOf(s.Type); !t.template {
		return nil
	}
	all := f.templates(tx, account)
	t, found := find(all, s.Template, s.Language)
	switch {
	case !found && f.Learn:
		t = f.learn(tx, account, s)
	case !found:
		return unknownTemplate(all, s)
	}
	if problem := t.check(s); problem != nil {
		return problem
	}
	s.Content = t.content(s.Args)
	return nil
}

// unknownTemplate says what there is instead.
func unknownTemplate(all []template, s *send) *Error {
	var languages, names []string
	for _, t := range all {
		if names = append(names, t.Name); t.Name == s.Template {
			languages = append(languages, t.Language)
		}
	}
	if len(languages) > 0 {
		return bad("templateLanguage %s is not there for template %s; it has %s", s.Language, s.Template, strings.Join(languages, ", "))
	}
	return bad("templateId %s does not exist; the account has %s", s.Template, strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), ", "))
}

// learn makes the template that a message seems to fill, and keeps it.
func (f *fake) learn(tx *sim.Tx, account string, s *send) template {
	t := learnt(s)
	known, _ := sim.Get[[]template](tx, kindTemplates, account)
	tx.Put(kindTemplates, account, append(slices.Clone(known), t))
	tx.Remark(fmt.Sprintf("template %s (%s) was learnt from this message; describe it under templates.zoko in sandbox.yaml", t.Name, t.Language))
	return t
}

// learnt is what can be told of an unknown template from the message: a rich or
// button template begins with a medium's URL, a URL at its end opens a button,
// the last value of a button template without one is a payload.
func learnt(s *send) template {
	v, args, media := meta.Values{Buttons: map[int][]string{}}, s.Args, ""
	if s.Type != typeTemplate && len(args) > 0 && provider.IsWebAddress(args[0]) {
		media, _ = provider.HeaderFormat(args[0])
		v.Header, args = args[:1], args[1:]
	}
	last := len(args) - 1
	opens := s.Type != typeTemplate && last >= 0 && provider.IsWebAddress(args[last])
	replies := s.Type == typeButtons && last >= 0 && !opens
	if opens {
		v.Buttons[0] = args[last:]
	}
	if opens || replies {
		args = args[:last]
	}
	v.Body = args
	t := template{meta.Learnt(s.Template, s.Language, media, v), s.Type}
	if replies {
		t.Buttons = []meta.TemplateButton{{Type: "QUICK_REPLY", Text: "Button 1"}}
	}
	return t
}
