package quick

import (
	"encoding/json"
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
	if text = space(text[1:]); text != "" && text[0] == '}' {
		return space(text[1:]) == ""
	}
	for {
		key, value, ok := field(text)
		if !ok {
			return false
		}
		rest, ok := skip(value)
		if !ok {
			return false
		}
		visit(key, strings.TrimRight(value[:len(value)-len(rest)], " \n\t\r"))
		if text = space(rest); text == "" {
			return false
		}
		if text[0] == '}' {
			return space(text[1:]) == ""
		}
		if text[0] != ',' {
			return false
		}
		text = space(text[1:])
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
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return text[1:i], text[i+1:], escaped, true
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return "", "", false, false
		}
	}
	return "", "", false, false
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
		if rest, ok = skip(rest); !ok {
			return "", false
		}
		text = space(rest)
		if len(text) == 0 || text[0] != ',' {
			return "", false
		}
		text = space(text[1:])
	}
}

// skip passes over any JSON value.
func skip(text string) (rest string, ok bool) {
	if text != "" && text[0] == '"' {
		_, rest, escaped, ok := quoted(text)
		return rest, ok && (!escaped || json.Valid([]byte(text[:len(text)-len(rest)])))
	}
	// Decoding finds numbers that are JSON and too large for any decoder.
	n := extent(text)
	var value any
	return text[n:], n > 0 && json.Unmarshal([]byte(text[:n]), &value) == nil
}

// extent is the length of the value that text begins with, if it is one: by
// its brackets and quotes alone.
func extent(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			_, rest, _, ok := quoted(text[i:])
			if !ok {
				return 0
			}
			i = len(text) - len(rest) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}
