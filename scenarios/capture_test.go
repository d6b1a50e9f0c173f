package scenarios_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/har"
)

// What is played and exported is found again in the archive: the same rules are
// broken, proven by the same exchanges. It is read from the bytes alone, since
// nothing reads the notes that the sandbox exports beside them. Of each defect
// stories are compared up to the one that catches it, on each of its channels;
// without one it is every story.
func TestCapturedStoriesAreJudgedAlike(t *testing.T) {
	if testing.Short() || raceDetector { // virtual time lets one goroutine run at a time
		t.Skip("plays every defect")
	}
	t.Parallel()
	stories, sb := library(t), newSandbox(t, scenarios.Options{Seed: 1, Run: "test"})
	judge := newSandbox(t, scenarios.Options{Seed: 1, Run: "judge", Unlimited: true})
	for _, d := range append([]integrator.Defect{{}}, integrator.Defects()...) {
		t.Run(cmp.Or(d.Name, "no defect"), func(t *testing.T) {
			a := alike{t, sb, judge, d, map[string]bool{}}
			for _, channel := range a.channels() {
				a.play(channel, stories)
				if ofAll := d.Name == "client-per-channel"; d.Name != "" && !a.seen[channel+d.Rule] && !ofAll {
					t.Errorf("no story broke %s on %s and was compared", d.Rule, channel)
				}
			}
		})
	}
}

// alike judges again what was played.
type alike struct {
	*testing.T
	played, judge *scenarios.Sandbox
	defect        integrator.Defect
	seen          map[string]bool // rules that were found broken, behind their channel
}

func (a *alike) channels() (all []string) {
	switch {
	case len(a.defect.Channels) > 0:
		return a.defect.Channels
	case a.defect.Name != "":
		return []string{"whatsapp"}
	}
	for _, c := range a.played.Channels() {
		all = append(all, c.Name)
	}
	return all
}

// play plays stories on a channel, until the defect is caught.
func (a *alike) play(channel string, stories []*story.Story) {
	run := scenarios.Runner{
		Sandbox: a.played, Name: a.defect.Name, Channels: []string{channel}, Settings: rules.DefaultSettings(),
		Seed: 1, Run: "test", Before: a.check,
	}
	if a.defect.Name != "" {
		run.Defects = []string{a.defect.Name}
	}
	for _, s := range stories {
		run.Stories = []*story.Story{s}
		if _, err := run.Play(a.Context()); err != nil {
			a.Fatal(err)
		}
		if a.seen[channel+a.defect.Rule] {
			return
		}
	}
}

func (a *alike) check(r report.Result, ws *sim.Workspace) {
	if len(r.Evidence) == 0 || hidden[r.Story] != "" {
		return
	}
	settings := r.Evidence[0].Settings
	played, err := everything(a.Context(), a.played, ws, settings)
	if err != nil {
		a.Fatal(err)
	}
	for _, f := range played.Findings {
		a.seen[r.Channel+f.Rule] = true
	}
	file, err := ws.HAR(a.Context(), "http://127.0.0.1:8080")
	if err != nil {
		a.Fatal(err)
	}
	place, err := a.judge.NewWorkspace(sim.WorkspaceConfig{Name: "judge-" + a.defect.Name + r.Story + r.Channel, Clock: clock.NewManual(time.Time{}), Local: true})
	if err != nil {
		a.Fatal(err)
	}
	defer a.judge.DropWorkspace(place.Name)
	judged, err := a.judge.JudgeCapture(a.Context(), place, scenarios.Capture{File: reread(a.T, file), Settings: settings})
	if err != nil {
		a.Errorf("%s on %s: %v", r.Story, r.Channel, err)
	}
	if d := diff.Diff(findings(played), findings(judged.Merged())); d != "" {
		a.Errorf("%s on %s: findings (-played +captured):\n%s", r.Story, r.Channel, d)
	}
}

// everything judges all that is in a workspace, from the notes of what was played.
func everything(ctx context.Context, sb *scenarios.Sandbox, ws *sim.Workspace, settings rules.Settings) (rules.Verdict, error) {
	threads, err := ws.Threads(ctx)
	if err != nil {
		return rules.Verdict{}, err
	}
	strays, err := ws.Find(ctx, 1, func(o sim.Outline) bool { return o.Thread == "" && o.Direction == sim.In })
	if err != nil {
		return rules.Verdict{}, err
	}
	spoken := slices.DeleteFunc(slices.Clone(threads), func(t sim.Thread) bool { return t.Inbound.IsZero() })
	var verdicts []rules.Verdict
	var all []rules.Evidence
	for _, t := range threads {
		e, err := sb.Evidence(ctx, ws, t.ID, settings)
		if err != nil {
			return rules.Verdict{}, err
		}
		if e.Closed = true; len(spoken) == 1 && !t.Inbound.IsZero() {
			e.Events = append(e.Events, eventsOf(strays)...)
		}
		all, verdicts = append(all, e), append(verdicts, rules.Judge(e))
	}
	if len(spoken) != 1 {
		all = append(all, rules.Evidence{Events: eventsOf(strays)})
	}
	return rules.Merge(append(verdicts, rules.JudgeRun(all))...), nil
}

// eventsOf is what a timeline would say of exchanges.
func eventsOf(entries []sim.Entry) (events []sim.Event) {
	for _, e := range entries {
		for _, n := range e.Notes {
			events = append(events, sim.Event{N: e.N, Tick: e.Tick, At: e.At, Note: n})
		}
		if e.Ended != nil {
			events = append(events, sim.Event{N: e.N, Tick: e.Ended.Tick, At: e.Ended.At, Outcome: e.Ended.Outcome})
		}
	}
	return events
}

// hidden are the stories in which something decides that is in no capture.
var hidden = map[string]string{
	"offer-answer-lost": "whether the provider took a message whose answer was lost",
}

// reread writes an archive and reads it again, without what the sandbox knows of
// the exchanges beside their order and simulated time.
func reread(t *testing.T, file *har.File) *har.File {
	t.Helper()
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := har.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i := range again.Log.Entries {
		own := again.Log.Entries[i].Sandbox
		again.Log.Entries[i].Sandbox = &har.Sandbox{Direction: own.Direction, At: own.At, Tick: own.Tick, Ended: own.Ended}
	}
	return again
}

func findings(v rules.Verdict) (all []string) {
	for _, f := range v.Findings {
		all = append(all, fmt.Sprint(f.Rule, " ", f.Severity, " ", f.Thread, " ", f.Inbound, " ", f.Exchanges))
	}
	return all
}
