package quick

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/getkin/kin-openapi/openapi3"
)

// Shape is a schema compiled to a quick check of JSON text. It says yes only
// where the text is JSON and kin-openapi would; where it says no, kin-openapi
// decides and words the problem. So it saves the work on calls that are in
// order, which are nearly all, and can never change a verdict.
type Shape struct {
	null     bool // null is allowed
	object   *objectShape
	array    *arrayShape
	text     *textShape
	number   *numberShape
	yes, no  bool // true and false are allowed
	any      bool // anything but null is
	variants *variantShape
	all      []*Shape // allOf
	some     []*Shape // anyOf
}

type objectShape struct {
	props    map[string]*property
	required uint64 // bits of the required properties
	open     bool   // other properties are allowed
	other    *Shape // what other properties have to be; nil: anything
}

type property struct {
	shape *Shape
	bit   uint64
}

type arrayShape struct {
	items    *Shape
	min, max int // max -1: no bound
}

type textShape struct {
	enum     map[string]bool // nil: any text
	min, max int             // in characters; max -1: no bound
	pattern  *Pattern
	format   openapi3.StringFormatValidator
}

type numberShape struct {
	integer  bool
	min, max *float64
}

// variantShape is a oneOf with a discriminator.
type variantShape struct {
	property string
	by       map[string]*Shape
}

// Accepts tells whether text is one JSON value of the shape. A nil shape
// accepts nothing.
func (s *Shape) Accepts(text []byte) bool {
	if s == nil {
		return false
	}
	rest, ok := s.value(Alias(text))
	return ok && len(space(rest)) == 0
}

// Alias is bytes as a text, without a copy: they must not change any more.
func Alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// value checks the JSON value that text begins with and returns what follows.
func (s *Shape) value(text string) (rest string, ok bool) {
	text = space(text)
	if len(text) == 0 {
		return "", false
	}
	if text[0] == 'n' {
		return literal(text, "null", s.null)
	}
	if s.any {
		return skip(text, 0)
	}
	for _, part := range s.all {
		if rest, ok = part.value(text); !ok {
			return "", false
		}
	}
	if s.variants != nil {
		return s.variants.value(text)
	}
	for _, one := range s.some {
		if rest, ok = one.value(text); ok {
			return rest, true
		}
	}
	switch {
	case text[0] == '{' && s.object != nil:
		return s.object.value(text[1:])
	case text[0] == '[' && s.array != nil:
		return s.array.value(text[1:])
	case text[0] == '"' && s.text != nil:
		return s.text.value(text)
	case text[0] == 't':
		return literal(text, "true", s.yes)
	case text[0] == 'f':
		return literal(text, "false", s.no)
	case s.number != nil && (text[0] == '-' || text[0] >= '0' && text[0] <= '9'):
		return s.number.value(text)
	}
	return rest, len(s.all) > 0 && ok && s.bare()
}

// bare tells a schema that says nothing but allOf.
func (s *Shape) bare() bool {
	return s.object == nil && s.array == nil && s.text == nil && s.number == nil && !s.yes && !s.no && s.variants == nil
}

func (v *variantShape) value(text string) (string, bool) {
	name, ok := member(text, v.property)
	if !ok {
		return "", false
	}
	variant := v.by[name]
	if variant == nil {
		return "", false
	}
	return variant.value(text)
}

func (o *objectShape) value(text string) (string, bool) {
	var seen uint64
	text = space(text)
	if len(text) > 0 && text[0] == '}' {
		return text[1:], o.required == 0
	}
	for {
		key, rest, ok := field(text)
		if !ok {
			return "", false
		}
		p := o.props[key]
		switch {
		case p != nil && seen&p.bit != 0:
			return "", false // given twice: which one counts is for the decoder to say
		case p != nil:
			seen |= p.bit
			rest, ok = p.shape.value(rest)
		case !o.open:
			return "", false
		case o.other != nil:
			rest, ok = o.other.value(rest)
		default:
			rest, ok = skip(rest, 0)
		}
		if !ok {
			return "", false
		}
		text = space(rest)
		if len(text) == 0 {
			return "", false
		}
		if text[0] == '}' {
			return text[1:], seen&o.required == o.required
		}
		if text[0] != ',' {
			return "", false
		}
		text = space(text[1:])
	}
}

func (a *arrayShape) value(text string) (string, bool) {
	count := 0
	text = space(text)
	if len(text) > 0 && text[0] == ']' {
		return text[1:], a.min == 0
	}
	for {
		rest, ok := a.items.value(text)
		if !ok {
			return "", false
		}
		count++
		text = space(rest)
		if len(text) == 0 {
			return "", false
		}
		if text[0] == ']' {
			return text[1:], count >= a.min && (a.max < 0 || count <= a.max)
		}
		if text[0] != ',' {
			return "", false
		}
		text = text[1:]
	}
}

func (t *textShape) value(text string) (string, bool) {
	raw, rest, escaped, ok := quoted(text)
	if !ok {
		return "", false
	}
	if !escaped {
		return rest, t.fits(raw)
	}
	var plain string
	if json.Unmarshal([]byte(text[:len(text)-len(rest)]), &plain) != nil {
		return "", false
	}
	return rest, t.fits(plain)
}

func (t *textShape) fits(raw string) bool {
	if t.enum != nil && !t.enum[raw] {
		return false
	}
	if t.min > 0 || t.max >= 0 {
		n := utf8.RuneCountInString(raw)
		if n < t.min || (t.max >= 0 && n > t.max) {
			return false
		}
	}
	if t.pattern != nil && !t.pattern.Matches(raw) {
		return false
	}
	return t.format == nil || t.format.Validate(raw) == nil
}

func (n *numberShape) value(text string) (string, bool) {
	end, whole := 0, true
	for ; end < len(text); end++ {
		c := text[end]
		if c == '.' || c == 'e' || c == 'E' || c == '+' {
			whole = false
		} else if c != '-' && (c < '0' || c > '9') {
			break
		}
	}
	// Up to 18 digits are within every integer format.
	if (n.integer && (!whole || end > 18)) || !json.Valid([]byte(text[:end])) {
		return "", false
	}
	if !whole || end > 18 || n.min != nil || n.max != nil {
		f, err := strconv.ParseFloat(text[:end], 64)
		if err != nil || (n.min != nil && f < *n.min) || (n.max != nil && f > *n.max) {
			return "", false
		}
	}
	return text[end:], true
}
