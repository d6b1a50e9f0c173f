package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// told is a story of the given steps.
func told(t *testing.T, steps string) []*story.Story {
	t.Helper()
	s, err := story.Parse("told.yaml", []byte("name: told\nsteps:\n"+steps))
	if err != nil {
		t.Fatal(err)
	}
	return []*story.Story{s}
}

// arrival is a webhook as the integrator got it.
type arrival struct {
	Messages []string // text, delivery and what is wrong with the signature
	Answer   int
}

// arrivals are the webhooks of customers' messages, in order.
func arrivals(e rules.Evidence) []arrival {
	var order []int64
	found := map[int64]*arrival{}
	for _, event := range e.Events {
		switch n := event.Note.(type) {
		case note.InboundMessage:
			if found[event.N] == nil {
				found[event.N] = &arrival{}
				order = append(order, event.N)
			}
			line := n.Text + " " + strings.Repeat("I", n.Delivery) + " " + n.Forged
			found[event.N].Messages = append(found[event.N].Messages, strings.TrimSpace(line))
		case note.WebhookAcked:
			if found[event.N] != nil {
				found[event.N].Answer = n.Status
			}
		}
	}
	var out []arrival
	for _, n := range order {
		out = append(out, *found[n])
	}
	return out
}

func TestDeliverShapesWebhooks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, steps string
		want        []arrival
	}{
		{"twice is the same message delivered again", "  - customer: Hi\n    deliver: {twice: true}\n", []arrival{{[]string{"Hi I"}, 200}, {[]string{"Hi II"}, 200}}},
		{"a batch is one webhook", "  - customer: Hi\n    deliver: {batch: 3}\n", []arrival{{[]string{"Hi I", "Hi I", "Hi I"}, 200}}},
		{"nobody repeats a forgery", "  - customer: Hi\n    deliver: {signature: wrong}\n", []arrival{{[]string{"Hi I wrong"}, 401}}},
		{"no signature is none that fits", "  - customer: Hi\n    deliver: {signature: missing}\n", []arrival{{[]string{"Hi I missing"}, 401}}},
		{"the outdated signature alone is none", "  - customer: Hi\n    deliver: {signature: sha1}\n", []arrival{{[]string{"Hi I sha1"}, 401}}},
		{"late comes in the end", "  - customer: Hi\n    deliver: {late: 3h}\n", []arrival{{[]string{"Hi I"}, 200}}},
		{
			"what is lost is in the journal and nobody answers it", "  - customer: Hi\n    deliver: {drop: true}\n  - customer: Ho\n",
			[]arrival{{[]string{"Hi I"}, 0}, {[]string{"Ho I"}, 200}},
		},
		{"lost the first time", "  - customer: Hi\n    deliver: {drop: true, twice: true}\n", []arrival{{[]string{"Hi I"}, 0}, {[]string{"Hi II"}, 200}}},
		{
			"overtaken", "  - customer: First\n    deliver: {reorder: true}\n  - customer: Second\n",
			[]arrival{{[]string{"Second I"}, 200}, {[]string{"First I"}, 200}},
		},
		{
			"shapes go together", "  - customer: Hi\n    deliver: {twice: true, batch: 2, signature: wrong}\n",
			[]arrival{{[]string{"Hi I wrong", "Hi I wrong"}, 401}, {[]string{"Hi II wrong", "Hi II wrong"}, 401}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// Every channel on which all of these can be.
			for _, result := range playLibrary(t, scenarios.Config{}, told(t, c.steps), []string{"whatsapp", "messenger", "instagram"}).Results {
				if d := diff.Diff(c.want, arrivals(result.Evidence[0])); d != "" {
					t.Errorf("webhooks on %s (-want +got):\n%s", result.Channel, d)
				}
			}
		})
	}
}

// A step that cannot be done says what to change, with its place.
func TestDeliverSaysWhatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, channel, steps, want string }{
		{"WhatsApp has no echoes", "whatsapp", "  - customer: Hi\n  - deliver: {echo: true}\n", "told.yaml:4: no message of this thread was echoed yet; echoes come on messenger, instagram and zoko"},
		{"nothing to react to", "messenger", "  - deliver: {reaction: true}\n", "told.yaml:3: no message was sent in this thread yet"},
		{"nothing to report", "whatsapp", "  - deliver: {status: read}\n", "told.yaml:3: no message was sent in this thread yet"},
		{"Instagram reports no delivery", "instagram", "  - customer: Hi\n  - deliver: {status: delivered}\n", `told.yaml:4: instagram has no status "delivered"; use read`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sb, err := scenarios.New(scenarios.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer sb.Close()
			runner := scenarios.Runner{Sandbox: sb, Stories: told(t, c.steps), Channels: []string{c.channel}, Settings: rules.DefaultSettings()}
			played, err := runner.Play(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r := played.Results[0]; r.Outcome != report.Errored || !strings.Contains(r.Reason, c.want) {
				t.Errorf("want an error with %q, got %q: %s", c.want, r.Outcome, r.Reason)
			}
		})
	}
}

// What names no thread belongs to the only thread there is, and to none of
// several.
func TestStraysBelongToTheOnlyThread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, steps string
		want        bool
	}{
		{"one customer", "  - customer: Hi\n", true},
		{"two customers", "  - customer: Hi\n  - as: bob\n    customer: Hi\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			played := playLibrary(t, scenarios.Config{}, told(t, c.steps), []string{"whatsapp"}, "confirm-wrong-impression")
			got := false
			for _, f := range played.Results[0].Verdict.Findings {
				got = got || f.Rule == "R27"
			}
			if got != c.want {
				t.Errorf("a finding of R27: want %v, got %v", c.want, got)
			}
		})
	}
}

// The configured reply is the one that the built-in integrator gives, and is
// held to.
func TestBuiltInGivesTheConfiguredReply(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.yaml")
	file := "messenger: {threadIds: true, appId: \"7\"}\noperators:\n- {clientId: a, name: A, phoneNumberId: \"1\", page: \"2\", instagram: \"3\", reply: Back soon.}\n"
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := scenarios.LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(scenarios.MessengerEntry{AppID: "7", ThreadIDs: true}, config.Messenger); d != "" {
		t.Errorf("messenger (-want +got):\n%s", d)
	}
	steps := "  - customer: Hi\n    expect: [offer requested, offer sent, reply sent: {text: Back soon.}]\n"
	if d := diff.Diff(map[string]string{}, failures(playLibrary(t, config, told(t, steps), []string{"whatsapp", "messenger", "instagram"}))); d != "" {
		t.Errorf("failures (-want +got):\n%s", d)
	}
}
