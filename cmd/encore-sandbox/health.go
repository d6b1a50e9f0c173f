package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (p program) healthCommand() *cobra.Command {
	var to client
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask whether a sandbox is well: exit code 0 when it is",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				Status string `json:"status"`
			}
			if err := to.call(cmd.Context(), http.MethodGet, "/_sandbox/v1/health", nil, &answer); err != nil {
				return err
			}
			if answer.Status != "ok" {
				return to.stranger()
			}
			fmt.Fprintln(p.out, answer.Status)
			return nil
		},
	}
	sandboxFlag(cmd.Flags(), &to)
	return cmd
}
