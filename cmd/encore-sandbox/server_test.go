package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStopLetsCallsEnd: a call under way, such as one that a latency fault
// holds up, ends in peace; a stream, which would never end, does not.
func TestStopLetsCallsEnd(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	entered, release := make(chan string, 2), make(chan struct{})
	s := startServer(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- r.URL.Path
		if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
			<-r.Context().Done()
			return
		}
		<-release
		_, _ = io.WriteString(w, map[bool]string{true: "whole", false: "broken off"}[r.Context().Err() == nil])
	}), slog.New(slog.DiscardHandler))
	get := func(path string) <-chan string {
		answer := make(chan string, 1)
		go func() {
			resp, err := http.Get("http://" + l.Addr().String() + path)
			if err != nil {
				answer <- err.Error()
				return
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			answer <- string(body)
		}()
		return answer
	}
	call, stream := get("/v22.0/me"), get("/_sandbox/v1/journal/stream")
	<-entered
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	<-stream // so the server is stopping
	close(release)
	if diff := cmp.Diff("whole", <-call); diff != "" {
		t.Errorf("the call (-want +got):\n%s", diff)
	}
	if err := <-stopped; err != nil {
		t.Errorf("the server stops with %v", err)
	}
}

func TestCuresForAnAddress(t *testing.T) {
	t.Parallel()
	refused := func(errno syscall.Errno) error {
		return &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", errno)}
	}
	for _, c := range []struct {
		name, addr string
		err        error
		want       string
	}{
		{"no port", "nowhere", errors.New("missing port"), "give host and port, such as --addr 127.0.0.1:8080"},
		{"another machine's address", "1.2.3.4:80", refused(syscall.EADDRNOTAVAIL), "this machine has no address 1.2.3.4; 127.0.0.1:80 is for itself alone, 0.0.0.0:80 for others too"},
		{"a name that nobody has", "no.such:80", &net.DNSError{Err: "no such host"}, "this machine has no address no.such; 127.0.0.1:80 is for itself alone, 0.0.0.0:80 for others too"},
		{"a port of the system's", "127.0.0.1:80", refused(syscall.EACCES), "ports below 1024 may need privileges; take a higher one, such as --addr 127.0.0.1:8080"},
		{"a port that cannot be", "127.0.0.1:99999", errors.New("invalid port"), "a port is a number up to 65535, such as --addr 127.0.0.1:8080"},
	} {
		if diff := cmp.Diff(c.want, cureFor("addr", c.addr, c.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestFollowersHearOfTheEnd: what follows a sandbox says that it stopped, and
// fails, so that a script does not take silence for success.
func TestFollowersHearOfTheEnd(t *testing.T) {
	t.Parallel()
	serve, base := startServe(t)
	follow := startCommand(t, nil, "journal", "--follow", "--sandbox", base)
	waits := startCommand(t, nil, "journal", "--follow", "--sandbox", base, "--thread", "whatsapp:106540352242922:15014005001")
	waits.err.await(t, waits.ended, `note: no thread "whatsapp:106540352242922:15014005001".*; waiting for it`)
	invoke(t.Context(), nil, "message", "--sandbox", base, "--from", "15014005001", "--text", "Hi")
	for _, c := range []*command{follow, waits} {
		c.out.await(t, c.ended, `"Hi"`)
	}
	serve.stop()
	for _, c := range []*command{follow, waits} {
		<-c.ended
		if c.code != exitFailed || !regexp.MustCompile(`error: the sandbox at \S+ sends no more: .+\nhint: start it again with: encore-sandbox serve\n$`).MatchString(c.err.String()) {
			t.Errorf("it ends with %d:\n%s", c.code, c.err)
		}
	}
}
