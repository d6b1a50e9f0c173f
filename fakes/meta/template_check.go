package meta

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// usable says why a template cannot be sent whatever fills it, nil when it can.
func (t Template) usable() *Error {
	switch t.Status {
	case TemplateApproved:
		return nil
	case TemplatePaused:
		return NewError(132015, "")
	case TemplateDisabled:
		return NewError(132016, "")
	}
	return NewError(132001, fmt.Sprintf("template name (%s) in %s is %s; it has to be APPROVED", t.Name, t.Language, t.Status))
}

// slot is one place of a template that parameters fill.
type slot struct {
	name     string // "body", "button 1"
	part     string // type of the component
	index    int    // of a button
	subType  string
	count    int
	optional bool     // may be left out as a whole
	names    []string // of named placeholders
	kinds    []string // of each parameter: alternatives joined by "|"
}

// bodyKinds are the kinds that fill a placeholder of a text.
const bodyKinds = "text|currency|date_time"

// slots are the places of a template.
func (t Template) slots() []slot {
	out := []slot{t.headerSlot(), t.bodySlot()}
	offer := slot{name: "limited_time_offer", part: "limited_time_offer"}
	if t.LimitedTimeOffer != nil && t.LimitedTimeOffer.HasExpiration {
		offer.count, offer.kinds = 1, []string{"limited_time_offer"}
	}
	out = append(out, offer)
	for i, b := range t.Buttons {
		out = append(out, b.slot(i))
	}
	return out
}

func (t Template) headerSlot() slot {
	s := slot{name: "header", part: "header"}
	switch {
	case t.Header == nil:
	case t.Header.Format == "TEXT":
		s.names = placeholders(t.Header.Text)
		s.count, s.kinds = len(s.names), slices.Repeat([]string{"text"}, len(s.names))
	default:
		s.count, s.kinds = 1, []string{strings.ToLower(t.Header.Format)}
	}
	return s
}

func (t Template) bodySlot() slot {
	s := slot{name: "body", part: "body", names: placeholders(t.Body)}
	s.count = len(s.names)
	for i := range s.count {
		kind := bodyKinds
		if i < len(t.BodyKinds) {
			kind = t.BodyKinds[i]
		}
		s.kinds = append(s.kinds, kind)
	}
	return s
}

// buttonSlots says what fills a button of each type.
var buttonSlots = map[string]slot{
	"QUICK_REPLY": {subType: "quick_reply", count: 1, optional: true, kinds: []string{"payload"}},
	"COPY_CODE":   {subType: "copy_code", count: 1, kinds: []string{"coupon_code"}},
	"CATALOG":     {subType: "catalog", count: 1, optional: true, kinds: []string{"action"}},
	"FLOW":        {subType: "flow", count: 1, optional: true, kinds: []string{"action"}},
}

func (b TemplateButton) slot(index int) slot {
	s, known := buttonSlots[b.Type]
	if !known {
		s = slot{subType: strings.ToLower(b.Type)}
	}
	if b.Type == "URL" && len(placeholders(b.URL)) > 0 {
		s.count, s.kinds = 1, []string{"text"}
	}
	s.name, s.part, s.index = fmt.Sprintf("button %d", index), "button", index
	return s
}

// check says why a send does not fit its template, nil when it does: 132000
// for a wrong number of parameters, 132012 for a wrong kind, 132018 for a part
// that the template does not have.
func (t Template) check(send *TemplateSend) *Error {
	slots := t.slots()
	for _, p := range send.parts {
		if !slices.ContainsFunc(slots, p.fits) {
			return NewError(132018, fmt.Sprintf("'%s' is a %s that the template does not have at this place", p.Path, strings.TrimSpace(p.SubType+" "+p.Type)))
		}
	}
	for _, s := range slots {
		if e := s.check(send.parts); e != nil {
			return e
		}
	}
	return nil
}

// fits tells whether a component is for a slot.
func (p templatePart) fits(s slot) bool {
	return p.Type == s.part && (p.Type != "button" || p.Index == s.index && p.SubType == s.subType)
}

func (s slot) check(parts []templatePart) *Error {
	var given []parameter
	for _, p := range parts {
		if p.fits(s) {
			given = append(given, p.Parameters...)
		}
	}
	if len(given) == 0 && s.optional {
		return nil
	}
	if len(given) != s.count {
		return NewError(132000, fmt.Sprintf("%s: number of parameters (%d) does not match the expected number (%d)", s.name, len(given), s.count))
	}
	for i, p := range given {
		if !slices.Contains(strings.Split(s.kinds[i], "|"), p.Kind) {
			return NewError(132012, fmt.Sprintf("'%s' is of type %s; the template has %s there", p.Path, p.Kind, strings.ReplaceAll(s.kinds[i], "|", " or ")))
		}
		if p.Name != "" && !slices.Contains(s.names, p.Name) {
			return NewError(132012, fmt.Sprintf("'%s' is named %s; the template has no such placeholder", p.Path, p.Name))
		}
	}
	return nil
}

// expired tells whether a limited-time offer had ended by now.
func (t *TemplateSend) expired(now time.Time) bool {
	for _, part := range t.parts {
		for _, p := range part.Parameters {
			if p.Kind == "limited_time_offer" && p.Expires < now.UnixMilli() {
				return true
			}
		}
	}
	return false
}

// parameters are those of one part of a send.
func (t *TemplateSend) parameters(kind string, index int) (all []parameter) {
	for _, p := range t.parts {
		if p.Type == kind && (kind != "button" || p.Index == index) {
			all = append(all, p.Parameters...)
		}
	}
	return all
}

// render is what the customer sees of a template: its image, its texts one a
// line, the links of its texts and of its buttons.
func (t Template) render(send *TemplateSend) note.Content {
	var content note.Content
	var texts []string
	if header := send.parameters("header", 0); t.Header != nil {
		texts = append(texts, fill(t.Header.Text, header))
		if t.Header.Format == "IMAGE" && len(header) > 0 {
			content.Image = header[0].Link
		}
	}
	if t.LimitedTimeOffer != nil {
		texts = append(texts, t.LimitedTimeOffer.Text)
	}
	texts = append(texts, fill(t.Body, send.parameters("body", 0)), t.Footer)
	content.Text = joinLines(texts)
	content.Links = link.Extract(content.Text)
	for i, b := range t.Buttons {
		address := fill(b.URL, send.parameters("button", i))
		if b.Type == "URL" && !slices.Contains(content.Links, address) {
			content.Links = append(content.Links, address)
		}
	}
	return content
}
