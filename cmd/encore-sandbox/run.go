package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// runFlags are the flags of run.
type runFlags struct {
	addr, config, failOn    string
	sandbox                 string // URL of a running sandbox; empty: one of its own
	inside                  client // what is shown there
	json, junit, html       string // files of reports
	webhooks                webhooks
	channels, defects       []string
	cap, parallel           int
	idleGap, budget, settle time.Duration
	seed                    uint64
	list, verbose           bool
	fixed                   bool // the cap was given, and not chosen by each story
	operators               int  // that sandbox.yaml names
	credentials             credentials
	pace                    paceFlags
	command                 []string // after --
}

func (p program) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [SCENARIO…] [-- COMMAND…]",
		Short: "Play scenarios against an integrator and judge it",
		Long: `Plays scenarios against an integrator, and judges every duty that it had an
occasion to break. A scenario is a name or pattern of the library, or a file;
without one all are played.

Without --webhook the built-in integrator is played, in simulated time. With it,
the fakes are served on --addr and yours is played. What stands after -- is
started first, with what "encore-sandbox env" prints in its environment, and
stopped at the end.

Exit code 0: all held. 1: a scenario failed. 2: wrong usage, or a set-up that
cannot be judged. 3: the webhook does not answer.`,
		Example: `  encore-sandbox run
  encore-sandbox run 'cap-*' mine.yaml -v
  encore-sandbox run --webhook http://127.0.0.1:3000/webhook -- npm start
  encore-sandbox run --defect reply-first`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				args, f.command = args[:dash], args[dash:]
			}
			return p.runScenarios(cmd.Context(), cmd.Flags(), args, &f)
		},
	}
	f.bind(cmd.Flags())
	return cmd
}

func (f *runFlags) bind(flags *pflag.FlagSet) {
	webhookFlag(flags, &f.webhooks)
	remoteFlag(flags, &f.sandbox, "a running sandbox that is to play, instead of one of its own")
	insideFlags(flags, &f.inside)
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "`address` of the fakes, with --webhook")
	flags.StringSliceVar(&f.channels, "channel", nil, "`channels` to play (default all; with --webhook whatsapp)")
	f.bindSettings(flags)
	durationFlag(flags, &f.settle, "settle", scenarios.DefaultSettle, "silence after which a thread counts as at rest, with --webhook")
	numberFlag(flags, &f.parallel, "parallel", 0, 0, "scenarios played at once; 0: all, with --webhook 16")
	flags.StringSliceVar(&f.defects, "defect", nil, "bug to switch on in the built-in integrator, by `name`; may be repeated")
	configFlag(flags, &f.config)
	seedFlag(flags, &f.seed, "seed of everything random (default 1)")
	f.pace.bind(flags)
	f.credentials.bind(flags)
	f.bindReports(flags)
	flags.BoolVar(&f.list, "list", false, "print the scenarios that would be played, and stop")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "timelines of what held, output of COMMAND, reasons of what was not judged")
}

// bindSettings are the flags that say how the integrator is configured.
func (f *runFlags) bindSettings(flags *pflag.FlagSet) {
	numberFlag(flags, &f.cap, "cap", rules.DefaultCap, 0, "offers a thread may get, as the integrator is configured")
	durationFlag(flags, &f.idleGap, "idle-gap", rules.DefaultIdleGap, "silence after which a customer counts as returning, likewise")
	durationFlag(flags, &f.budget, "reply-budget", rules.DefaultReplyBudget, "the longest a reply may take")
}

// bindReports are the flags that say what becomes of the results.
func (f *runFlags) bindReports(flags *pflag.FlagSet) {
	choiceFlag(flags, &f.failOn, "fail-on", "must", []string{"must", "should"}, "fail on broken duties, or on ignored advice too")
	flags.StringVar(&f.json, "json", "", "`file` for the results as JSON; - prints them")
	flags.StringVar(&f.junit, "junit", "", "`file` for the results as JUnit XML")
	flags.StringVar(&f.html, "html", "", "`file` for the results as one page with a sequence diagram of each thread")
}

func (p program) runScenarios(ctx context.Context, flags *pflag.FlagSet, args []string, f *runFlags) error {
	config, err := loadConfig(flags, f.config)
	if err != nil {
		return err
	}
	picked, err := pick(args)
	if err != nil {
		return err
	}
	stories := storiesOf(picked)
	if f.list {
		p.listScenarios(stories)
		return nil
	}
	if err := f.check(); err != nil {
		return err
	}
	f.fixed, f.operators = flags.Changed("cap"), max(len(config.Operators), 1)
	again := func(played report.Report) string { return replay{flags, f, picked}.command(played) }
	if f.sandbox != "" {
		return p.playRemote(ctx, flags, picked, f, again)
	}
	play := p.playBuiltIn
	if len(f.webhooks) > 0 {
		play = p.playExternal
	}
	return play(ctx, f.configure(config), stories, f, func(played report.Report) error {
		return p.conclude(played, f, again(played))
	})
}

