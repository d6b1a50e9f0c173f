package quick

import (
	"encoding/json"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// Members visits the members of a JSON object: the key and the text of the
// value. It says whether text is one object that can be read so: JSON, without
// escapes in its keys.
func Members(text string, visit func(key, value string)) bool {
	text = space(text)
	if text == "" || text[0] != '{' {
		return false
	}
	rest, ok := members(text[1:], 0, visit)
	return ok && space(rest) == ""
}

// members reads an object behind its brace; visit may be nil.
func members(text string, depth int, visit func(key, value string)) (rest string, ok bool) {
	if text = space(text); text != "" && text[0] == '}' {
		return text[1:], true
	}
	for {
		key, value, ok := field(text)
		if !ok {
			return "", false
		}
		rest, ok := skip(value, depth+1)
		if !ok {
			return "", false
		}
		if visit != nil {
			visit(key, value[:len(value)-len(rest)])
		}
		text = space(rest)
		switch {
		case text != "" && text[0] == '}':
			return text[1:], true
		case text == "" || text[0] != ',':
			return "", false
		}
		text = space(text[1:])
	}
}

// items reads an array behind its bracket.
func items(text string, depth int) (rest string, ok bool) {
	if text = space(text); text != "" && text[0] == ']' {
		return text[1:], true
	}
	for {
		if text, ok = skip(space(text), depth+1); !ok {
			return "", false
		}
		text = space(text)
		switch {
		case text != "" && text[0] == ']':
			return text[1:], true
		case text == "" || text[0] != ',':
			return "", false
		}
		text = text[1:]
	}
}

// Plain is the text of a JSON string without escapes: a piece of value. What is
// no string, has escapes or is not UTF-8 is not ok.
func Plain(value string) (text string, ok bool) {
	if value == "" || value[0] != '"' {
		return "", false
	}
	raw, rest, escaped, ok := quoted(value)
	return raw, ok && !escaped && rest == "" && utf8.ValidString(raw)
}

// space drops leading white space.
func space(text string) string {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t' || text[0] == '\r') {
		text = text[1:]
	}
	return text
}

func literal(text string, word string, allowed bool) (string, bool) {
	if !allowed || !strings.HasPrefix(text, word) {
		return "", false
	}
	return text[len(word):], true
}

// quoted reads a string: its bytes between the quotes and what follows. Bytes
// that JSON does not allow there are not ok.
func quoted(text string) (raw, rest string, escaped, ok bool) {
	for i := 1; ; i++ {
		i += Stop(text[min(i, len(text)):])
		switch {
		case i >= len(text):
			return "", "", false, false
		case text[i] == '"':
			return text[1:i], text[i+1:], escaped, true
		case text[i] != '\\':
			return "", "", false, false
		}
		escaped = true
		i++
	}
}

// Stop is where a JSON string stops being plain: the place of the first quote,
// backslash or control character, or the length of the text. It looks at eight
// bytes at a time.
func Stop(text string) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		piece := text[i : i+8]
		word := uint64(piece[0]) | uint64(piece[1])<<8 | uint64(piece[2])<<16 | uint64(piece[3])<<24 |
			uint64(piece[4])<<32 | uint64(piece[5])<<40 | uint64(piece[6])<<48 | uint64(piece[7])<<56
		quote, backslash := word^each*'"', word^each*'\\'
		// The high bit of every byte that is below 32, or zero; above the lowest
		// such byte it may be set wrongly.
		if found := ((word-each*' ') & ^word | (quote-each) & ^quote | (backslash-each) & ^backslash) & high; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// field reads `"key":` of an object. A key with escapes is not ok.
func field(text string) (key, rest string, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return "", "", false
	}
	key, rest, escaped, ok := quoted(text)
	rest = space(rest)
	if !ok || escaped || len(rest) == 0 || rest[0] != ':' {
		return "", "", false
	}
	return key, space(rest[1:]), true
}

// member finds the text of a string member of the object that text begins with.
func member(text string, name string) (string, bool) {
	if len(text) == 0 || text[0] != '{' {
		return "", false
	}
	text = space(text[1:])
	for {
		key, rest, ok := field(text)
		if !ok {
			return "", false
		}
		if key == name {
			if len(rest) == 0 || rest[0] != '"' {
				return "", false
			}
			raw, _, escaped, ok := quoted(rest)
			return raw, ok && !escaped
		}
		if rest, ok = skip(rest, 0); !ok {
			return "", false
		}
		text = space(rest)
		if len(text) == 0 || text[0] != ',' {
			return "", false
		}
		text = space(text[1:])
	}
}

// deepest is how deep values may lie in one another; deeper ones are for
// decoders.
const deepest = 100

// skip passes over any JSON value that text begins with.
func skip(text string, depth int) (rest string, ok bool) {
	if text == "" || depth > deepest {
		return "", false
	}
	switch text[0] {
	case '{':
		return members(text[1:], depth, nil)
	case '[':
		return items(text[1:], depth)
	case '"':
		_, rest, escaped, ok := quoted(text)
		return rest, ok && (!escaped || json.Valid([]byte(text[:len(text)-len(rest)])))
	case 't':
		return literal(text, "true", true)
	case 'f':
		return literal(text, "false", true)
	case 'n':
		return literal(text, "null", true)
	}
	var any numberShape
	return any.value(text)
}
