package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// spot is a value within JSON text: its path and the bytes it takes.
type spot struct {
	path     string // "entry[0].changes[0].field"
	from, to int64
}

// spots lists every value of a JSON text, outer before inner. The text itself
// has the empty path.
func spots(text []byte) ([]spot, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	w := walker{text: text, dec: dec}
	err := w.value("")
	return w.found, err
}

type walker struct {
	text  []byte
	dec   *json.Decoder
	found []spot
}

// value reads one value and what is within it.
func (w *walker) value(path string) error {
	from := w.dec.InputOffset()
	from += int64(len(w.text[from:]) - len(bytes.TrimLeft(w.text[from:], " \t\r\n,:")))
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	at := len(w.found)
	w.found = append(w.found, spot{path: path, from: from})
	for i := 0; (token == json.Delim('{') || token == json.Delim('[')) && w.dec.More(); i++ {
		inner := path + "[" + strconv.Itoa(i) + "]"
		if token == json.Delim('{') {
			name, err := w.dec.Token()
			if err != nil {
				return err
			}
			inner = strings.TrimPrefix(path+"."+name.(string), ".")
		}
		if err := w.value(inner); err != nil {
			return err
		}
	}
	if _, compound := token.(json.Delim); compound {
		if _, err := w.dec.Token(); err != nil {
			return err
		}
	}
	w.found[at].to = w.dec.InputOffset()
	return nil
}

// replaced puts a JSON value in the place of the one at a path. Every other
// byte stays. A path that the text does not have is an error that names the
// nearest one. A text that replaces something else is read as JSON where it is
// some, since a command line has nothing but texts.
func replaced(text []byte, path string, value json.RawMessage, escape func([]byte) []byte) ([]byte, error) {
	found, err := spots(text)
	if err != nil {
		return nil, fmt.Errorf("the body is not JSON, so that %s cannot be set in it", path)
	}
	var known []string
	for _, s := range found[1:] {
		if s.path != path {
			known = append(known, s.path)
			continue
		}
		value := fitting(value, text[s.from:s.to])
		if escape != nil {
			value = escape(value)
		}
		return bytes.Join([][]byte{text[:s.from], value, text[s.to:]}, nil), nil
	}
	return nil, fmt.Errorf("the body of this event has no %s%s", path, near(path, known))
}

// fitting is a value as it replaces an old one.
func fitting(value json.RawMessage, old []byte) []byte {
	var text string
	if json.Unmarshal(value, &text) == nil && old[0] != '"' && json.Valid([]byte(text)) {
		return []byte(text)
	}
	return value
}

// near is a hint at the path that is most like a mistyped one; where none is,
// at what the deepest part of it that exists holds.
func near(path string, known []string) string {
	if hint := fault.DidYouMean(path, known); hint != "" {
		return hint
	}
	for outer := path; outer != ""; {
		outer = outer[:max(strings.LastIndexAny(outer, ".["), 0)]
		var inner []string
		for _, k := range known {
			rest, within := strings.CutPrefix(k, outer)
			if rest = strings.TrimPrefix(rest, "."); within && rest != "" && !strings.ContainsAny(rest[1:], ".[") {
				inner = append(inner, rest)
			}
		}
		if len(inner) > 0 {
			return "; " + cmp.Or(outer, "it") + " has " + strings.Join(inner, ", ")
		}
	}
	return ""
}
