package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

// player plays one story on one channel.
type player struct {
	sb       *Sandbox
	ws       *sim.Workspace
	driver   driver
	story    *story.Story
	channel  string
	settings rules.Settings
	plan     story.Settings
	pace     Pace
	step     func(context.Context, Stop) error
	// alone says that the workspace has nobody in it but this story.
	alone bool

	actors map[string]sim.Customer
	order  []string // actors in order of appearance
	steps  []played
	armed  []string             // ids of the story's faults
	held   map[string]string    // ids of the holds by actor
	since  map[string]time.Time // thread time of a thread's last message or wait
	// pending are the steps that were not waited for, passing the faults that
	// hold until they are.
	pending []played
	passing []string
	leash   *leash // of the built-in integrator
	// restless are the threads that were not at rest when the story was given up.
	restless []string
}

// played is a step that wrote, or only listened, with where its events begin
// in the thread's timeline.
type played struct {
	step   story.Step
	thread string
	from   int
}

// play plays the story to its end and judges it.
func (p *player) play(ctx context.Context) (report.Result, error) {
	result := report.Result{Story: p.story.Name, About: p.story.About, Channel: p.channel}
	if reason := cmp.Or(p.story.Playable(p.plan), p.nobody(), p.unlimited()); reason != "" {
		result.Outcome, result.Reason = report.NotPlayed, reason
		return result, nil
	}
	p.actors, p.held, p.since = map[string]sim.Customer{}, map[string]string{}, map[string]time.Time{}
	failed := p.perform(ctx)
	err := p.disarm(ctx, slices.Concat(p.armed, p.passing, slices.Collect(maps.Values(p.held))))
	if err = errors.Join(ctx.Err(), err); err != nil {
		return result, err
	}
	if failed != nil { // what was played up to there is judged all the same
		result.Outcome, result.Reason = report.Errored, "could not be played to its end: "+failed.Error()
	}
	return result, p.conclude(ctx, &result)
}

// nobody is why the story has nobody to write to: an operator that is not on
// this channel.
func (p *player) nobody() string {
	operators := p.sb.options.Config.operators()
	for _, turn := range p.story.Plan(p.plan) {
		n := turn.Step.Operator
		if n > 0 && n <= len(operators) && operators[n-1].Accounts()[p.channel] == "" {
			return fmt.Sprintf("operator %d has no account on %s", n, p.channel)
		}
	}
	return ""
}

// unlimited is why the story cannot have the limits that it is about.
func (p *player) unlimited() string {
	if !p.story.Limits || !p.sb.options.Unlimited {
		return ""
	}
	return "the vendors' rate limits are off while stories without them are played; play this one by itself"
}

func (p *player) perform(ctx context.Context) error {
	var failed error
	for _, turn := range p.story.Plan(p.plan) {
		if err := p.turn(ctx, turn.Step); err != nil {
			failed = fmt.Errorf("%s:%d: %w", p.story.File, turn.Step.Pos.Line, err)
			break
		}
	}
	restless, err := p.driver.quiet(ctx, p.threads())
	p.restless = restless
	return errors.Join(failed, err)
}

func (p *player) turn(ctx context.Context, s story.Step) error {
	if p.step != nil {
		if err := p.step(ctx, p.stop(s)); err != nil {
			return err
		}
	}
	switch {
	case s.Wait != nil:
		return errors.Join(p.await(ctx, nil), p.wait(ctx, *s.Wait))
	case s.Given != nil:
		return errors.Join(p.await(ctx, nil), p.given(ctx, s))
	}
	cast := p.cast(s)
	for _, name := range cast { // with their customers come faults that outlast the step
		if _, err := p.actor(ctx, name, s.Operator); err != nil {
			return err
		}
	}
	if s.Fault == nil {
		return p.act(ctx, s)
	}
	before := len(p.armed)
	err := p.arm(ctx, *s.Fault, cast)
	passing := slices.Clone(p.armed[before:])
	p.armed = p.armed[:before]
	if s.Meanwhile {
		p.passing = append(p.passing, passing...)
		passing = nil
	}
	if err == nil {
		err = p.act(ctx, s)
	}
	return errors.Join(err, p.disarm(ctx, passing))
}

// act lets the step's customers write, or reports a status, and waits for what
// the step expects.
func (p *player) act(ctx context.Context, s story.Step) error {
	var mine []played
	for _, name := range p.cast(s) {
		actor, err := p.actor(ctx, name, s.Operator)
		if err != nil {
			return err
		}
		events, _, err := p.ws.Timeline(ctx, actor.Thread)
		if err != nil {
			return err
		}
		mine = append(mine, played{s, actor.Thread, p.begin(actor.Thread, len(events))})
		err = p.say(ctx, s, actor, events)
		if err == nil {
			err = p.arrive(ctx, s.Deliver, actor.Thread)
		}
		if s.Customer != nil {
			p.mark(ctx, actor.Thread)
		}
		if err != nil {
			return err
		}
	}
	p.steps = append(p.steps, mine...)
	switch {
	case s.Meanwhile:
		p.pending = append(p.pending, mine...)
		return nil
	case !awaited(s):
		return nil
	}
	return p.await(ctx, mine)
}

// begin is where the events of a thread's new step begin: where those of the
// step before it do, if that one was neither waited for nor expects anything.
func (p *player) begin(thread string, now int) int {
	for _, m := range p.pending {
		if m.thread == thread && m.step.Expect == nil {
			return m.from
		}
	}
	return now
}

