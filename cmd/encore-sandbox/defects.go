package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// defectsFlags are the flags of defects.
type defectsFlags struct {
	channels []string
	json     string
	parallel int
	seed     uint64
	verbose  bool
}

func (p program) defectsCommand() *cobra.Command {
	var f defectsFlags
	cmd := &cobra.Command{
		Use:   "defects [DEFECT|RULE…]",
		Short: "Prove that the rules bite: every scenario against every bug of the built-in integrator",
		Long: `Switches on one bug after the other in the built-in integrator, plays every
scenario against it, and prints which of them caught it by the rule that it is
named for. Without arguments all bugs are played, on WhatsApp; those that show on
certain channels only, on these.

Exit code 0: every bug was caught. 1: one got away. 2: wrong usage.`,
		Example: `  encore-sandbox defects
  encore-sandbox defects R36 cap-ignored -v
  encore-sandbox defects --channel messenger`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.prove(cmd.Context(), args, &f) },
	}
	f.bind(cmd.Flags())
	return cmd
}

func (f *defectsFlags) bind(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.channels, "channel", nil, "`channels` to play (default whatsapp, and those of bugs that show on certain ones only)")
	flags.StringVar(&f.json, "json", "", "`file` for the matrix as JSON; - prints it")
	numberFlag(flags, &f.parallel, "parallel", 0, 0, "bugs played at once; 0: as many as there are processors")
	seedFlag(flags, &f.seed, "seed of everything random (default 1)")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "every scenario by name, what the bug is, and what each scenario alone is there for")
}

func (p program) prove(ctx context.Context, args []string, f *defectsFlags) error {
	chosen, err := chooseDefects(args)
	if err != nil {
		return err
	}
	if f.seed == 0 {
		f.seed = 1
	}
	sb, err := newSandbox(scenarios.Options{Seed: f.seed, Log: p.log(), Unlimited: true})
	if err != nil {
		return err
	}
	defer sb.Close()
	known := channelNames(sb)
	for _, channel := range f.channels {
		if !slices.Contains(known, channel) {
			return noChannel(channel, known)
		}
	}
	stories, err := story.Library()
	if err != nil {
		return err
	}
	proof := scenarios.Proof{Sandbox: sb, Stories: stories, Defects: chosen, Channels: f.channels, Seed: f.seed, Parallel: f.parallel}
	if f.json != "-" {
		proof.Progress = p.inOrder(chosen, f)
	}
	matrix, err := proof.Play(ctx)
	if err != nil {
		return err
	}
	return p.proved(matrix, stories, f, chosen)
}

// chooseDefects finds those that are named, by themselves or by their rule.
func chooseDefects(args []string) ([]integrator.Defect, error) {
	all := integrator.Defects()
	if len(args) == 0 {
		return all, nil
	}
	var chosen []integrator.Defect
	var known []string
	for _, d := range all {
		known = append(known, d.Name)
		named := func(arg string) bool { return arg == d.Name || strings.EqualFold(arg, d.Rule) }
		if slices.ContainsFunc(args, named) {
			chosen = append(chosen, d)
		}
	}
	for _, arg := range args {
		if !slices.ContainsFunc(chosen, func(d integrator.Defect) bool { return arg == d.Name || strings.EqualFold(arg, d.Rule) }) {
			return nil, misused(meant(arg, known, "list them with: encore-sandbox defects"), "there is no defect %q, and none of that rule", arg)
		}
	}
	return chosen, nil
}

// inOrder prints rows in the order of the table, as soon as that is possible.
func (p program) inOrder(defects []integrator.Defect, f *defectsFlags) func(scenarios.Row) {
	waiting := map[string]scenarios.Row{}
	next := 0
	shown := func(d integrator.Defect) bool {
		return len(f.channels) == 0 || d.Channels == nil || slices.ContainsFunc(d.Channels, func(c string) bool { return slices.Contains(f.channels, c) })
	}
	return func(row scenarios.Row) {
		for waiting[row.Defect] = row; next < len(defects); next++ {
			ready, done := waiting[defects[next].Name]
			if !done && shown(defects[next]) {
				return
			}
			if done {
				p.showRow(ready, f)
			}
		}
	}
}

func (p program) showRow(r scenarios.Row, f *defectsFlags) {
	caught := few(r.Stories(), f.verbose)
	if !r.Caught() {
		caught = "NOT CAUGHT on " + strings.Join(r.Missing(), ", ")
	}
	line := fmt.Sprintf("%-4s %-26s %s", r.Rule, r.Defect, caught)
	if others := r.Others(); len(others) > 0 {
		line += "; breaks " + strings.Join(others, " ") + " too"
	}
	fmt.Fprintln(p.out, line)
	if !f.verbose {
		return
	}
	fmt.Fprintf(p.out, "       %s Played on %s.\n", r.About, strings.Join(r.Channels, ", "))
	for _, id := range r.Others() {
		fmt.Fprintf(p.out, "       %-4s %s\n", id, few(r.AlsoBroke[id], true))
	}
	if len(r.Mismatched) > 0 {
		fmt.Fprintf(p.out, "       not as written, with no rule broken: %s\n", strings.Join(r.Mismatched, ", "))
	}
}

// few names scenarios, or the first ones of many.
func few(names []string, all bool) string {
	const most = 4
	if all || len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
}

// proved prints what came of it and decides the exit code.
func (p program) proved(m scenarios.Matrix, stories []*story.Story, f *defectsFlags, chosen []integrator.Defect) error {
	missed := m.Missed()
	if f.json != "-" {
		if f.verbose && len(chosen) == len(integrator.Defects()) {
			p.showPurposes(m, stories)
		}
		fmt.Fprintf(p.out, "\ndefects: %d, caught by their own rule: %d, scenarios: %d\n", len(m.Rows), len(m.Rows)-len(missed), len(stories))
		if n := len(chosen) - len(m.Rows); n > 0 {
			fmt.Fprintf(p.out, "not played, as they show on other channels: %d\n", n)
		}
	}
	err := p.writeTo(f.json, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(m)
	})
	if err == nil && len(missed) > 0 {
		return errSilent
	}
	return err
}

// showPurposes says of every scenario what it alone does.
func (p program) showPurposes(m scenarios.Matrix, stories []*story.Story) {
	fmt.Fprintln(p.out, "\nwhat each scenario alone is there for:")
	only := m.OnlyIn(stories)
	for _, s := range stories {
		fmt.Fprintf(p.out, "  %-22s %s\n", s.Name, strings.Join(only[s.Name], "; "))
	}
}
