package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/sim"
)

func (p program) messageCommand() *cobra.Command {
	var m sim.CustomerMessage
	var to client
	var following bool
	cmd := &cobra.Command{
		Use:   "message --from NUMBER --text TEXT",
		Short: "Write to the integrator as a customer",
		Long: `Writes to the integrator as a customer, and prints the message's id and thread.
With --follow also what happens in the thread, until Ctrl-C.`,
		Example: "  encore-sandbox message --from 15014005001 --text Hi --follow",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if m.From == "" || m.Text == "" {
				return misused("for example: encore-sandbox message --from 15014005001 --text Hi", "a message needs --from and --text")
			}
			return p.write(cmd.Context(), to, m, following)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&m.From, "from", "", "the customer's `number`, such as 15014005001")
	flags.StringVar(&m.Text, "text", "", "what the customer writes")
	flags.StringVar(&m.Channel, "channel", "whatsapp", "channel")
	flags.StringVar(&m.Account, "account", "", "account `id`, or an operator's client id (default the first operator's)")
	flags.StringVar(&m.Name, "name", "", "the customer's profile name")
	flags.BoolVarP(&following, "follow", "f", false, "print what happens in the thread")
	sandboxFlag(flags, &to)
	return cmd
}

// write sends the message; following, it listens before it speaks, so that
// nothing is missed.
func (p program) write(ctx context.Context, c client, m sim.CustomerMessage, following bool) error {
	var sent sim.Sent
	send := func() error {
		if err := c.call(ctx, http.MethodPost, "/_sandbox/v1/messages", m, &sent); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "id      %s\nthread  %s\n", sent.ID, sent.Thread)
		return nil
	}
	if !following {
		return send()
	}
	log := report.Log{Text: report.Text{Color: p.colored(p.out)}}
	return c.stream(ctx, "", send, func(e sim.Entry, _ []byte) error {
		if e.Thread != sent.Thread {
			return nil
		}
		_, err := fmt.Fprint(p.out, strings.Join(log.Lines([]sim.Entry{e}), ""))
		return err
	})
}
