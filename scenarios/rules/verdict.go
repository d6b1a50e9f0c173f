package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity is how much a breach weighs.
type Severity string

// The severities.
const (
	Must   Severity = "must"   // a documented duty
	Should Severity = "should" // documented advice
	Hint   Severity = "hint"   // conforms, yet worth a look; never a finding
)

// Scope is how much evidence a rule needs.
type Scope string

// The scopes.
const (
	ScopeThread Scope = "thread" // one thread is enough
	ScopeRun    Scope = "run"    // compares threads
)

// Rule is one documented duty of an integrator.
type Rule struct {
	ID       string   `json:"id"` // R1 …
	Severity Severity `json:"severity"`
	Duty     string   `json:"duty"`   // what is asked, in one sentence
	Clause   string   `json:"clause"` // where the document says so, paraphrased
	Fix      string   `json:"fix"`    // what to change
	Scope    Scope    `json:"scope"`
	// Within names the rule that reports the breaches of this one, when no
	// timeline can break this one alone.
	Within string `json:"within,omitempty"`

	// Needs says what the evidence lacks for judging, or nothing.
	Needs func(*Reading) string `json:"-"`
	// Judge finds the breaches within one thread.
	Judge func(*Reading) []Breach `json:"-"`
	// NeedsRun and JudgeRun are the same over all threads of a run.
	NeedsRun func([]*Reading) string   `json:"-"`
	JudgeRun func([]*Reading) []Breach `json:"-"`
}

// Breach is one proven breach, as a rule reports it.
type Breach struct {
	Thread    string  // empty: the thread that was judged
	Inbound   string  // id of the message it is about, if any
	What      string  // one sentence with concrete values
	Exchanges []int64 // numbers that prove it; the first one identifies the breach
	Diff      string
	Severity  Severity // empty: the rule's
}

// Finding is a breach together with its rule.
type Finding struct {
	Rule      string   `json:"rule"`
	Severity  Severity `json:"severity"`
	Thread    string   `json:"thread"`
	Inbound   string   `json:"inbound,omitempty"`
	What      string   `json:"what"`
	Exchanges []int64  `json:"exchanges"`
	Diff      string   `json:"diff,omitempty"` // - documented or answered, + sent
}

// Key identifies a finding: it stays the same while more evidence of the same
// breach comes in, so that live judging can tell new findings from known ones.
func (f Finding) Key() string {
	var first int64
	if len(f.Exchanges) > 0 {
		first = f.Exchanges[0]
	}
	return fmt.Sprintf("%s|%s|%s|%d", f.Rule, f.Thread, f.Inbound, first)
}

// Unjudged is a rule on which the evidence says nothing.
type Unjudged struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// Verdict is the outcome of judging. Findings, waivers and hints are ordered by
// rule, thread and exchange; rules by number.
type Verdict struct {
	Findings  []Finding  `json:"findings"`
	Waived    []Waiver   `json:"waived,omitempty"` // findings that the team has set aside, see Levels
	Hints     []Finding  `json:"hints"`
	Judged    []string   `json:"judged"` // rules that had an occasion to be broken
	NotJudged []Unjudged `json:"notJudged"`
}

// Lookup finds a rule by its id.
func Lookup(id string) (Rule, bool) {
	for _, rule := range All() {
		if rule.ID == id {
			return rule, true
		}
	}
	return Rule{}, false
}

// All lists the rules by number.
func All() []Rule {
	return slices.Concat(
		triggerRules(), countRules(), accessRules(), operatorRules(), messageRules(), optionalRules(),
		answerRules(), sendRules(), replyRules(), statusRules(), outageRules(),
	)
}

// Judge applies every rule of thread scope to one thread.
func Judge(e Evidence) Verdict {
	r := Read(e)
	var v Verdict
	for _, rule := range All() {
		switch {
		case rule.Judge != nil:
			v.add(rule, e.Thread, rule.Needs(r), func() []Breach { return rule.Judge(r) })
		case rule.Within != "":
			v.skip(rule, "its breaches are reported by "+rule.Within)
		default:
			v.skip(rule, "compares the threads of a run")
		}
	}
	return v.sorted()
}

