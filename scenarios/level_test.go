package scenarios_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
)

// A team's level of a rule decides whether a run fails; the finding stays.
func TestRuleLevels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rules string
		want        string // outcome, findings, waived, hints
	}{
		{"as the document has it", "", "failed R37 must; 0 waived; 0 hints"},
		{"off until a day to come", "{R37: {level: off, reason: being mended, until: 2999-12-31}}", "passed; 1 waived; 0 hints"},
		{"off until a day that is over", "{R37: {level: off, reason: being mended, until: 2020-12-31}}", "failed R37 must; 0 waived; 1 hints"},
		{"advice here", "{R37: {level: should, reason: being mended, until: 2999-12-31}}", "passed R37 should; 0 waived; 0 hints"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config, err := scenarios.LoadConfig(written(t, "rules: "+c.rules+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			sb, err := scenarios.New(scenarios.Options{Seed: 1, Run: "test", Config: config})
			if err != nil {
				t.Fatal(err)
			}
			defer sb.Close()
			r := scenarios.Runner{
				Sandbox: sb, Channels: []string{"whatsapp"}, Settings: config.Settings(""), Seed: 1, Run: "test",
				Defects: []string{"reply-changed"}, Stories: told(t, "  - customer: Hi\n"),
			}
			played, err := r.Play(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, weighed(played.Results[0])); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// weighed is what became of a story in a few words.
func weighed(r report.Result) string {
	words := []string{r.Outcome}
	for _, f := range r.Verdict.Findings {
		words = append(words, f.Rule, string(f.Severity))
	}
	return strings.Join(words, " ") + "; " + strconv.Itoa(len(r.Verdict.Waived)) + " waived; " + strconv.Itoa(len(r.Verdict.Hints)) + " hints"
}

func TestRuleLevelsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"no such rule":  {"rules:\n  R99: {level: off, reason: x, until: 2026-12-31}\n", ":2:9: rules.R99: R99 is no rule"},
		"no such level": {"rules:\n  R1: {level: never, reason: x, until: 2026-12-31}\n", `:2:15: rules.R1.level: "never" is no level`},
		"no reason":     {"rules:\n  R1: {level: off, until: 2026-12-31}\n", ":2:8: rules.R1.reason: is missing"},
		"no end":        {"rules:\n  R1: {level: off, reason: x}\n", `:2:8: rules.R1.until: "" is no date`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scenarios.LoadConfig(written(t, c[0]))
			if err == nil || !strings.Contains(err.Error(), c[1]) {
				t.Errorf("LoadConfig = %v; want %q", err, c[1])
			}
		})
	}
}
