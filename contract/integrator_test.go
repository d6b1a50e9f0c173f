package contract_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

// madeAs makes the reference integrator, with bugs if wanted.
func madeAs(defects ...string) func(testing.TB, *contract.Sandbox) http.Handler {
	return func(t testing.TB, sb *contract.Sandbox) http.Handler { return reference(t, sb, defects...) }
}

// A correct integrator holds every shipped story, each in a bubble of its own.
func TestIntegrator(t *testing.T) {
	contract.Integrator(t, contract.IntegratorOptions{Options: contract.Options{InMemory: true}, New: madeAs()})
}

// everywhere makes the reference integrator of the first operator on every
// channel. Providers whose webhooks do not say whose they are have paths of
// their own.
func everywhere(t testing.TB, sb *contract.Sandbox) http.Handler {
	t.Helper()
	o := fakes.Operators()[0]
	in, err := integrator.New(integrator.Config{
		EncoreURL: sb.URL, GraphURL: sb.URL, EncoreKey: sb.EncoreKey, GraphToken: sb.GraphToken, AppSecret: sb.AppSecret, VerifyToken: sb.VerifyToken,
		KaleyraURL: sb.URL, KaleyraSID: fakes.KaleyraSID, KaleyraKey: fakes.KaleyraKey, InteraktURL: sb.URL, InteraktSecret: fakes.InteraktSecret,
		ZokoURL: sb.URL, Client: sb.Client(),
		Operators: []integrator.Operator{{
			ClientID: o.ClientID, ClientName: o.Name, PhoneNumberID: o.PhoneNumberID, PageID: o.Page, InstagramID: o.Instagram, KaleyraSender: o.Kaleyra,
			InteraktAccount: o.Interakt, InteraktKey: o.InteraktKey, ZokoAccount: o.Zoko, ZokoKey: o.ZokoKey,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	base := sb.Handle(in)
	for channel, account := range map[string]string{"kaleyra": o.Kaleyra, "interakt": o.Interakt, "zoko": o.Zoko} {
		sb.SetWebhook(base+integrator.Path(channel, account), channel+":"+account)
	}
	return nil
}

// Every channel is played, each with its own webhook where it needs one.
func TestIntegratorOnEveryChannel(t *testing.T) {
	contract.Integrator(t, contract.IntegratorOptions{
		Options: contract.Options{InMemory: true}, New: everywhere,
		Scenarios: []string{"first-message", "cap-reached", "redelivered"},
		Channels:  []string{"whatsapp", "messenger", "instagram", "kaleyra", "interakt", "zoko"},
	})
}

// The same over sockets and in real time, all at once; the stories are those
// whose answers take no backoff.
func TestIntegratorTogether(t *testing.T) {
	t.Parallel()
	contract.Integrator(t, contract.IntegratorOptions{New: madeAs(), Scenarios: []string{"first-message", "mid-thread", "cap-*", "re*ed*"}})
}

// playedIn is the variable that has TestIntegratorPlayed play an integration
// that fails.
const playedIn = "CONTRACT_TEST_PLAYED"

// rich is a story that asks for another configuration than the default one.
const rich = "name: rich\nneeds: {cap: 5}\nsteps:\n  - customer: Hi\n"

// TestIntegratorPlayed is what TestIntegratorFailures runs in a process of its
// own, since its subtests fail or are skipped.
func TestIntegratorPlayed(t *testing.T) {
	o := contract.IntegratorOptions{Options: contract.Options{InMemory: true}, Scenarios: []string{"first-message", "no-fill"}}
	switch os.Getenv(playedIn) {
	case "defect":
		file := filepath.Join(os.Getenv(contract.ArtifactsVariable), "rich.yaml")
		if err := os.WriteFile(file, []byte(rich), 0o644); err != nil {
			t.Fatal(err)
		}
		o.New, o.Scenarios = madeAs("reply-first"), append(o.Scenarios, file)
	case "waived":
		o.New = madeAs("own-message-id")
		o.Config.Rules = rules.Levels{"R19": {Level: rules.Off, Reason: "ids come with the next release", Until: "2999-12-31"}}
	case "ended":
		o.New = madeAs("own-message-id")
		o.Config.Rules = rules.Levels{"R19": {Level: rules.Off, Reason: "ids come with the next release", Until: "2026-01-31"}}
	case "flat":
		o.New, o.Scenarios = madeAs("flat-backoff"), []string{"backoff"}
	case "together":
		o.InMemory, o.New = false, madeAs("reply-first")
	case "deaf":
		o.New = func(testing.TB, *contract.Sandbox) http.Handler { return http.NotFoundHandler() }
	default:
		t.Skip("it is played by TestIntegratorFailures")
	}
	contract.Integrator(t, o)
}

// played runs TestIntegratorPlayed and returns what it printed, without
// durations and without the directory of its artifacts.
func played(t *testing.T, how, dir string, args ...string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if len(args) == 0 {
		args = []string{"-test.run=^TestIntegratorPlayed$"}
	}
	cmd := exec.CommandContext(t.Context(), program, append(args, "-test.v")...)
	cmd.Env = append(os.Environ(), playedIn+"="+how, contract.ArtifactsVariable+"="+dir)
	out, err := cmd.CombinedOutput()
	if failed := strings.Contains(string(out), "--- FAIL"); failed != (err != nil) {
		t.Errorf("exit %v although a test failed: %v", err, failed)
	}
	text := strings.ReplaceAll(string(out), dir, "DIR")
	text = regexp.MustCompile(`\b\d+(\.\d+)?(m?s|s\))`).ReplaceAllString(text, "TIME")
	return regexp.MustCompile(`(?m)^(\s+)\w+\.go:\d+: |^=== .*\n`).ReplaceAllString(text, "$1")
}

// A story that fails says why, with timeline, command and journal; one that
// makes no sense here is skipped.
func TestIntegratorFailures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	contract.Golden(t, "integrator", played(t, "defect", dir))
	data, err := os.ReadFile(filepath.Join(dir, "TestIntegratorPlayed", "first-message", "whatsapp", "journal.json"))
	if err != nil {
		t.Fatal(err)
	}
	var journal struct {
		Exchanges []struct{ Operation, Thread string }
	}
	if err := json.Unmarshal(data, &journal); err != nil {
		t.Fatal(err)
	}
	var operations []string
	for _, x := range journal.Exchanges {
		if operations = append(operations, x.Operation); x.Thread != journal.Exchanges[0].Thread {
			t.Errorf("the journal has the strange thread %s", x.Thread)
		}
	}
	want := []string{"message", "offersMessage", "whatsappMessages", "whatsappMessages"}
	if diff := cmp.Diff(want, operations[:min(len(want), len(operations))]); diff != "" {
		t.Errorf("the journal (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "TestIntegratorPlayed", "no-fill")); err == nil {
		t.Error("a story that held left a journal")
	}
}

// What subtests of other integrations say, in short.
func TestIntegratorOutcomes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		how, why  string
		args      []string
		want, not []string
	}{
		{"waived", "a finding that the team has set aside skips its story", nil,
			[]string{"--- SKIP: TestIntegratorPlayed/first-message/whatsapp", "R19 waived until 2999-12-31 (ids come with the next release): ", "--- PASS: TestIntegratorPlayed ("},
			[]string{"FAIL"}},
		{"ended", "a waiver that has ended counts no more, in a bubble of the year 2000 neither", nil,
			[]string{"--- FAIL: TestIntegratorPlayed/first-message/whatsapp", "R19 must"}, nil},
		{"flat", "a rule that compares threads fails the test itself", nil,
			[]string{"over all stories together", "R44 ", "--- FAIL: TestIntegratorPlayed (", "--- PASS: TestIntegratorPlayed/backoff/whatsapp"}, nil},
		{"together", "in real time too, and what -run does not choose is not played", []string{"-test.run=^TestIntegratorPlayed$/^first-message$/^whatsapp$"},
			[]string{"--- FAIL: TestIntegratorPlayed/first-message/whatsapp", "replay: go test -run '^TestIntegratorPlayed$/^first-message$/^whatsapp$'"}, []string{"no-fill"}},
		{"deaf", "an integration that cannot be judged as it is set up says what to change", nil,
			[]string{"the integration cannot be judged as it is set up: the webhook http://integration.localhost/webhook answered 404 to a signed message; it must answer 200", "#1"}, nil},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			got := played(t, c.how, dir, c.args...)
			_, err := os.Stat(filepath.Join(dir, "TestIntegratorPlayed", "journal.json"))
			if whole := c.how == "together"; whole != (err == nil) {
				t.Errorf("the journal of the whole test is there: %v, want %v", err == nil, whole)
			}
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s: the output lacks %q:\n%s", c.why, want, got)
				}
			}
			for _, not := range c.not {
				if strings.Contains(got, not) {
					t.Errorf("%s: the output has %q:\n%s", c.why, not, got)
				}
			}
		})
	}
}
