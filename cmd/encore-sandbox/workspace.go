package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/scenarios"
)

const workspacesAt = "/_sandbox/v1/workspaces"

func (p program) workspaceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "workspace",
		Short: "Make sandboxes within the sandbox, and drop them",
		Long: `Makes sandboxes within a running sandbox, and drops them. A workspace has its own
clock, seed, catalog, faults and webhooks, and credentials that prove which calls
are its own: every test of a parallel run can have one, and a team one each.`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.addWorkspaceCommand(), p.listWorkspacesCommand(), p.showWorkspaceCommand(), p.dropWorkspaceCommand(), p.exportWorkspaceCommand(), p.importWorkspaceCommand(), p.ownerCommand())
	return cmd
}

// workspaceAdd are the flags of workspace add.
type workspaceAdd struct {
	to       client
	seed     uint64
	webhooks webhooks
	clock    string
	idle     time.Duration
	format   string
}

func (p program) addWorkspaceCommand() *cobra.Command {
	var f workspaceAdd
	cmd := &cobra.Command{
		Use:   "add [NAME]",
		Short: "Make a workspace, and print what its integrator needs",
		Long: `Makes a workspace, and prints what its integrator needs, under the names of
encore-sandbox env. Without a name it is given one.`,
		Example: "  eval \"$(encore-sandbox workspace add --format shell)\"\n  encore-sandbox workspace add anna --webhook https://example.com/webhook --format json",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			request := scenarios.WorkspaceRequest{Name: strings.Join(args, ""), Seed: f.seed, Clock: f.clock, Webhooks: map[string]string{}}
			if f.idle > 0 {
				request.Idle = f.idle.String()
			}
			for channel, target := range f.webhooks {
				if channel == "" {
					channel = "*"
				}
				request.Webhooks[channel] = target.URL
			}
			return p.addWorkspace(cmd.Context(), f.to, request, f.format)
		},
	}
	flags := cmd.Flags()
	webhookFlag(flags, &f.webhooks)
	seedFlag(flags, &f.seed, "the same ids and offers every time (default drawn)")
	choiceFlag(flags, &f.clock, "clock", "wall", []string{"wall", "manual"}, "real time, or time that stands still until it is advanced")
	durationFlag(flags, &f.idle, "idle", 0, "drop it after so long without a call (default what the sandbox says)")
	formatFlag(flags, &f.format)
	sandboxFlag(flags, &f.to)
	return cmd
}

func (p program) addWorkspace(ctx context.Context, c client, request scenarios.WorkspaceRequest, format string) error {
	var made scenarios.WorkspaceView
	if err := c.call(ctx, http.MethodPost, workspacesAt, request, &made); err != nil {
		return err
	}
	return p.showWorkspace(made, format)
}

// showWorkspace prints what an integrator needs, and for people where to look.
func (p program) showWorkspace(v scenarios.WorkspaceView, format string) error {
	if format == "json" {
		enc := json.NewEncoder(p.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	fmt.Fprintf(p.err, "workspace %s, seed %d\n", v.Name, v.Seed)
	if v.Inspector != "" {
		fmt.Fprintln(p.err, "inspector: "+v.Inspector)
	}
	if !v.Expires.IsZero() {
		fmt.Fprintln(p.err, "expires when it is not used before: "+v.Expires.Format(time.RFC3339))
	}
	var variables []variable
	for _, name := range slices.Sorted(maps.Keys(v.Environment)) {
		variables = append(variables, variable{Name: name, Value: v.Environment[name]})
	}
	return printVariables(p.out, format, variables)
}

func (p program) listWorkspacesCommand() *cobra.Command {
	var to client
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Print the workspaces, and when each expires",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				Workspaces []scenarios.WorkspaceView `json:"workspaces"`
			}
			if err := to.call(cmd.Context(), http.MethodGet, workspacesAt, nil, &answer); err != nil {
				return err
			}
			table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
			for _, v := range answer.Workspaces {
				expires := "never"
				if !v.Expires.IsZero() {
					expires = v.Expires.Format(time.RFC3339)
				}
				fmt.Fprintf(table, "%s\t%s\tused %s\texpires %s\n", v.Name, v.Owner, v.Used.Format(time.RFC3339), expires)
			}
			return table.Flush()
		},
	}
	sandboxFlag(cmd.Flags(), &to)
	return cmd
}

