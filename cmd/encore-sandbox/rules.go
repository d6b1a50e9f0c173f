package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

func (p program) rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "rules [ID]",
		Short:   "Print the duties of an integrator, or one with its source",
		Example: "  encore-sandbox rules R36",
		Args:    atMostOne,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return p.listRules()
			}
			return p.rule(strings.ToUpper(args[0]))
		},
	}
}

func (p program) listRules() error {
	for _, r := range rules.All() {
		fmt.Fprintf(p.out, "%-4s  %-6s  %s\n", r.ID, r.Severity, r.Duty)
	}
	return nil
}

func (p program) rule(id string) error {
	r, ok := rules.Lookup(id)
	if !ok {
		return misused("list them with: encore-sandbox rules", "there is no rule %q", id)
	}
	fmt.Fprintf(p.out, "%s %s\n\n  duty    %s\n  clause  %s\n  fix     %s\n", r.ID, r.Severity, r.Duty, r.Clause, r.Fix)
	if r.Scope == rules.ScopeRun {
		fmt.Fprintln(p.out, "  scope   compares the threads of a run")
	}
	if r.Within != "" {
		fmt.Fprintf(p.out, "  breach  reported by %s\n", r.Within)
	}
	return nil
}
