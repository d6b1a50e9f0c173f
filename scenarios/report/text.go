// Package report words what came of a run, and what is said meanwhile, for
// people and for CI services. It owns every form in which results leave the
// sandbox, and decides nothing: all of it is a pure function of results.
//
//	Result, Report ─▶ Text ─▶ a terminal
//	                         ├▶ JUnit ─▶ CI services
//	                         ├▶ Annotations, Markdown ─▶ GitHub
//	                         └▶ HTML ─▶ one page with a sequence diagram a thread
//	sim.Entry ─▶ Log ─▶ Text ─▶ what `serve` and `journal` print
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

// Text words results, findings, timelines and exchanges for a terminal. The
// zero value writes plain text. Every method is pure and ends its last line.
type Text struct {
	Color   bool // ANSI colours
	Verbose bool // timelines of stories that held, reasons of what was not judged
	Column  int  // width of the stories' names; default 20
	Wall    bool // timelines show real time too, for integrators that live in it
}

// color is an ANSI code.
type color string

const (
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	bold   color = "1"
	dim    color = "2"
)

func (t Text) paint(c color, text string) string {
	if !t.Color || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// Result words what came of a story: one line when it held, else with what was
// expected, what came, the findings and the timelines of the threads concerned.
func (t Text) Result(r Result) string {
	var b strings.Builder
	elapsed := r.Elapsed.Round(time.Millisecond).String()
	fmt.Fprintf(&b, "%s  %-*s  %-9s  %7s", t.outcome(r.Outcome), cmp.Or(t.Column, 20), r.Story, r.Channel, elapsed)
	switch {
	case r.Outcome == NotPlayed:
		b.WriteString("  not played: " + r.Reason)
	case r.Reason != "":
		b.WriteString("  " + r.Reason)
	}
	b.WriteString("\n")
	if r.Outcome == Failed && r.About != "" {
		b.WriteString("      " + t.paint(dim, r.About) + "\n")
	}
	for _, s := range r.Steps {
		b.WriteString(indent(t.step(s)))
	}
	for i, f := range r.Verdict.Findings {
		if i > 0 && f.Rule == r.Verdict.Findings[i-1].Rule { // its duty has just been told
			b.WriteString(indent(t.finding(f) + "\n" + where(f)))
			continue
		}
		b.WriteString(indent(t.Finding(f)))
	}
	for _, w := range r.Verdict.Waived {
		b.WriteString(indent(t.waiver(w)))
	}
	for _, e := range t.concerned(r) {
		b.WriteString(indent(t.Timeline(e)))
	}
	return b.String()
}

// outcome is the first word of a result's line.
func (t Text) outcome(outcome string) string {
	switch outcome {
	case Passed:
		return t.paint(green, "ok  ")
	case Failed:
		return t.paint(red, "FAIL")
	case Errored:
		return t.paint(red, "ERR ")
	}
	return t.paint(yellow, "skip")
}

// step words an expectation that did not hold, with its place in the story.
func (t Text) step(s StepFailure) string {
	var b strings.Builder
	for _, m := range s.Mismatches {
		line := cmp.Or(m.Pos.Line, s.Line)
		fmt.Fprintf(&b, "%s:%d: %s\n", s.File, line, m)
	}
	if s.Text != "" {
		b.WriteString(t.paint(dim, fmt.Sprintf("after the customer wrote %q", s.Text)) + "\n")
	}
	return b.String()
}

// Finding words a breach with its duty, where the document says so, and what
// to change.
func (t Text) Finding(f rules.Finding) string {
	var b strings.Builder
	b.WriteString(t.finding(f) + "\n")
	rule, _ := rules.Lookup(f.Rule)
	for _, row := range [][2]string{{"duty", rule.Duty}, {"clause", rule.Clause}, {"fix", rule.Fix}} {
		if row[1] != "" {
			fmt.Fprintf(&b, "    %-6s  %s\n", row[0], row[1])
		}
	}
	b.WriteString(where(f))
	return b.String()
}

// where is what differs from one breach of a rule to the next.
func where(f rules.Finding) string {
	var b strings.Builder
	if f.Thread != "" {
		b.WriteString("    thread  " + f.Thread + "\n")
	}
	for line := range strings.Lines(f.Diff) {
		b.WriteString("    " + strings.TrimRight(line, "\n") + "\n")
	}
	return b.String()
}

// finding is the first line of a breach: R36 must  The reply … (exchanges 4, 5).
func (t Text) finding(f rules.Finding) string {
	c := red
	if f.Severity != rules.Must {
		c = yellow
	}
	return t.paint(c, fmt.Sprintf("%s %s", f.Rule, f.Severity)) + "  " + f.What + exchanges(f.Exchanges)
}

// waiver words a breach that the team has set aside, in one line.
func (t Text) waiver(w rules.Waiver) string {
	return t.paint(dim, fmt.Sprintf("%s waived until %s (%s)", w.Rule, w.Until, w.Reason)) + "  " + w.What + exchanges(w.Exchanges) + "\n"
}

// Found words a breach in two lines, for a log.
func (t Text) Found(f rules.Finding) string {
	rule, _ := rules.Lookup(f.Rule)
	return t.finding(f) + "\n    fix: " + rule.Fix + "\n"
}

func exchanges(numbers []int64) string {
	if len(numbers) == 0 {
		return ""
	}
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = fmt.Sprintf("#%d", n)
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// mostTimelines bounds what a failed burst of customers prints.
const mostTimelines = 5

// concerned are the threads whose timelines explain a result: those with a
// failure or a finding, or all of them when asked.
func (t Text) concerned(r Result) []rules.Evidence {
	if t.Verbose {
		return r.Evidence
	}
	guilty := func(e rules.Evidence) bool {
		return slices.ContainsFunc(r.Steps, func(s StepFailure) bool { return s.Thread == e.Thread }) ||
			slices.ContainsFunc(r.Verdict.Findings, func(f rules.Finding) bool { return f.Thread == e.Thread })
	}
	out := slices.DeleteFunc(slices.Clone(r.Evidence), func(e rules.Evidence) bool { return !guilty(e) })
	return out[:min(len(out), mostTimelines)]
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("      " + line)
	}
	return b.String()
}