// check refuses what the flags cannot mean together.
func (f *runFlags) check() error {
	if f.seed == 0 {
		f.seed = 1
	}
	if len(f.command) > 0 && len(f.webhooks) == 0 && f.sandbox == "" {
		return misused("add --webhook http://127.0.0.1:3000/webhook, say", "where will %q listen? a command needs --webhook URL", f.command[0])
	}
	if err := f.pace.check(len(f.webhooks) > 0); err != nil {
		return err
	}
	if f.pace.step {
		f.parallel = 1
	}
	if f.pace.debug {
		f.budget = noLimit
	}
	if len(f.defects) > 0 && len(f.webhooks) > 0 {
		return misused("leave out --webhook, or --defect", "--defect is for the built-in integrator")
	}
	var known []string
	for _, d := range integrator.Defects() {
		known = append(known, d.Name)
	}
	for _, d := range f.defects {
		if !slices.Contains(known, d) {
			return misused(meant(d, known, "the defects are: "+list(known)), "there is no defect %q", d)
		}
	}
	return nil
}

// configure lays what the flags say of the integrator over the config.
func (f *runFlags) configure(c scenarios.Config) scenarios.Config {
	entries := slices.Clone(c.Operators)
	if len(entries) == 0 {
		for _, o := range fakes.Operators() {
			entries = append(entries, scenarios.OperatorEntry{Operator: o})
		}
	}
	for i := range entries {
		entries[i].Cap, entries[i].IdleGap = &f.cap, f.idleGap.String()
	}
	c.Operators, c.Clock = entries, ""
	return c
}

// runner is what both kinds of play have in common.
func (f *runFlags) runner(sb *scenarios.Sandbox, c scenarios.Config, stories []*story.Story) (scenarios.Runner, error) {
	known := channelNames(sb)
	for _, channel := range f.channels {
		if !slices.Contains(known, channel) {
			return scenarios.Runner{}, noChannel(channel, known)
		}
	}
	settings := c.Settings("")
	settings.ReplyBudget = f.budget
	return scenarios.Runner{
		Sandbox: sb, Stories: stories, Channels: f.channels, Settings: settings, Fixed: f.fixed, Operators: f.operators, Defects: f.defects,
		Seed: f.seed, Parallel: f.parallel, Settle: f.settle, FailOn: rules.Severity(f.failOn),
	}, nil
}

// playBuiltIn plays the reference integrator in this process.
func (p program) playBuiltIn(ctx context.Context, c scenarios.Config, stories []*story.Story, f *runFlags, done conclusion) error {
	sb, err := newSandbox(scenarios.Options{Config: c, Seed: f.seed, Log: p.log(), Unlimited: true})
	if err != nil {
		return err
	}
	defer sb.Close()
	runner, err := f.runner(sb, c, stories)
	if err != nil {
		return err
	}
	played, err := runner.Play(ctx)
	for _, result := range played.Results {
		p.show(f, result)
	}
	if err != nil {
		return err
	}
	return done(played)
}

// conclusion is what is done with the results while the sandbox still serves.
type conclusion func(report.Report) error

func (p program) text(f *runFlags) report.Text {
	return report.Text{Color: p.colored(p.out), Verbose: f.verbose, Wall: len(f.webhooks) > 0}
}

// progress shows results as they come, and on a terminal how many of all have.
func (p program) progress(f *runFlags, of int) func(report.Result) {
	played, live := 0, p.colored(p.out) && f.json != "-"
	count := func() {
		if live && played < of {
			fmt.Fprintf(p.out, "%d of %d played\r", played, of)
		}
	}
	count()
	return func(r report.Result) {
		if live {
			fmt.Fprint(p.out, "\x1b[K")
		}
		played++
		p.show(f, r)
		count()
	}
}

func (p program) show(f *runFlags, r report.Result) {
	if f.json != "-" {
		fmt.Fprint(p.out, p.text(f).Result(r))
	}
}

// conclude prints the summary, writes the report and decides the exit code.
func (p program) conclude(r report.Report, f *runFlags, again string) error {
	bad := r.Failed(rules.Severity(f.failOn))
	if f.json != "-" {
		fmt.Fprint(p.out, "\n"+p.text(f).Summary(r))
		if len(f.defects) > 0 && !bad && r.Clean() {
			fmt.Fprintf(p.out, "note: defect %s broke no duty in these stories\n", strings.Join(f.defects, " with "))
		}
		if bad {
			fmt.Fprintln(p.out, "replay: "+again)
		}
	}
	if err := p.writeReports(r, f, again); err != nil {
		return err
	}
	if bad {
		return errSilent
	}
	return nil
}
