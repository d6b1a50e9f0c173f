package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

func (p program) faultCommand() *cobra.Command {
	var base string
	cmd := &cobra.Command{
		Use:   "fault",
		Short: "Break things, and mend them",
		Long:  "Breaks things, and mends them. How a fault is written: encore-sandbox help faults",
		Args:  noSuchCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := &cobra.Command{
		Use:     "add FAULT",
		Short:   "Put a fault in force",
		Example: "  encore-sandbox fault add '503;times=2;operation=encore.offersMessage'\n  encore-sandbox fault add preset=encore-down",
		Args:    atMostOne,
		RunE:    func(cmd *cobra.Command, args []string) error { return p.addFault(cmd.Context(), client{base}, args) },
	}
	show := &cobra.Command{
		Use:   "list",
		Short: "Print the faults in force, in the order in which they are asked",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.listFaults(cmd.Context(), client{base}) },
	}
	remove := &cobra.Command{
		Use:   "clear [ID]",
		Short: "Take one fault out of force, or all",
		Args:  atMostOne,
		RunE:  func(cmd *cobra.Command, args []string) error { return p.clearFaults(cmd.Context(), client{base}, args) },
	}
	presets := &cobra.Command{
		Use:   "presets",
		Short: "Print the faults that have a name",
		Args:  noArguments,
		RunE:  func(*cobra.Command, []string) error { return p.presets() },
	}
	for _, c := range []*cobra.Command{add, show, remove} {
		sandboxFlag(c.Flags(), &base)
	}
	cmd.AddCommand(add, show, remove, presets)
	return cmd
}

const howFaults = "how it is written: encore-sandbox help faults"

func (p program) addFault(ctx context.Context, c client, args []string) error {
	if len(args) == 0 {
		return misused(howFaults, "which fault? for example: encore-sandbox fault add '503;times=2'")
	}
	if _, err := fault.Parse(args[0]); err != nil {
		return misused(howFaults, "%s", err)
	}
	var armed armedFault
	if err := c.call(ctx, http.MethodPost, "/_sandbox/v1/faults", args[0], &armed); err != nil {
		return err
	}
	return p.printFault(armed, "")
}

func (p program) listFaults(ctx context.Context, c client) error {
	var answer struct {
		Faults []armedFault `json:"faults"`
	}
	if err := c.call(ctx, http.MethodGet, "/_sandbox/v1/faults", nil, &answer); err != nil {
		return err
	}
	if len(answer.Faults) == 0 {
		fmt.Fprintln(p.out, "no fault is in force")
	}
	for _, a := range answer.Faults {
		if err := p.printFault(a, fmt.Sprintf("  (matched %d, struck %d)", a.Matched, a.Struck)); err != nil {
			return err
		}
	}
	return nil
}

// armedFault is a fault.Armed as the control API shows it.
type armedFault struct {
	Fault   map[string]any `json:"fault"`
	Matched int            `json:"matched"`
	Struck  int            `json:"struck"`
}

// printFault writes id and grammar.
func (p program) printFault(a armedFault, counts string) error {
	id, _ := a.Fault["id"].(string)
	delete(a.Fault, "id")
	data, err := json.Marshal(a.Fault)
	if err != nil {
		return err
	}
	var f fault.Fault
	if err := json.Unmarshal(data, &f); err != nil {
		return failed("is the sandbox of another version?", "the fault %s cannot be read: %s", id, err)
	}
	_, err = fmt.Fprintf(p.out, "%s  %s%s\n", id, f, counts)
	return err
}

func (p program) clearFaults(ctx context.Context, c client, args []string) error {
	path := "/_sandbox/v1/faults"
	if len(args) > 0 {
		path += "/" + url.PathEscape(args[0])
	}
	return c.call(ctx, http.MethodDelete, path, nil, nil)
}

func (p program) presets() error {
	for _, preset := range fault.Presets() {
		fmt.Fprintf(p.out, "%-26s  %s\n", preset.Name, preset.About)
	}
	return nil
}
