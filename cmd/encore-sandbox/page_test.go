package main

import (
	"context"
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// A page of Markdown is played as its reader would: the blocks of shell are typed
// command by command, and what stands below them is what they must say.

// block is what stands between two fences.
type block struct {
	lang, text string
	line       int
}

// blocksOf are the fenced blocks of a page in their order.
func blocksOf(page string) (all []block) {
	var open *block
	for i, line := range strings.Split(page, "\n") {
		fence, is := strings.CutPrefix(line, "```")
		switch {
		case is && open == nil:
			open = &block{lang: fence, line: i + 1}
		case is:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return all
}

// typedCommand is one command of a block, and what it says by the comment below
// it; empty: the page does not tell.
type typedCommand struct {
	script, says string
}

// typedIn splits a block of shell into commands, each of which may go over
// several lines.
func typedIn(t *testing.T, text string) (all []typedCommand) {
	t.Helper()
	open := ""
	for line := range strings.Lines(text) {
		if comment, is := strings.CutPrefix(line, "#"); is && open == "" && len(all) > 0 {
			all[len(all)-1].says += comment
			continue
		}
		open += line
		if strings.HasSuffix(open, "\\\n") || exec.CommandContext(t.Context(), "bash", "-n", "-c", open).Run() != nil {
			continue
		}
		all = append(all, typedCommand{script: open})
		open = ""
	}
	if open != "" {
		t.Errorf("this command has no end:\n%s", open)
	}
	return all
}

var (
	serves   = regexp.MustCompile(`^(?:go run \./cmd/encore-sandbox|encore-sandbox) serve\b([^#\n]*)`)
	elided   = regexp.MustCompile(`…`)
	unsteady = regexp.MustCompile(`(?:\d+\.)?\d+(?:ms|µs|s)\b|\d\d:\d\d:\d\d\.\d{3}|[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}`)
	blanks   = regexp.MustCompile(`\s+`)
)

// likeIt matches what a page shows: blanks do not count, … stands for anything,
// durations, times of the day and ids that hold the time are others every time.
func likeIt(shown string) *regexp.Regexp {
	shown = unsteady.ReplaceAllString(shown, "\x00") // before blanks go, which end a duration
	pattern := elided.ReplaceAllString(regexp.QuoteMeta(blanks.ReplaceAllString(shown, "")), `.*?`)
	return regexp.MustCompile(strings.ReplaceAll(pattern, "\x00", `[-0-9a-fµm.:]+s?`))
}

func matches(shown, said string) bool {
	return likeIt(shown).MatchString(blanks.ReplaceAllString(said, ""))
}

// page is what plays one.
type page struct {
	*machine
	file    string
	stories string // that stand for all of them where a program is played
}

// newPage has the commands that pages type: encore-sandbox, and of go what starts
// a program. Other commands of go have to be what CI runs anyway, word by word.
func newPage(t *testing.T, file string) *page {
	t.Helper()
	p := &page{machine: newMachine(t), file: file, stories: "first-message re-engagement cap-reached"}
	p.tool("encore-sandbox", `if [[ "$1" = run && " $* " = *" --webhook "* ]]; then
  shift
  exec `+ownProgram(t)+` run `+p.stories+` --settle 300ms --addr 127.0.0.1:0 "$@"
fi
exec `+ownProgram(t)+` "$@"`)
	real, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	p.tool("go", `if [ "$1 $2" = "run ./cmd/encore-sandbox" ]; then
  shift 2
  exec encore-sandbox "$@"
elif [ "$1" != run ]; then # this test is one of those that go test ./... runs
  grep -qxF "step_test() { go $*; }" `+p.repository(".ci/run")+` || { echo "CI does not run: go $*"; exit 1; }
  exit 0
fi
cd `+p.repository("")+` && exec `+real+` "$@"`)
	return p
}

// play types the commands of a block, in a shell of its own beside a sandbox of
// its own, and compares what they say with the comments and with the block that
// shows the answer, if one follows.
func (p *page) play(t *testing.T, b block, answer *block) {
	t.Helper()
	p.T = t
	commands := typedIn(t, b.text)
	server, others := p.serve(t, commands)
	if strings.Contains(b.text, "journal/expect") { // about what an earlier block has brought about
		if out, err := p.bash("encore-sandbox message --from 15014005001 --text Hi"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		server.loosely(t, regexp.MustCompile("replysent"))
	}
	said := ""
	for i, c := range others {
		out, err := p.bash(p.before(others[:i]) + c.script)
		if said = out; err != nil && !p.fails(c.script, err) {
			t.Errorf("%s:%d: %v:\n%s%s", p.file, b.line, err, c.script, out)
		}
		if c.says != "" && !matches(p.place(c.says), out) {
			t.Errorf("%s:%d: this does not say %q:\n%s%s", p.file, b.line, c.says, c.script, out)
		}
	}
	switch {
	case answer == nil:
	case serves.MatchString(commands[0].script):
		server.loosely(t, likeIt(answer.text))
	case !matches(answer.text, said):
		t.Errorf("%s:%d: this is not what the page shows below:\n%s", p.file, b.line, said)
	}
}

// serve starts the sandbox that the block starts, else one with --seed 1.
func (p *page) serve(t *testing.T, commands []typedCommand) (server *command, others []typedCommand) {
	t.Helper()
	flags := []string{"--seed", "1"}
	for _, c := range commands {
		if found := serves.FindStringSubmatch(c.script); found != nil {
			flags = strings.Fields(p.place(found[1]))
			continue
		}
		others = append(others, c)
	}
	server, base := startServe(t, flags...)
	p.move("http://127.0.0.1:8080", base)
	p.env = append(p.env, "ENCORE_SANDBOX_ADDR="+strings.TrimPrefix(base, "http://"))
	return server, others
}

// assigns is a command that only sets variables of the shell.
var assigns = regexp.MustCompile(`^[a-z]+=\S`)

// before are the variables that earlier commands of the block have set.
func (*page) before(earlier []typedCommand) (script string) {
	for _, c := range earlier {
		if assigns.MatchString(c.script) {
			script += c.script
		}
	}
	return script
}

// fails tells a command that is meant to end with exit code 1: it plays a bug.
func (*page) fails(script string, err error) bool {
	var ended *exec.ExitError
	return strings.Contains(script, "--defect ") && errors.As(err, &ended) && ended.ExitCode() == exitFailed
}

// loosely waits until what was printed is like a pattern.
func (c *command) loosely(t *testing.T, pattern *regexp.Regexp) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer clock.NewWall(0).AfterFunc(20*time.Second, cancel)()
	for {
		text := c.out.String()
		if pattern.MatchString(blanks.ReplaceAllString(text, "")) {
			return
		}
		select {
		case <-c.out.changed:
		case <-ctx.Done():
			t.Errorf("this is not what the page shows:\n%s", text)
			return
		}
	}
}
