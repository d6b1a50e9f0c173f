package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// noLimit is a budget that nobody spends at a breakpoint.
const noLimit = 24 * time.Hour

// playExternal serves the fakes, starts the command if there is one, looks
// whether the integrator can be judged at all, and plays.
func (p program) playExternal(ctx context.Context, c scenarios.Config, stories []*story.Story, f *runFlags, done conclusion) error {
	l, err := listen(ctx, "addr", f.addr, exitUsage)
	if err != nil {
		return err
	}
	run := drawRun() // the integrator may remember the customers of an earlier run
	options := scenarios.Options{
		Config: c, Seed: f.seed, Run: run, Webhooks: f.webhooks, Log: p.log(), Contained: p.contained(), Unlimited: !limited(stories),
		AppSecret: f.credentials.appSecret, VerifyToken: f.credentials.verifyToken,
	}
	if f.pace.debug {
		options.Patience = clock.NewManual(clock.Real()) // it stands still: no delivery times out
	}
	sb, err := newSandbox(options)
	if err != nil {
		_ = l.Close()
		return err
	}
	defer sb.Close()
	runner, err := f.runner(sb, c, stories)
	if err != nil {
		_ = l.Close()
		return err
	}
	server := startServer(l, sb, p.log())
	defer func() { _ = server.stop() }()
	runner.External, runner.Run = true, run
	runner.Pace, runner.Drained = p.pace(&f.pace), drainedAt(f.pace.drained)
	if f.pace.step {
		runner.Step = p.stepper()
	}
	stage := stage{p, runner, f, origin(l.Addr()), done}
	if len(f.command) == 0 {
		return stage.judge(ctx)
	}
	return stage.withCommand(ctx)
}

// limited tells whether the vendors' limits hold for all of the stories. They
// share a sandbox, so that it is all or none of them.
func limited(stories []*story.Story) bool {
	return !slices.ContainsFunc(stories, func(s *story.Story) bool { return !s.Limits })
}

// stage is a sandbox that serves, and what is to be played in it.
type stage struct {
	p      program
	runner scenarios.Runner
	f      *runFlags
	base   string // address of the fakes
	done   conclusion
}

// withCommand plays while the integrator's command runs. A command that ends
// early ends the run.
func (s stage) withCommand(ctx context.Context) error {
	ports := s.f.webhooks.ports()
	if taken := answering(ctx, ports); taken != "" {
		return misused("stop what runs there, or leave out the command to have that judged", "something listens on %s already", taken)
	}
	child, err := s.p.start(s.f.command, s.runner.Sandbox.Environment(s.base), s.f.verbose)
	if err != nil {
		return err
	}
	defer child.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-child.ended
		cancel()
	}()
	if err := child.opens(ctx, ports); err != nil {
		return child.explain(err)
	}
	return child.explain(s.judge(ctx))
}

// judge plays the stories unless the preflight finds that they would be in vain.
func (s stage) judge(ctx context.Context) error {
	setup, err := s.runner.Ready(ctx)
	if err != nil {
		return err
	}
	for _, remark := range setup.Remarks {
		fmt.Fprintf(s.p.err, "note: %s\n", remark)
	}
	if setup.Problem != "" {
		return obstacle(setup)
	}
	s.runner.Settings = setup.Settings
	s.runner.Progress = s.p.progress(s.f, s.runner.Count())
	played, err := s.runner.Play(ctx)
	if err != nil {
		return err
	}
	err = s.done(played)
	if s.f.pace.keep {
		fmt.Fprintf(s.p.err, "the sandbox goes on at %s; stop it with Ctrl-C\n", s.base)
		<-ctx.Done()
	}
	return err
}

// obstacle is why nothing was played.
func obstacle(s scenarios.Setup) error {
	if s.Unreachable {
		return &failure{exitUnreachable, s.Problem, "start the integrator first, or let run start it: encore-sandbox run --webhook URL -- COMMAND"}
	}
	return &failure{exitUsage, s.Problem, ""}
}

// ports are the addresses on which the webhooks are expected.
func (w webhooks) ports() (ports []string) {
	for _, t := range w {
		if addr := hostPort(t.URL); !slices.Contains(ports, addr) {
			ports = append(ports, addr)
		}
	}
	slices.Sort(ports)
	return ports
}
