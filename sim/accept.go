package sim

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// shape is a schema compiled to a quick check of JSON text. It says yes only
// where kin-openapi would; where it says no, kin-openapi decides and words the
// problem. So it saves the work on calls that are in order, which are nearly
// all, and can never change a verdict.
type shape struct {
	null     bool // null is allowed
	object   *objectShape
	array    *arrayShape
	text     *textShape
	number   *numberShape
	yes, no  bool // true and false are allowed
	any      bool // anything but null is
	variants *variantShape
	all      []*shape // allOf
	some     []*shape // anyOf
}

type objectShape struct {
	props    map[string]*property
	required uint64 // bits of the required properties
	open     bool   // other properties are allowed
	other    *shape // what other properties have to be; nil: anything
}

type property struct {
	*shape
	bit uint64
}

type arrayShape struct {
	items    *shape
	min, max int // max -1: no bound
}

type textShape struct {
	enum     map[string]bool // nil: any text
	min, max int             // in characters; max -1: no bound
	pattern  *regexp.Regexp
	format   openapi3.StringFormatValidator
}

type numberShape struct {
	integer  bool
	min, max *float64
}

// variantShape is a oneOf with a discriminator.
type variantShape struct {
	property string
	by       map[string]*shape
}

// accepts tells whether text is one JSON value of the shape.
func (s *shape) accepts(text []byte) bool {
	if s == nil {
		return false
	}
	rest, ok := s.value(text)
	return ok && len(space(rest)) == 0
}

// value checks the JSON value that text begins with and returns what follows.
func (s *shape) value(text []byte) (rest []byte, ok bool) {
	text = space(text)
	if len(text) == 0 {
		return nil, false
	}
	if text[0] == 'n' {
		return literal(text, "null", s.null)
	}
	if s.any {
		return skip(text)
	}
	for _, part := range s.all {
		if rest, ok = part.value(text); !ok {
			return nil, false
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
func (s *shape) bare() bool {
	return s.object == nil && s.array == nil && s.text == nil && s.number == nil && !s.yes && !s.no && s.variants == nil
}

func (v *variantShape) value(text []byte) ([]byte, bool) {
	name, ok := member(text, v.property)
	if !ok {
		return nil, false
	}
	variant := v.by[string(name)]
	if variant == nil {
		return nil, false
	}
	return variant.value(text)
}

func (o *objectShape) value(text []byte) ([]byte, bool) {
	var seen uint64
	text = space(text)
	if len(text) > 0 && text[0] == '}' {
		return text[1:], o.required == 0
	}
	for {
		key, rest, ok := field(text)
		if !ok {
			return nil, false
		}
		p := o.props[string(key)]
		switch {
		case p != nil && seen&p.bit != 0:
			return nil, false // given twice: which one counts is for the decoder to say
		case p != nil:
			seen |= p.bit
			rest, ok = p.value(rest)
		case !o.open:
			return nil, false
		case o.other != nil:
			rest, ok = o.other.value(rest)
		default:
			rest, ok = skip(rest)
		}
		if !ok {
			return nil, false
		}
		text = space(rest)
		if len(text) == 0 {
			return nil, false
		}
		if text[0] == '}' {
			return text[1:], seen&o.required == o.required
		}
		if text[0] != ',' {
			return nil, false
		}
		text = space(text[1:])
	}
}

func (a *arrayShape) value(text []byte) ([]byte, bool) {
	count := 0
	text = space(text)
	if len(text) > 0 && text[0] == ']' {
		return text[1:], a.min == 0
	}
	for {
		rest, ok := a.items.value(text)
		if !ok {
			return nil, false
		}
		count++
		text = space(rest)
		if len(text) == 0 {
			return nil, false
		}
		if text[0] == ']' {
			return text[1:], count >= a.min && (a.max < 0 || count <= a.max)
		}
		if text[0] != ',' {
			return nil, false
		}
		text = text[1:]
	}
}

func (t *textShape) value(text []byte) ([]byte, bool) {
	raw, rest, escaped, ok := quoted(text)
	if !ok {
		return nil, false
	}
	if escaped && !t.free() {
		var plain string
		if json.Unmarshal(text[:len(text)-len(rest)], &plain) != nil {
			return nil, false
		}
		raw = []byte(plain)
	}
	return rest, t.fits(raw)
}

// free tells that every text will do.
func (t *textShape) free() bool {
	return t.enum == nil && t.min == 0 && t.max < 0 && t.pattern == nil && t.format == nil
}

func (t *textShape) fits(raw []byte) bool {
	if t.enum != nil && !t.enum[string(raw)] {
		return false
	}
	if t.min > 0 || t.max >= 0 {
		n := utf8.RuneCount(raw)
		if n < t.min || (t.max >= 0 && n > t.max) {
			return false
		}
	}
	if t.pattern != nil && !t.pattern.Match(raw) {
		return false
	}
	return t.format == nil || t.format.Validate(string(raw)) == nil
}

func (n *numberShape) value(text []byte) ([]byte, bool) {
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
	if (n.integer && (!whole || end > 18)) || !json.Valid(text[:end]) {
		return nil, false
	}
	if n.min != nil || n.max != nil {
		f, err := strconv.ParseFloat(string(text[:end]), 64)
		if err != nil || (n.min != nil && f < *n.min) || (n.max != nil && f > *n.max) {
			return nil, false
		}
	}
	return text[end:], true
}

// space drops leading white space.
func space(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t' || text[0] == '\r') {
		text = text[1:]
	}
	return text
}

func literal(text []byte, word string, allowed bool) ([]byte, bool) {
	if !allowed || !bytes.HasPrefix(text, []byte(word)) {
		return nil, false
	}
	return text[len(word):], true
}

// quoted reads a string: its bytes between the quotes and what follows. Bytes
// that JSON does not allow there are not ok.
func quoted(text []byte) (raw, rest []byte, escaped, ok bool) {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return text[1:i], text[i+1:], escaped, true
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return nil, nil, false, false
		}
	}
	return nil, nil, false, false
}

