package meta

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a template may hold (WhatsApp Cloud API, templates and limited-time
// offer templates), in characters unless said.
const (
	maxTemplateBody    = 1024
	maxTemplateHeader  = 60
	maxTemplateFooter  = 60
	maxOfferBody       = 600 // of a limited-time offer
	maxOfferText       = 16
	maxTemplateButtons = 10
	maxURLButtons      = 2
	maxPhoneButtons    = 1
	maxButtonText      = 25
	maxButtonURL       = 2000
)

var (
	templateName = regexp.MustCompile(`^[a-z0-9_]+$`)
	languageCode = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z]{2,3})?$`)
)

// ParseTemplate reads the body of POST /{waba}/message_templates: 131008 for
// what is missing, 100 for what WhatsApp does not allow. The status is PENDING.
func ParseTemplate(body map[string]any) (Template, *Error) {
	r, o := &reader{limits: Limits{}.withDefaults()}, object{fields: body}
	t := Template{Status: TemplatePending, Name: r.text(o, "name", maxTemplateName), Language: r.text(o, "language", 0)}
	if t.Name != "" && !templateName.MatchString(t.Name) {
		r.fail(InvalidParameter("name", "may hold lower-case letters, digits and underscores only"))
	}
	if t.Language != "" && !languageCode.MatchString(t.Language) {
		r.fail(InvalidParameter("language", "must be a language code such as en_US"))
	}
	t.Category = r.category(o)
	r.components(o, &t)
	return t, r.problem
}

func (r *reader) category(o object) string {
	category := strings.ToUpper(r.text(o, "category", 0))
	if !slices.Contains([]string{"", "MARKETING", "UTILITY", "AUTHENTICATION"}, category) {
		r.fail(InvalidParameter("category", "must be 'MARKETING', 'UTILITY' or 'AUTHENTICATION'"))
	}
	return category
}

// componentTypes says how each component of a template is read: one row a type.
var componentTypes = []struct {
	name string
	read func(*reader, object, *Template)
}{
	{"HEADER", readTemplateHeader},
	{"BODY", func(r *reader, c object, t *Template) { t.Body = r.text(c, "text", maxTemplateBody) }},
	{"FOOTER", func(r *reader, c object, t *Template) { t.Footer = r.text(c, "text", maxTemplateFooter) }},
	{"LIMITED_TIME_OFFER", func(r *reader, c object, t *Template) {
		offer := r.object(c, "limited_time_offer")
		t.LimitedTimeOffer = &LimitedTimeOffer{Text: r.text(offer, "text", maxOfferText), HasExpiration: r.boolean(offer, "has_expiration")}
	}},
	{"BUTTONS", func(r *reader, c object, t *Template) {
		for _, b := range r.array(c, "buttons", 1, maxTemplateButtons) {
			t.Buttons = append(t.Buttons, r.templateButton(b))
		}
	}},
}

// components reads the parts of a template and checks how they go together.
func (r *reader) components(o object, t *Template) {
	seen := map[string]bool{}
	for _, c := range r.array(o, "components", 1, len(componentTypes)) {
		kind := strings.ToUpper(r.text(c, "type", 0))
		if seen[kind] {
			r.fail(InvalidParameter(c.path, "is the second "+kind+"; a template has one"))
		}
		seen[kind] = true
		known := false
		for _, row := range componentTypes {
			if row.name == kind {
				row.read(r, c, t)
				known = true
			}
		}
		if !known && kind != "" {
			r.fail(notSent(c.name("type"), strings.ToLower(kind)))
		}
	}
	if !seen["BODY"] {
		r.fail(MissingParameter("components.BODY"))
	}
	if fault := t.buttonFault(); fault != "" {
		r.fail(InvalidParameter("components.BUTTONS", fault))
	}
	if fault := t.offerFault(); fault != "" {
		r.fail(InvalidParameter("components", fault))
	}
}

func readTemplateHeader(r *reader, c object, t *Template) {
	format := strings.ToUpper(r.text(c, "format", 0))
	t.Header = &TemplateHeader{Format: format}
	switch format {
	case "TEXT":
		t.Header.Text = r.text(c, "text", maxTemplateHeader)
	case "", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION":
	default:
		r.fail(InvalidParameter(c.name("format"), "must be 'TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT' or 'LOCATION'"))
	}
}

func (r *reader) templateButton(o object) TemplateButton {
	b := TemplateButton{Type: strings.ToUpper(r.text(o, "type", 0)), Text: r.optional(o, "text", maxButtonText)}
	switch b.Type {
	case "URL":
		b.Text, b.URL = r.text(o, "text", maxButtonText), r.text(o, "url", maxButtonURL)
		at := placeholder.FindStringIndex(b.URL)
		if at != nil && (len(placeholders(b.URL)) > 1 || at[1] != len(b.URL)) {
			r.fail(InvalidParameter(o.name("url"), "may have one placeholder, {{1}}, at its end"))
		}
	case "COPY_CODE":
		b.Example = r.text(firstOf(o, "example"), "example", maxCode)
	case "PHONE_NUMBER":
		b.Phone = r.text(o, "phone_number", 20)
	case "QUICK_REPLY":
		b.Text = r.text(o, "text", maxButtonText)
	}
	return b
}

// firstOf lets a member that Meta shows both as a string and as an array of one
// be read as the string.
func firstOf(o object, field string) object {
	if list, isList := o.fields[field].([]any); isList && len(list) > 0 {
		return object{o.path, map[string]any{field: list[0]}}
	}
	return o
}

// buttonFault says what is wrong with the buttons together.
func (t Template) buttonFault() string {
	count := map[string]int{}
	groups := 0
	for i, b := range t.Buttons {
		count[b.Type]++
		if i == 0 || (b.Type == "QUICK_REPLY") != (t.Buttons[i-1].Type == "QUICK_REPLY") {
			groups++
		}
	}
	switch {
	case count["URL"] > maxURLButtons:
		return fmt.Sprintf("has more than %d buttons of type URL", maxURLButtons)
	case count["PHONE_NUMBER"] > maxPhoneButtons:
		return "has more than one button of type PHONE_NUMBER"
	case groups > 2:
		return "mixes quick replies with other buttons; put the quick replies side by side"
	}
	return ""
}

// offerFault says what a limited-time offer may not have (WhatsApp Cloud API,
// limited-time offer templates).
func (t Template) offerFault() string {
	if t.LimitedTimeOffer == nil {
		return ""
	}
	var buttons []string
	for _, b := range t.Buttons {
		buttons = append(buttons, b.Type)
	}
	order := strings.Join(buttons, ",")
	switch {
	case t.Category != "MARKETING":
		return "hold a limited-time offer, whose category has to be MARKETING"
	case t.Footer != "":
		return "hold a limited-time offer, which has no footer"
	case t.Header != nil && t.Header.Format != "IMAGE" && t.Header.Format != "VIDEO":
		return "hold a limited-time offer, whose header is an IMAGE or a VIDEO"
	case utf8.RuneCountInString(t.Body) > maxOfferBody:
		return fmt.Sprintf("hold a limited-time offer, whose body has at most %d characters", maxOfferBody)
	case order != "URL" && order != "COPY_CODE,URL":
		return "hold a limited-time offer, whose buttons are COPY_CODE, if any, and then URL"
	}
	return ""
}

// plainObject is a value as decoded JSON has it.
func plainObject(v map[string]any) (out map[string]any) {
	_ = json.Unmarshal(encode(v), &out) // what encode made can be read
	return out
}

// wire is a template as the API answers it.
func (t Template) wire() map[string]any {
	var parts []map[string]any
	if t.Header != nil {
		h := map[string]any{"type": "HEADER", "format": t.Header.Format}
		if t.Header.Text != "" {
			h["text"] = t.Header.Text
		}
		parts = append(parts, h)
	}
	if o := t.LimitedTimeOffer; o != nil {
		parts = append(parts, map[string]any{"type": "LIMITED_TIME_OFFER", "limited_time_offer": map[string]any{"text": o.Text, "has_expiration": o.HasExpiration}})
	}
	parts = append(parts, map[string]any{"type": "BODY", "text": t.Body})
	if t.Footer != "" {
		parts = append(parts, map[string]any{"type": "FOOTER", "text": t.Footer})
	}
	if len(t.Buttons) > 0 {
		var buttons []map[string]any
		for _, b := range t.Buttons {
			buttons = append(buttons, b.wire())
		}
		parts = append(parts, map[string]any{"type": "BUTTONS", "buttons": buttons})
	}
	return map[string]any{"id": t.ID, "name": t.Name, "language": t.Language, "category": t.Category, "status": t.Status, "components": parts}
}

// node is the template with the members that are answered only to those who
// ask for them by name: what a template says of which nothing is known yet.
func (t Template) node() map[string]any {
	node := t.wire()
	node["parameter_format"] = "POSITIONAL"
	node["quality_score"] = map[string]string{"score": "UNKNOWN"}
	node["rejected_reason"] = "NONE"
	node["correct_category"], node["previous_category"] = t.Category, t.Category
	node["sub_category"], node["library_template_name"] = "", ""
	return node
}

func (b TemplateButton) wire() map[string]any {
	out := map[string]any{"type": b.Type}
	for name, value := range map[string]string{"text": b.Text, "url": b.URL, "phone_number": b.Phone} {
		if value != "" {
			out[name] = value
		}
	}
	if b.Example != "" {
		out["example"] = []string{b.Example}
	}
	return out
}
