package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox/sim"
)

// triggerFlags are the flags of trigger.
type triggerFlags struct {
	sim.Trigger
	print, raw string
	sets       []string
	list       bool
}

func (p program) triggerCommand() *cobra.Command {
	var f triggerFlags
	var to client
	cmd := &cobra.Command{
		Use:   "trigger EVENT",
		Short: "Send a webhook by the name of its event, as it is or changed",
		Long: `Sends a webhook by the name of its event, signed, and prints its id and thread.
--set changes a value within its body, --raw sends a body of your own, --print
only shows the request.`,
		Example: `  encore-sandbox trigger whatsapp.image --from 15014005001
  encore-sandbox trigger whatsapp.text --set 'entry[0].changes[0].value.messages[0].text.body=Hello'
  encore-sandbox trigger messenger.postback --print curl
  encore-sandbox trigger --raw '{"object":"whatsapp_business_account","entry":[]}'
  encore-sandbox trigger --list`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Event = strings.Join(args, "")
			return p.trigger(cmd.Context(), to, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.list, "list", false, "print the events, and stop")
	flags.StringVar(&f.From, "from", "", "the customer's `number` or id (default an invented one)")
	flags.StringVar(&f.Channel, "channel", "", "channel, where EVENT does not begin with one (default whatsapp)")
	flags.StringVar(&f.Account, "account", "", "account `id`, or an operator's client id (default the first operator's)")
	flags.StringVar(&f.Text, "text", "", "what is written")
	flags.StringVar(&f.Payload, "payload", "", "payload of a button, status of a template")
	flags.StringVar(&f.ReplyTo, "reply-to", "", "`id` of the message that is answered, reacted to, echoed or has a new status")
	flags.StringArrayVar(&f.sets, "set", nil, "new value within the body, as `path=value`; may be repeated")
	flags.StringVar(&f.raw, "raw", "", "whole body, or @FILE")
	choiceFlag(flags, &f.print, "print", "", []string{"raw", "curl"}, "print the signed request instead of sending it")
	choiceFlag(flags, &f.Deliver.Signature, "signature", "", []string{sim.SignatureWrong, sim.SignatureMissing, sim.SignatureSHA1}, "what is wrong with the signature")
	sandboxFlag(flags, &to)
	return cmd
}

func (p program) trigger(ctx context.Context, c client, f triggerFlags) error {
	switch {
	case f.list:
		return p.listEvents(ctx, c)
	case f.Event == "" && f.raw == "":
		return misused("list them with: encore-sandbox trigger --list", "which event? for example: encore-sandbox trigger whatsapp.image")
	}
	if err := f.complete(); err != nil {
		return err
	}
	var done sim.Triggered
	if err := c.call(ctx, http.MethodPost, "/_sandbox/v1/trigger", f.Trigger, &done); err != nil {
		return err
	}
	if done.Request != nil {
		return p.printRequest(f.print, *done.Request)
	}
	_, err := fmt.Fprintf(p.out, "id      %s\nthread  %s\n", done.ID, done.Thread)
	return err
}

// complete reads the flags that are more than a text.
func (f *triggerFlags) complete() error {
	f.Print = f.print != ""
	f.Set = map[string]json.RawMessage{}
	for _, pair := range f.sets {
		path, value, found := strings.Cut(pair, "=")
		if !found || path == "" {
			return misused("for example: --set 'entry[0].id=7'", "--set: %q is no path=value", pair)
		}
		f.Set[path], _ = json.Marshal(value) // a text: cannot fail
	}
	text := f.raw
	if file, found := strings.CutPrefix(f.raw, "@"); found {
		data, err := os.ReadFile(file)
		if err != nil {
			return misused("give the body itself, or @FILE", "--raw: %s", err)
		}
		text = string(data)
	}
	if text != "" {
		f.Raw, _ = json.Marshal(text) // as a text, so that every byte arrives
	}
	return nil
}

func (p program) listEvents(ctx context.Context, c client) error {
	var answer struct {
		Events []struct {
			Name  string `json:"name"`
			About string `json:"about"`
		} `json:"events"`
	}
	if err := c.call(ctx, http.MethodGet, "/_sandbox/v1/trigger", nil, &answer); err != nil {
		return err
	}
	for _, e := range answer.Events {
		fmt.Fprintf(p.out, "%-26s  %s\n", e.Name, e.About)
	}
	return nil
}

// printRequest shows a request as it would go over the wire, or as the command
// that sends it.
func (p program) printRequest(how string, r sim.Request) error {
	names := slices.Sorted(maps.Keys(r.Header))
	if how == "curl" {
		words := []string{"curl", "--request", r.Method, shellQuote(r.URL)}
		for _, name := range names {
			words = append(words, "--header", shellQuote(name+": "+r.Header.Get(name)))
		}
		_, err := fmt.Fprintln(p.out, strings.Join(append(words, "--data-binary", shellQuote(r.Body)), " "))
		return err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.Method, u.RequestURI(), u.Host, len(r.Body))
	for _, name := range names {
		fmt.Fprintf(p.out, "%s: %s\r\n", name, r.Header.Get(name))
	}
	_, err = fmt.Fprintf(p.out, "\r\n%s", r.Body)
	return err
}
