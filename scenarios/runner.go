package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Runner plays stories against an integrator: the built-in one in virtual
// time, or an external one whose webhooks the sandbox knows.
type Runner struct {
	Sandbox *Sandbox
	// Workspace is where an external integrator is played; nil: the default one.
	Workspace *sim.Workspace
	// Name tells the workspaces of runs apart that play at once; may be empty.
	Name     string
	Stories  []*story.Story
	Channels []string // default: whatsapp for an external integrator, else every channel
	// Chosen narrows what is played; nil plays every story on every channel.
	Chosen   func(s *story.Story, channel string) bool
	Settings rules.Settings // of the integrator
	// Fixed plays the built-in integrator with these settings alone. Else each
	// story gets one whose settings fit its needs.
	Fixed bool
	// Operators is how many businesses an external integrator answers for. Default:
	// as many as are configured, one where nobody says.
	Operators int
	// External says that an integrator behind the sandbox's webhooks is played.
	External bool
	Defects  []string // of the built-in integrator
	Seed     uint64
	Run      string
	Parallel int            // stories at once; default all, for an external integrator 16
	Settle   time.Duration  // default 750 ms
	FailOn   rules.Severity // default must
	Pace     Pace           // how waits pass for an external integrator
	// Drained, unless nil, tells whether an external integrator has nothing left
	// to do; then its threads are at rest at once.
	Drained func(context.Context) bool
	// Step, unless nil, is called before each step of a story; its error ends the
	// run. Meant for one story at a time.
	Step     func(context.Context, Stop) error
	Progress func(report.Result) // called as stories end, one call at a time; may be nil
	// Before is called when the built-in integrator has played a story, with what
	// came of it, before the story's workspace is dropped; may be nil.
	Before func(report.Result, *sim.Workspace)
}

// DefaultSettle is how long a thread must have been silent to count as at rest.
const DefaultSettle = 750 * time.Millisecond

// externalAtOnce is how many stories are played at once against an external
// integrator unless somebody says: all of them would keep a busy machine from
// answering within the integrator's own timeouts, and what it then does is judged.
const externalAtOnce = 16

// start is when virtual time begins: a fixed moment, so that runs repeat.
var start = time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)

// patience is how many reply budgets the built-in integrator is given: virtual
// time costs nothing, and a reply that comes late is another fault than none.
const patience = 4

// job is one story on one channel.
type job struct {
	story     *story.Story
	channel   string
	workspace string // where it is played, unless that is the default one
}

// Play plays every story on every channel that it is meant for.
func (r Runner) Play(ctx context.Context) (report.Report, error) {
	began := clock.Real()
	r.Settle = cmp.Or(r.Settle, DefaultSettle)
	r.FailOn = cmp.Or(r.FailOn, rules.Must)
	from, err := r.next(ctx)
	if err != nil {
		return report.Report{}, err
	}
	jobs := r.jobs()
	results := make([]report.Result, len(jobs))
	errs := make([]error, len(jobs))
	slots := make(chan struct{}, r.atOnce(len(jobs)))
	var group sync.WaitGroup
	var progress sync.Mutex
	for i, j := range jobs {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			results[i], errs[i] = r.one(ctx, j)
			progress.Lock()
			defer progress.Unlock()
			if r.Progress != nil && errs[i] == nil {
				r.Progress(results[i])
			}
		})
	}
	group.Wait()
	whole := report.Report{Seed: r.Seed, Run: r.Run, Results: results, Elapsed: clock.Since(began)}
	if err := firstError(errs); err != nil {
		return whole, err
	}
	verdict, err := r.judge(ctx, results, from)
	whole.Verdict = r.Sandbox.weigh(verdict)
	return whole, err
}

// atOnce is how many of several stories are played at the same time.
func (r Runner) atOnce(jobs int) int {
	if r.Parallel == 0 && r.External {
		return externalAtOnce
	}
	return cmp.Or(r.Parallel, max(jobs, 1))
}

