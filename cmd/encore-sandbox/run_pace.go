package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// paceFlags are the flags of run that say how time passes for an integrator
// behind a webhook, and for whoever watches.
type paceFlags struct {
	time, hook, drained string
	debug, step, keep   bool
}

// hookPatience bounds one call of a clock hook, and one question to --drained.
const hookPatience = 10 * time.Second

func (f *paceFlags) bind(flags *pflag.FlagSet) {
	choiceFlag(flags, &f.time, "time", "webhook", []string{"webhook", "real"}, "how waits pass: in the timestamps of webhooks, or really")
	flags.StringVar(&f.hook, "clock-hook", "", "`URL or command` to call before each wait, to move the integrator's own clock")
	flags.StringVar(&f.drained, "drained", "", "`URL` of the integrator that answers 204 when it has nothing left to do")
	flags.BoolVar(&f.debug, "debug", false, "no limits in wall time, for an integrator that stands at a breakpoint")
	flags.BoolVar(&f.step, "step", false, "wait for Enter before each step; plays one scenario at a time")
	flags.BoolVar(&f.keep, "keep", false, "go on serving after the run, until interrupted")
}

// check refuses what makes sense for an integrator behind a webhook only.
func (f *paceFlags) check(external bool) error {
	given := map[string]bool{
		"time real": f.time == "real", "clock-hook": f.hook != "", "drained": f.drained != "", "debug": f.debug, "step": f.step, "keep": f.keep,
	}
	for _, name := range []string{"time real", "clock-hook", "drained", "debug", "step", "keep"} {
		if given[name] && !external {
			return misused("add --webhook http://127.0.0.1:3000/webhook, say", "--%s is for an integrator behind a webhook; the built-in one lives in simulated time", name)
		}
	}
	if f.time == "real" && f.hook != "" {
		return misused("leave one of them out", "--time real really waits, so --clock-hook has nothing to move")
	}
	return nil
}

// pace is how waits pass.
func (p program) pace(f *paceFlags) scenarios.Pace {
	pace := scenarios.Pace{Real: f.time == "real"}
	if f.hook != "" {
		pace.Hook = func(ctx context.Context, t scenarios.Passing) error {
			ctx, cancel := within(ctx, hookPatience)
			defer cancel()
			if strings.HasPrefix(f.hook, "http://") || strings.HasPrefix(f.hook, "https://") {
				return postHook(ctx, f.hook, t)
			}
			return p.runHook(ctx, f.hook, t)
		}
	}
	return pace
}

// within is a context that ends after d of real time.
func within(ctx context.Context, d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := clock.NewWall(0).AfterFunc(d, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// postHook posts what is about to pass as JSON.
func postHook(ctx context.Context, url string, t scenarios.Passing) error {
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %s", url, cause(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s answered %d; it has to answer 2xx once the clock has moved", url, resp.StatusCode)
	}
	return nil
}

// runHook runs a command of the shell that finds what is about to pass in its
// environment.
func (p program) runHook(ctx context.Context, command string, t scenarios.Passing) error {
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	cmd := exec.CommandContext(ctx, shell, flag, command)
	cmd.Env = append([]string{}, p.environ...)
	for _, v := range hookVariables(t) {
		cmd.Env = append(cmd.Env, v.Name+"="+v.Value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %.500s", command, err, bytes.TrimSpace(out))
	}
	return nil
}

// hookVariables are what a command that moves a clock is told.
func hookVariables(t scenarios.Passing) []variable {
	return []variable{
		{Name: "SANDBOX_CHANNEL", Value: t.Channel},
		{Name: "SANDBOX_ACCOUNT", Value: t.Account},
		{Name: "SANDBOX_CUSTOMER", Value: t.Customer},
		{Name: "SANDBOX_ADVANCE", Value: t.Advance},
		{Name: "SANDBOX_ADVANCE_SECONDS", Value: strconv.FormatFloat(t.Seconds, 'f', -1, 64)},
		{Name: "SANDBOX_NOW", Value: t.Now.UTC().Format(time.RFC3339Nano)},
	}
}

// drainedAt asks the integrator whether it has nothing left to do; nil without
// an address.
func drainedAt(url string) func(context.Context) bool {
	if url == "" {
		return nil
	}
	return func(ctx context.Context) bool {
		ctx, cancel := within(ctx, hookPatience)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return false
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusNoContent
	}
}

// stepper shows each step before it is played and waits for a line of input.
func (p program) stepper() func(context.Context, scenarios.Stop) error {
	lines := bufio.NewReader(p.in)
	return func(_ context.Context, at scenarios.Stop) error {
		fmt.Fprintf(p.err, "%s on %s, %s:%d: %s\n", at.Story, at.Channel, at.File, at.Line, at.What)
		if n := len(at.Threads); n > 0 {
			fmt.Fprintf(p.err, "  %s\n", strings.Join(at.Threads, "\n  "))
		}
		fmt.Fprint(p.err, "  Enter goes on ")
		_, err := lines.ReadString('\n')
		fmt.Fprintln(p.err)
		if errors.Is(err, io.EOF) {
			return errors.New("nobody is there to say when to go on; --step needs a terminal")
		}
		return err
	}
}
