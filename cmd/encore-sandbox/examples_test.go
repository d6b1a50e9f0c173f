package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// written is an integrator of examples/: who runs it, its file, and the settings
// of its own that it reads besides those of `env`.
type written struct {
	runtime, file string
	own           []string
}

// languages are the integrators of examples/, one a language.
func languages() []written {
	common := []string{"HOST", "PORT", "OFFER_CAP"}
	return []written{
		{"go", "go/main.go", append(common, "IDLE_GAP", "CLOCK")},
		{"node", "node/integrator.mjs", append(common, "IDLE_GAP_SECONDS", "CLOCK")},
		{"python3", "python/integrator.py", append(common, "IDLE_GAP_SECONDS")},
		{"php", "php/integrator.php", append(common, "IDLE_GAP_SECONDS", "STATE_DIR", "PHP_CLI_SERVER_WORKERS")},
	}
}

// path is where the integrator's file lies.
func (w written) path(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../examples", w.file))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// command starts the integrator; one in Go is compiled first.
func (w written) command(t *testing.T) []string {
	t.Helper()
	installed(t, w.runtime)
	if w.runtime == "go" {
		return []string{example(t)}
	}
	return []string{w.runtime, w.path(t)}
}

// TestExamplesHold plays every story against the example of each language, as
// its first lines tell the reader to. All that an example is told is what `run`
// sets: the variables that `env` prints, and here a free port.
func TestExamplesHold(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("plays real programs")
	}
	for _, w := range languages() {
		t.Run(w.runtime, func(t *testing.T) {
			t.Parallel()
			command, addr := w.command(t), freePort(t)
			_, port, _ := net.SplitHostPort(addr)
			environ := []string{"PATH=" + os.Getenv("PATH"), "PORT=" + port, "STATE_DIR=" + t.TempDir()}
			args := []string{"run", "--addr", "127.0.0.1:0", "--webhook", "http://" + addr + "/webhook", "--"}
			o := invoke(t.Context(), environ, append(args, command...)...)
			if o.code != 0 || !regexp.MustCompile(`stories: [5-9]\d held, 0 failed, \d not played`).MatchString(o.out) {
				t.Errorf("exit code %d:\n%s%s", o.code, o.out, o.err)
			}
		})
	}
}

// TestExamplesSayWhatTheyRead: the first lines of an example list its settings,
// each of which `env` prints or is the example's own.
func TestExamplesSayWhatTheyRead(t *testing.T) {
	t.Parallel()
	printed := settings(t)
	setting := regexp.MustCompile(`\b(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|PORT|HOST|CLOCK)\b`)
	for _, w := range languages() {
		source, err := os.ReadFile(w.path(t))
		if err != nil {
			t.Fatal(err)
		}
		head := regexp.MustCompile(`(?m)^(import|package|const) `).Split(string(source), 2)[0]
		for _, name := range append([]string{"ENCORE_API_KEY", "GRAPH_BASE_URL", "META_APP_SECRET"}, w.own...) {
			if !strings.Contains(head, name) {
				t.Errorf("%s: the first lines do not name %s", w.file, name)
			}
		}
		for _, name := range setting.FindAllString(head, -1) {
			if printed[name] == "" && !slices.Contains(w.own, name) {
				t.Errorf("%s: the first lines name %s, which env does not print", w.file, name)
			}
		}
		if !strings.Contains(head, "encore-sandbox run --webhook http://127.0.0.1:3000/webhook -- ") {
			t.Errorf("%s: the first lines do not say how it is played", w.file)
		}
	}
}

// recentNode skips what an older Node than 20.11 does not know.
func recentNode(t *testing.T) {
	t.Helper()
	installed(t, "node")
	const knows = `const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 11) ? 0 : 1)`
	if err := exec.CommandContext(t.Context(), "node", "-e", knows).Run(); err != nil {
		t.Skip("Node is older than 20.11, whose mock timers this needs")
	}
}

// TestExampleOfNodeTest runs the file of tests against a sandbox, as its first
// lines tell the reader to, and against an integrator that breaks a duty.
func TestExampleOfNodeTest(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("plays a real program")
	}
	recentNode(t)
	file := written{"node", "node/integrator.test.mjs", nil}.path(t)
	for _, tc := range []struct {
		name string
		set  []string
		code int
		want []string
	}{
		{"it keeps its duties", nil, 0, []string{"# pass 4\n", "# fail 0\n"}},
		{"it has a cap of one", []string{"OFFER_CAP=1"}, 1, []string{`"offer requested" did not come within 15s; 0 of 3 patterns hold`, "# pass 3\n", "# fail 1\n"}},
		{"it lacks a setting", []string{"META_APP_SECRET="}, 1, []string{"set the environment variable META_APP_SECRET", "the integrator ended early, with 1"}},
		{"nobody has set anything", []string{"SANDBOX_URL="}, 1, []string{"set what encore-sandbox env prints"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			addr := freePort(t)
			_, port, _ := net.SplitHostPort(addr)
			_, base := startServe(t, "--webhook", "http://"+addr+"/webhook")
			c := exec.CommandContext(t.Context(), "node", "--test", "--test-reporter=tap", file)
			c.Env = []string{"PATH=" + os.Getenv("PATH"), "PORT=" + port}
			for name, value := range settings(t, "--sandbox", base) {
				c.Env = append(c.Env, name+"="+value)
			}
			c.Env = append(c.Env, tc.set...)
			out, _ := c.CombinedOutput()
			if code := c.ProcessState.ExitCode(); code != tc.code || !inOrder(string(out), tc.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, tc.code, tc.want, out)
			}
		})
	}
}
