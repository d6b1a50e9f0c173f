package main

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// bounded serves a handler within bounds and connects to it.
func bounded(t *testing.T, b bounds, h http.Handler) net.Conn {
	t.Helper()
	l, err := listen(t.Context(), "addr", "127.0.0.1:0", exitFailed)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(h, slog.New(slog.NewTextHandler(io.Discard, nil)), b)
	s.serve(l)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = s.stop()
	})
	return conn
}

// echo answers how many bytes came, and whether all did.
func echo(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	fmt.Fprintf(w, "%d %v", n, err != nil)
}

// Clients that never finish are left, and what they send without end is not kept.
func TestSlowAndEndlessClients(t *testing.T) {
	t.Parallel()
	short := bounds{header: 50 * time.Millisecond, body: 50 * time.Millisecond, idle: 50 * time.Millisecond, headerBytes: 4 << 10}
	long := bounds{header: time.Hour, body: time.Hour, idle: time.Hour, headerBytes: 4 << 10}
	for _, c := range []struct {
		name, said, answer string
		bounds             bounds
	}{
		{"a header that does not end", "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", "", short},
		{"a header that never begins", "", "", short},
		{"a body that does not come", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfour", "4 true", short},
		{"a header without end", "GET / HTTP/1.1\r\nHost: a\r\nX-Large: " + strings.Repeat("a", 16<<10) + "\r\n\r\n", "431 ", long},
		{"a body in time", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfour", "4 false", long},
	} {
		conn := bounded(t, c.bounds, http.HandlerFunc(echo))
		if _, err := io.WriteString(conn, c.said); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(conn) // until the server has had enough
		if !strings.Contains(string(answer), c.answer) || c.answer == "" && len(answer) > 0 && !strings.Contains(string(answer), "408") && !strings.Contains(string(answer), "400") {
			t.Errorf("%s: %q, want %q", c.name, answer, c.answer)
		}
	}
}

// The time for a body is not the time for what follows it: a stream goes on
// although it began with a body.
func TestStreamsOutliveTheTimeForBodies(t *testing.T) {
	t.Parallel()
	begun, over := make(chan struct{}), make(chan struct{})
	conn := bounded(t, bounds{header: time.Hour, body: 20 * time.Millisecond, idle: time.Hour, headerBytes: 4 << 10}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "first\n")
		_ = http.NewResponseController(w).Flush()
		close(begun)
		select {
		case <-over:
			_, _ = io.WriteString(w, "second\n")
		case <-r.Context().Done():
			_, _ = io.WriteString(w, "cut\n")
		}
	}))
	slow := bounded(t, bounds{header: time.Hour, body: 60 * time.Millisecond, idle: time.Hour, headerBytes: 4 << 10}, http.HandlerFunc(echo))
	for to, said := range map[net.Conn]string{conn: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", slow: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nh"} {
		if _, err := io.WriteString(to, said); err != nil {
			t.Fatal(err)
		}
	}
	<-begun
	_, _ = io.ReadAll(slow) // ends when more than three times the stream's time for bodies has passed
	close(over)
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if text := lines.Text(); text == "second" || text == "cut" {
			if text == "cut" {
				t.Error("the stream was cut")
			}
			return
		}
	}
	t.Errorf("the stream ended early: %v", lines.Err())
}
