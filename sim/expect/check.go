package expect

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// How far it is from an exchange to a pattern: the sum of what differs, where
// another kind of exchange is further away than any number of wrong values.
const (
	farKind   = 10_000 // another operation, or no such note
	farWay    = 4_000  // another direction or thread
	farStatus = 300
	farOrder  = 50
	farValue  = 100 // and up to as much again, the less a text is like the wanted one
)

// Difference is one thing about an exchange that a pattern does not accept.
type Difference struct {
	// What differs: operation, direction, thread, status, note, order, taken, or
	// the place of a value such as "request attributes.countryCode".
	What string `json:"what"`
	Want string `json:"want,omitempty"` // as JSON, or a regular expression
	Got  string `json:"got,omitempty"`  // as JSON; empty where there is nothing
	// Says is the difference in words: "its status is 200, not 503".
	Says string `json:"says"`
	// Diff has the whole values on lines with a minus (wanted) and a plus (got).
	Diff string `json:"diff,omitempty"`

	far int
}

// check is one condition of a pattern.
type check struct {
	kind    bool // it tells exchanges of the pattern's kind from all others
	differs func(*Exchange) []Difference
}

// criterion is a pattern that was read.
type criterion struct {
	source string
	checks []check
}

// compile reads a pattern.
func compile(p Pattern, terms []Term) (c criterion, err error) {
	c.source = p.String()
	if p.Note != nil && p.Note.Kind == "" {
		return c, errors.New(`note: its kind is missing; write one such as {"kind": "MessageSent"}`)
	}
	if c.source == "" {
		return c, errors.New("a pattern is empty; name an operation such as encore.offersMessage, a note or what else the exchange must be like")
	}
	if p.What != "" {
		s, err := Parse(p.What, terms)
		if err != nil {
			return c, err
		}
		if err := c.sentence(s, terms); err != nil {
			return c, err
		}
	}
	c.address(p)
	return c, errors.Join(c.note(p.Note), c.body("request", p.Request, (*Exchange).requestTree),
		c.body("response", p.Response, (*Exchange).responseTree), c.text(p.Text))
}

func (c *criterion) add(kind bool, differs func(*Exchange) []Difference) {
	c.checks = append(c.checks, check{kind, differs})
}

// sentence adds what a pattern says in words.
func (c *criterion) sentence(s Sentence, terms []Term) error {
	if s.Status != nil {
		c.status(*s.Status)
	}
	if s.Term == nil {
		c.operation(Pattern{Fake: s.Fake, Operation: s.Operation})
		return c.text(s.Text)
	}
	return c.term(*s.Term, s.Text, terms)
}

// term adds a thing that can happen, with the text that it has.
func (c *criterion) term(t Term, text string, terms []Term) error {
	c.add(true, func(e *Exchange) []Difference {
		if len(e.told(t)) > 0 {
			return nil
		}
		got := "something else"
		if i := slices.IndexFunc(terms, func(other Term) bool { return len(e.told(other)) > 0 }); i >= 0 {
			got = terms[i].Words
		}
		return []Difference{{What: "happening", Want: t.Words, Got: got, Says: fmt.Sprintf("it is %s, not %s", got, t.Words), far: farKind}}
	})
	if text == "" {
		return nil
	}
	want, err := prepared(text)
	c.add(false, func(e *Exchange) []Difference {
		var best []Difference
		for i, n := range e.told(t) {
			value, present := fault.Lookup(n.value, t.Text)
			here := differences("text", compare("", want, value, present))
			if i == 0 || far(here) < far(best) {
				best = here
			}
		}
		return best
	})
	return err
}

// told are the notes that tell that a thing happened.
func (e *Exchange) told(t Term) (found []tree) {
	for _, n := range e.noteTrees(t.Kind) {
		fits := true
		for path, want := range t.Fields {
			value, present := fault.Lookup(n.value, path)
			fits = fits && len(compare(path, want, value, present)) == 0
		}
		if fits {
			found = append(found, n)
		}
	}
	return found
}

