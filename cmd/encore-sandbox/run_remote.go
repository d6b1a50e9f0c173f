package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// notRemote are flags that are about a sandbox of the command's own.
var notRemote = []string{"webhook", "addr", "config", "app-secret", "verify-token", "time", "clock-hook", "drained", "debug", "step", "keep"}

// playRemote has a running sandbox play, and tells what it tells.
func (p program) playRemote(ctx context.Context, flags *pflag.FlagSet, chosen []story.Choice, f *runFlags, again func(report.Report) string) error {
	for _, name := range notRemote {
		if flags.Changed(name) {
			return misused("leave it out, or --sandbox", "--%s is about a sandbox of this command's own; with --sandbox one plays that runs already", name)
		}
	}
	if len(f.command) > 0 {
		return misused("start it yourself, and name it to the sandbox: encore-sandbox serve --webhook URL", "with --sandbox no command is started")
	}
	request, err := f.request(flags, chosen)
	if err != nil {
		return err
	}
	c := client{base: f.sandbox, header: f.inside.header}
	var last scenarios.RunProgress
	if err := c.call(ctx, http.MethodPost, "/_sandbox/v1/runs", request, &last); err != nil {
		return err
	}
	played, err := p.followRun(ctx, c, last.ID, f)
	if err != nil {
		return err
	}
	return p.concludeRemote(ctx, c, last.ID, played, f, again(played))
}

// request is what the flags ask for. What nobody has said is left to the
// configuration of the sandbox.
func (f *runFlags) request(flags *pflag.FlagSet, chosen []story.Choice) (scenarios.RunRequest, error) {
	r := scenarios.RunRequest{Channels: f.channels, Defects: f.defects, Parallel: f.parallel, FailOn: rules.Severity(f.failOn), Seed: f.seed}
	if flags.Changed("cap") {
		r.Cap = &f.cap
	}
	for name, to := range map[string]*string{"idle-gap": &r.IdleGap, "reply-budget": &r.ReplyBudget, "settle": &r.Settle} {
		if flags.Changed(name) {
			*to = flags.Lookup(name).Value.String()
		}
	}
	for _, c := range chosen {
		if c.Word == c.Story.Name {
			r.Scenarios = append(r.Scenarios, c.Word)
			continue
		}
		text, err := os.ReadFile(c.Word)
		if err != nil {
			return r, err
		}
		r.Files = append(r.Files, scenarios.StoryFile{Name: c.Word, Text: string(text)})
	}
	return r, nil
}

// followRun shows results as they come, until the run has ended.
func (p program) followRun(ctx context.Context, c client, id string, f *runFlags) (report.Report, error) {
	whole := report.Report{}
	for remarks := false; ; {
		var now scenarios.RunProgress
		path := fmt.Sprintf("/_sandbox/v1/runs/%s?after=%d&within=20s", id, len(whole.Results))
		if err := c.call(ctx, http.MethodGet, path, nil, &now); err != nil {
			return whole, err
		}
		for _, remark := range now.Remarks {
			if !remarks {
				fmt.Fprintf(p.err, "note: %s\n", remark)
			}
		}
		remarks = remarks || len(now.Remarks) > 0
		if f.json != "-" {
			fmt.Fprint(p.out, strings.Join(now.Told, ""))
		}
		whole.Results = append(whole.Results, now.Results...)
		switch {
		case now.State == scenarios.RunStopped:
			return whole, obstacle(scenarios.Setup{Problem: now.Problem, Unreachable: now.Unreachable})
		case now.Verdict != nil && len(whole.Results) == now.Played:
			whole.Verdict, whole.Seed, whole.Elapsed = *now.Verdict, now.Seed, now.Elapsed
			return whole, nil
		}
	}
}

// concludeRemote is conclude for a run whose diagrams the other sandbox has.
func (p program) concludeRemote(ctx context.Context, c client, id string, played report.Report, f *runFlags, again string) error {
	page := f.html
	f.html = ""
	err := p.conclude(played, f, again)
	if fetched := p.fetch(ctx, c, "/_sandbox/v1/runs/"+id+"/report.html", page); fetched != nil {
		return fetched
	}
	return err
}

// fetch copies what the sandbox answers into a file.
func (p program) fetch(ctx context.Context, c client, path, file string) error {
	if file == "" {
		return nil
	}
	resp, err := c.do(ctx, &http.Client{Timeout: longestCall}, http.MethodGet, path, http.NoBody)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return p.writeTo(file, func(w io.Writer) error {
		_, err := io.Copy(w, resp.Body)
		return err
	})
}
