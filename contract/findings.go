package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Findings waits until every thread is quiet and judges all that happened
// against the documented duties of an integrator. What did not come by then
// counts as missing.
func (s *Sandbox) Findings(t testing.TB) []rules.Finding {
	t.Helper()
	s.Quiet(t, "")
	verdict, err := s.judge(context.Background())
	if err != nil {
		t.Fatalf("contract: the threads cannot be judged: %v", err)
	}
	return verdict.Findings
}

func (s *Sandbox) judge(ctx context.Context) (rules.Verdict, error) {
	threads, err := s.Workspace().Threads(ctx)
	if err != nil {
		return rules.Verdict{}, err
	}
	var all []rules.Evidence
	var verdicts []rules.Verdict
	for _, thread := range threads {
		e, err := s.engine.Evidence(ctx, s.Workspace(), thread.ID, s.options.Config.Settings(thread.Account))
		if err != nil {
			return rules.Verdict{}, err
		}
		e.Closed = true
		all = append(all, e)
		verdicts = append(verdicts, rules.Judge(e))
	}
	verdict := rules.Merge(append(verdicts, rules.JudgeRun(all))...)
	return s.options.Config.Rules.Apply(verdict, clock.Real()), nil
}

// RequireNoFindings fails the test when a documented duty was broken or
// documented advice ignored. Put it at the end of a test. To let advice pass,
// look at the severities of Findings.
func (s *Sandbox) RequireNoFindings(t testing.TB) {
	t.Helper()
	if findings := s.Findings(t); len(findings) > 0 {
		t.Fatal(s.worded(findings))
	}
}

func (s *Sandbox) worded(findings []rules.Finding) string {
	var out strings.Builder
	fmt.Fprintf(&out, "contract: documented duties were broken, findings: %d\n  expected: none\n", len(findings))
	var threads []string
	for _, f := range findings {
		rule, _ := rules.Lookup(f.Rule)
		fmt.Fprintf(&out, "  got: %s (%s) %s\n    what: %s%s\n    says: %s\n    fix: %s\n",
			f.Rule, f.Severity, rule.Duty, f.What, numbers(f.Exchanges), rule.Clause, rule.Fix)
		if f.Diff != "" {
			fmt.Fprintf(&out, "    diff (-documented +sent):\n%s\n", f.Diff)
		}
		if !slices.Contains(threads, f.Thread) {
			threads = append(threads, f.Thread)
		}
	}
	for _, thread := range threads {
		fmt.Fprintf(&out, "  timeline of %s:\n%s", thread, s.timeline(thread))
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// numbers lists the exchanges that prove a finding.
func numbers(exchanges []int64) string {
	if len(exchanges) == 0 {
		return ""
	}
	text := make([]string, len(exchanges))
	for i, n := range exchanges {
		text[i] = fmt.Sprintf("#%d", n)
	}
	return " (" + strings.Join(text, ", ") + ")"
}
