package watchers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// input is a body's fields by name, however it was encoded: the document's
// prose wants JSON, its samples send multipart/form-data.
type input map[string]value

// value is what a field was given: texts of a form, or JSON.
type value struct {
	texts []string        // of a form, in the order sent
	raw   json.RawMessage // of a JSON body, as it stands there
	file  bool            // an uploaded file was sent
}

// inputOf reads the body of a call. The error says why that cannot be done.
func inputOf(c *sim.Call) (input, error) {
	if c.Size == 0 {
		return nil, errors.New("the body is empty; send a JSON object with Content-Type: application/json, or a form")
	}
	if _, err := c.JSON(); err != nil {
		return nil, fmt.Errorf("the body cannot be read: %w; send a JSON object with Content-Type: application/json, or a form", err)
	}
	if form := c.Form(); form != nil {
		return fromForm(form, c.Files), nil
	}
	return fromJSON(c.Body)
}

// fromJSON takes the members of an object.
func fromJSON(body []byte) (input, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members == nil {
		return nil, errors.New("the body must be a JSON object")
	}
	in := input{}
	for name, raw := range members {
		in[name] = value{raw: bytes.TrimSpace(raw)}
	}
	return in, nil
}

// sent reports whether a field is there. A null is as good as no field: so what
// a GET answered can be sent back.
func (in input) sent(name string) bool {
	v, ok := in[name]
	return ok && !v.null()
}

func (v value) null() bool { return string(v.raw) == "null" }

// indexed are field names as forms write the elements of an array.
var indexed = regexp.MustCompile(`^(.+)\[[0-9]*\]$`)

// fromForm takes the fields of a form. externalRoomIds[] is externalRoomIds.
func fromForm(form url.Values, files []sim.File) input {
	in := input{}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		texts := form[name]
		if m := indexed.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
		v := in[name]
		for _, text := range texts {
			v.texts = append(v.texts, strings.ToValidUTF8(text, "\uFFFD")) // as JSON's decoder does
		}
		in[name] = v
	}
	for _, f := range files {
		in[f.Field] = value{file: true}
	}
	return in
}

// text is a value as one string: a form's field, or a JSON string. False when
// it is something else.
func (v value) text() (string, bool) {
	if len(v.texts) == 1 {
		return v.texts[0], true
	}
	var s string
	if v.raw == nil || json.Unmarshal(v.raw, &s) != nil {
		return "", false
	}
	return s, true
}

// literal is what a number or a boolean is read from: on the wire of a form
// everything is text, and JSON may carry it as text too.
func (v value) literal() string {
	if s, ok := v.text(); ok {
		return s
	}
	return string(v.raw)
}

// list is a value as strings: repeated fields, an array, or one text, which may
// itself be a JSON array. False when an element is no string.
func (v value) list() ([]string, bool) {
	if len(v.texts) > 1 {
		return v.texts, true
	}
	text, isText := v.text()
	if !isText {
		return stringsOf(v.raw)
	}
	if ids, ok := stringsOf([]byte(text)); ok {
		return ids, true
	}
	if text == "" {
		return nil, true
	}
	return []string{text}, true
}

// stringsOf is a JSON array of strings and of nothing else.
func stringsOf(raw []byte) ([]string, bool) {
	var elements []any
	if json.Unmarshal(raw, &elements) != nil || elements == nil {
		return nil, false
	}
	out := make([]string, len(elements))
	for i, e := range elements {
		s, ok := e.(string)
		if !ok {
			return nil, false
		}
		out[i] = s
	}
	return out, true
}

// object is a value as the text of a JSON object: as it came where it came as
// text, and without blanks where it came as an object. Whether it is one is for
// the reader of the text to say.
func (v value) object() (string, bool) {
	if text, ok := v.text(); ok {
		return text, true
	}
	var compact bytes.Buffer
	if v.raw == nil || json.Compact(&compact, v.raw) != nil {
		return "", false
	}
	return strings.ToValidUTF8(compact.String(), "\uFFFD"), true
}
