package meta

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object is one JSON object of a request with the path that leads to it. A nil
// object is read like an empty one.
type object struct {
	path   string
	fields map[string]any
}

// name is the path of a member, as error details name it.
func (o object) name(field string) string {
	if o.path == "" {
		return field
	}
	return o.path + "." + field
}

// has tells whether a member is there; null counts as absent.
func (o object) has(field string) bool { return o.fields[field] != nil }

// reader reads a request and keeps the first thing that is wrong with it. It
// goes on after that, so that a refused request is known as far as it can be.
type reader struct {
	limits   Limits
	problem  *Error
	template *TemplateSend // set by a message of type template
}

func (r *reader) fail(e *Error) {
	if r.problem == nil {
		r.problem = e
	}
}

// object reads a required object.
func (r *reader) object(o object, field string) object {
	inner := object{path: o.name(field)}
	switch v := o.fields[field].(type) {
	case nil:
		r.fail(MissingParameter(inner.path))
	case map[string]any:
		inner.fields = v
	default:
		r.fail(InvalidParameter(inner.path, "must be an object"))
	}
	return inner
}

// text reads a required string of 1 to limit characters; no limit is 0.
// Characters are Unicode code points, as Meta counts them.
func (r *reader) text(o object, field string, limit int) string {
	name := o.name(field)
	v := o.fields[field]
	s, isString := v.(string)
	switch {
	case v == nil || isString && s == "":
		r.fail(MissingParameter(name))
	case !isString:
		r.fail(InvalidParameter(name, "must be a string"))
	case limit > 0 && utf8.RuneCountInString(s) > limit:
		r.fail(InvalidParameter(name, fmt.Sprintf("has %d characters; shorten it to %d", utf8.RuneCountInString(s), limit)))
	}
	return s
}

// identifier reads a required id or number of somebody. Clients send it as a
// number too, and Graph takes that for its digits.
func (r *reader) identifier(o object, field string) string {
	if n, isNumber := o.fields[field].(float64); isNumber && n > 0 && n == math.Trunc(n) {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return r.text(o, field, 0)
}

// optional reads a string that may be absent; clients that fill every member
// send it empty instead.
func (r *reader) optional(o object, field string, limit int) string {
	if !o.has(field) || o.fields[field] == "" {
		return ""
	}
	return r.text(o, field, limit)
}

// word reads a required string that is one of a few.
func (r *reader) word(o object, field string, allowed ...string) string {
	s := r.text(o, field, 0)
	if !slices.Contains(allowed, s) {
		r.fail(InvalidParameter(o.name(field), "must be '"+strings.Join(allowed, "' or '")+"'"))
	}
	return s
}

// boolean reads a boolean that may be absent.
func (r *reader) boolean(o object, field string) bool {
	b, isBool := o.fields[field].(bool)
	if o.has(field) && !isBool {
		r.fail(InvalidParameter(o.name(field), "must be true or false"))
	}
	return b
}

// array reads a required array of least to most objects.
func (r *reader) array(o object, field string, least, most int) []object {
	name := o.name(field)
	items, isArray := o.fields[field].([]any)
	switch {
	case !o.has(field) || isArray && len(items) == 0 && least > 0:
		r.fail(MissingParameter(name))
	case !isArray:
		r.fail(InvalidParameter(name, "must be an array"))
	case len(items) < least || len(items) > most:
		r.fail(InvalidParameter(name, fmt.Sprintf("has %d elements; send %d to %d", len(items), least, most)))
	}
	out := make([]object, len(items))
	for i, item := range items {
		out[i].path = fmt.Sprintf("%s[%d]", name, i)
		fields, isObject := item.(map[string]any)
		if !isObject {
			r.fail(InvalidParameter(out[i].path, "must be an object"))
		}
		out[i].fields = fields
	}
	return out
}

// number reads a required number between two bounds; clients that send it as
// text are understood, as Graph understands them.
func (r *reader) number(o object, field string, low, high float64) float64 {
	name := o.name(field)
	n, isNumber := o.fields[field].(float64)
	if text, isText := o.fields[field].(string); isText {
		parsed, err := strconv.ParseFloat(text, 64)
		n, isNumber = parsed, err == nil
	}
	switch {
	case !o.has(field):
		r.fail(MissingParameter(name))
	case !isNumber:
		r.fail(InvalidParameter(name, "must be a number"))
	case !(n >= low && n <= high):
		r.fail(InvalidValue(name, fmt.Sprintf("must be between %g and %g", low, high)))
	}
	return n
}
