package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func (p program) outboxCommand() *cobra.Command {
	var thread string
	var to client
	cmd := &cobra.Command{
		Use:   "outbox",
		Short: "Look at the webhooks that wait for delivery, or deliver them now",
		Long:  "Looks at the webhooks that wait for delivery, or delivers them now.",
		Args:  noSuchCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "Print the webhooks that wait, with when they are due in the time of their thread",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.listOutbox(cmd.Context(), to) },
	}
	flush := &cobra.Command{
		Use:   "flush",
		Short: "Attempt every webhook that waits, due or not",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.flushOutbox(cmd.Context(), to, thread)
		},
	}
	flush.Flags().StringVar(&thread, "thread", "", "of one thread only, by `id`")
	for _, c := range []*cobra.Command{list, flush} {
		sandboxFlag(c.Flags(), &to)
	}
	cmd.AddCommand(list, flush)
	return cmd
}

func (p program) listOutbox(ctx context.Context, c client) error {
	var answer struct {
		Waiting []struct {
			Thread   string    `json:"thread"`
			Event    string    `json:"event"`
			Due      time.Time `json:"due"`
			Attempts int       `json:"attempts"`
		} `json:"waiting"`
	}
	if err := c.call(ctx, http.MethodGet, "/_sandbox/v1/outbox", nil, &answer); err != nil {
		return err
	}
	if len(answer.Waiting) == 0 {
		fmt.Fprintln(p.out, "no webhook waits")
	}
	for _, w := range answer.Waiting {
		fmt.Fprintf(p.out, "%s  %-10s  %s  attempts %d\n", w.Due.Format(time.RFC3339), w.Event, w.Thread, w.Attempts)
	}
	return nil
}

func (p program) flushOutbox(ctx context.Context, c client, thread string) error {
	var answer struct {
		Fired []int64 `json:"fired"`
	}
	if err := c.call(ctx, http.MethodPost, "/_sandbox/v1/outbox/flush", map[string]string{"thread": thread}, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.out, "webhooks attempted: %d\n", len(answer.Fired))
	return err
}
