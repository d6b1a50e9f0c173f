package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/scenarios/check"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// checkFlags are the flags of check.
type checkFlags struct {
	server, key, junit string
	skip               []string
	timeout            time.Duration
	seed               uint64
	wait, verbose      bool
}

func (p program) checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check --server URL --key KEY",
		Short: "Put a server that claims to be Encore through its contract",
		Long: `Puts a server that claims to be Encore through the contract of its publisher
API, this sandbox or a real one: some 170 small requests, with ids that nobody
has used before, to one path of the server. Each case judges one clause; what
fails names the clause and the document that it comes from.

Exit code 0: nothing failed. 1: a clause is broken. 2: wrong usage, or no Encore
at that address. 3: the server does not answer.`,
		Example: `  encore-sandbox check --server http://127.0.0.1:8080 --key pk_test_sandbox
  encore-sandbox check --server https://api.encorekit.com --key pk_test_… --junit check.xml
  encore-sandbox check --server http://127.0.0.1:8080 --key pk_test_sandbox --skip 'text.*' --wait -v`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.checkServer(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.server, "server", "", "the server's `URL`; the documented path is looked for below it")
	flags.StringVar(&f.key, "key", "", "`key` that the server takes, beginning with pk_test_")
	flags.StringVar(&f.junit, "junit", "", "`file` for the results as JUnit XML")
	flags.StringSliceVar(&f.skip, "skip", nil, "`case` to leave out, or a pattern such as 'text.*'; may be repeated")
	flags.BoolVar(&f.wait, "wait", false, "play the case that outlives the deduplication window too, which takes 65 seconds")
	durationFlag(flags, &f.timeout, "timeout", 10*time.Second, "the longest one answer may take")
	seedFlag(flags, &f.seed, "seed of the ids that are sent (default: a new one)")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "clause, reason and duration of every case")
	return cmd
}

func (p program) checkServer(ctx context.Context, f *checkFlags) error {
	config, err := f.config()
	if err != nil {
		return err
	}
	config.Progress = func(r check.Result) { _ = r.WriteText(p.out, f.verbose) }
	report, err := check.Run(ctx, config)
	if err != nil {
		return notChecked(ctx, err)
	}
	fmt.Fprintln(p.out, "\n"+report.Summary())
	if err := writeJUnit(report, f.junit); err != nil {
		return err
	}
	if n := report.Count(check.Failed); n > 0 {
		fmt.Fprintf(p.out, "replay: %s\n", f.replay(config.Seed))
		return errSilent
	}
	return nil
}

func (f *checkFlags) config() (check.Config, error) {
	const example = "encore-sandbox check --server http://127.0.0.1:8080 --key pk_test_sandbox"
	switch {
	case f.server == "":
		return check.Config{}, misused(example, "which server? --server is missing")
	case f.key == "":
		return check.Config{}, misused(example, "with which key? --key is missing")
	}
	c := check.Config{URL: f.server, Key: f.key, Seed: f.seed, Skip: f.skip, Client: &http.Client{Timeout: f.timeout}}
	if c.Seed == 0 {
		c.Seed = drawSeed()
	}
	if f.wait {
		c.Wait = clock.NewWall(0).Sleep
	}
	return c, nil
}

// replay is the command that sends the same requests again. The key is the
// reader's own, so it is not printed into a log.
func (f *checkFlags) replay(seed uint64) string {
	return fmt.Sprintf("encore-sandbox check --server %s --key pk_test_… --seed %d", shellQuote(f.server), seed)
}

// notChecked words why there was nothing to judge. The errors of package check
// say what happened, a semicolon, and what to do.
func notChecked(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	code := exitUsage
	var unreachable *check.UnreachableError
	if errors.As(err, &unreachable) {
		code = exitUnreachable
	}
	message, hint, _ := strings.Cut(err.Error(), "; ")
	return &failure{code, message, hint}
}

func writeJUnit(r check.Report, file string) error {
	if file == "" {
		return nil
	}
	out, err := os.Create(file)
	if err != nil {
		return failed("name a file in a directory that exists", "the JUnit report cannot be written: %s", cause(err))
	}
	return errors.Join(r.WriteJUnit(out), out.Close())
}
