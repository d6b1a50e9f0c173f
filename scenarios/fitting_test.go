package scenarios_test

import (
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// parsed reads a story from its steps and what stands before them.
func parsed(t *testing.T, text string) []*story.Story {
	t.Helper()
	s, err := story.Parse("mine.yaml", []byte("name: mine\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return []*story.Story{s}
}

// The built-in integrator costs nothing, so every story gets one that fits it,
// unless somebody wants to know about one of a certain cap.
func TestBuiltInFitsTheStory(t *testing.T) {
	t.Parallel()
	const none, zero = "integrator has cap 3", "needs: {cap: 0}\nsteps:\n  - customer: Hi\n    expect: [reply sent]\n"
	for _, c := range []struct {
		name, text      string
		fixed           bool
		outcome, reason string
	}{
		{"a cap of 0", zero, false, report.Passed, ""},
		{"a cap of 0 for an integrator of cap 3", zero, true, report.NotPlayed, none},
		{"a cap of 1", "needs: {cap: 1}\nsteps:\n  - given: {offers: cap, quiet: idle}\n  - customer: Hi\n    expect: [reply sent]\n", false, report.Passed, ""},
		{"a cap from 5", "needs: {cap: 5..}\nsteps:\n  - given: {offers: 4, quiet: idle}\n  - customer: Hi\n    expect: [offer requested, offer sent, reply sent]\n", false, report.Passed, ""},
		{"a reply", "needs: {reply: Bye}\nsteps:\n  - customer: Hi\n    expect: [offer requested, offer sent, reply sent: {text: Bye}]\n", false, report.Passed, ""},
		{"a reply that is not the integrator's", "needs: {reply: Bye}\nsteps:\n  - customer: Hi\n", true, report.NotPlayed, "integrator has another reply than the story needs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runner := inProcess(t, rules.DefaultSettings())
			runner.Stories, runner.Fixed = parsed(t, c.text), c.fixed
			played, err := runner.Play(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := played.Results[0]
			if d := diff.Diff([]string{c.outcome, c.reason}, []string{got.Outcome, got.Reason}); d != "" {
				t.Errorf("outcome and reason (-want +got):\n%s%s", d, report.Text{}.Result(got))
			}
		})
	}
}

// What a step leads to that is not waited for comes together with the next
// step's, and its fault holds until then.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	const served = "[offer requested, offer sent, reply sent]"
	for _, c := range []struct{ name, text string }{
		{
			"of one customer, expected once",
			"steps:\n  - customer: Hi\n    meanwhile: true\n  - customer: Are you there?\n    expect: [offer requested, offer sent, reply sent: {times: 2}]\n",
		},
		{
			"of two customers, expected at each",
			"steps:\n  - customer: Hi\n    meanwhile: true\n    expect: " + served + "\n  - customer: Hello\n    as: bob\n    expect: " + served + "\n",
		},
		{
			"with a fault, which is not the next one's",
			"steps:\n  - customer: Hi\n    meanwhile: true\n    fault: no-fill=geo\n    expect: [offer requested, reply sent]\n" +
				"  - customer: Hello\n    as: bob\n    expect: " + served + "\n  - wait: idle\n  - customer: Back\n    expect: " + served + "\n",
		},
		{
			"before time passes, which waits for it",
			"steps:\n  - customer: Hi\n    meanwhile: true\n    expect: " + served + "\n  - wait: idle\n  - customer: Back\n    expect: " + served + "\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runner := inProcess(t, rules.DefaultSettings())
			runner.Stories = parsed(t, c.text)
			played, err := runner.Play(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := played.Results[0]; got.Outcome != report.Passed {
				t.Error(report.Text{}.Result(got))
			}
		})
	}
}