// field reads `"key":` of an object. A key with escapes is not ok.
func field(text []byte) (key, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, nil, false
	}
	key, rest, escaped, ok := quoted(text)
	rest = space(rest)
	if !ok || escaped || len(rest) == 0 || rest[0] != ':' {
		return nil, nil, false
	}
	return key, space(rest[1:]), true
}

// member finds the text of a string member of the object that text begins with.
func member(text []byte, name string) ([]byte, bool) {
	if len(text) == 0 || text[0] != '{' {
		return nil, false
	}
	text = space(text[1:])
	for {
		key, rest, ok := field(text)
		if !ok {
			return nil, false
		}
		if string(key) == name {
			if len(rest) == 0 || rest[0] != '"' {
				return nil, false
			}
			raw, _, escaped, ok := quoted(rest)
			return raw, ok && !escaped
		}
		if rest, ok = skip(rest); !ok {
			return nil, false
		}
		text = space(rest)
		if len(text) == 0 || text[0] != ',' {
			return nil, false
		}
		text = space(text[1:])
	}
}

// skip passes over any JSON value, by its brackets and quotes alone: that the
// text is JSON is known already, of a request by its decoding, of an answer by
// its encoding.
func skip(text []byte) ([]byte, bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			_, rest, _, ok := quoted(text[i:])
			if !ok {
				return nil, false
			}
			i = len(text) - len(rest) - 1
			if depth == 0 {
				return rest, true
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return text[i:], i > 0
			}
			if depth--; depth == 0 {
				return text[i+1:], true
			}
		case ',':
			if depth == 0 {
				return text[i:], i > 0
			}
		}
	}
	return nil, depth == 0 && len(text) > 0
}
