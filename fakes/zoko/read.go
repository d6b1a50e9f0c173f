package zoko

import (
	"fmt"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// object is one JSON object of a request with the path that leads to it. A nil
// object is read like an empty one.
type object struct {
	path   string
	fields map[string]any
}

// name is the path of a member, as messages name it.
func (o object) name(field string) string {
	if o.path == "" {
		return field
	}
	return o.path + "." + field
}

// has tells whether a member is there; null counts as absent.
func (o object) has(field string) bool { return o.fields[field] != nil }

// bodyOf reads the body of a call, which is a JSON object; for another it is
// empty, with what is wrong.
func (r *reader) bodyOf(c *sim.Call) object {
	tree, err := c.JSON()
	fields, isObject := tree.(map[string]any)
	switch {
	case err != nil:
		r.fail("the body is not JSON: %s; send a JSON object with Content-Type: application/json", err)
	case !isObject:
		r.fail("the body must be a JSON object; send it with Content-Type: application/json")
	}
	return object{fields: fields}
}

// reader reads a request and keeps the first thing that is wrong with it. It
// goes on after that, so that a refused request is known as far as it can be.
type reader struct {
	lenient bool
	problem *Error
	remarks []string // what was tolerated
}

func (r *reader) fail(format string, args ...any) {
	if r.problem == nil {
		r.problem = bad(format, args...)
	}
}

func (r *reader) remark(format string, args ...any) {
	r.remarks = append(r.remarks, fmt.Sprintf(format, args...))
}

// text reads a required string of 1 to limit characters (Unicode code points);
// no limit is 0.
func (r *reader) text(o object, field string, limit int) string {
	v := o.fields[field]
	s, isString := v.(string)
	switch n := utf8.RuneCountInString(s); {
	case v == nil || isString && s == "":
		r.fail("%s is missing", o.name(field))
	case !isString:
		r.fail("%s must be a string", o.name(field))
	case limit > 0 && n > limit:
		r.fail("%s has %d characters; shorten it to %d", o.name(field), n, limit)
	}
	return s
}

// optional reads a string that may be absent or empty.
func (r *reader) optional(o object, field string, limit int) string {
	if !o.has(field) || o.fields[field] == "" {
		return ""
	}
	return r.text(o, field, limit)
}

// object reads a required object.
func (r *reader) object(o object, field string) object {
	inner := object{path: o.name(field)}
	switch v := o.fields[field].(type) {
	case nil:
		r.fail("%s is missing", inner.path)
	case map[string]any:
		inner.fields = v
	default:
		r.fail("%s must be an object", inner.path)
	}
	return inner
}

// objects reads a required array of 1 to most objects.
func (r *reader) objects(o object, field string, most int) []object {
	name := o.name(field)
	items, isArray := o.fields[field].([]any)
	switch {
	case !o.has(field) || isArray && len(items) == 0:
		r.fail("%s is missing", name)
	case !isArray:
		r.fail("%s must be an array", name)
	case len(items) > most:
		r.fail("%s has %d elements; send %d at most", name, len(items), most)
	}
	out := make([]object, len(items))
	for i, item := range items {
		fields, isObject := item.(map[string]any)
		out[i] = object{fmt.Sprintf("%s[%d]", name, i), fields}
		if !isObject {
			r.fail("%s must be an object", out[i].path)
		}
	}
	return out
}

// strings reads an array of strings that may be absent.
func (r *reader) strings(o object, field string) []string {
	name := o.name(field)
	items, isArray := o.fields[field].([]any)
	if o.has(field) && !isArray {
		r.fail("%s must be an array of strings", name)
	}
	out := make([]string, len(items))
	for i, item := range items {
		text, isString := item.(string)
		if !isString {
			r.fail("%s[%d] must be a string", name, i)
		}
		out[i] = text
	}
	return out
}

// address reads a required http or https URL.
func (r *reader) address(o object, field string) string {
	s := r.text(o, field, 0)
	if s != "" && !provider.IsWebAddress(s) {
		r.fail("%s must be the http or https URL of a file", o.name(field))
	}
	return s
}
