package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// refused words a body that does not fit, with the line of each problem where
// the body has several.
func refused(c *Call, invalid *Refusal) *ControlError {
	e := &ControlError{Status: ownStatus[invalid.Kind], Message: invalid.Message, Details: invalid.Details}
	if c.treeRead { // else it is about a parameter, or the body's size
		e.Details = PlaceProblems(c.Body, invalid.Details)
	}
	var slip *json.SyntaxError
	if errors.As(c.treeErr, &slip) {
		line, column := lineAt(c.Body, slip.Offset-1)
		e.Message = fmt.Sprintf("line %d, column %d: %s", line, column, e.Message)
	}
	return e
}

// placesAtMost is how many problems of a body are told.
const placesAtMost = 50

// PlaceProblems puts before each problem of a JSON body the line and column of
// the field that it begins with: "campaigns[3].cta: …" or "campaigns.3.cta: …"
// becomes "line 120, column 7: campaigns[3].cta: …". A field that is not there
// is where the object begins that lacks it. Bodies of one line stay without. Of very many problems the first are told.
func PlaceProblems(body []byte, problems []string) []string {
	if more := len(problems) - placesAtMost; more > 0 {
		return append(PlaceProblems(body, problems[:placesAtMost]), fmt.Sprintf("and %d more", more))
	}
	if !bytes.Contains(bytes.TrimSpace(body), []byte("\n")) {
		return problems
	}
	wanted := map[string]int64{} // offset by path
	paths := make([]string, len(problems))
	for i, p := range problems {
		field, _, _ := strings.Cut(p, ": ")
		paths[i] = strings.NewReplacer("[", ".", "]", "").Replace(field)
		for path := paths[i]; ; path = path[:strings.LastIndexByte(path, '.')] {
			wanted[path] = -1
			if !strings.Contains(path, ".") {
				break
			}
		}
	}
	findOffsets(body, wanted)
	out := make([]string, len(problems))
	for i, p := range problems {
		line, column := lineAt(body, nearest(wanted, paths[i]))
		out[i] = fmt.Sprintf("line %d, column %d: %s", line, column, p)
	}
	return out
}

// nearest is the offset of a path, or of the nearest one around it.
func nearest(offsets map[string]int64, path string) int64 {
	for path != "" {
		if at, ok := offsets[path]; ok && at >= 0 {
			return at
		}
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
	return 0
}

// lineAt counts lines and, within the line, bytes from 1 on.
func lineAt(text []byte, offset int64) (line, column int) {
	before := text[:min(max(offset, 0), int64(len(text)))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, len(before) - start + 1
}

// findOffsets fills in where the values at some paths begin.
func findOffsets(body []byte, wanted map[string]int64) {
	f := &finder{dec: json.NewDecoder(bytes.NewReader(body)), body: body, wanted: wanted}
	_ = f.value("")
}

type finder struct {
	dec    *json.Decoder
	body   []byte
	wanted map[string]int64
}

// value reads one value; path is empty for the body itself, "a.0.b" below it.
func (f *finder) value(path string) error {
	if _, ok := f.wanted[path]; ok {
		at := f.dec.InputOffset()
		f.wanted[path] = at + int64(len(f.body[at:])-len(bytes.TrimLeft(f.body[at:], " \t\r\n,:")))
	} else if path != "" {
		var skipped json.RawMessage
		return f.dec.Decode(&skipped)
	}
	token, err := f.dec.Token()
	delim, nested := token.(json.Delim)
	if err != nil || !nested {
		return err
	}
	for i := 0; f.dec.More(); i++ {
		key := strconv.Itoa(i)
		if delim == '{' {
			token, err := f.dec.Token()
			if err != nil {
				return err
			}
			key, _ = token.(string)
		}
		if err := f.value(strings.TrimPrefix(path+"."+key, ".")); err != nil {
			return err
		}
	}
	_, err = f.dec.Token()
	return err
}
