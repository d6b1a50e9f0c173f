package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/sim/porttest"
)

// freePort is the address of a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	return porttest.Free(t)
}

// example builds the example integrator.
func example(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and plays a real program")
	}
	return compiled(t, "../../examples/go", "integrator")
}

// compiled builds a program and returns where it lies.
func compiled(t *testing.T, source, name string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("%s does not build: %v\n%s", source, err, out)
	}
	return binary
}

// verdicts are what came of each story, without what differs from run to run.
func verdicts(t *testing.T, written string) map[string]string {
	t.Helper()
	var r report.Report
	if err := json.Unmarshal([]byte(written), &r); err != nil {
		t.Fatalf("the report cannot be read: %v\n%s", err, written)
	}
	out := map[string]string{}
	for _, result := range r.Results {
		out[result.Story+" on "+result.Channel] = result.Outcome
		for _, f := range result.Verdict.Findings {
			out[result.Story+" on "+result.Channel] += " " + f.Rule
		}
	}
	return out
}

var fiveStories = []string{"first-message", "mid-thread", "cap-reached", "outage-503", "re-engagement"}

// TestRunStartsTheIntegrator plays the example as a user would, and compares it
// with the built-in integrator.
func TestRunStartsTheIntegrator(t *testing.T) {
	t.Parallel()
	binary, addr := example(t), freePort(t)
	_, port, _ := net.SplitHostPort(addr)
	want := map[string]string{}
	for _, s := range fiveStories {
		want[s+" on whatsapp"] = report.Passed
	}
	flags := []string{"--channel", "whatsapp", "--json", "-"}
	builtIn := invoke(t.Context(), nil, append(append([]string{"run"}, fiveStories...), flags...)...)
	if diff := cmp.Diff(want, verdicts(t, builtIn.out)); diff != "" || builtIn.code != 0 {
		t.Errorf("the built-in integrator, exit code %d (-want +got):\n%s", builtIn.code, diff)
	}
	flags = append(flags, "--addr", "127.0.0.1:0", "--webhook", "http://"+addr+"/webhook", "--", binary)
	theirs := invoke(t.Context(), append(os.Environ(), "PORT="+port), append(append([]string{"run"}, fiveStories...), flags...)...)
	if diff := cmp.Diff(want, verdicts(t, theirs.out)); diff != "" || theirs.code != 0 {
		t.Errorf("the example, exit code %d (-want +got):\n%s\n%s", theirs.code, diff, theirs.err)
	}
	if accepts(t.Context(), addr) {
		t.Errorf("the integrator still listens on %s", addr)
	}
}

// TestRunSaysWhatCannotBeJudged starts the example with settings that nobody
// could judge by.
func TestRunSaysWhatCannotBeJudged(t *testing.T) {
	t.Parallel()
	binary := example(t)
	for _, tc := range []struct {
		name string
		set  string
		want string
	}{
		{"another app secret", "META_APP_SECRET=other", "answered 401 to a signed message"},
		{"Encore and Meta elsewhere", "ENCORE_BASE_URL=http://127.0.0.1:1 GRAPH_BASE_URL=http://127.0.0.1:1", "called nobody"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			addr := freePort(t)
			_, port, _ := net.SplitHostPort(addr)
			args := []string{"run", "first-message", "--addr", "127.0.0.1:0", "--settle", "50ms", "--reply-budget", "1s", "--webhook", "http://" + addr + "/webhook", "--", "env", "PORT=" + port}
			o := invoke(t.Context(), os.Environ(), append(append(args, strings.Fields(tc.set)...), binary)...)
			if o.code != exitUsage || !strings.Contains(o.err, tc.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", o.code, exitUsage, tc.want, o.out, o.err)
			}
		})
	}
}

func TestUnreachableWebhook(t *testing.T) {
	t.Parallel()
	url := "http://" + freePort(t) + "/webhook"
	o := invoke(t.Context(), nil, "run", "first-message", "--addr", "127.0.0.1:0", "--webhook", url, "--settle", "50ms", "--reply-budget", "1s")
	want := outcome{exitUnreachable, "", "error: the webhook " + url + " cannot be reached: connection refused\n" +
		"hint: start the integrator first, or let run start it: encore-sandbox run --webhook URL -- COMMAND\n"}
	if diff := cmp.Diff(want, o, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCommandThatCannotServe(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	free := freePort(t)
	for _, tc := range []struct {
		name, addr string
		flags      []string
		command    []string
		code       int
		want       []string
	}{
		{"it dies", free, nil, []string{"sh", "-c", "echo last words; exit 4"}, exitUnreachable, []string{"ended early: exit status 4\nits last lines:\n  last words\n"}},
		{"it is done too soon", free, nil, []string{"sh", "-c", "true"}, exitUnreachable, []string{"sh -c true ended early: exit status 0\n"}},
		{"shown, its output is not repeated", free, []string{"-v"}, []string{"sh", "-c", "echo last words; exit 4"}, exitUnreachable, []string{"[sh] last words\nerror: ", "exit status 4\n"}},
		{"it does not exist", free, nil, []string{"no-such-program"}, exitUsage, []string{"cannot start no-such-program: "}},
		{"its port is taken", taken.Addr().String(), nil, []string{"sh", "-c", "sleep 60"}, exitUsage, []string{"something listens on " + taken.Addr().String() + " already"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"run", "--addr", "127.0.0.1:0", "--webhook", "http://" + tc.addr + "/"}, tc.flags...)
			o := invoke(t.Context(), os.Environ(), append(append(args, "--"), tc.command...)...)
			if o.code != tc.code || !inOrder(o.err, tc.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", o.code, tc.code, tc.want, o.err)
			}
		})
	}
}

