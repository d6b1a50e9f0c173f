package contract

import (
	"flag"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// tell ends the subtest of a story with what came of it.
func (s *suite) tell(t *testing.T, r report.Result, sb *Sandbox) {
	t.Helper()
	s.evidence = append(append(append(s.evidence, r.Evidence...), r.Elsewhere...), r.Homeless)
	switch {
	case r.Outcome == report.NotPlayed:
		t.Skip("not played: " + r.Reason)
	case r.Outcome != report.Passed:
		text := report.Text{}.Result(r) + "      replay: " + replay(t)
		if file := sb.saveJournal(t, threadsOf(r)); file != "" {
			text += "\n      journal: " + file
		}
		t.Errorf("contract: the story failed\n%s", text)
	case len(r.Verdict.Waived) > 0:
		var lines []string
		for _, w := range r.Verdict.Waived {
			lines = append(lines, fmt.Sprintf("%s waived until %s (%s): %s%s", w.Rule, w.Until, w.Reason, w.What, numbers(w.Exchanges)))
		}
		t.Skip(strings.Join(lines, "\n"))
	case r.Reason != "":
		t.Log(r.Reason)
	}
}

// threadsOf are the threads of a story, and "" for calls that name none.
func threadsOf(r report.Result) map[string]bool {
	threads := map[string]bool{"": true}
	for _, all := range [][]rules.Evidence{r.Evidence, r.Elsewhere} {
		for _, e := range all {
			threads[e.Thread] = true
		}
	}
	return threads
}

// replay is the command that runs a subtest alone.
func replay(t *testing.T) string {
	parts := strings.Split(t.Name(), "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return "go test -run '" + strings.Join(parts, "/") + "'"
}

// conclude tells what the rules found that compare threads.
func (s *suite) conclude(t *testing.T) {
	t.Helper()
	over := s.options.Config.Rules.Apply(rules.JudgeRun(s.evidence), clock.Real())
	verdict := rules.Merge(append(s.verdicts, over)...)
	if !verdict.Fails(s.options.FailOn) {
		return
	}
	var text strings.Builder
	for _, f := range verdict.Findings {
		text.WriteString(report.Text{}.Finding(f))
	}
	t.Errorf("contract: over all stories together\n%s", text.String())
}

// selected foretells whether -run and -skip will let a subtest run, so that
// what is meant to run can begin at once. It need not be right: a story that
// was not foreseen is played when its turn comes, and one too many disturbs
// nobody.
func selected(name string) bool {
	pattern := func(flagName string) string {
		if f := flag.Lookup(flagName); f != nil {
			return f.Value.String()
		}
		return ""
	}
	run, skip := pattern("test.run"), pattern("test.skip")
	return (run == "" || matches(run, name)) && (skip == "" || !matches(skip, name))
}

// matches compares a name with a pattern, element by element. A pattern with
// fewer elements speaks of all that is below.
func matches(pattern, name string) bool {
	elements, parts := strings.Split(pattern, "/"), strings.Split(name, "/")
	if len(elements) > len(parts) {
		return false
	}
	for i, e := range elements {
		if ok, err := regexp.MatchString(e, parts[i]); err != nil || !ok {
			return false
		}
	}
	return true
}
