package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
)

func (p program) healthCommand() *cobra.Command {
	var base string
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask whether a sandbox is well: exit code 0 when it is",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				Status string `json:"status"`
			}
			if err := (client{base: base}).call(cmd.Context(), http.MethodGet, "/_sandbox/v1/health", nil, &answer); err != nil {
				return err
			}
			if answer.Status != "ok" {
				return client{base: base}.stranger()
			}
			fmt.Fprintln(p.out, answer.Status)
			return nil
		},
	}
	sandboxFlag(cmd.Flags(), &base)
	return cmd
}
