package scenarios_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

func webhook(url string) map[string]sim.Target { return map[string]sim.Target{"": {URL: url}} }

// A run leaves neither goroutines that sleep for ever nor workspaces, and
// stories of one name do not meet in one. Not parallel: it counts goroutines.
func TestBuiltInRunLeavesNothingBehind(t *testing.T) {
	settings := rules.DefaultSettings()
	settings.ReplyBudget = time.Second // the integrator sleeps far beyond what is waited for
	runner := inProcess(t, settings, "slow-fallback")
	runner.Stories = append(told(t, "  - customer: Hi\n    fault: \"500\"\n"), told(t, "  - customer: Hi\n    fault: \"500\"\n")...)
	before := runtime.NumGoroutine()
	played, err := runner.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 1_000_000 { // those that have ended but are still counted
		if runtime.NumGoroutine() <= before {
			break
		}
		runtime.Gosched()
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before the run, %d after it", before, after)
	}
	for _, result := range played.Results {
		if len(result.Verdict.Findings) != 1 || !strings.Contains(result.Verdict.Findings[0].What, "no reply within 1s") {
			t.Errorf("want one finding about a reply that did not come within the budget of the run: %+v", result.Verdict.Findings)
		}
	}
	for _, name := range []string{"run-told-whatsapp", "run-told-whatsapp-2"} {
		if _, there := runner.Sandbox.Workspace(name); there {
			t.Errorf("workspace %s is still there", name)
		}
	}
}

// The built-in integrator is set up as the run judges it, whatever the sandbox
// was configured with.
func TestBuiltInGoesByTheSettingsOfTheRun(t *testing.T) {
	t.Parallel()
	settings := rules.Settings{Cap: 1, IdleGap: time.Hour, ReplyBudget: 2 * time.Second}
	runner := inProcess(t, settings)
	runner.Stories = told(t, `  - customer: Hi
    fault: "503"
    expect: [offer requested: {times: 1..4}, reply sent]
  - wait: 2h
  - customer: Back
    expect: [offer requested, offer sent, reply sent]
  - wait: 2h
  - customer: Back again
    expect: [reply sent]
`)
	played, err := runner.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if result := played.Results[0]; result.Outcome != report.Passed {
		t.Errorf("want the story to hold:\n%s", report.Text{}.Result(result))
	}
}

// A story that breaks off says why, is judged as far as it was played, and
// costs the others nothing.
func TestStoryThatBreaksOff(t *testing.T) {
	t.Parallel()
	const bad = "  - customer: Hi\n  - customer: Hi\n    operator: 9\n"
	for _, c := range []struct {
		name    string
		defects []string
		want    []string
	}{
		{"as such", nil, []string{report.Errored, report.Passed}},
		{"after a breach", []string{"offer-twice"}, []string{report.Failed, report.Failed}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runner := inProcess(t, rules.DefaultSettings(), c.defects...)
			runner.Stories = append(told(t, bad), told(t, "  - customer: Hi\n")...)
			played, err := runner.Play(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := []string{played.Results[0].Outcome, played.Results[1].Outcome}
			reason := "could not be played to its end: told.yaml:4: there are only 2 operators"
			if d := diff.Diff(c.want, got); d != "" || played.Results[0].Reason != reason {
				t.Errorf("outcomes (-want +got):\n%swith %q, want %q", d, played.Results[0].Reason, reason)
			}
			if !played.Failed(rules.Must) {
				t.Error("the report does not count as failed")
			}
		})
	}
}

