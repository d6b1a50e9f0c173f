package contract

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// IntegratorOptions say whose integration is judged, and by which stories. Give
// a Handler, New, or the Webhook of one that runs elsewhere.
type IntegratorOptions struct {
	// Options are those of the sandbox. Config says how the integration is
	// configured: cap, idle gap and reply of the first operator, levels of rules.
	// Within is the longest a reply may take. With InMemory every story is played
	// in a testing/synctest bubble of its own, without sockets and with time that
	// passes at once; that needs New, and Settle is ten seconds by default.
	Options
	// New makes the integration for a sandbox, whose URLs and credentials are
	// known by then: once, or in memory once a story. It may start one that
	// listens elsewhere, call SetWebhook, and return nil. What it starts must end
	// with the test, see testing.T.Cleanup.
	New func(t testing.TB, sb *Sandbox) http.Handler
	// Scenarios are names of shipped stories, patterns over these, or files; by
	// default all shipped stories.
	Scenarios []string
	// Channels are those that the integration serves, by default whatsapp.
	Channels []string
	// Parallel is how many stories are played at once, by default 16. In memory
	// they follow each other.
	Parallel int
	// FailOn is the weakest kind of duty whose breach fails, by default rules.Must.
	FailOn rules.Severity
}

// Integrator puts an integration through the stories of the sandbox, as
// `encore-sandbox run` does, each on each channel in a subtest of its own:
// TestIntegrator/cap-reached/whatsapp. A story that fails says which expectation
// did not hold or which duty was broken, with the timeline and the command that
// plays it again, and leaves its journal in Options.Artifacts. Stories that
// make no sense for the integration as it is configured, or whose findings the
// team has waived, are skipped with the reason. Rules over all threads fail the
// test itself.
//
// All stories are played at once, each with customers of its own, so the test
// takes about as long as its longest story. A -run pattern that names subtests
// plays those alone.
func Integrator(t *testing.T, o IntegratorOptions) {
	t.Helper()
	o.Channels = slices.Clone(o.Channels)
	if len(o.Channels) == 0 {
		o.Channels = []string{"whatsapp"}
	}
	o.FailOn = cmp.Or(o.FailOn, rules.Must)
	chosen, err := story.Pick(o.Scenarios)
	var unknown *story.PickError
	switch {
	case errors.As(err, &unknown):
		t.Fatalf("contract: IntegratorOptions.Scenarios: %v\n  fix: %s", err, unknown.Hint)
	case err != nil:
		t.Fatalf("contract: %v", err)
	case o.InMemory && o.New == nil:
		t.Fatal("contract: in memory every story has a sandbox of its own; give IntegratorOptions.New, which makes an integration for each")
	case o.New == nil && o.Handler == nil && o.Webhook == "":
		t.Fatal("contract: whose integration? give IntegratorOptions.New, Handler or Webhook")
	}
	s := &suite{options: o, plays: plays(t, chosen, o.Channels)}
	if o.InMemory {
		s.apart(t)
	} else {
		s.together(t)
	}
	s.conclude(t)
}

// suite is one call of Integrator.
type suite struct {
	options  IntegratorOptions
	plays    []*play
	evidence []rules.Evidence
	verdicts []rules.Verdict // of run scope
}

// play is one story on one channel: a subtest.
type play struct {
	story    *story.Story
	channel  string
	selected bool // to be played with all the others
	came     chan report.Result
}

func (p *play) name() string { return p.story.Name + "/" + p.channel }

// plays are ordered by story and channel. Two stories of one name would be two
// subtests of one name, so that nobody could choose between them.
func plays(t *testing.T, chosen []story.Choice, channels []string) (all []*play) {
	t.Helper()
	seen := map[string]string{}
	for _, c := range chosen {
		if other, taken := seen[c.Story.Name]; taken {
			t.Fatalf("contract: %s and %s are both called %s; give each a name of its own", other, c.Word, c.Story.Name)
		}
		seen[c.Story.Name] = c.Word
		for _, channel := range channels {
			if c.Story.On(channel) {
				all = append(all, &play{story: c.Story, channel: channel, came: make(chan report.Result, 1)})
			}
		}
	}
	return all
}

// start starts a sandbox with the integration.
func (s *suite) start(t testing.TB, o Options) *Sandbox {
	t.Helper()
	sb := Start(t, o)
	if s.options.New != nil {
		if h := s.options.New(t, sb); h != nil {
			sb.Handle(h)
		}
	}
	return sb
}

