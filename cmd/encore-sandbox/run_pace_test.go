package main

import (
	"net"
	"os"
	"strings"
	"testing"
)

// node is the command of the example for Node with its clock and port.
func node(t *testing.T, variables ...string) (webhook, base string, command []string) {
	t.Helper()
	if testing.Short() {
		t.Skip("plays a real program")
	}
	program := written{"node", "node/integrator.mjs", nil}.command(t)
	addr := freePort(t)
	_, port, _ := net.SplitHostPort(addr)
	base = "http://" + addr
	return base + "/webhook", base, append(append([]string{"--", "env", "PORT=" + port}, variables...), program...)
}

// TestTimeOfAnIntegratorWithItsOwnClock plays an integrator in another language
// that measures the idle gap by its machine's time.
func TestTimeOfAnIntegratorWithItsOwnClock(t *testing.T) {
	t.Parallel()
	own := []string{"CLOCK=own"}
	for _, tc := range []struct {
		name      string
		variables []string
		flags     func(base string) []string
		code      int
		want      []string
	}{
		{"webhooks carry the time", nil, nil, 0, []string{"2 held, 0 failed"}},
		{"it does not notice", own, nil, exitUsage, []string{"your integrator uses its own clock", "--time real --idle-gap 2s", "--clock-hook URL"}},
		{
			"the run really waits", append(own, "IDLE_GAP_SECONDS=1"), func(base string) []string {
				return []string{"--time", "real", "--idle-gap", "1s", "--drained", base + "/idle"}
			},
			0, []string{"2 held, 0 failed"},
		},
		{"a hook moves its clock", own, func(base string) []string { return []string{"--clock-hook", base + "/clock"} }, 0, []string{"2 held, 0 failed"}},
		{
			"a command moves its clock", own, func(base string) []string {
				return []string{"--clock-hook", `node -e 'fetch("` + base + `/clock", {method: "POST", body: JSON.stringify({customer: process.env.SANDBOX_CUSTOMER, advanceSeconds: Number(process.env.SANDBOX_ADVANCE_SECONDS)})})'`}
			},
			0, []string{"2 held, 0 failed"},
		},
		{"a hook that fails", own, func(base string) []string { return []string{"--clock-hook", base + "/webhook"} }, exitFailed, []string{"the clock hook: ", "/webhook answered 401"}},
		{"a gap that is too long to wait for", own, func(string) []string { return []string{"--time", "real"} }, exitUsage, []string{"an idle gap of 24h0m0s cannot be waited for in real time"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			webhook, base, command := node(t, tc.variables...)
			args := []string{"run", "cap-reached", "re-engagement", "--addr", "127.0.0.1:0", "--settle", "300ms", "--webhook", webhook}
			if tc.flags != nil {
				args = append(args, tc.flags(base)...)
			}
			o := invoke(t.Context(), os.Environ(), append(args, command...)...)
			if o.code != tc.code || !inOrder(o.out+o.err, tc.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", o.code, tc.code, tc.want, o.out, o.err)
			}
		})
	}
}

// TestPaceIsForIntegratorsBehindAWebhook refuses what the built-in one cannot use.
func TestPaceIsForIntegratorsBehindAWebhook(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"--time", "real"}, {"--clock-hook", "true"}, {"--drained", "http://127.0.0.1:1"}, {"--debug"}, {"--step"}, {"--keep"}} {
		o := invoke(t.Context(), nil, append([]string{"run"}, flags...)...)
		if o.code != exitUsage || !strings.Contains(o.err, flags[0]+" ") {
			t.Errorf("%q: exit code %d, want %d and the flag named: %s", flags, o.code, exitUsage, o.err)
		}
	}
	o := invoke(t.Context(), nil, "run", "--time", "real", "--clock-hook", "true", "--webhook", "http://127.0.0.1:1")
	if o.code != exitUsage || !strings.Contains(o.err, "--clock-hook has nothing to move") {
		t.Errorf("exit code %d, %s", o.code, o.err)
	}
}

// TestStepWaitsBeforeEachStep says what comes and goes on at Enter.
func TestStepWaitsBeforeEachStep(t *testing.T) {
	t.Parallel()
	webhook, _, command := node(t)
	play := func(input string) outcome {
		return invokeWith(t.Context(), input, os.Environ(), append([]string{"run", "re-engagement", "--step", "--addr", "127.0.0.1:0", "--settle", "50ms", "--webhook", webhook}, command...)...)
	}
	o := play("\n\n\n\n\n\n")
	if want := []string{"re-engagement on whatsapp, re-engagement.yaml:", "a customer writes ", "wait idle", "a customer writes "}; o.code != 0 || !inOrder(o.err, want) {
		t.Errorf("exit code %d, want 0 and %q:\n%s%s", o.code, want, o.out, o.err)
	}
	if o := play("\n"); o.code != exitFailed || !strings.Contains(o.out+o.err, "--step needs a terminal") {
		t.Errorf("without further input: exit code %d\n%s%s", o.code, o.out, o.err)
	}
}

// TestKeepGoesOnServing looks at the sandbox after the run.
func TestKeepGoesOnServing(t *testing.T) {
	t.Parallel()
	webhook, _, command := node(t)
	addr := freePort(t)
	c := startCommand(t, os.Environ(), append([]string{"run", "first-message", "--keep", "--debug", "--addr", addr, "--settle", "50ms", "--webhook", webhook}, command...)...)
	c.err.await(t, c.ended, "the sandbox goes on at http://"+addr)
	if o := invoke(t.Context(), nil, "journal", "--sandbox", "http://"+addr); o.code != 0 || !strings.Contains(o.out, "integrator → Meta") {
		t.Errorf("the journal after the run: exit code %d\n%s%s", o.code, o.out, o.err)
	}
	if code := c.stop(); code != 0 {
		t.Errorf("exit code %d after Ctrl-C, want that of the run", code)
	}
}