// TestInterruptedRunStopsItsCommand presses Ctrl-C while the command, which
// ignores a kind word, has not opened its port.
func TestInterruptedRunStopsItsCommand(t *testing.T) {
	t.Parallel()
	c := startCommand(t, os.Environ(), "run", "-v", "--addr", "127.0.0.1:0", "--webhook", "http://"+freePort(t)+"/", "--", "sh", "-c", "echo started as $$; exec sleep 600")
	text := c.err.await(t, c.ended, `started as \d+\n`)
	if code := c.stop(); code != exitInterrupted {
		t.Errorf("the exit code is %d, want %d:\n%s", code, exitInterrupted, c.err)
	}
	_, after, _ := strings.Cut(text, "started as ")
	pid := strings.Fields(after)[0]
	if err := exec.CommandContext(t.Context(), "kill", "-0", pid).Run(); err == nil {
		t.Errorf("process %s is still there", pid)
	}
}

func TestReportFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.json")
	o := invoke(t.Context(), nil, "run", "outage-503", "--channel", "whatsapp", "--defect", "no-reply-on-outage", "--json", file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"outage-503 on whatsapp": "failed R38"}
	if diff := cmp.Diff(want, verdicts(t, string(data))); diff != "" || o.code != exitFailed {
		t.Errorf("exit code %d (-want +got):\n%s", o.code, diff)
	}
}

// A story that breaks off costs neither the summary nor the report.
func TestRunGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, written := filepath.Join(dir, "bad.yaml"), filepath.Join(dir, "report.json")
	write(t, file, "name: bad\nsteps:\n  - customer: Hi\n    operator: 9\n")
	o := invoke(t.Context(), nil, "run", file, "first-message", "--channel", "whatsapp", "--json", written)
	want := []string{"ERR   bad", "could not be played to its end: " + file + ":3: ", "ok    first-message", "1 held, 0 failed, 1 not played to the end", "replay: encore-sandbox run " + file + " --channel whatsapp"}
	if o.code != exitFailed || !inOrder(o.out, want) {
		t.Errorf("exit code %d, want %d and %q:\n%s%s", o.code, exitFailed, want, o.out, o.err)
	}
	data, err := os.ReadFile(written)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]string{"bad on whatsapp": report.Errored, "first-message on whatsapp": report.Passed}
	if diff := cmp.Diff(outcomes, verdicts(t, string(data))); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
}

// A defect that these stories cannot show is not passed over in silence.
func TestDefectWithoutEffect(t *testing.T) {
	t.Parallel()
	const said = "note: defect retry-400 broke no duty in these stories\n"
	for story, want := range map[string]bool{"first-message": true, "refused-400": false} {
		o := invoke(t.Context(), nil, "run", story, "--channel", "whatsapp", "--defect", "retry-400")
		if got := strings.Contains(o.out, said); got != want {
			t.Errorf("%s: said %v, want %v:\n%s", story, got, want, o.out)
		}
	}
}

func TestHostPort(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"http://127.0.0.1:3000/webhook": "127.0.0.1:3000",
		"http://integrator/webhook":     "integrator:80",
		"https://integrator/webhook":    "integrator:443",
		"http://[::1]:3000/":            "[::1]:3000",
	} {
		if got := hostPort(url); got != want {
			t.Errorf("%s is served on %s, want %s", url, got, want)
		}
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	seen := newScreen()
	out := &tail{also: seen, prefix: "[x] "}
	for i := range toKeep + 5 {
		if _, err := out.Write([]byte(strings.Repeat("y", i) + "\nz")); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(out.String(), "\n"); got != toKeep { // the kept lines and the open one
		t.Errorf("%d line ends, want %d", got, toKeep)
	}
	if !strings.HasPrefix(seen.String(), "[x] \n[x] zy\n") || !strings.HasSuffix(out.String(), "\n  z") {
		t.Errorf("shown:\n%s\nkept:\n%s", seen, out)
	}
}