// runner plays stories against the integration, or fails the test when it
// cannot be judged as it is set up.
func (s *suite) runner(t testing.TB, sb *Sandbox, channels []string) scenarios.Runner {
	t.Helper()
	settings := sb.options.Config.Settings("")
	settings.ReplyBudget = sb.options.Within
	r := scenarios.Runner{
		Sandbox: sb.engine, Channels: channels, External: true, Settings: settings, Seed: sb.options.Seed, Run: sb.options.Run,
		Parallel: s.options.Parallel, Settle: sb.options.Settle, FailOn: s.options.FailOn,
	}
	setup, err := r.Ready(t.Context())
	switch {
	case err != nil:
		t.Fatalf("contract: the integration cannot be played: %v", err)
	case setup.Problem != "":
		t.Fatalf("contract: the integration cannot be judged as it is set up: %s\n  timeline of all threads:\n%s", setup.Problem, sb.timeline(""))
	}
	if len(setup.Remarks) > 0 {
		t.Logf("note: %s", strings.Join(setup.Remarks, "\nnote: "))
	}
	r.Settings = setup.Settings
	return r
}

// together plays all stories at once in one sandbox, in real time.
func (s *suite) together(t *testing.T) {
	t.Helper()
	sb := s.start(t, s.options.Options)
	runner := s.runner(t, sb, s.options.Channels)
	for _, p := range s.plays {
		p.selected = selected(t.Name() + "/" + p.name())
	}
	all := &background{ended: make(chan struct{})}
	go func() {
		defer close(all.ended)
		all.err = s.playSelected(t.Context(), runner)
	}()
	for _, p := range s.plays {
		t.Run(p.name(), func(t *testing.T) {
			t.Helper()
			r, err := s.await(t.Context(), runner, p, all)
			if err != nil {
				t.Fatalf("contract: the story was not played to its end: %v", err)
			}
			s.tell(t, r, sb)
		})
	}
	<-all.ended
}

// background is the play of all that was selected; its error is there when it
// has ended.
type background struct {
	ended chan struct{}
	err   error
}

// await waits for the result of a story, or plays it when nobody foresaw that
// it would be asked for.
func (s *suite) await(ctx context.Context, runner scenarios.Runner, p *play, all *background) (report.Result, error) {
	if !p.selected {
		<-all.ended
		return s.playAlone(ctx, runner, p)
	}
	select {
	case r := <-p.came:
		return r, nil
	case <-all.ended:
	}
	select { // it may have ended as the last one
	case r := <-p.came:
		return r, nil
	default:
		return report.Result{}, cmp.Or(all.err, context.Canceled)
	}
}

// playSelected plays all stories that were selected.
func (s *suite) playSelected(ctx context.Context, runner scenarios.Runner) error {
	byName := map[string]*play{}
	for _, p := range s.plays {
		if !p.selected {
			continue
		}
		byName[p.name()] = p
		if !slices.Contains(runner.Stories, p.story) {
			runner.Stories = append(runner.Stories, p.story)
		}
	}
	runner.Chosen = func(st *story.Story, channel string) bool { return byName[st.Name+"/"+channel] != nil }
	runner.Progress = func(r report.Result) { byName[r.Story+"/"+r.Channel].came <- r }
	played, err := runner.Play(ctx)
	s.verdicts = append(s.verdicts, played.Verdict)
	return err
}

// playAlone plays one story on its channel.
func (s *suite) playAlone(ctx context.Context, runner scenarios.Runner, p *play) (report.Result, error) {
	runner.Stories, runner.Channels = []*story.Story{p.story}, []string{p.channel}
	played, err := runner.Play(ctx)
	if err != nil {
		return report.Result{}, err
	}
	s.verdicts = append(s.verdicts, played.Verdict)
	return played.Results[0], nil
}

// apart plays the stories one after the other, each in a bubble of its own.
func (s *suite) apart(t *testing.T) {
	t.Helper()
	o := s.options.Options
	o.Settle = cmp.Or(o.Settle, settleInBubble)
	o.Config.Rules = o.Config.Rules.On(clock.Real()) // in a bubble it is always the year 2000
	for _, p := range s.plays {
		t.Run(p.name(), func(t *testing.T) {
			t.Helper()
			var sb *Sandbox
			var r report.Result
			synctest.Test(t, func(t *testing.T) {
				var err error
				sb = s.start(t, o)
				if r, err = s.playAlone(t.Context(), s.runner(t, sb, []string{p.channel}), p); err != nil {
					t.Fatalf("contract: the story cannot be played: %v", err)
				}
			})
			if r.Outcome != "" { // a bubble cannot skip
				s.tell(t, r, sb)
			}
		})
	}
}

// settleInBubble is longer than the pauses of the documented backoff; it costs nothing.
const settleInBubble = 10 * time.Second
