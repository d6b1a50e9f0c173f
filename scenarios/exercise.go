package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Exercised lists what a story exercises of what is documented, in words: the
// ways in which calls go wrong and whether that passes, the ways in which
// webhooks come, the cap or reply it needs, its channels. The text is the same
// for the same thing in any story.
func Exercised(s *story.Story) []string {
	var all []string
	if s.Fault != nil {
		all = append(all, faultsOf(*s.Fault)...)
	}
	for _, step := range everyStep(s.Steps) {
		if step.Fault != nil {
			all = append(all, faultsOf(*step.Fault)...)
		}
		all = append(all, deliveriesOf(step.Deliver)...)
	}
	if need := s.Needs.Cap; need != nil && need.Min == need.Max {
		all = append(all, fmt.Sprintf("cap %d", need.Min))
	}
	if s.Needs.Reply != "" {
		all = append(all, "a reply of its own")
	}
	if len(all) == 0 && len(s.Steps) == 1 && s.Steps[0].Burst == 0 {
		all = append(all, "200 and nothing else")
	}
	for _, channel := range s.Channels {
		all = append(all, "channel "+channel)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// everyStep lists steps with those inside of repeats.
func everyStep(steps []story.Step) (all []story.Step) {
	for _, s := range steps {
		all = append(all, s)
		if s.Repeat != nil {
			all = append(all, everyStep(s.Repeat.Steps)...)
		}
	}
	return all
}

// faultsOf names what a fault does and to whom: one text an effect.
func faultsOf(written story.Fault) (all []string) {
	f, err := decodeFault(written)
	if err == nil {
		f, err = f.Resolve()
	}
	if err != nil {
		return nil
	}
	whose := strings.TrimPrefix(f.Match.Operation, "encore.")
	if f.Match.OfferMessage || f.Match.Operation == "" {
		whose = "provider"
	}
	ending := ""
	if f.Times > 0 || f.Match.Nth > 0 || len(f.Sequence) > 0 {
		ending = ", then well"
	}
	for _, e := range append([]fault.Effect{f.Effect}, f.Sequence...) {
		if words := effectWords(e); words != "" {
			all = append(all, whose+": "+words+ending)
		}
	}
	return all
}

// effectWords names the kind of an effect; how long and how much is left out.
func effectWords(e fault.Effect) string {
	var words []string
	for _, w := range []struct {
		word string
		on   bool
	}{
		{fmt.Sprint(e.Status), e.Status != 0},
		{"html", e.HTML},
		{"another body", e.Body != ""},
		{"another content type", e.ContentType != ""},
		{"slow", e.Latency != (fault.Latency{})},
		{"in drips", e.Drip != (fault.Drip{})},
		{"no answer", e.Hang},
		{"reset " + e.Reset, e.Reset != ""},
		{"truncated", e.Truncate > 0},
		{"garbled", e.Garbled},
		{"duplicate", e.Duplicate},
		{"no fill for " + e.NoFill, e.NoFill != ""},
		{e.Provider, e.Provider != ""},
		{"after the work", e.After},
	} {
		if w.on {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, " ")
}

// deliveriesOf names how a webhook comes, or what it is about.
func deliveriesOf(d *story.Delivery) (words []string) {
	if d == nil {
		return nil
	}
	for _, w := range []struct {
		word string
		on   bool
	}{
		{"twice", d.Twice},
		{"late", d.Late != nil},
		{"lost", d.Drop},
		{"overtaken", d.Reorder},
		{"in a batch", d.Batch > 0},
		{"status " + d.Status, d.Status != ""},
		{"echo", d.Echo},
		{"reaction", d.Reaction},
		{"unsupported", d.Unsupported},
		{"opt-out", d.OptOut},
		{"signature " + d.Signature, d.Signature != ""},
	} {
		if w.on {
			words = append(words, "webhook: "+w.word)
		}
	}
	return words
}

// OnlyIn says of every story what it alone does: the defects that no other
// catches, and what no other exercises. A story without an entry can be removed,
// and nothing is lost.
func (m Matrix) OnlyIn(stories []*story.Story) map[string][]string {
	by := map[string][]string{} // stories by what they do
	for _, s := range stories {
		for _, thing := range Exercised(s) {
			by[thing] = append(by[thing], s.Name)
		}
	}
	for _, row := range m.Rows {
		for channel, caught := range row.CaughtBy {
			by["defect "+row.Defect+" on "+channel] = caught
		}
	}
	only := map[string][]string{}
	for thing, names := range by {
		if len(names) == 1 && names[0] != WholeRun {
			only[names[0]] = append(only[names[0]], thing)
		}
	}
	for _, things := range only {
		slices.Sort(things)
	}
	return only
}
