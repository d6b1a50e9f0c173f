package story

import (
	"regexp"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// channels gives those on which a story can be played.
func channels() []string {
	return []string{"whatsapp", "instagram", "messenger", "kaleyra", "interakt", "zoko"}
}

var (
	nameForm  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	actorForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
)

// Names of objects in errors.
const (
	aScenario = "a scenario"
	aStep     = "a step"
	aDelivery = "deliver"
	aPast     = "given"
	aNeed     = "needs"
)

// homeOf says which object a key belongs to, for the error about a key that
// sits one level too high or too low.
func homeOf(name string) string {
	switch name {
	case "name", "about", "channels", "needs", "limits":
		return aScenario
	case "customer", "expect", "wait", "repeat", "as", "operator", "burst", "given", "deliver", "meanwhile":
		return aStep
	case "twice", "batch", "late", "drop", "reorder", "status", "echo", "reaction", "signature", "unsupported", "optout", "of":
		return aDelivery
	case "offers", "quiet":
		return aPast
	case "cap":
		return aNeed
	case "times", "text":
		return aWord
	}
	return ""
}

func (r *reader) story(n ast.Node) *Story {
	s := &Story{File: r.file}
	seen, ok := r.object(n, aScenario, []key{
		{"name", func(n ast.Node) { s.Name = r.name(n) }},
		{"about", func(n ast.Node) { s.About = r.line(n, "about") }},
		{"channels", func(n ast.Node) { s.Channels = r.channels(n) }},
		{"needs", func(n ast.Node) { s.Needs = r.needs(n) }},
		{"limits", func(n ast.Node) { s.Limits = r.onOff(n, "limits") }},
		{"fault", func(n ast.Node) { s.Fault = r.fault(n) }},
		{"steps", func(n ast.Node) { s.Steps = r.steps(n, 0) }},
	})
	for _, must := range []string{"name", "steps"} {
		if seen[must] == nil && ok {
			r.fail(n, "key %q is missing; a scenario needs name and steps", must)
		}
	}
	return s
}

func (r *reader) name(n ast.Node) string {
	before := len(r.errs)
	s := r.line(n, "name")
	if len(r.errs) == before && !nameForm.MatchString(s) {
		r.fail(n, "name %q cannot be typed after run; use lower case letters, digits and single dashes, like cap-reached", s)
	}
	return s
}

func (r *reader) channels(n ast.Node) []string {
	items, ok := r.items(n, "channels")
	if ok && len(items) == 0 {
		r.fail(n, "channels is empty; name one or leave the key out for every channel")
	}
	var out []string
	for _, item := range items {
		c := r.choice(item, "channel", channels()...)
		if slices.Contains(out, c) {
			r.fail(item, "channel %s is here a second time", c)
		}
		out = append(out, c)
	}
	return out
}

func (r *reader) needs(n ast.Node) (out Needs) {
	seen, ok := r.object(n, aNeed, []key{
		{"cap", func(n ast.Node) { c := r.rangeOf(n, "cap"); out.Cap = &c }},
		{"reply", func(n ast.Node) { out.Reply = r.line(n, "reply") }},
	})
	if ok && len(seen) == 0 {
		r.fail(n, "needs is empty; write {cap: 0}, {cap: 2..} or leave the key out")
	}
	return out
}

// onOff takes the booleans too, since older YAML reads on and off as those.
func (r *reader) onOff(n ast.Node, what string) bool {
	if b, ok := n.(*ast.BoolNode); ok {
		return b.Value
	}
	return r.choice(n, what, "on", "off") == "on"
}

func (r *reader) fault(n ast.Node) *Fault {
	f := &Fault{Pos: place(n)}
	switch {
	case isMap(n):
		if f.Fields = r.fields(n, "fault"); len(f.Fields) == 0 {
			r.fail(n, "fault is empty; write one like 503;times=2 or leave the key out")
		}
	case isInteger(n):
		f.Text = n.GetToken().Value
	case isText(n):
		f.Text = r.line(n, "fault")
	default:
		r.fail(n, "fault is a text like 503;times=2 or the fields of one, not %s", kindOf(n))
	}
	return f
}

// maxDepth is how many repeats may stand inside each other.
const maxDepth = 2

func (r *reader) steps(n ast.Node, depth int) []Step {
	items, ok := r.items(n, "steps")
	if ok && len(items) == 0 {
		r.fail(n, "steps is empty; write at least one, like - customer: Hi")
	}
	var out []Step
	for _, item := range items {
		out = append(out, r.step(item, depth))
	}
	r.checkOvertaken(items, out)
	r.checkMeanwhile(items, out)
	return out
}

func (r *reader) step(n ast.Node, depth int) Step {
	s := Step{Pos: place(n), Operator: 1}
	var repeat Repeat
	var name string
	seen, ok := r.object(n, aStep, []key{
		{"customer", func(n ast.Node) { s.Customer = &Message{Text: r.line(n, "customer")} }},
		{"name", func(n ast.Node) { name = r.line(n, "name") }},
		{"wait", func(n ast.Node) { w := r.wait(n, "wait"); s.Wait = &w }},
		{"repeat", func(n ast.Node) { repeat.Times = r.count(n, "repeat", 1); s.Repeat = &repeat }},
		{"steps", func(n ast.Node) { repeat.Steps = r.inner(n, depth+1) }},
		{"given", func(n ast.Node) { s.Given = r.given(n) }},
		{"as", func(n ast.Node) { s.As = r.actor(n) }},
		{"operator", func(n ast.Node) { s.Operator = r.number(n, "operator", 1, 99) }},
		{"burst", func(n ast.Node) { s.Burst = r.number(n, "burst", 2, 10000) }},
		{"meanwhile", func(n ast.Node) { s.Meanwhile = r.yes(n, "meanwhile") }},
		{"deliver", func(n ast.Node) { s.Deliver = r.delivery(n) }},
		{"fault", func(n ast.Node) { s.Fault = r.fault(n) }},
		{"expect", func(n ast.Node) { s.Expect = r.expectations(n) }},
	})
	if s.Customer != nil {
		s.Customer.Name = name
	}
	if ok {
		r.checkStep(n, s, seen)
	}
	return s
}

func (r *reader) inner(n ast.Node, depth int) []Step {
	if depth > maxDepth {
		r.fail(n, "repeat stands inside repeat inside repeat; two levels are the most")
		return nil
	}
	return r.steps(n, depth)
}

// kinds lists what a step can be and which keys go with it. The last one is
// meant only where none of the others is there.
var kinds = []struct {
	name  string
	takes []string
}{
	{"customer", []string{"name", "as", "operator", "burst", "meanwhile", "deliver", "fault", "expect"}},
	{"wait", []string{"as", "operator", "expect"}},
	{"repeat", []string{"steps"}},
	{"given", []string{"as", "operator"}},
	{"deliver", []string{"as", "operator", "fault", "expect"}},
}

func (r *reader) checkStep(n ast.Node, s Step, seen map[string]ast.Node) {
	chosen := -1
	for i, k := range kinds {
		at := seen[k.name]
		switch {
		case at == nil || chosen >= 0 && k.name == "deliver":
		case chosen >= 0:
			r.fail(at, "a step does one thing, and this one has %q and %q; make them two steps", kinds[chosen].name, k.name)
			return
		default:
			chosen = i
		}
	}
	if chosen < 0 {
		r.fail(n, "a step needs one of customer, wait, repeat, given or deliver")
		return
	}
	r.checkTakes(chosen, seen)
	r.checkCustomer(s, seen)
	if name := kinds[chosen].name; name == "customer" || name == "deliver" {
		r.checkDelivery(s, seen)
	}
	if kinds[chosen].name == "repeat" && seen["steps"] == nil {
		r.fail(n, "repeat needs steps beside it")
	}
}

func (r *reader) checkTakes(chosen int, seen map[string]ast.Node) {
	k := kinds[chosen]
	for name, at := range seen {
		if name != k.name && !slices.Contains(k.takes, name) {
			r.fail(at, "key %q does not go with %q, which takes %s", name, k.name, list(k.takes, "and"))
		}
	}
}

func (r *reader) checkCustomer(s Step, seen map[string]ast.Node) {
	if s.Customer != nil && seen["burst"] != nil && seen["as"] != nil {
		r.fail(seen["burst"], "a burst is fresh customers, who have no names; leave out %q or %q", "as", "burst")
	}
}

func (r *reader) given(n ast.Node) *Given {
	g := &Given{}
	seen, ok := r.object(n, aPast, []key{
		{"offers", func(n ast.Node) { g.Offers = r.count(n, "offers", 0) }},
		{"quiet", func(n ast.Node) { w := r.wait(n, "quiet"); g.Quiet = &w }},
	})
	if ok && seen["offers"] == nil {
		r.fail(n, "given needs offers, like {offers: 2, quiet: 3d}")
	}
	return g
}

func (r *reader) actor(n ast.Node) string {
	before := len(r.errs)
	s := r.line(n, "as")
	if len(r.errs) == before && !actorForm.MatchString(s) {
		r.fail(n, "as %q is no name; use lower case letters, digits and dashes, like bob", s)
	}
	return s
}

func (r *reader) wait(n ast.Node, what string) Wait {
	s, ok := text(n)
	if !ok {
		r.fail(n, "%s is a duration (90s, 26h, 3d) or relative to the idle gap (idle, idle - 1m, idle + 2h), not %s", what, kindOf(n))
		return Wait{}
	}
	w, err := parseWait(s)
	if err != nil {
		r.fail(n, "%s: %v", what, err)
	}
	return w
}

func (r *reader) count(n ast.Node, what string, low int) Count {
	if _, ok := integer(n); ok {
		return Count{N: r.number(n, what, low, maxCount)}
	}
	s, ok := text(n)
	if !ok {
		r.fail(n, "%s is a number, cap, cap - 1 or cap + 1, not %s", what, kindOf(n))
		return Count{}
	}
	c, err := parseCount(s)
	if err != nil {
		r.fail(n, "%s: %v", what, err)
	}
	return c
}

func (r *reader) rangeOf(n ast.Node, what string) Range {
	if _, ok := integer(n); ok {
		v := r.number(n, what, 0, maxTimes)
		return Range{Min: v, Max: v}
	}
	s, ok := text(n)
	if !ok {
		r.fail(n, "%s is a number or a range (2, 1..4 or 1..), not %s", what, kindOf(n))
		return Range{}
	}
	out, err := parseRange(s)
	if err != nil {
		r.fail(n, "%s: %v", what, err)
	}
	return out
}