// JudgeRun applies the rules that compare threads. The verdicts of the single
// threads are not in it; Merge joins them.
func JudgeRun(all []Evidence) Verdict {
	readings := make([]*Reading, len(all))
	for i, e := range all {
		readings[i] = Read(e)
	}
	slices.SortStableFunc(readings, func(a, b *Reading) int { return cmp.Compare(a.Thread, b.Thread) })
	var v Verdict
	for _, rule := range All() {
		if rule.JudgeRun != nil {
			v.add(rule, "", rule.NeedsRun(readings), func() []Breach { return rule.JudgeRun(readings) })
		}
	}
	return v.sorted()
}

// Merge joins verdicts: a rule counts as judged when any of them judged it,
// else the first reason stands. A finding that several verdicts share is kept
// once, and an offer that was sent in another thread is not also called unsent.
func Merge(verdicts ...Verdict) Verdict {
	var v Verdict
	for _, other := range verdicts {
		v.Findings = append(v.Findings, other.Findings...)
		v.Waived = append(v.Waived, other.Waived...)
		v.Hints = append(v.Hints, other.Hints...)
		v.Judged = append(v.Judged, other.Judged...)
		v.NotJudged = append(v.NotJudged, other.NotJudged...)
	}
	v.Findings = slices.DeleteFunc(v.Findings, v.sentElsewhere)
	return v.sorted()
}

// Fails tells whether a verdict fails at a level: Must counts the broken
// duties, Should the ignored advice too.
func (v Verdict) Fails(level Severity) bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Severity == Must || level == Should })
}

// sentElsewhere tells of an offer that its thread never saw (R36 with the
// answer as its only proof) because it went out in another thread, which a
// rule of the run reports with the same answer as its second proof.
func (v *Verdict) sentElsewhere(unsent Finding) bool {
	if unsent.Rule != "R36" || len(unsent.Exchanges) != 1 {
		return false
	}
	return slices.ContainsFunc(v.Findings, func(f Finding) bool {
		astray := slices.Contains([]string{"R31", "R32", "R33", "R35"}, f.Rule)
		return astray && len(f.Exchanges) > 1 && f.Exchanges[1] == unsent.Exchanges[0]
	})
}

func (v *Verdict) skip(rule Rule, reason string) {
	v.NotJudged = append(v.NotJudged, Unjudged{Rule: rule.ID, Reason: reason})
}

func (v *Verdict) add(rule Rule, thread, lacking string, judge func() []Breach) {
	if lacking != "" {
		v.skip(rule, lacking)
		return
	}
	v.Judged = append(v.Judged, rule.ID)
	for _, b := range judge() {
		f := Finding{
			Rule: rule.ID, Severity: cmp.Or(b.Severity, rule.Severity), Thread: cmp.Or(b.Thread, thread),
			Inbound: b.Inbound, What: b.What, Exchanges: b.Exchanges, Diff: b.Diff,
		}
		if f.Severity == Hint {
			v.Hints = append(v.Hints, f)
		} else {
			v.Findings = append(v.Findings, f)
		}
	}
}

func (v Verdict) sorted() Verdict {
	v.Findings, v.Hints = inOrder(v.Findings, itself), inOrder(v.Hints, itself)
	if len(v.Waived) > 0 {
		v.Waived = inOrder(v.Waived, func(w Waiver) Finding { return w.Finding })
	}
	slices.SortFunc(v.Judged, compareIDs)
	v.Judged = slices.Compact(v.Judged)
	slices.SortStableFunc(v.NotJudged, func(a, b Unjudged) int { return compareIDs(a.Rule, b.Rule) })
	v.NotJudged = slices.CompactFunc(v.NotJudged, func(a, b Unjudged) bool { return a.Rule == b.Rule })
	v.NotJudged = slices.DeleteFunc(v.NotJudged, func(u Unjudged) bool { return slices.Contains(v.Judged, u.Rule) })
	return v
}

func itself(f Finding) Finding { return f }

// inOrder sorts what holds findings and drops repetitions.
func inOrder[T any](all []T, finding func(T) Finding) []T {
	slices.SortStableFunc(all, func(x, y T) int {
		a, b := finding(x), finding(y)
		return cmp.Or(
			compareIDs(a.Rule, b.Rule), cmp.Compare(a.Thread, b.Thread),
			slices.Compare(a.Exchanges, b.Exchanges), cmp.Compare(a.Inbound, b.Inbound), cmp.Compare(a.What, b.What),
		)
	})
	all = slices.CompactFunc(all, func(x, y T) bool {
		a, b := finding(x), finding(y)
		return a.Key() == b.Key() && a.What == b.What
	})
	return append([]T{}, all...) // never null in JSON
}

// compareIDs orders R2 before R10.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
