package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// playExternal serves the fakes, starts the command if there is one, looks
// whether the integrator can be judged at all, and plays.
func (p program) playExternal(ctx context.Context, c scenarios.Config, stories []*story.Story, f *runFlags) (report.Report, error) {
	none := report.Report{}
	l, err := listen(ctx, f.addr, exitUsage)
	if err != nil {
		return none, err
	}
	run := drawRun() // the integrator may remember the customers of an earlier run
	sb, err := newSandbox(scenarios.Options{
		Config: c, Seed: f.seed, Run: run, Webhooks: f.webhooks, Log: p.log(),
		AppSecret: f.credentials.appSecret, VerifyToken: f.credentials.verifyToken,
	})
	if err != nil {
		_ = l.Close()
		return none, err
	}
	defer sb.Close()
	runner, err := f.runner(sb, c, stories)
	if err != nil {
		_ = l.Close()
		return none, err
	}
	server := startServer(l, sb, p.log())
	defer func() { _ = server.stop() }()
	runner.External, runner.Run = true, run
	runner.Progress = func(r report.Result) { p.show(f, r) }
	if len(f.command) == 0 {
		return p.judge(ctx, runner, f)
	}
	return p.withCommand(ctx, sb.Environment(origin(l.Addr())), runner, f)
}

// withCommand plays while the integrator's command runs. A command that ends
// early ends the run.
func (p program) withCommand(ctx context.Context, env []variable, runner scenarios.Runner, f *runFlags) (report.Report, error) {
	none := report.Report{}
	ports := f.webhooks.ports()
	if taken := answering(ctx, ports); taken != "" {
		return none, misused("stop what runs there, or leave out the command to have that judged", "something listens on %s already", taken)
	}
	child, err := p.start(f.command, env, f.verbose)
	if err != nil {
		return none, err
	}
	defer child.stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-child.ended
		cancel()
	}()
	if err := child.opens(ctx, ports); err != nil {
		return none, child.explain(err)
	}
	report, err := p.judge(ctx, runner, f)
	return report, child.explain(err)
}

// judge plays the stories unless the preflight finds that they would be in vain.
func (p program) judge(ctx context.Context, runner scenarios.Runner, f *runFlags) (report.Report, error) {
	setup, err := runner.Ready(ctx)
	if err != nil {
		return report.Report{}, err
	}
	for _, remark := range setup.Remarks {
		fmt.Fprintf(p.err, "note: %s\n", remark)
	}
	if setup.Problem != "" {
		return report.Report{}, obstacle(setup)
	}
	runner.Settings = setup.Settings
	return runner.Play(ctx)
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
