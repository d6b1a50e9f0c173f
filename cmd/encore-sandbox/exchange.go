package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/sim"
)

func (p program) exchangeCommand() *cobra.Command {
	var to client
	cmd := &cobra.Command{
		Use:   "exchange",
		Short: "Do something with one exchange of the journal",
		Long:  "Does something with one exchange of the journal.",
		Args:  noSuchCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	redeliver := &cobra.Command{
		Use:     "redeliver NUMBER",
		Short:   "Send a webhook again, signed afresh, as vendors do when they are not sure",
		Example: "  encore-sandbox exchange redeliver 12",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.redeliver(cmd.Context(), to, args)
		},
	}
	sandboxFlag(redeliver.Flags(), &to)
	cmd.AddCommand(redeliver)
	return cmd
}

func (p program) redeliver(ctx context.Context, c client, args []string) error {
	if len(args) == 0 {
		return misused("find its number with: encore-sandbox journal", "which exchange? for example: encore-sandbox exchange redeliver 12")
	}
	n, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil || n < 1 {
		return misused("find it with: encore-sandbox journal", "%q is no number of an exchange", args[0])
	}
	var again sim.Redelivery
	if err := c.call(ctx, http.MethodPost, fmt.Sprintf("/_sandbox/v1/exchanges/%d/redeliver", n), nil, &again); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "exchange  %d\nattempt   %d\nstatus    %d\n", again.Exchange, again.Attempt, again.Status)
	return err
}
