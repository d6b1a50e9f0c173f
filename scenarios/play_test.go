package scenarios_test

import (
	"fmt"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// playLibrary plays stories against the built-in integrator with defects.
func playLibrary(t *testing.T, c scenarios.Config, stories []*story.Story, channels []string, defects ...string) report.Report {
	t.Helper()
	return play(t, newSandbox(t, scenarios.Options{Config: c, Seed: 1, Run: "test"}), stories, channels, defects...)
}

func play(t *testing.T, sb *scenarios.Sandbox, stories []*story.Story, channels []string, defects ...string) report.Report {
	t.Helper()
	played, err := scenarios.Runner{
		Sandbox: sb, Stories: stories, Channels: channels, Settings: rules.DefaultSettings(), Defects: defects, Seed: 1, Run: "test",
	}.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return played
}

func library(t *testing.T) []*story.Story {
	t.Helper()
	stories, err := story.Library()
	if err != nil {
		t.Fatal(err)
	}
	return stories
}

// failures are what went wrong in a run, by story and channel.
func failures(r report.Report) map[string]string {
	out := map[string]string{}
	for _, result := range r.Results {
		if result.Outcome != report.Passed || len(result.Verdict.Findings) > 0 {
			out[result.Story+" on "+result.Channel] = report.Text{}.Result(result)
		}
	}
	for _, f := range r.Verdict.Findings {
		out[f.Rule] = f.What
	}
	return out
}

// Whatever the platform may leave out or add, the correct integrator breaks
// nothing.
func TestCorrectIntegratorHasNoFinding(t *testing.T) {
	t.Parallel()
	played := playLibrary(t, scenarios.Config{}, library(t), nil)
	if d := diff.Diff(map[string]string{}, failures(played)); d != "" {
		t.Errorf("failures (-want +got):\n%s", d)
	}
	channels := map[string]bool{}
	for _, result := range played.Results {
		channels[result.Channel] = true
	}
	if d := diff.Diff(map[string]bool{"whatsapp": true, "messenger": true, "instagram": true, "kaleyra": true, "interakt": true, "zoko": true}, channels); d != "" {
		t.Errorf("channels played without being named (-want +got):\n%s", d)
	}
}

// With thread.id in webhooks that is the chatId, without it the customer.
func TestThreadIDsOfMessenger(t *testing.T) {
	t.Parallel()
	channels := []string{"messenger", "instagram"}
	for _, c := range []struct {
		name   string
		config scenarios.Config
		chat   func(rules.Evidence, note.InboundMessage) string
	}{
		{"with thread.id", scenarios.Config{Messenger: scenarios.MessengerEntry{ThreadIDs: true}}, func(_ rules.Evidence, n note.InboundMessage) string { return n.ThreadKey }},
		{"without thread.id", scenarios.Config{}, func(_ rules.Evidence, n note.InboundMessage) string { return n.Recipient }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			played := playLibrary(t, c.config, library(t), channels)
			if d := diff.Diff(map[string]string{}, failures(played)); d != "" {
				t.Errorf("failures (-want +got):\n%s", d)
			}
			for _, result := range played.Results {
				for _, e := range result.Evidence {
					checkChats(t, e, c.chat)
				}
			}
		})
	}
}

// checkChats holds every call of a thread to the chatId that its messages give,
// and to whole seconds of their milliseconds.
func checkChats(t *testing.T, e rules.Evidence, chat func(rules.Evidence, note.InboundMessage) string) {
	t.Helper()
	inbounds := map[string]note.InboundMessage{}
	for _, event := range e.Events {
		switch n := event.Note.(type) {
		case note.InboundMessage:
			inbounds[n.ID] = n
		case note.OfferRequested:
			in := inbounds[*n.Body.InboundMessageID]
			want := []string{chat(e, in), fmt.Sprint(in.Timestamp / 1000)}
			if d := diff.Diff(want, []string{*n.Body.ChatID, n.Body.InboundTimestamp.String()}); d != "" || want[0] == "" {
				t.Errorf("%s: chatId and inboundTimestamp (-want +got):\n%s", e.Thread, d)
			}
		}
	}
}
