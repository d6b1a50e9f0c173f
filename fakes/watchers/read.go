package watchers

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reader reads fields of an input and gathers what is wrong with them, and what
// was tolerated. In a change an absent field stays as it was.
type reader struct {
	in     input
	change bool // PATCH
	strict bool

	problems []string
	remarks  []string
}

func (r *reader) fail(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

func (r *reader) remark(format string, args ...any) {
	r.remarks = append(r.remarks, fmt.Sprintf(format, args...))
}

// given is a field that is there. A file is never what a field wants.
func (r *reader) given(name string) (value, bool) {
	v := r.in[name]
	if v.file {
		r.fail("%s must be a text, not an uploaded file", name)
		return value{}, false
	}
	return v, r.in.sent(name)
}

// text reads a string that is not empty. Whether it has to be there depends on
// the template, which the caller knows at the end.
func (r *reader) text(name string, into **string) {
	v, ok := r.given(name)
	if !ok {
		return
	}
	s, isText := v.text()
	switch {
	case !isText:
		r.fail("%s must be a string", name)
	case s == "":
		r.fail("%s should not be empty", name)
	default:
		*into = &s
	}
}

// word reads one of a few words.
func (r *reader) word(name, hint string, into *string, choices ...string) {
	v, ok := r.given(name)
	if !ok && r.change {
		return
	}
	if s, isText := v.text(); isText && slices.Contains(choices, s) {
		*into = s
		return
	}
	r.fail("%s must be one of the following values: %s%s", name, strings.Join(choices, ", "), hint)
}

// whole are integers as JSON and forms write them. 10.0 is 10.
var whole = regexp.MustCompile(`^(-?[0-9]{1,18})(?:\.0+)?$`)

// integer reads a number from min to max.
func (r *reader) integer(name string, into *int64, least, most int64) {
	v, ok := r.given(name)
	if !ok && r.change {
		return
	}
	m := whole.FindStringSubmatch(strings.TrimSpace(v.literal()))
	if m == nil {
		r.fail("%s must be an integer number", name)
		return
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // 18 digits fit
	if n < least || n > most {
		r.fail("%s must be from %d to %d", name, least, most)
		return
	}
	*into = n
}

// boolean reads true or false, also as text. The document requires it and its
// samples leave it out: then it is false, unless the fake is strict.
func (r *reader) boolean(name string, into *bool, optional bool) {
	v, ok := r.given(name)
	switch text := v.literal(); {
	case !ok && r.change:
	case !ok && optional:
		r.remark("%s is missing, which the document requires; taken as false", name)
	case text == "true":
		*into = true
	case text == "false":
		*into = false
	default:
		r.fail("%s must be a boolean value, true or false", name)
	}
}

// list reads strings, each once.
func (r *reader) list(name string, into *[]string) {
	v, ok := r.given(name)
	if !ok {
		return
	}
	all, fine := v.list()
	if !fine || slices.Contains(all, "") {
		r.fail("each value in %s must be a string that is not empty", name)
		return
	}
	*into = nil
	for _, s := range all {
		if !slices.Contains(*into, s) {
			*into = append(*into, s)
		}
	}
}

// layouts are the forms of ISO 8601 that are taken; without a zone they mean
// UTC, as the document says of every time.
var layouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"}

// moment reads a time, to the millisecond, from 1970 on: the zero time is none.
// An empty text, as a form may have to say nothing, is as good as no field.
func (r *reader) moment(name string, into *Moment, optional bool) {
	v, ok := r.given(name)
	text, isText := v.text()
	absent := !ok || isText && text == ""
	if absent && (r.change || optional) {
		return
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, text)
		if year := t.UTC().Year(); err == nil && year >= 1970 && year <= 9999 {
			*into = Moment{t.UTC().Truncate(time.Millisecond)}
			return
		}
	}
	r.fail("%s must be a valid ISO 8601 date string of 1970 or later, such as 2024-05-22T12:00:01.000Z", name)
}
