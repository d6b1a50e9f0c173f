package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (p program) clockCommand() *cobra.Command {
	var thread string
	var to client
	cmd := &cobra.Command{
		Use:   "clock [+DURATION]",
		Short: "Tell the simulated time, or move it forward",
		Long: `Tells the simulated time of the sandbox or, with --thread, of one thread. With a
duration it moves forward first, and what comes due on the way happens.`,
		Example: "  encore-sandbox clock +26h\n  encore-sandbox clock +3d --thread whatsapp:106540352242922:15014005001",
		Args:    atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return p.tellTime(cmd.Context(), to, thread)
			}
			return p.moveTime(cmd.Context(), to, thread, args[0])
		},
	}
	cmd.Flags().StringVar(&thread, "thread", "", "the time of one thread, by `id`")
	sandboxFlag(cmd.Flags(), &to)
	cmd.SetFlagErrorFunc(clockProblem)
	return cmd
}

// clockProblem knows that -1h is meant as a duration, which pflag does not.
func clockProblem(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && strings.ContainsAny(unknown.GetSpecifiedShortnames(), "0123456789") {
		return misused("it only moves forward, as in: encore-sandbox clock +1h; a new sandbox begins at the present", "the clock cannot go back by %s", unknown.GetSpecifiedShortnames())
	}
	return flagProblem(cmd, err)
}

// clockAnswer is what the control API says of time.
type clockAnswer struct {
	Now   time.Time `json:"now"`
	Fired []int64   `json:"fired"`
}

func (p program) tellTime(ctx context.Context, c client, thread string) error {
	var answer clockAnswer
	if err := c.call(ctx, http.MethodGet, "/_sandbox/v1/clock?"+values("thread", thread), nil, &answer); err != nil {
		return err
	}
	fmt.Fprintln(p.out, answer.Now.Format(time.RFC3339))
	return nil
}

func (p program) moveTime(ctx context.Context, c client, thread, by string) error {
	d, err := duration(strings.TrimPrefix(by, "+"))
	if err != nil {
		return misused(err.Error()+", as in: encore-sandbox clock +26h", "%q is no duration", by)
	}
	var answer clockAnswer
	ask := map[string]string{"advance": d.String(), "thread": thread}
	if err := c.call(ctx, http.MethodPost, "/_sandbox/v1/clock", ask, &answer); err != nil {
		return err
	}
	fmt.Fprintln(p.out, answer.Now.Format(time.RFC3339))
	if n := len(answer.Fired); n > 0 {
		fmt.Fprintf(p.out, "webhooks that came due: %d\n", n)
	}
	return nil
}
