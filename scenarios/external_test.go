package scenarios_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// external is a runner for an integrator behind a socket, on loopback.
func external(t *testing.T, hook http.Handler) scenarios.Runner {
	t.Helper()
	theirs := httptest.NewServer(hook)
	t.Cleanup(theirs.Close)
	sb, err := scenarios.New(scenarios.Options{Seed: 1, Run: "test", Webhooks: webhook(theirs.URL + "/webhook")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sb.Close() })
	return scenarios.Runner{Sandbox: sb, External: true, Settings: rules.DefaultSettings(), Settle: 300 * time.Millisecond, Seed: 1, Run: "test"}
}

// late is a handler that is known only after its server has started.
type late struct{ handler http.Handler }

// ServeHTTP implements http.Handler.
func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.handler.ServeHTTP(w, r) }

// overHTTP is the reference integrator behind a socket, with its defects.
func overHTTP(t *testing.T, settings rules.Settings, defects ...string) scenarios.Runner {
	t.Helper()
	hook := &late{}
	runner := external(t, hook)
	runner.Settings = settings
	fakesURL := httptest.NewServer(runner.Sandbox)
	t.Cleanup(fakesURL.Close)
	operator := fakes.Operators()[0]
	in, err := integrator.New(integrator.Config{
		EncoreURL: fakesURL.URL, GraphURL: fakesURL.URL, EncoreKey: scenarios.EncoreKey, GraphToken: scenarios.GraphToken,
		AppSecret: fakes.AppSecret, VerifyToken: fakes.VerifyToken, Cap: &settings.Cap, Defects: defects, Seed: 1,
		Operators: []integrator.Operator{{ClientID: operator.ClientID, ClientName: operator.Name, PhoneNumberID: operator.PhoneNumberID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	hook.handler = in
	return runner
}

// The providers take and give over a socket what they do in process. The
// integrator knows nothing but the environment of the sandbox.
func TestProvidersOverHTTP(t *testing.T) {
	t.Parallel()
	hook := &late{}
	runner := external(t, hook)
	theirs := runner.Sandbox.Default().Webhooks()[""]
	for _, channel := range runner.Sandbox.Channels() {
		for _, account := range channel.Accounts {
			own := sim.Target{URL: theirs.URL + integrator.Path(channel.Name, account.ID)}
			runner.Sandbox.Default().SetWebhook(channel.Name+":"+account.ID, own)
		}
	}
	fakesURL := httptest.NewServer(runner.Sandbox)
	t.Cleanup(fakesURL.Close)
	env := map[string]string{}
	for _, v := range runner.Sandbox.Environment(fakesURL.URL) {
		env[v.Name] = v.Value
	}
	var err error
	hook.handler, err = integrator.New(integrator.Config{
		EncoreURL: env["ENCORE_BASE_URL"], EncoreKey: env["ENCORE_API_KEY"],
		KaleyraURL: env["KALEYRA_BASE_URL"], KaleyraSID: env["KALEYRA_SID"], KaleyraKey: env["KALEYRA_API_KEY"],
		InteraktURL: env["INTERAKT_BASE_URL"], InteraktSecret: env["INTERAKT_WEBHOOK_SECRET"], ZokoURL: env["ZOKO_BASE_URL"],
		Operators: []integrator.Operator{{
			ClientID: env["OPERATOR_CLIENT_ID"], ClientName: env["OPERATOR_CLIENT_NAME"], KaleyraSender: env["KALEYRA_SENDER"],
			InteraktAccount: "tonys", InteraktKey: env["INTERAKT_API_KEY"], ZokoAccount: "tonys", ZokoKey: env["ZOKO_API_KEY"],
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	runner.Channels = []string{"kaleyra", "interakt", "zoko"}
	runner.Stories = slices.DeleteFunc(library(t), func(s *story.Story) bool { return s.Name != "re-engagement" })
	played, err := runner.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(map[string]string{}, failures(played)); d != "" || len(played.Results) != 3 {
		t.Errorf("%d results, failures (-want +got):\n%s", len(played.Results), d)
	}
}

// inProcess is the same in virtual time.
func inProcess(t *testing.T, settings rules.Settings, defects ...string) scenarios.Runner {
	t.Helper()
	sb, err := scenarios.New(scenarios.Options{Seed: 1, Run: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sb.Close() })
	return scenarios.Runner{Sandbox: sb, Channels: []string{"whatsapp"}, Settings: settings, Defects: defects, Seed: 1, Run: "test"}
}

// verdictOf plays stories and lists the rules that were broken, in the stories
// or in the run, with what was found first.
func verdictOf(t *testing.T, runner scenarios.Runner, stories []*story.Story) (ids []string, what string) {
	t.Helper()
	runner.Stories = stories
	played, err := runner.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := slices.Clone(played.Verdict.Findings)
	for _, result := range played.Results {
		found = append(found, result.Verdict.Findings...)
	}
	for _, f := range found {
		ids = append(ids, f.Rule)
		what = found[0].What
	}
	slices.Sort(ids)
	return slices.Compact(ids), what
}

// A defect is the same breach whether the integrator is played in this process
// or over HTTP, and judging it takes seconds even where a reply may take a
// minute.
func TestDefectsShowBothWays(t *testing.T) {
	t.Parallel()
	const first, again = "  - customer: Hi\n    expect: [offer requested, offer sent, reply sent]\n", "  - wait: idle + 2h\n  - customer: Back\n    expect: [reply sent]\n"
	for _, c := range []struct {
		defect, rule, what, steps string
		budget                    time.Duration
	}{
		{"reply-first", "R36", "the reply was sent before the offer", first, time.Minute},
		{"offer-and-reply-together", "R36", "the reply was sent", first, time.Minute},
		{"new-id-on-retry", "R20", "", "  - customer: Hi\n    fault: 503;times=1\n    expect: [offer requested: {times: 2}, offer sent, reply sent]\n", time.Minute},
		{"cap-ignored", "R6", "", first + again, time.Minute},
		{"mid-thread-call", "R4", "", first + "  - customer: And\n    expect: [reply sent]\n", time.Minute},
		{"payload-changed", "R31", "", first, time.Minute},
		{"no-reply-on-outage", "R38", "the customer got no reply within 2s", "  - customer: Hi\n    fault: \"500\"\n    expect: [offer requested, reply sent]\n", 2 * time.Second},
		{"confirm-wrong-impression", "R27", "which is no impression", first, time.Minute},
		{"no-first-call", "R2", "", first, time.Minute},
	} {
		t.Run(c.defect, func(t *testing.T) {
			t.Parallel()
			settings := rules.Settings{Cap: 4, ReplyBudget: c.budget}
			if c.defect == "cap-ignored" {
				settings.Cap = 1
			}
			for where, runner := range map[string]scenarios.Runner{
				"in process": inProcess(t, settings, c.defect), "over HTTP": overHTTP(t, settings, c.defect),
			} {
				began := clock.Real()
				ids, what := verdictOf(t, runner, told(t, c.steps))
				if d := diff.Diff([]string{c.rule}, ids); d != "" || !strings.Contains(what, c.what) {
					t.Errorf("%s: broken rules (-want +got):\n%s%q, want %q", where, d, what, c.what)
				}
				if took := clock.Since(began); took > 40*time.Second {
					t.Errorf("%s: it took %v although every reply came at once", where, took)
				}
			}
		})
	}
}

// In virtual time the reply always overlaps the offer that it should wait for.
func TestOverlapIsNotWordedAsOrder(t *testing.T) {
	t.Parallel()
	_, what := verdictOf(t, inProcess(t, rules.DefaultSettings(), "offer-and-reply-together"), told(t, "  - customer: Hi\n"))
	if want := "the reply was sent without waiting until the provider had answered the offer"; what != want {
		t.Errorf("got %q, want %q", what, want)
	}
}

// What a preflight learns, it learns from messages that get no offer.
func TestPreflightLearnsTheReply(t *testing.T) {
	t.Parallel()
	learnt := []rules.ReplyText{{Text: integrator.DefaultReply}}
	for _, c := range []struct {
		name    string
		defects []string
		remarks int
		broken  []string
	}{
		{"a correct integrator", nil, 0, nil},
		{"a reply that an offer changes", []string{"reply-changed"}, 1, []string{"R37"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runner := overHTTP(t, rules.DefaultSettings(), c.defects...)
			setup, err := scenarios.Preflight(t.Context(), runner, "whatsapp")
			if err != nil || setup.Problem != "" {
				t.Fatal(err, setup.Problem)
			}
			if d := diff.Diff(learnt, setup.Settings.Reply); d != "" || len(setup.Remarks) != c.remarks {
				t.Errorf("the reply (-want +got):\n%swith remarks %q, want %d", d, setup.Remarks, c.remarks)
			}
			runner.Settings = setup.Settings
			got, _ := verdictOf(t, runner, told(t, "  - customer: Hi\n    expect: [offer requested, offer sent, reply sent]\n"))
			if d := diff.Diff(c.broken, got); d != "" {
				t.Errorf("broken rules (-want +got):\n%s", d)
			}
		})
	}
}

// A thread in which a call still hangs is not judged for what may yet come.
func TestThreadThatNeverRests(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	runner := external(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release) }) // before the servers close, which wait for their calls
	runner.Settings.ReplyBudget, runner.Settle, runner.Stories = 300*time.Millisecond, 50*time.Millisecond, told(t, "  - customer: Hi\n")
	played, err := runner.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	result := played.Results[0]
	if want := "1 of 1 threads not at rest 300ms after the last step; what was still to come is not judged"; result.Reason != want || result.Evidence[0].Closed {
		t.Errorf("the reason is %q, want %q; closed: %v", result.Reason, want, result.Evidence[0].Closed)
	}
}

// Unless somebody says how many, an external integrator has sixteen stories at a
// time to answer: with all of them a busy machine would keep it from its own
// timeouts. The seventeenth must not come while sixteen are held.
func TestStoriesAtOnceOverAWebhook(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ parallel, want int }{{0, 16}, {3, 3}, {20, 20}} {
		runner := external(t, http.NotFoundHandler())
		runner.Parallel = tc.parallel
		for range 40 {
			runner.Stories = append(runner.Stories, told(t, "  - customer: Hi\n")...)
		}
		var mu sync.Mutex
		var at, most int
		full := make(chan struct{})
		runner.Step = func(context.Context, scenarios.Stop) error {
			mu.Lock()
			at++
			reached := most < tc.want && at == tc.want
			most = max(most, at)
			mu.Unlock()
			if reached {
				for range 100_000 { // one too many would come now
					runtime.Gosched()
				}
				close(full)
			}
			<-full
			mu.Lock()
			defer mu.Unlock()
			at--
			return errors.New("seen enough")
		}
		if _, err := runner.Play(t.Context()); err != nil || most != tc.want {
			t.Errorf("parallel %d: %d stories at once, want %d (%v)", tc.parallel, most, tc.want, err)
		}
	}
}