func (p program) showWorkspaceCommand() *cobra.Command {
	var to client
	var format string
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Print what the integrator of a workspace needs",
		Args:  exactlyOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			var v scenarios.WorkspaceView
			if err := to.call(cmd.Context(), http.MethodGet, workspaceAt(args[0]), nil, &v); err != nil {
				return err
			}
			return p.showWorkspace(v, format)
		},
	}
	formatFlag(cmd.Flags(), &format)
	sandboxFlag(cmd.Flags(), &to)
	return cmd
}

func workspaceAt(name string) string { return workspacesAt + "/" + url.PathEscape(name) }

func (p program) dropWorkspaceCommand() *cobra.Command {
	var to client
	cmd := &cobra.Command{
		Use:   "drop NAME",
		Short: "Forget a workspace with everything in it",
		Args:  exactlyOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return to.call(cmd.Context(), http.MethodDelete, workspaceAt(args[0]), nil, nil)
		},
	}
	sandboxFlag(cmd.Flags(), &to)
	return cmd
}

func (p program) ownerCommand() *cobra.Command {
	var to client
	cmd := &cobra.Command{
		Use:   "owner NAME",
		Short: "Print the token of somebody who makes workspaces; the admin alone may",
		Args:  exactlyOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			var answer struct{ Token string }
			if err := to.call(cmd.Context(), http.MethodPost, "/_sandbox/v1/owners", map[string]string{"name": args[0]}, &answer); err != nil {
				return err
			}
			fmt.Fprintln(p.out, answer.Token)
			return nil
		},
	}
	sandboxFlag(cmd.Flags(), &to)
	return cmd
}

func (p program) exportWorkspaceCommand() *cobra.Command {
	var to client
	cmd := &cobra.Command{
		Use:   "export NAME [FILE]",
		Short: "Save a workspace in a file, for a bug report that can be repeated",
		Long: `Saves a workspace in a file, or prints it: journal, threads, outbox, clock, seed,
catalog and faults. Credentials are in it as fingerprints.`,
		Args: oneOrTwo,
		RunE: func(cmd *cobra.Command, args []string) error {
			resp, err := to.do(cmd.Context(), &http.Client{}, http.MethodGet, workspaceAt(args[0])+"/export", http.NoBody)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if len(args) == 1 {
				_, err = io.Copy(p.out, resp.Body)
				return err
			}
			data, err := io.ReadAll(resp.Body)
			if err != nil {
				return failed("", "the sandbox sends no more: %s", cause(err))
			}
			return os.WriteFile(args[1], data, 0o600) // it has what customers said
		},
	}
	sandboxFlag(cmd.Flags(), &to)
	return cmd
}

func (p program) importWorkspaceCommand() *cobra.Command {
	var to client
	var webhook, format string
	cmd := &cobra.Command{
		Use:   "import NAME FILE",
		Short: "Make a workspace out of a file that export has saved",
		Long: `Makes a workspace out of a file that export has saved. It goes on where the other
was, with credentials of its own, which are printed.`,
		Args: oneOrTwo,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return misused("as in: encore-sandbox workspace import anna anna.json", "which file?")
			}
			data, err := os.ReadFile(args[1])
			if err != nil {
				return misused("", "%s", err)
			}
			if !json.Valid(data) {
				return misused("use one that encore-sandbox workspace export has saved", "%s is not JSON", args[1])
			}
			var v scenarios.WorkspaceView
			path := workspaceAt(args[0]) + "/import?" + values("webhook", webhook)
			if err := to.call(cmd.Context(), http.MethodPost, path, json.RawMessage(data), &v); err != nil {
				return err
			}
			return p.showWorkspace(v, format)
		},
	}
	cmd.Flags().StringVar(&webhook, "webhook", "", "`URL` to which all its webhooks go (default where they went)")
	formatFlag(cmd.Flags(), &format)
	sandboxFlag(cmd.Flags(), &to)
	return cmd
}

// oneOrTwo wants a name, and takes a file.
func oneOrTwo(cmd *cobra.Command, args []string) error {
	if len(args) == 2 {
		return nil
	}
	return exactlyOne(cmd, args)
}
