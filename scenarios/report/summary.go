package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

// Summary words a run as a whole: how many stories held, which duties had an
// occasion to be broken, and by which seed and run id to find it again.
func (t Text) Summary(r Report) string {
	var b strings.Builder
	for _, f := range r.Verdict.Findings {
		b.WriteString(t.Finding(f))
	}
	counts := map[string]int{}
	for _, result := range r.Results {
		counts[result.Outcome]++
	}
	fmt.Fprintf(&b, "%s: %d held, %s%s, %d not played, in %v\n", plural(len(r.Results), "story", "stories"),
		counts[Passed], t.failures(counts[Failed]), t.errors(counts[Errored]), counts[NotPlayed], r.Elapsed.Round(time.Millisecond))
	b.WriteString(t.duties(r.Merged()))
	fmt.Fprintf(&b, "seed %d", r.Seed)
	if r.Run != "" {
		b.WriteString(", run " + r.Run)
	}
	b.WriteString("\n")
	return b.String()
}

// Judged words a capture as a whole: how many threads held, which duties had an
// occasion to be broken, and why the others were not judged.
func (t Text) Judged(r Report) string {
	var b strings.Builder
	for _, f := range r.Verdict.Findings {
		b.WriteString(t.Finding(f))
	}
	failed := 0
	for _, result := range r.Results {
		if result.Outcome == Failed {
			failed++
		}
	}
	fmt.Fprintf(&b, "%s: %d held, %s\n", plural(len(r.Results), "thread", "threads"), len(r.Results)-failed, t.failures(failed))
	t.Verbose = true
	b.WriteString(t.duties(r.Merged()))
	return b.String()
}

func (t Text) failures(n int) string {
	text := fmt.Sprintf("%d failed", n)
	if n == 0 {
		return text
	}
	return t.paint(red, text)
}

// errors counts the stories that broke off; most runs have none.
func (t Text) errors(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + t.paint(red, fmt.Sprintf("%d not played to the end", n))
}

// duties counts the rules by what became of them.
func (t Text) duties(v rules.Verdict) string {
	var broken []string
	for _, f := range v.Findings {
		if !slices.Contains(broken, f.Rule) {
			broken = append(broken, f.Rule)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "duties: %d exercised, %d broken", len(v.Judged), len(broken))
	if len(broken) > 0 {
		b.WriteString(" (" + t.paint(red, strings.Join(broken, ", ")) + ")")
	}
	fmt.Fprintf(&b, ", %d not judged", len(v.NotJudged))
	if len(v.NotJudged) > 0 && !t.Verbose {
		b.WriteString(" (-v says why)")
	}
	if len(v.Waived) > 0 {
		b.WriteString(", " + plural(len(v.Waived), "finding waived", "findings waived"))
	}
	b.WriteString("\n")
	if t.Verbose {
		b.WriteString(t.asides(v))
	}
	return b.String()
}

// asides are what a reader may want to know and nobody has to act upon.
func (t Text) asides(v rules.Verdict) string {
	var b strings.Builder
	for _, u := range v.NotJudged {
		fmt.Fprintf(&b, "    %-4s not judged: %s\n", u.Rule, u.Reason)
	}
	for _, f := range v.Hints {
		fmt.Fprintf(&b, "    %-4s hint: %s%s\n", f.Rule, f.What, exchanges(f.Exchanges))
	}
	return b.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