// await waits for what steps lead to, those included that were not waited for.
func (p *player) await(ctx context.Context, mine []played) error {
	byThread := map[string]played{}
	for _, m := range slices.Concat(p.pending, mine) {
		byThread[m.thread] = m
	}
	if p.pending = nil; len(byThread) == 0 {
		return nil
	}
	threads := slices.Sorted(maps.Keys(byThread))
	err := p.driver.await(ctx, threads, func(thread string) progress { return p.progress(ctx, byThread[thread]) })
	passing := p.passing
	p.passing = nil
	return errors.Join(err, p.disarm(ctx, passing))
}

// expects is what a step expects: a reply is as many messages as the normal
// reply of this integrator has.
func (p *player) expects(s story.Step) []story.Expectation {
	return story.Repeated(s.Expect, len(p.settings.Reply))
}

// progress tells how far a step has come with what it expects.
func (p *player) progress(ctx context.Context, m played) progress {
	events, _, err := p.ws.Timeline(ctx, m.thread)
	if err != nil || len(events) < m.from {
		return fulfilled
	}
	got := story.Observe(events[m.from:])
	replied := slices.ContainsFunc(got, func(o story.Observation) bool { return o.Word == story.ReplySent })
	switch {
	case m.step.Expect == nil && len(got) > 0, m.step.Expect != nil && len(story.Match(p.expects(m.step), got)) == 0:
		return fulfilled
	case replied, m.step.Customer == nil: // nobody has to answer to a status
		return answered
	}
	return open
}

// cast names the customers of a step: its own, or a burst of fresh ones.
func (p *player) cast(s story.Step) []string {
	name := s.As
	if s.Operator > 1 {
		name += "@" + strconv.Itoa(s.Operator)
	}
	if s.Burst == 0 {
		return []string{name}
	}
	names := make([]string, s.Burst)
	for i := range names {
		names[i] = fmt.Sprintf("%s#%d.%d", name, s.Pos.Line, i)
	}
	return names
}

// actor returns a customer of the story, fresh at the first mention. The
// story's own fault waits for each of them.
func (p *player) actor(ctx context.Context, name string, operator int) (sim.Customer, error) {
	if actor, ok := p.actors[name]; ok {
		return actor, nil
	}
	account := ""
	if operators := p.sb.options.Config.operators(); operator > len(operators) {
		return sim.Customer{}, fmt.Errorf("there are only %d operators", len(operators))
	} else if operator > 0 {
		account = operators[operator-1].ClientID
	}
	actor, err := p.ws.NewCustomer(ctx, sim.CustomerRequest{Channel: p.channel, Account: account})
	if err != nil {
		return actor, err
	}
	p.actors[name], p.order = actor, append(p.order, name)
	if p.story.Fault != nil {
		return actor, p.arm(ctx, *p.story.Fault, []string{name})
	}
	return actor, p.hold(ctx, name)
}

func (p *player) threads() []string {
	threads := make([]string, len(p.order))
	for i, name := range p.order {
		threads[i] = p.actors[name].Thread
	}
	return threads
}

// conclude compares every step with what came and judges every thread.
func (p *player) conclude(ctx context.Context, result *report.Result) error {
	timelines := map[string][]sim.Event{}
	var verdicts []rules.Verdict
	for _, thread := range p.threads() {
		e, err := p.sb.Evidence(ctx, p.ws, thread, p.settings)
		if err != nil {
			return err
		}
		e.Closed = !slices.Contains(p.restless, thread)
		timelines[thread] = e.Events
		if e.Events, err = p.withStrays(ctx, e.Events); err != nil {
			return err
		}
		result.Threads, result.Evidence = append(result.Threads, thread), append(result.Evidence, e)
		verdicts = append(verdicts, rules.Judge(e))
	}
	for i, m := range p.steps {
		if m.step.Expect == nil {
			continue
		}
		events := timelines[m.thread][m.from:p.until(i, len(timelines[m.thread]))]
		if wrong := story.Match(p.expects(m.step), story.Observe(events)); len(wrong) > 0 {
			result.Steps = append(result.Steps, p.failure(m, wrong))
		}
	}
	result.Verdict = rules.Merge(verdicts...)
	var err error
	if result.Elsewhere, err = p.elsewhere(ctx); err != nil {
		return err
	}
	if p.alone && !p.claimsStrays() {
		if result.Homeless, err = homeless(ctx, p.ws, 1); err != nil {
			return err
		}
	}
	if len(p.restless) > 0 && result.Reason == "" {
		result.Reason = fmt.Sprintf("%d of %d threads not at rest %v after the last step; what was still to come is not judged",
			len(p.restless), len(p.order), p.settings.ReplyBudget)
	}
	return nil
}

// until is where the events of step i end: where the thread's next step begins.
func (p *player) until(i, end int) int {
	for _, later := range p.steps[i+1:] {
		if later.thread == p.steps[i].thread {
			return later.from
		}
	}
	return end
}

func (p *player) failure(m played, wrong []story.Mismatch) report.StepFailure {
	f := report.StepFailure{File: p.story.File, Line: m.step.Pos.Line, Thread: m.thread, Mismatches: wrong}
	if m.step.Customer != nil {
		f.Text = m.step.Customer.Text
	}
	return f
}

// Stop is where a story is before a step.
type Stop struct {
	Story   string
	Channel string
	File    string
	Line    int
	What    string   // the step in a few words
	Threads []string // that the story has so far
}

// stop words what a step is about to do.
func (p *player) stop(s story.Step) Stop {
	at := Stop{Story: p.story.Name, Channel: p.channel, File: p.story.File, Line: s.Pos.Line, Threads: p.threads(), What: "a webhook is delivered"}
	switch {
	case s.Wait != nil:
		at.What = "wait " + s.Wait.String()
	case s.Given != nil:
		at.What = "earlier sessions are played: offers " + s.Given.Offers.String()
	case s.Customer != nil:
		at.What = "a customer writes " + strconv.Quote(s.Customer.Text)
	}
	return at
}