// Faults hold for whom and for as long as they are written.
func TestFaultsOfStepsAndStories(t *testing.T) {
	t.Parallel()
	const failed, served = "[offer requested, reply sent]", "[offer requested, offer sent, reply sent]"
	for _, c := range []struct{ name, text string }{
		{
			"a story's fault outlasts that of its first step",
			"fault: \"500\"\nsteps:\n  - customer: Hi\n    fault: latency=1ms;operation=meta.whatsappMessages\n    expect: " + failed +
				"\n  - wait: idle + 2h\n  - customer: Back\n    expect: " + failed + "\n",
		},
		{
			"a step's fault ends with it",
			"steps:\n  - customer: Hi\n    fault: \"500\"\n    expect: " + failed + "\n  - wait: idle + 2h\n  - customer: Back\n    expect: " + served + "\n",
		},
		{
			"a fault of offer messages is not hidden by the hold of the run",
			"steps:\n  - customer: Hi\n    fault: {status: 500, match: {offerMessage: true}}\n    expect: [offer requested, offer refused, reply sent]\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := story.Parse("mine.yaml", []byte("name: mine\n"+c.text))
			if err != nil {
				t.Fatal(err)
			}
			played := playLibrary(t, scenarios.Config{}, []*story.Story{s}, []string{"whatsapp"})
			if d := diff.Diff([]report.StepFailure(nil), played.Results[0].Steps); d != "" || played.Results[0].Outcome == report.Errored {
				t.Errorf("%s steps that did not hold (-want +got):\n%s", played.Results[0].Reason, d)
			}
		})
	}
}

// A fault does not change to whom the customer of its step writes.
func TestFaultWithAnotherOperator(t *testing.T) {
	t.Parallel()
	played := playLibrary(t, scenarios.Config{}, told(t, "  - customer: Hi\n    operator: 2\n    fault: \"500\"\n"), []string{"whatsapp"})
	if thread := played.Results[0].Evidence[0].Thread; !strings.HasPrefix(thread, "whatsapp:106540352242923:") {
		t.Errorf("the thread is %s, want one of operator 2", thread)
	}
}

func TestCheckFindsWhatCannotBePlayed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a library story", "steps:\n  - customer: Hi\n    fault: 503;times=2\n", ""},
		{"a fault that is none", "fault: 999x\nsteps:\n  - customer: Hi\n", "mine.yaml:2:8: fault: "},
		{"a field that no fault has", "steps:\n  - customer: Hi\n    fault: {stats: 500}\n", "mine.yaml:4:12: fault: "},
		{"an operator too many", "steps:\n  - repeat: 2\n    steps:\n      - customer: Hi\n        operator: 3\n", "mine.yaml:5:9: there is no operator 3, only 2"},
		{"nothing to react to", "steps:\n  - deliver: {reaction: true}\n  - customer: Hi\n", "mine.yaml:3:5: no message was sent"},
		{"somebody else wrote", "steps:\n  - customer: Hi\n  - as: bob\n    deliver: {reaction: true}\n", "mine.yaml:4:5: no message was sent"},
		{"a batch of a provider", "channels: [whatsapp, interakt]\nsteps:\n  - customer: Hi\n    deliver: {batch: 2}\n", "mine.yaml:4:5: interakt has one message in each webhook and no batch"},
		{"a signature of a provider that signs nothing", "channels: [interakt, kaleyra]\nsteps:\n  - customer: Hi\n    deliver: {signature: wrong}\n", "mine.yaml:4:5: kaleyra has no signature"},
		{"echoes of WhatsApp", "steps:\n  - customer: Hi\n  - deliver: {echo: true}\n", "mine.yaml:4:5: whatsapp has no echoes"},
		{"echoes elsewhere", "channels: [messenger]\nsteps:\n  - customer: Hi\n  - deliver: {echo: true}\n", ""},
		{"a delivery on Instagram", "channels: [instagram]\nsteps:\n  - customer: Hi\n  - deliver: {status: delivered}\n", "mine.yaml:5:5: instagram has no status delivered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := story.Parse("mine.yaml", []byte("name: mine\n"+c.text))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := scenarios.Check(s, scenarios.Config{}); err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one line that begins with %q", got, c.want)
			}
		})
	}
	for _, s := range library(t) {
		if err := scenarios.Check(s, scenarios.Config{}); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}