// address adds which call it is about.
func (c *criterion) address(p Pattern) {
	if p.operation() != "" {
		c.operation(p)
	}
	if p.Direction != "" {
		c.same("direction", p.Direction, farWay, func(e *Exchange) string { return e.Direction })
	}
	if p.Thread != "" {
		c.same("thread", p.Thread, farWay, func(e *Exchange) string { return e.Thread })
	}
	if p.Status != nil {
		c.status(*p.Status)
	}
}

func (c *criterion) operation(p Pattern) {
	want := p.operation()
	c.add(true, func(e *Exchange) []Difference {
		got := e.Fake + "." + e.Operation
		if want == got || want == e.Operation || (p.Operation == "" && want == e.Fake) {
			return nil
		}
		return []Difference{{What: "operation", Want: want, Got: got, Says: fmt.Sprintf("it is %s, not %s", got, want), far: farKind}}
	})
}

func (c *criterion) same(what, want string, distance int, of func(*Exchange) string) {
	c.add(false, func(e *Exchange) []Difference {
		got := of(e)
		if got == want {
			return nil
		}
		says := fmt.Sprintf("its %s is %s, not %s", what, cmp.Or(got, "none"), want)
		return []Difference{{What: what, Want: want, Got: got, Says: says, far: distance}}
	})
}

func (c *criterion) status(want int) {
	c.add(false, func(e *Exchange) []Difference {
		d := Difference{What: "status", Want: fmt.Sprint(want), far: farStatus}
		switch {
		case !e.Answered:
			d.Says = "its answer is not there yet"
		case e.Status == want:
			return nil
		case e.Status == 0:
			d.Got, d.Says = "0", fmt.Sprintf("it has no answer, and should have status %d", want)
		default:
			d.Got, d.Says = fmt.Sprint(e.Status), fmt.Sprintf("its status is %d, not %d", e.Status, want)
		}
		return []Difference{d}
	})
}

// condition is a value at a path.
type condition struct {
	path string
	want Value
}

func conditionsOf(where string, values map[string]any) (all []condition, err error) {
	for _, text := range slices.Sorted(maps.Keys(values)) {
		path, err := pathOf(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		want, err := prepared(values[text])
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", where, text, err)
		}
		all = append(all, condition{path, want})
	}
	return all, nil
}

// against lists where a tree is not as it should be.
func against(t tree, where string, all []condition) (found []Difference) {
	for _, c := range all {
		value, present := fault.Lookup(t.value, c.path)
		found = append(found, differences(where, compare(c.path, c.want, value, present && t.ok))...)
	}
	return found
}

// note adds a note with its fields; of several of its kind the closest counts.
func (c *criterion) note(p *NotePattern) error {
	if p == nil {
		return nil
	}
	all, err := conditionsOf("note", p.Fields)
	c.add(true, func(e *Exchange) []Difference {
		if len(e.noteTrees(p.Kind)) > 0 {
			return nil
		}
		return []Difference{{What: "note", Want: p.Kind, Got: e.kinds(), Says: "it has no note " + p.Kind, far: farKind}}
	})
	c.add(false, func(e *Exchange) []Difference {
		var best []Difference
		for i, n := range e.noteTrees(p.Kind) {
			here := against(n, "note "+p.Kind, all)
			if i == 0 || far(here) < far(best) {
				best = here
			}
		}
		return best
	})
	return err
}

// kinds are those of the exchange's notes.
func (e *Exchange) kinds() string {
	kinds := make([]string, len(e.Notes))
	for i, n := range e.Notes {
		kinds[i] = n.Kind
	}
	return strings.Join(kinds, ", ")
}

func (c *criterion) body(where string, values map[string]any, of func(*Exchange) tree) error {
	all, err := conditionsOf(where, values)
	if len(all) == 0 {
		return err
	}
	c.add(false, func(e *Exchange) []Difference {
		t := of(e)
		found := against(t, where, all)
		if !t.ok && len(found) > 0 {
			return []Difference{{What: where, Says: "its " + where + " has no JSON body", far: farValue * 2 * len(all)}}
		}
		return found
	})
	return err
}

// text adds the whole body of the request.
func (c *criterion) text(text string) error {
	if text == "" {
		return nil
	}
	want, err := prepared(text)
	c.add(false, func(e *Exchange) []Difference {
		return differences("body", compare("", want, string(e.Request), true))
	})
	return err
}
