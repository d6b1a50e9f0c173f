package sim

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/quick"
)

// pathTree is the paths of a document, taken apart once, by the number of
// their segments. A call is held against those of its length alone, words
// before patterns, so that routing costs next to nothing.
type pathTree map[int][]*pathRoute

// pathRoute is one path template with the operations on it.
type pathRoute struct {
	template string
	segments []segment
	params   int
	ops      map[string][]*operation // by method; several are variants of one path
}

// segment is a part of a path between slashes.
type segment struct {
	word    string         // as in the template; empty: a parameter
	param   string         // its name
	pattern *quick.Pattern // what it has to be; nil: anything but nothing
}

// add lays an operation down under a template.
func (t pathTree) add(op *operation, template string) error {
	n := strings.Count(template, "/")
	at := slices.IndexFunc(t[n], func(r *pathRoute) bool { return r.template == template })
	if at < 0 {
		route, err := newPathRoute(op, template)
		if err != nil {
			return err
		}
		t[n], at = append(t[n], route), len(t[n])
	}
	ops := t[n][at].ops
	ops[op.method] = append(ops[op.method], op)
	return nil
}

// sort puts templates with more words first, so that a word is never taken for
// a parameter; among equals the order stays.
func (t pathTree) sort() {
	for _, routes := range t {
		slices.SortStableFunc(routes, func(a, b *pathRoute) int { return cmp.Compare(a.params, b.params) })
	}
}

func newPathRoute(op *operation, template string) (*pathRoute, error) {
	r := &pathRoute{template: template, ops: map[string][]*operation{}}
	for _, text := range strings.Split(template, "/")[1:] {
		s := segment{word: text}
		if inner, ok := strings.CutPrefix(text, "{"); ok && strings.HasSuffix(inner, "}") {
			s = segment{param: strings.TrimSuffix(inner, "}")}
			s.pattern = op.narrowed(s.param)
			r.params++
		}
		if strings.ContainsAny(s.word, "{}") {
			return nil, fmt.Errorf("path %s: a parameter is a whole part between slashes", template)
		}
		r.segments = append(r.segments, s)
	}
	return r, nil
}

// narrowed is the pattern of a path parameter that says that it narrows the
// route, or nil. For others a wrong form is a 400 of the vendor and no unknown
// path.
func (o *operation) narrowed(name string) *quick.Pattern {
	for _, p := range slices.Concat(o.route.PathItem.Parameters, o.route.Operation.Parameters) {
		if v := p.Value; v.In == "path" && v.Name == name && v.Schema != nil && v.Extensions["x-sandbox-route"] != nil {
			pattern, err := quick.NewPattern("^(?:" + v.Schema.Value.Pattern + ")$")
			if err != nil {
				panic(err) // a document of ours
			}
			return pattern
		}
	}
	return nil
}

// find is the first route that a path, escaped, fits and that has the method,
// with the values of its parameters, or else the methods that would do.
func (t pathTree) find(method, path string) (ops []*operation, params map[string]string, allow []string) {
	if !strings.HasPrefix(path, "/") {
		return nil, nil, nil
	}
	for _, r := range t[strings.Count(path, "/")] {
		if !r.fits(path) {
			continue
		}
		if ops := r.ops[method]; len(ops) > 0 {
			return ops, r.values(path), nil
		}
		for other := range r.ops {
			allow = append(allow, other)
		}
	}
	slices.Sort(allow)
	return nil, nil, slices.Compact(allow)
}

// fits compares words first: most routes are told apart by one.
func (r *pathRoute) fits(path string) bool {
	rest := path
	for _, s := range r.segments {
		var text string
		if text, rest = cutSegment(rest); !s.may(text) {
			return false
		}
	}
	rest = path
	for _, s := range r.segments {
		var text string
		if text, rest = cutSegment(rest); s.pattern != nil && !s.pattern.Matches(text) {
			return false
		}
	}
	return true
}

// may tells whether a text can be the segment, its pattern aside.
func (s segment) may(text string) bool {
	if s.param != "" {
		return text != ""
	}
	return s.word == text || strings.Contains(text, "%") && s.word == unescaped(text)
}

// values are the parameters of a path that fits, unescaped.
func (r *pathRoute) values(path string) map[string]string {
	if r.params == 0 {
		return nil
	}
	out := make(map[string]string, r.params)
	for _, s := range r.segments {
		var text string
		if text, path = cutSegment(path); s.param != "" {
			out[s.param] = unescaped(text)
		}
	}
	return out
}

// cutSegment returns the part of a path behind its first slash, up to the next.
func cutSegment(path string) (text, rest string) {
	path = path[1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

func unescaped(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
