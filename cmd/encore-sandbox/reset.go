package main

import (
	"net/http"

	"github.com/spf13/cobra"
)

func (p program) resetCommand() *cobra.Command {
	var to client
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Forget threads, journal, faults and decisions; clock and webhooks stay",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return to.call(cmd.Context(), http.MethodPost, "/_sandbox/v1/reset", nil, nil)
		},
	}
	sandboxFlag(cmd.Flags(), &to)
	return cmd
}
