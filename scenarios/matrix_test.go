package scenarios_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

var update = flag.Bool("update", false, "rewrite what README says")

// Every defect is caught by the rule that it is named for, in one story at
// least: the rules bite. On WhatsApp all are played, on other channels those
// that name them. And every story is there for something.
func TestEveryDefectIsCaughtByItsRule(t *testing.T) {
	if testing.Short() || raceDetector { // virtual time lets one goroutine run at a time
		t.Skip("plays every story against every defect")
	}
	t.Parallel()
	stories := library(t)
	proof := scenarios.Proof{Sandbox: newSandbox(t, scenarios.Options{Seed: 1, Run: "test"}), Stories: stories, Seed: 1, Run: "test"}
	matrix, err := proof.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range matrix.Rows {
		t.Run(row.Defect, func(t *testing.T) {
			if !row.Caught() {
				t.Errorf("no story has a finding of %s on each of %v, only %v; other rules: %v; not as written: %v",
					row.Rule, row.Channels, row.CaughtBy, row.AlsoBroke, row.Mismatched)
			}
		})
	}
	t.Run("every story is needed", func(t *testing.T) { everyStoryIsNeeded(t, matrix, stories) })
	t.Run("README has the matrix", func(t *testing.T) { readmeHas(t, matrix) })
}

// everyStoryIsNeeded holds that without any one story a defect would get away,
// or something documented would not be exercised.
func everyStoryIsNeeded(t *testing.T, m scenarios.Matrix, stories []*story.Story) {
	t.Helper()
	only := m.OnlyIn(stories)
	var table strings.Builder
	for _, s := range stories {
		if len(only[s.Name]) == 0 {
			t.Errorf("%s does nothing that other stories do not: remove it, or give it a defect that it alone catches", s.Name)
		}
		fmt.Fprintf(&table, "%-22s %s\n", s.Name, strings.Join(only[s.Name], "; "))
	}
	t.Logf("what each story alone is there for:\n%s", table.String())
}

// Every rule that can be judged has a defect. The others are judged within a rule
// that has.
func TestEveryRuleHasADefect(t *testing.T) {
	t.Parallel()
	with := map[string]bool{}
	for _, d := range integrator.Defects() {
		with[d.Rule] = true
	}
	var without []string
	for _, r := range rules.All() {
		if !with[r.ID] {
			without = append(without, r.ID+" is judged within "+r.Within)
		}
		delete(with, r.ID)
	}
	// No timeline can break one of these alone: the cap check of a first message is
	// the cap check (R5), and a timestamp in a wrong unit is a wrong timestamp (R26).
	want := []string{"R5 is judged within R6", "R26 is judged within R22"}
	if d := diff.Diff(want, without); d != "" || len(with) > 0 {
		t.Errorf("rules without a defect (-want +got):\n%srules that are none: %v", d, slices.Collect(maps.Keys(with)))
	}
}

// What differs from the built-in integrator and conforms, breaks nothing
// anywhere: the rules do not bite where they should not.
func TestConformingHabits(t *testing.T) {
	t.Parallel()
	stories := library(t)
	for _, habit := range integrator.Habits() {
		t.Run(habit.Name, func(t *testing.T) {
			t.Parallel()
			settings, channels := rules.DefaultSettings(), habit.Channels
			if raceDetector { // ten times as slow
				channels = []string{"whatsapp"}
			}
			if habit.Name == "two-greetings" {
				settings.Reply = []rules.ReplyText{{Text: integrator.DefaultReply}, {Text: integrator.SecondGreeting}}
			}
			played, err := scenarios.Runner{
				Sandbox: newSandbox(t, scenarios.Options{Seed: 1, Run: "test"}), Stories: stories, Channels: channels,
				Settings: settings, Defects: []string{habit.Name}, Seed: 1, Run: "test", FailOn: rules.Should,
			}.Play(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(map[string]string{}, failures(played)); d != "" {
				t.Errorf("%s failures (-want +got):\n%s", habit.About, d)
			}
		})
	}
}

// An integrator that answers itself is stopped, and told why.
func TestIntegratorWithoutEnd(t *testing.T) {
	t.Parallel()
	runner := inProcess(t, rules.DefaultSettings(), "echo-answered")
	runner.Stories, runner.Channels = told(t, "  - customer: Hi\n"), []string{"messenger"}
	played, err := runner.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := played.Results[0]
	want := "the integrator went on without end and was stopped: 65 webhooks and calls came of 1 messages; does it answer its own messages, or ask again for ever?"
	if got.Reason != want || got.Outcome == report.Passed {
		t.Errorf("outcome %s, %q; want one like %q", got.Outcome, got.Reason, want)
	}
}

// Marks in README between which the short matrix stands.
const (
	matrixBegin = "<!-- the matrix is written by: go test ./scenarios -run TestEveryDefectIsCaughtByItsRule -update -->\n"
	matrixEnd   = "<!-- end of the matrix -->\n"
)

// readmeHas holds that README's short matrix is the one that was played.
func readmeHas(t *testing.T, m scenarios.Matrix) {
	t.Helper()
	const file = "../README.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), matrixBegin)
	got, after, closed := strings.Cut(rest, matrixEnd)
	if !found || !closed {
		t.Fatalf("README.md lacks the marks of the matrix: %q and %q", matrixBegin, matrixEnd)
	}
	want := shortMatrix(m)
	if *update {
		if err := os.WriteFile(file, []byte(before+matrixBegin+want+matrixEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := diff.Diff(want, got); d != "" {
		t.Errorf("README's matrix differs from what was played; rewrite it with -update (-want +got):\n%s", d)
	}
}

// shortMatrix names by rule the defects that it catches.
func shortMatrix(m scenarios.Matrix) string {
	var all []string
	for _, r := range rules.All() {
		var names []string
		for _, row := range m.Rows {
			if row.Rule == r.ID && row.Caught() {
				names = append(names, row.Defect)
			}
		}
		if len(names) > 0 {
			all = append(all, "**"+r.ID+"** "+strings.Join(names, ", "))
		}
	}
	return "\n" + strings.Join(all, " · ") + "\n\n"
}
