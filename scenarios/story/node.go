package story

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// reader turns nodes of the YAML document into the language and collects what
// is wrong on the way. Its methods give a zero value for what they refuse, so
// that reading goes on and one run names every error.
type reader struct {
	file string
	errs []*Error
}

func (r *reader) fail(at ast.Node, format string, args ...any) {
	r.errs = append(r.errs, &Error{File: r.file, Pos: place(at), Message: fmt.Sprintf(format, args...)})
}

func (r *reader) err() error {
	slices.SortStableFunc(r.errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	joined := make([]error, len(r.errs))
	for i, e := range r.errs {
		joined[i] = e
	}
	return errors.Join(joined...)
}

// place is where a node begins. A mapping's own token is the colon after its
// first key, so the key is asked.
func place(n ast.Node) Pos {
	if m, ok := n.(ast.MapNode); ok && isMap(n) {
		if it := m.MapRange(); !inBraces(n) && it.Next() {
			return place(it.Key())
		}
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return Pos{1, 1}
	}
	p := n.GetToken().Position
	return Pos{p.Line, p.Column}
}

func inBraces(n ast.Node) bool {
	m, ok := n.(*ast.MappingNode)
	return ok && m.Start != nil && m.Start.Value == "{"
}

// key is one key that an object may have.
type key struct {
	name string
	read func(ast.Node)
}

// object reads a mapping key by key and gives the keys it has, known ones
// only. ok is false when n is no mapping, has an unknown key or one twice.
// what names the object in errors: "a step".
func (r *reader) object(n ast.Node, what string, keys []key) (seen map[string]ast.Node, ok bool) {
	entries, ok := r.entries(n, what, names(keys))
	seen = make(map[string]ast.Node, len(entries))
	for _, e := range entries {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == e.name })
		if i < 0 {
			r.unknownKey(e, what, names(keys))
			ok = false
			continue
		}
		seen[e.name] = e.key
		keys[i].read(e.value)
	}
	return seen, ok
}

func names(keys []key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}

type entry struct {
	name       string
	key, value ast.Node
}

// entries lists a mapping without looking at what its keys mean. allowed is
// for the error about something else than a mapping.
func (r *reader) entries(n ast.Node, what string, allowed []string) (out []entry, ok bool) {
	if !isMap(n) {
		r.fail(n, "%s takes keys (%s), not %s", what, list(allowed, "and"), kindOf(n))
		return nil, false
	}
	ok = true
	first := map[string]Pos{}
	for it := n.(ast.MapNode).MapRange(); it.Next(); {
		name, isText := text(it.Key())
		if !isText {
			r.fail(it.Key(), "%s takes words as keys (%s), not %s", what, list(allowed, "and"), kindOf(it.Key()))
			ok = false
			continue
		}
		if p, twice := first[name]; twice {
			r.fail(it.Key(), "key %q is here a second time; the first is on line %d", name, p.Line)
			ok = false
			continue
		}
		first[name] = place(it.Key())
		out = append(out, entry{name, it.Key(), it.Value()})
	}
	return out, ok
}

func (r *reader) unknownKey(e entry, what string, allowed []string) {
	if home := homeOf(e.name); home != "" && home != what {
		r.fail(e.key, "key %q belongs to %s; %s takes %s", e.name, home, what, list(allowed, "and"))
		return
	}
	r.fail(e.key, "unknown key %q;%s %s takes %s", e.name, suggest(e.name, allowed), what, list(allowed, "and"))
}

// items lists a sequence. what names it in errors: "steps".
func (r *reader) items(n ast.Node, what string) ([]ast.Node, bool) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fail(n, "%s is a list, not %s", what, kindOf(n))
		return nil, false
	}
	return s.Values, true
}

// line reads a text that is not blank.
func (r *reader) line(n ast.Node, what string) string {
	s, ok := text(n)
	switch {
	case !ok && isScalar(n):
		r.fail(n, "%s is a text; put %s in quotes", what, n.GetToken().Value)
	case !ok:
		r.fail(n, "%s is a text, not %s", what, kindOf(n))
	case strings.TrimSpace(s) == "":
		r.fail(n, "%s is empty; write something or leave the key out", what)
	}
	return s
}

// choice reads one word out of a few.
func (r *reader) choice(n ast.Node, what string, allowed ...string) string {
	s, ok := text(n)
	switch {
	case !ok:
		r.fail(n, "%s is %s, not %s", what, list(allowed, "or"), kindOf(n))
	case !slices.Contains(allowed, s):
		r.fail(n, "unknown %s %q;%s allowed: %s", what, s, suggest(s, allowed), list(allowed, "or"))
	}
	return s
}

// number reads an integer within bounds.
func (r *reader) number(n ast.Node, what string, low, high int) int {
	v, ok := integer(n)
	if !ok || v < low || v > high {
		r.fail(n, "%s is a number from %d to %d, not %s", what, low, high, kindOf(n))
		return 0
	}
	return v
}

// yes reads a switch that is only ever written to turn it on.
func (r *reader) yes(n ast.Node, what string) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok || !b.Value {
		r.fail(n, "%s is true or left out, not %s", what, kindOf(n))
		return false
	}
	return true
}

// value reads any YAML into what encoding/json can write.
func (r *reader) value(n ast.Node, what string) any {
	switch v := n.(type) {
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return v.Value
	case *ast.IntegerNode:
		return v.Value
	case *ast.FloatNode:
		if !math.IsInf(v.Value, 0) && !math.IsNaN(v.Value) {
			return v.Value
		}
	case *ast.SequenceNode:
		out := []any{}
		for _, item := range v.Values {
			out = append(out, r.value(item, what))
		}
		return out
	}
	if s, ok := text(n); ok {
		return s
	}
	if isMap(n) {
		return r.fields(n, what)
	}
	r.fail(n, "%s takes plain values, not %s", what, kindOf(n))
	return nil
}

func (r *reader) fields(n ast.Node, what string) map[string]any {
	entries, _ := r.entries(n, what, []string{"its fields"})
	out := make(map[string]any, len(entries))
	for _, e := range entries {
		out[e.name] = r.value(e.value, what)
	}
	return out
}

func text(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	}
	return "", false
}

func integer(n ast.Node) (int, bool) {
	v, ok := n.(*ast.IntegerNode)
	if !ok {
		return 0, false
	}
	switch i := v.Value.(type) {
	case int64:
		return int(i), i >= math.MinInt32 && i <= math.MaxInt32
	case uint64:
		return int(i), i <= math.MaxInt32
	}
	return 0, false
}

func isInteger(n ast.Node) bool { _, ok := n.(*ast.IntegerNode); return ok }

func isText(n ast.Node) bool { _, ok := text(n); return ok }

// isMap leaves out anchors and aliases, which pass for mappings in the library.
func isMap(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func isScalar(n ast.Node) bool {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return true
	}
	return false
}

// kindOf describes a node in an error.
func kindOf(n ast.Node) string {
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", v.Value)
	case *ast.LiteralNode:
		return "a block of text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "an anchor or alias (write it out)"
	case *ast.TagNode:
		return "a tag"
	}
	if isMap(n) {
		return "keys and values"
	}
	return "this kind of YAML"
}