func firstError(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// channels are those that are played.
func (r Runner) channels() []string {
	if len(r.Channels) == 0 && r.External {
		return []string{"whatsapp"}
	}
	if len(r.Channels) > 0 {
		return r.Channels
	}
	var all []string
	for _, c := range r.Sandbox.Channels() {
		if len(c.Accounts) > 0 {
			all = append(all, c.Name)
		}
	}
	return all
}

// Count is how many stories are played, each on each of its channels.
func (r Runner) Count() int { return len(r.jobs()) }

// jobs are ordered by story and channel.
func (r Runner) jobs() (jobs []job) {
	channels := r.channels()
	names := map[string]int{} // stories of two files may share a name
	for _, s := range r.Stories {
		names[s.Name]++
		for _, channel := range channels {
			if s.On(channel) && (r.Chosen == nil || r.Chosen(s, channel)) {
				jobs = append(jobs, job{s, channel, workspaceOf(r.Name, s.Name, channel, names[s.Name])})
			}
		}
	}
	return jobs
}

// workspaceOf names a workspace. What is random depends on the name, so it has
// to be the same in every run.
func workspaceOf(run, story, channel string, nth int) string {
	name := "run" + run + "-" + story + "-" + channel
	if nth > 1 {
		name += "-" + strconv.Itoa(nth)
	}
	return name
}

// one plays a story and says what came of it.
func (r Runner) one(ctx context.Context, j job) (report.Result, error) {
	began := clock.Real()
	play := r.external
	if !r.External {
		play = r.builtIn
	}
	result, err := play(ctx, j)
	if err != nil {
		return result, fmt.Errorf("%s on %s: %w", j.story.Name, j.channel, err)
	}
	result.Elapsed = clock.Since(began)
	result.Verdict = r.Sandbox.weigh(result.Verdict)
	switch {
	case result.Outcome == report.NotPlayed:
	case len(result.Steps) > 0 || result.Verdict.Fails(r.FailOn):
		result.Outcome = report.Failed
	case result.Outcome == "":
		result.Outcome = report.Passed
	}
	return result, nil
}

func (r Runner) player(ws *sim.Workspace, j job, d driver) *player {
	plan := r.Pace.settings(r.Settings)
	plan.Operators = r.operators()
	return &player{
		sb: r.Sandbox, ws: ws, driver: d, story: j.story, channel: j.channel, settings: r.Settings,
		pace: r.Pace, plan: plan, step: r.Step,
	}
}

// operators is how many businesses the integrator answers for; 0: all there are.
func (r Runner) operators() int {
	configured := len(r.Sandbox.options.Config.Operators)
	switch {
	case r.External:
		return cmp.Or(r.Operators, configured, 1)
	case configured == 1:
		return 1
	}
	return 0 // a story that names one too many has a mistake in it
}

// builtIn plays a story in a workspace of its own, in virtual time, against a
// reference integrator of its own: no story can disturb another.
func (r Runner) builtIn(ctx context.Context, j job) (result report.Result, err error) {
	if r.Sandbox, err = r.Sandbox.limited(j.story.Limits); err != nil {
		return result, err
	}
	virtual := clock.NewVirtual(start)
	r.Settings = r.fitting(j.story)
	ws, err := r.Sandbox.NewWorkspace(sim.WorkspaceConfig{
		Name: j.workspace, Clock: virtual, Seed: r.Seed, Run: r.Run, Local: true,
	})
	if err != nil {
		return result, err
	}
	defer r.Sandbox.DropWorkspace(ws.Name)
	lead := &leash{}
	if err := r.Sandbox.builtIn(ws, r.Settings, r.Defects, nil, lead); err != nil {
		return result, err
	}
	p := r.player(ws, j, virtualDriver{virtual, patience * r.Settings.ReplyBudget})
	p.alone, p.leash = true, lead
	virtual.Run(func() {
		result, err = p.play(ctx)
		if r.Before != nil && err == nil {
			r.Before(result, ws)
		}
		virtual.Quiet(clock.Forever) // what still sleeps would never wake, and would outlive its workspace
	})
	if reason := lead.broken(); reason != "" {
		result.Outcome, result.Reason = report.Errored, reason
	}
	return result, err
}

// fitting are the settings with which the built-in integrator plays a story,
// its reply included.
func (r Runner) fitting(s *story.Story) rules.Settings {
	set := r.Settings
	if set.Reply == nil {
		set.Reply = []rules.ReplyText{{Text: r.Sandbox.reply()}}
	}
	if r.Fixed {
		return set
	}
	fit := s.Fit(PlaySettings(set))
	set.Cap, set.Reply = fit.Cap, slices.Clone(set.Reply)
	if fit.Reply != "" {
		set.Reply[0] = rules.ReplyText{Text: fit.Reply}
	}
	return set
}

// external plays a story in the default workspace, in real time.
func (r Runner) external(ctx context.Context, j job) (report.Result, error) {
	ws := r.workspace()
	return r.player(ws, j, realDriver{ws: ws, budget: r.Settings.ReplyBudget, settle: r.Settle, drained: r.Drained}).play(ctx)
}

// next is the number of the first exchange that will belong to an external
// run; what is older came from a preflight or an earlier run.
func (r Runner) next(ctx context.Context) (int64, error) {
	if !r.External {
		return 1, nil
	}
	entries, err := r.workspace().Journal(ctx, 1, 0)
	if err != nil || len(entries) == 0 {
		return 1, err
	}
	return entries[len(entries)-1].N + 1, nil
}

// judge applies the rules that compare threads, or that are about what no
// thread can claim.
func (r Runner) judge(ctx context.Context, results []report.Result, from int64) (rules.Verdict, error) {
	var all []rules.Evidence
	for _, result := range results {
		all = append(append(append(all, result.Evidence...), result.Elsewhere...), result.Homeless)
	}
	if !r.External {
		return rules.JudgeRun(all), nil
	}
	unclaimed, err := homeless(ctx, r.workspace(), from)
	return rules.JudgeRun(append(all, unclaimed)), err
}

// workspace is where an external integrator is played.
func (r Runner) workspace() *sim.Workspace {
	if r.Workspace != nil {
		return r.Workspace
	}
	return r.Sandbox.Default()
}
