package expect

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Value of a pattern, and what it accepts:
//
//	null         that there is nothing, or null
//	"*"          anything but that
//	"/…/"        what the regular expression matches, as text
//	{…}          an object that has these members; others may stand beside them
//	[…]          a list of as many items, each of which is accepted
//	other        the same text, number or truth value
type Value = any

// anything is the text that accepts every value there is.
const anything = "*"

// expression is the regular expression of a text between slashes, or nil.
func expression(text string) (*regexp.Regexp, error) {
	if len(text) < 2 || !strings.HasPrefix(text, "/") || !strings.HasSuffix(text, "/") {
		return nil, nil
	}
	return regexp.Compile(text[1 : len(text)-1])
}

// prepared is a value as it is compared: in the form of decoded JSON, with its
// regular expressions compiled.
func prepared(v Value) (Value, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return compiled(decoded(data).value)
}

func compiled(v Value) (Value, error) {
	var err error
	switch v := v.(type) {
	case string:
		re, err := expression(v)
		if re != nil && err == nil {
			return re, nil
		}
		return v, err
	case map[string]any:
		for name, inner := range v {
			if v[name], err = compiled(inner); err != nil {
				return nil, err
			}
		}
	case []any:
		for i, inner := range v {
			if v[i], err = compiled(inner); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// leaf is a place where a value is not as it should be.
type leaf struct {
	path    string
	want    Value
	got     any
	present bool
}

// compare lists the places below path where got is not accepted by want.
func compare(path string, want Value, got any, present bool) []leaf {
	switch w := want.(type) {
	case map[string]any:
		if object, ok := got.(map[string]any); ok {
			return compareMembers(path, w, object)
		}
	case []any:
		if list, ok := got.([]any); ok && len(list) == len(w) {
			return compareItems(path, w, list)
		}
	default:
		if accepts(want, got, present) {
			return nil
		}
	}
	return []leaf{{path, want, got, present}}
}

func compareMembers(path string, want, got map[string]any) (all []leaf) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, present := got[name]
		all = append(all, compare(strings.TrimPrefix(path+"."+name, "."), want[name], value, present)...)
	}
	return all
}

func compareItems(path string, want, got []any) (all []leaf) {
	for i := range want {
		all = append(all, compare(path+"["+strconv.Itoa(i)+"]", want[i], got[i], true)...)
	}
	return all
}

// accepts compares single values.
func accepts(want Value, got any, present bool) bool {
	switch w := want.(type) {
	case nil:
		return !present || got == nil
	case *regexp.Regexp:
		return present && got != nil && w.MatchString(plain(got))
	case string:
		return w == got || w == anything && present && got != nil
	case json.Number:
		n, ok := got.(json.Number)
		return ok && sameNumber(w, n)
	}
	return want == got
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && x == y
}

// plain is a value as a regular expression reads it: a text itself, anything
// else as compact JSON.
func plain(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return worded(v)
}

// worded is a value as people write it in a pattern.
func worded(v any) string {
	if re, ok := v.(*regexp.Regexp); ok {
		return "/" + re.String() + "/"
	}
	if text, ok := v.(string); ok {
		if re, err := expression(text); text == anything || re != nil && err == nil {
			return text
		}
		return strconv.Quote(shortened(text))
	}
	data, err := json.Marshal(spelled(v))
	if err != nil {
		return fmt.Sprint(v)
	}
	return shortened(string(data))
}

// spelled turns compiled expressions back into texts.
func spelled(v any) any {
	switch v := v.(type) {
	case *regexp.Regexp:
		return "/" + v.String() + "/"
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[name] = spelled(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = spelled(inner)
		}
		return out
	}
	return v
}

// longest is how much of a text a sentence shows.
const longest = 80

func shortened(text string) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}

// pathOf reads a path as people write it: $.a.b[0], or without the dollar.
func pathOf(text string) (string, error) {
	path := strings.TrimPrefix(strings.TrimPrefix(text, "$"), ".")
	if path == "" || fault.ValidPath(path) {
		return path, nil
	}
	return "", fmt.Errorf("%q is no path; write member names and indexes such as a.b[0].c", text)
}
