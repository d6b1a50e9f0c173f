package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

func (p program) faultCommand() *cobra.Command {
	var to client
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
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.addFault(cmd.Context(), to, args)
		},
	}
	show := &cobra.Command{
		Use:   "list",
		Short: "Print the faults in the order in which they are asked, and what is left of each",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.listFaults(cmd.Context(), to) },
	}
	remove := &cobra.Command{
		Use:   "clear [ID]",
		Short: "Take one fault out of force, or all",
		Args:  atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.clearFaults(cmd.Context(), to, args)
		},
	}
	presets := &cobra.Command{
		Use:   "presets",
		Short: "Print the faults that have a name",
		Args:  noArguments,
		RunE:  func(*cobra.Command, []string) error { return p.presets() },
	}
	for _, c := range []*cobra.Command{add, show, remove} {
		sandboxFlag(c.Flags(), &to)
	}
	cmd.AddCommand(add, show, remove, presets)
	return cmd
}

// howFaults is the grammar in short and where all of it is.
func howFaults() string {
	return "how it is written: encore-sandbox help faults; in short,\n" + fault.Usage()
}

func (p program) addFault(ctx context.Context, c client, args []string) error {
	if len(args) == 0 {
		return misused(howFaults(), "which fault? for example: encore-sandbox fault add '503;times=2'")
	}
	if _, err := fault.Parse(args[0]); err != nil {
		return misused(howFaults(), "%s", faultProblem(err))
	}
	var armed armedFault
	if err := c.call(ctx, http.MethodPost, "/_sandbox/v1/faults", args[0], &armed); err != nil {
		return err
	}
	return p.printFault(armed, "")
}

// faultProblem is what is wrong with a fault, without the grammar.
func faultProblem(err error) string {
	var slip *fault.ParseError
	if errors.As(err, &slip) {
		return slip.Problem
	}
	return err.Error()
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
		if err := p.printFault(a, "  ("+a.countdown()+")"); err != nil {
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
	Left    *int           `json:"left"`    // turns to come; nil for no end
	Expires time.Time      `json:"expires"` // simulated; zero without a time to live
	Spent   bool           `json:"spent"`
}

// countdown is what the fault has done and what it still can do: "matched 3,
// struck 2, spent", "matched 1, struck 1, 2 left, expires 2026-01-02T15:04:05Z".
// Of one that is spent nothing else is said about what is to come.
func (a armedFault) countdown() string {
	said := []string{fmt.Sprintf("matched %d", a.Matched), fmt.Sprintf("struck %d", a.Struck)}
	if a.Spent {
		return strings.Join(append(said, "spent"), ", ")
	}
	if a.Left != nil {
		said = append(said, fmt.Sprintf("%d left", *a.Left))
	}
	if !a.Expires.IsZero() {
		said = append(said, "expires "+a.Expires.Format(time.RFC3339))
	}
	return strings.Join(said, ", ")
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
