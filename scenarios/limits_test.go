package scenarios_test

import (
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// limitedStory is more than Interakt takes in a minute.
func limitedStory(t *testing.T, limits string) []*story.Story {
	t.Helper()
	s, err := story.Parse("limited.yaml", []byte("name: limited\nlimits: "+limits+"\nsteps:\n  - customer: Hi\n    burst: 25\n"))
	if err != nil {
		t.Fatal(err)
	}
	return []*story.Story{s}
}

func throttled(r report.Result) (n int) {
	for _, e := range r.Evidence {
		for _, event := range e.Events {
			if refused, ok := event.Note.(note.SendRefused); ok && refused.Status == 429 {
				n++
			}
		}
	}
	return n
}

// The vendors' limits are off, unless a story wants them.
func TestLimitsOfAStory(t *testing.T) {
	t.Parallel()
	for _, unlimited := range []bool{true, false} { // run, serve
		sb := newSandbox(t, scenarios.Options{Seed: 1, Run: "test", Unlimited: unlimited})
		for limits, want := range map[string]int{"on": 10, "off": 0} { // two messages each, forty a minute
			played := play(t, sb, limitedStory(t, limits), []string{"interakt"})
			if got := throttled(played.Results[0]); got != want {
				t.Errorf("limits: %s, unlimited %v: %d messages were refused, want %d", limits, unlimited, got, want)
			}
		}
	}
}

// An integrator behind a webhook is played in one sandbox, with limits or without.
func TestLimitsOfAnExternalRun(t *testing.T) {
	t.Parallel()
	runner := overHTTP(t, rules.DefaultSettings())
	runner.Stories = limitedStory(t, "on")
	played, err := runner.Play(t.Context())
	if err != nil || played.Results[0].Outcome != report.Passed {
		t.Errorf("where limits hold: %v %+v", err, played.Results)
	}
	runner.Sandbox = newSandbox(t, scenarios.Options{Seed: 1, Unlimited: true, Webhooks: webhook("http://127.0.0.1:1")})
	played, err = runner.Play(t.Context())
	if err != nil || played.Results[0].Outcome != report.NotPlayed || !strings.Contains(played.Results[0].Reason, "play this one by itself") {
		t.Errorf("in a sandbox without limits: %v %+v", err, played.Results)
	}
}
