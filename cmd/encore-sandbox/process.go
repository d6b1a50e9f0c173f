package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Patience with an integrator's command.
const (
	toOpen  = 30 * time.Second      // until its port accepts connections
	toLook  = 50 * time.Millisecond // between two looks
	toClose = 5 * time.Second       // from SIGTERM to SIGKILL
	toKeep  = 40                    // lines of output
)

// process is the integrator's command while it runs.
type process struct {
	name   string
	cmd    *exec.Cmd
	output *tail
	ended  chan struct{} // closed when it has ended
	err    error         // how, once it has ended
	quiet  bool          // its output was not shown
}

// start runs the command in a process group of its own, so that all it starts
// can be stopped with it.
func (p program) start(command []string, env []variable, verbose bool) (*process, error) {
	c := &process{name: strings.Join(command, " "), cmd: exec.Command(command[0], command[1:]...), ended: make(chan struct{}), quiet: !verbose}
	c.output = &tail{}
	if verbose {
		c.output.also, c.output.prefix = p.err, "["+command[0]+"] "
	}
	c.cmd.Stdout, c.cmd.Stderr = c.output, c.output
	c.cmd.Env = append([]string{}, p.environ...)
	for _, v := range env {
		c.cmd.Env = append(c.cmd.Env, v.Name+"="+v.Value)
	}
	c.cmd.WaitDelay = toClose // what it left behind may hold its output open
	ownGroup(c.cmd)
	if err := c.cmd.Start(); err != nil {
		return nil, misused("what stands after -- is a program with its arguments", "cannot start %s: %s", command[0], err)
	}
	go func() {
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// stop ends the command and what it started: kindly, then not.
func (c *process) stop() {
	terminate(c.cmd)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer clock.NewWall(0).AfterFunc(toClose, cancel)()
	select {
	case <-c.ended:
	case <-ctx.Done():
	}
	kill(c.cmd) // also what outlived its parent
	<-c.ended
}

// opens waits until every port accepts connections.
func (c *process) opens(ctx context.Context, ports []string) error {
	deadline := clock.Real().Add(toOpen)
	wall := clock.NewWall(0)
	for _, port := range ports {
		for !accepts(ctx, port) {
			if clock.Real().After(deadline) {
				return &failure{exitUnreachable, fmt.Sprintf("%s does not accept connections on %s after %v", c.name, port, toOpen), "does --webhook name the port that it listens on?"}
			}
			if err := wall.Sleep(ctx, toLook); err != nil {
				return err
			}
		}
	}
	return nil
}

// explain adds to an error what the command has to do with it.
func (c *process) explain(err error) error {
	if err == nil || errors.Is(err, errSilent) {
		return err
	}
	select {
	case <-c.ended:
		how := "exit status 0"
		if c.err != nil {
			how = c.err.Error()
		}
		err = &failure{exitUnreachable, fmt.Sprintf("%s ended early: %s", c.name, how), "it has to run on and to listen where --webhook says; try it alone, in the environment that encore-sandbox env prints"}
	default:
	}
	if last := c.output.String(); c.quiet && last != "" && !errors.Is(err, context.Canceled) {
		code, hint, message := exitFailed, "", err.Error()
		var f *failure
		if errors.As(err, &f) {
			code, hint = f.code, f.hint
		}
		err = &failure{code, message + "\nits last lines:\n" + last, hint}
	}
	return err
}

// tail keeps the last lines of an output, and passes them on if wanted.
type tail struct {
	also   io.Writer // nil: nobody
	prefix string

	mu    sync.Mutex
	lines []string
	open  string // a line without its end
}

// Write implements io.Writer.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	whole := strings.Split(t.open+string(data), "\n")
	t.open = whole[len(whole)-1]
	for _, line := range whole[:len(whole)-1] {
		t.lines = append(t.lines, line)
		if t.also != nil {
			fmt.Fprintln(t.also, t.prefix+line)
		}
	}
	t.lines = t.lines[max(0, len(t.lines)-toKeep):]
	return len(data), nil
}

// String is the kept lines, indented.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.lines
	if t.open != "" {
		lines = append(lines[:len(lines):len(lines)], t.open)
	}
	if len(lines) == 0 {
		return ""
	}
	return "  " + strings.Join(lines, "\n  ")
}

// answering returns the first of several ports that accepts connections, or "".
func answering(ctx context.Context, ports []string) string {
	for _, port := range ports {
		if accepts(ctx, port) {
			return port
		}
	}
	return ""
}

func accepts(ctx context.Context, port string) bool {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", port)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// hostPort is where a URL is served.
func hostPort(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
