package meta

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// socialReader reads a call of the Send API and keeps the first thing that is
// wrong with it. It goes on after that, so that a refused call is known as far
// as it can be.
type socialReader struct {
	rules   SocialRules
	problem *Error
}

// param is one value of a request with the name by which Graph's errors call
// it: message[attachment][type]. Known is false below something unreadable,
// whose members are not missing but unknown.
type param struct {
	r     *socialReader
	name  string
	value any
	known bool
}

// paramError is Graph's code 100 in the words of the Send API: everything is in
// the message, there are no details.
func paramError(text string) *Error {
	e := NewError(100, "")
	e.Title, e.Message, e.Details = text, "(#100) "+text, ""
	return e
}

// fail says what is wrong with the parameter.
func (p param) fail(fault string) {
	if p.r.problem == nil && p.known {
		p.r.problem = paramError("Param " + p.name + " " + fault)
	}
}

// at is a member of an object.
func (p param) at(field string) param {
	name := field
	if p.name != "" {
		name = p.name + "[" + field + "]"
	}
	fields, ok := p.value.(map[string]any)
	return param{r: p.r, name: name, value: fields[field], known: p.known && ok}
}

// has tells whether a member is there; null counts as absent.
func (p param) has(field string) bool { return p.at(field).value != nil }

// missing complains about a required parameter that is absent.
func (p param) missing() bool {
	if p.value != nil {
		return false
	}
	if p.r.problem == nil && p.known {
		p.r.problem = paramError("The parameter " + p.name + " is required")
	}
	return true
}

// object checks that the parameter is an object.
func (p param) object() param {
	if _, ok := p.value.(map[string]any); !ok && !p.missing() {
		p.fail("must be a JSON object; in a form, write it as JSON")
	}
	return p
}

// list returns the elements of an array of 1 to limit.
func (p param) list(limit int) (elements []param) {
	values, ok := p.value.([]any)
	switch {
	case p.missing():
	case !ok:
		p.fail("must be an array")
	case len(values) == 0 || len(values) > limit:
		p.fail(fmt.Sprintf("must have 1 to %d elements; it has %d", limit, len(values)))
	}
	for i, v := range values {
		elements = append(elements, param{p.r, p.name + "[" + strconv.Itoa(i) + "]", v, p.known})
	}
	return elements
}

// text is a required string of at most limit characters; 0 is no limit.
func (p param) text(limit int) string {
	s, ok := p.value.(string)
	switch {
	case p.missing():
	case !ok:
		p.fail("must be a string")
	case s == "":
		p.fail("must be a non-empty string")
	case limit > 0:
		p.within(utf8.RuneCountInString(s), limit, "")
	}
	return s
}

// within checks a length.
func (p param) within(length, limit int, unit string) {
	if length > limit && p.r.problem == nil && p.known {
		p.r.problem = paramError(fmt.Sprintf("Length of param %s must be less than or equal to %d%s; it is %d", p.name, limit, unit, length))
	}
}

// optional is a string that may be absent or empty.
func (p param) optional(field string, limit int) string {
	if inner := p.at(field); inner.value != nil && inner.value != "" {
		return inner.text(limit)
	}
	return ""
}

// message is the text of a message, which Instagram counts in bytes.
func (p param) message() string {
	if !p.r.rules.Instagram {
		return p.text(messengerText)
	}
	s := p.text(0)
	p.within(len(s), instagramText, " bytes of UTF-8")
	return s
}

// title is a title of a template or of its buttons. It is cut at the limit
// where the rules say so.
func (p param) title(limit int) string {
	if !p.r.rules.TruncateTitles {
		return p.text(limit)
	}
	s := p.text(0)
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}

// word is a required string that is one of a few.
func (p param) word(allowed ...string) string {
	s := p.text(0)
	for _, a := range allowed {
		if a == s {
			return s
		}
	}
	p.fail("must be one of {" + strings.Join(allowed, ", ") + "}")
	return s
}

// link is a required absolute http or https URL.
func (p param) link() string {
	s := p.text(0)
	if fault := linkFault(s, true); s != "" && fault != "" {
		p.fail(fault)
	}
	return s
}
