// Package redistest starts real Redis servers for tests.
//
//	Start ─▶ redis-server on a free port, appendonly yes, appendfsync always
//	            Pause · Resume · Kill · Restart, on the same data
package redistest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/porttest"
)

// Server is one redis-server in a directory of its own, which ends with the test.
type Server struct {
	t    testing.TB
	addr string
	dir  string
	mu   sync.Mutex
	run  *exec.Cmd
}

// Start starts a server. Where none is installed the test is skipped, but not in
// CI, which has to have one.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("redis-server is missing; .ci/run tools installs it")
		}
		t.Skip("redis-server is missing; install it (Debian: apt-get install redis-server)")
	}
	s := &Server{t: t, addr: porttest.Free(t), dir: t.TempDir()}
	s.start(settings)
	t.Cleanup(s.Kill)
	return s
}

// URL is the address for a store.
func (s *Server) URL() string { return "redis://" + s.addr }

// Addr is host and port.
func (s *Server) Addr() string { return s.addr }

func (s *Server) start(settings []string) {
	s.t.Helper()
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	args := append([]string{
		"--port", port, "--bind", host, "--dir", s.dir, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
		"--loglevel", "warning", "--daemonize", "no",
	}, settings...)
	cmd := exec.Command("redis-server", args...)
	cmd.SysProcAttr = orphaned()
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("redis-server: %v", err)
	}
	s.mu.Lock()
	s.run = cmd
	s.mu.Unlock()
	s.await()
}

// patience bounds the start of a server.
const patience = 20 * time.Second

// lookAgain is how long to wait before looking again.
const lookAgain = 5 * time.Millisecond

// await returns when the server takes connections.
func (s *Server) await() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	real := clock.NewWall(0)
	defer real.AfterFunc(patience, cancel)()
	for {
		if conn, err := net.Dial("tcp", s.Addr()); err == nil {
			_ = conn.Close()
			return
		}
		if real.Sleep(ctx, lookAgain) != nil {
			s.t.Fatalf("redis-server does not listen on %s after %s", s.Addr(), patience)
		}
	}
}

// Pause stops the server in its tracks: connections stay, nothing is answered.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets a paused server go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		_ = s.run.Process.Signal(sig)
	}
}

// Kill ends the server as a power cut would.
func (s *Server) Kill() {
	s.mu.Lock()
	run := s.run
	s.run = nil
	s.mu.Unlock()
	if run != nil {
		_ = run.Process.Kill()
		_ = run.Wait()
	}
}

// Restart kills the server and starts it again on what it had written down.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	s.start(nil)
}

// Database is the address of one of the server's databases, which know nothing
// of each other but for the channels of their watchers.
func (s *Server) Database(n int) string { return s.URL() + "/" + strconv.Itoa(n) }
