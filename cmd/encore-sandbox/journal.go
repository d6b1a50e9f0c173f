package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/sim"
)

// journalFlags are the flags of journal.
type journalFlags struct {
	thread, har    string
	following, raw bool
}

func (p program) journalCommand() *cobra.Command {
	var f journalFlags
	var to client
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "Print what was said",
		Long: `Prints the journal of a running sandbox, one line an exchange; with --json one
object an exchange. With --follow what comes from now on too, until Ctrl-C. With
--har it is saved as an HTTP Archive, for browsers, proxies and "encore-sandbox
judge"; credentials are shortened in all of them.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.journal(cmd.Context(), to, f) },
	}
	flags := cmd.Flags()
	flags.BoolVarP(&f.following, "follow", "f", false, "go on with what comes")
	flags.StringVar(&f.thread, "thread", "", "of one thread only, by `id`")
	flags.StringVar(&f.har, "har", "", "save it in a `file` as an HTTP Archive instead; - prints it")
	flags.BoolVar(&f.raw, "json", false, "one JSON object a line; following, an exchange comes again when it has ended")
	sandboxFlag(flags, &to)
	return cmd
}

func (p program) journal(ctx context.Context, c client, f journalFlags) error {
	if f.har != "" {
		return p.saveArchive(ctx, c, f)
	}
	log := report.Log{Text: report.Text{Color: p.colored(p.out)}}
	show := func(e sim.Entry, raw []byte) error {
		if !f.raw {
			_, err := fmt.Fprint(p.out, strings.Join(log.Lines([]sim.Entry{e}), ""))
			return err
		}
		var line bytes.Buffer
		if err := json.Compact(&line, raw); err != nil {
			return err
		}
		_, err := fmt.Fprintln(p.out, line.String())
		return err
	}
	if f.following {
		if err := c.known(ctx, f.thread); err != nil {
			fmt.Fprintf(p.err, "note: %s; waiting for it\n", err)
		}
		// Revision 0 begins with the oldest exchange, so nothing falls between
		// what was and what comes.
		return c.stream(ctx, "?"+values("rev", "0", "thread", f.thread), func() error { return nil }, show)
	}
	var answer struct {
		Exchanges []json.RawMessage `json:"exchanges"`
	}
	if err := c.call(ctx, http.MethodGet, "/_sandbox/v1/journal?"+values("limit", "10000", "thread", f.thread), nil, &answer); err != nil {
		return err
	}
	if len(answer.Exchanges) == 0 {
		return c.known(ctx, f.thread)
	}
	for _, raw := range answer.Exchanges {
		e, err := report.ReadEntry(raw)
		if err != nil {
			return err
		}
		if err := show(e, raw); err != nil {
			return err
		}
	}
	return nil
}

// saveArchive writes the journal as the sandbox exports it.
func (p program) saveArchive(ctx context.Context, c client, f journalFlags) error {
	if f.following || f.raw {
		return misused("leave out --follow and --json", "--har saves what was said so far, in a form of its own")
	}
	if err := c.known(ctx, f.thread); err != nil {
		return err
	}
	resp, err := c.do(ctx, &http.Client{Timeout: longestCall}, http.MethodGet, "/_sandbox/v1/journal.har?"+values("thread", f.thread), http.NoBody)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return p.writeTo(f.har, func(w io.Writer) error {
		_, err := io.Copy(w, resp.Body)
		return err
	})
}

// known fails for a thread that the sandbox does not know; none is known.
func (c client) known(ctx context.Context, thread string) error {
	if thread == "" {
		return nil
	}
	err := c.call(ctx, http.MethodGet, "/_sandbox/v1/threads/"+url.PathEscape(thread), nil, nil)
	var f *failure
	if errors.As(err, &f) && f.hint == "" {
		f.hint = "ids look like whatsapp:106540352242922:15014005001; encore-sandbox journal --json shows them"
	}
	return err
}

// values writes a query of name and value in turn; empty values are left out.
func values(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v.Encode()
}
