package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim/har"
)

// judgeFlags are the flags of judge.
type judgeFlags struct {
	runFlags
	complete, production string // yes, no, or auto
	appSecret            string
}

func (p program) judgeCommand() *cobra.Command {
	var f judgeFlags
	cmd := &cobra.Command{
		Use:   "judge FILE.har",
		Short: "Judge an integrator's recorded traffic by the same duties",
		Long: `Judges traffic of an integrator that mitmproxy, Chrome, Charles or the sandbox
itself has recorded as an HTTP Archive: the webhooks that came in and the calls
that went out to Encore, Meta, Kaleyra, Interakt and Zoko. Other traffic in it is
left aside. - reads standard input.

Of a recording of production a live key is expected on Encore's own host. What a
recording cannot show is listed as not judged, with the reason. sandbox.yaml says
what the integrator is configured to do, and the templates that it sends.

Exit code 0: all held. 1: a duty was broken. 2: wrong usage, or nothing in the
file that can be judged.`,
		Example: `  encore-sandbox judge production.har
  encore-sandbox judge staging.har --production no --cap 1 --junit judged.xml
  curl -s http://127.0.0.1:8080/_sandbox/v1/journal.har | encore-sandbox judge -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misused("see: encore-sandbox judge --help", "judge takes one file, got %d", len(args))
			}
			return p.judge(cmd.Context(), cmd.Flags(), args[0], &f)
		},
	}
	f.bind(cmd.Flags())
	return cmd
}

func (f *judgeFlags) bind(flags *pflag.FlagSet) {
	choices := []string{"yes", "no", "auto"}
	choiceFlag(flags, &f.complete, "complete", "auto", choices, "every thread is there from its first message to its last reply; auto: of what the sandbox exported")
	choiceFlag(flags, &f.production, "production", "auto", choices, "it is production's; auto: unless the sandbox exported it")
	flags.StringVar(&f.appSecret, "app-secret", "", "Meta's app `secret`, to check signatures; printed nowhere")
	f.bindSettings(flags)
	configFlag(flags, &f.config)
	f.bindReports(flags)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "timelines of what held")
}

// judge reads a file, judges it and tells what came of it.
func (p program) judge(ctx context.Context, flags *pflag.FlagSet, file string, f *judgeFlags) error {
	config, err := loadConfig(flags, f.config)
	if err != nil {
		return err
	}
	archive, err := p.readArchive(file)
	if err != nil {
		return err
	}
	settings := config.Settings("")
	settings.Cap, settings.IdleGap, settings.ReplyBudget = f.cap, f.idleGap, f.budget
	captured, err := scenarios.Capture{
		File: archive, Config: config, Settings: settings, AppSecret: f.appSecret, FailOn: rules.Severity(f.failOn),
		Complete: toldOf(f.complete), Production: toldOf(f.production),
	}.Judge(ctx)
	if errors.Is(err, scenarios.ErrNothingCaptured) {
		return misused("it has "+counted(captured.Entries, "entry", "entries")+hostsOf(captured), "%s: %s", file, err)
	}
	if errors.Is(err, scenarios.ErrSecret) {
		return misused("leave --app-secret out, and signatures are not looked at", "%s: %s of its webhooks that Meta or Interakt signs", file, err)
	}
	if err != nil {
		return err
	}
	return p.tellJudged(captured, f, "encore-sandbox judge "+shellQuote(file))
}

// readArchive reads an archive from a file, or from standard input for "-".
func (p program) readArchive(file string) (*har.File, error) {
	from := p.in
	if file != "-" {
		opened, err := os.Open(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, misused("give the path of an HTTP Archive", "there is no file %q", file)
		}
		if err != nil {
			return nil, misused("", "%s", err)
		}
		defer opened.Close()
		from = opened
	}
	archive, err := har.Read(from)
	if err != nil {
		return nil, misused("an HTTP Archive (HAR 1.2) is what mitmproxy, browsers and Charles save", "%s cannot be judged\n  %s", file, strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return archive, nil
}

// toldOf is what a flag says, or nil where it is left to the file.
func toldOf(word string) *bool {
	if word == "auto" {
		return nil
	}
	yes := word == "yes"
	return &yes
}

// tellJudged prints what came of every thread and of all, writes the reports and
// decides the exit code.
func (p program) tellJudged(c scenarios.Captured, f *judgeFlags, again string) error {
	if f.json != "-" {
		text := p.text(&f.runFlags)
		for _, r := range c.Results {
			text.Column = max(text.Column, len(r.Story))
		}
		for _, r := range c.Results {
			fmt.Fprint(p.out, text.Result(r))
		}
		fmt.Fprint(p.out, "\n"+text.Judged(c.Report))
		fmt.Fprintf(p.out, "%s in %s: %s, %s%s\n", counted(c.Entries, "entry", "entries"), c.Elapsed.Round(time.Millisecond),
			counted(c.Webhooks, "webhook", "webhooks"), counted(c.Calls, "call", "calls"), hostsOf(c))
		for _, n := range c.Notes {
			fmt.Fprintln(p.out, "note: "+n)
		}
	}
	if err := p.writeTo(f.json, func(w io.Writer) error { return writeJSON(w, c) }); err != nil {
		return err
	}
	others := f.runFlags
	others.json = ""
	if err := p.writeReports(c.Report, &others, again); err != nil {
		return err
	}
	if c.Failed(rules.Severity(f.failOn)) {
		return errSilent
	}
	return nil
}

// hostsOf words the entries that are none of the vendors'.
func hostsOf(c scenarios.Captured) string {
	if c.Aside == 0 {
		return ""
	}
	return fmt.Sprintf(", %d left aside (%s)", c.Aside, strings.Join(c.Hosts, ", "))
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
