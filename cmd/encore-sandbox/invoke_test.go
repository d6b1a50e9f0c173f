package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// outcome is what a command left behind.
type outcome struct {
	code     int
	out, err string
}

// invoke runs a command to its end, in this process.
func invoke(ctx context.Context, environ []string, args ...string) outcome {
	return invokeWith(ctx, "", environ, args...)
}

// invokeWith is invoke with something on standard input.
func invokeWith(ctx context.Context, input string, environ []string, args ...string) outcome {
	var out, errs bytes.Buffer
	code := run(ctx, args, program{strings.NewReader(input), &out, &errs, environ})
	return outcome{code, out.String(), errs.String()}
}

// screen is an output on which a test can wait for words.
type screen struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newScreen() *screen { return &screen{changed: make(chan struct{}, 1)} }

// Write implements io.Writer.
func (s *screen) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(data)
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return len(data), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await returns the whole text once it has a match for pattern. It waits until
// the test's own time is over, or until the command has ended without it.
func (s *screen) await(t *testing.T, ended <-chan struct{}, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for {
		text := s.String()
		if re.MatchString(text) {
			return text
		}
		select {
		case <-s.changed:
		case <-ended:
			if text = s.String(); re.MatchString(text) {
				return text
			}
			t.Fatalf("the command ended without %q:\n%s", pattern, text)
		case <-t.Context().Done():
			t.Fatalf("no %q came:\n%s", pattern, text)
		}
	}
}

// command is a command that runs until it is interrupted.
type command struct {
	out, err  *screen
	interrupt context.CancelFunc
	ended     chan struct{}
	code      int
}

func startCommand(t *testing.T, environ []string, args ...string) *command {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &command{out: newScreen(), err: newScreen(), interrupt: cancel, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		c.code = run(ctx, args, program{strings.NewReader(""), c.out, c.err, environ})
	}()
	t.Cleanup(func() { c.stop() })
	return c
}

// stop does what Ctrl-C does, and returns the exit code.
func (c *command) stop() int {
	c.interrupt()
	<-c.ended
	return c.code
}

// startServe starts a sandbox on a free port and returns its base URL.
func startServe(t *testing.T, args ...string) (*command, string) {
	t.Helper()
	c := startCommand(t, nil, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	text := c.out.await(t, c.ended, `serves on (http://\S+)\n[\s\S]*sandbox env`)
	return c, regexp.MustCompile(`http://\S+`).FindString(text)
}

// golden compares a text with testdata/<name>.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./cmd/encore-sandbox -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// steady takes out of a text what differs from run to run, and what grows with
// every new rule, scenario or defect.
func steady(text string) string {
	for pattern, with := range map[string]string{
		`( +)([\d.]+)(ms|µs|m?s)\b`:                " 0s",
		`127\.0\.0\.1:\d{4,5}`:                     "127.0.0.1:PORT",
		`\d+ exercised`:                            "N exercised",
		`\d+ not judged`:                           "N not judged",
		`seed( +)(\d+) \(repeat with --seed \d+\)`: "seed${1}SEED (repeat with --seed SEED)",
		`the (scenarios|defects) are: .*`:          "the $1 are: …",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, with)
	}
	return text
}

// transcript shows commands as a terminal does.
func transcript(ctx context.Context, environ []string, commands [][]string) string {
	var b strings.Builder
	for _, args := range commands {
		o := invoke(ctx, environ, args...)
		fmt.Fprintf(&b, "$ encore-sandbox %s\n%s%s", strings.Join(args, " "), o.out, o.err)
		if o.code != 0 {
			fmt.Fprintf(&b, "(exit code %d)\n", o.code)
		}
		b.WriteString("\n")
	}
	return b.String()
}
