package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// grace is how long calls under way may take to end when the server stops.
const grace = 3 * time.Second

// listen opens the port; code is the exit code when it cannot be had.
func listen(ctx context.Context, addr string, code int) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &failure{code, "address " + addr + " is in use", "choose another with --addr 127.0.0.1:0"}
	}
	return nil, &failure{code, "cannot listen on " + addr + ": " + cause(err), "give host and port, such as --addr 127.0.0.1:8080"}
}

// cause is an error without what its wrappers repeat.
func cause(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// server serves a handler on a listener until it is stopped.
type server struct {
	http  *http.Server
	ended chan error
}

func startServer(l net.Listener, h http.Handler, log *slog.Logger) *server {
	// Streams end only when their context does, so it is cancelled at shutdown.
	base, cancel := context.WithCancel(context.Background())
	s := &server{ended: make(chan error, 1), http: &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return base },
	}}
	s.http.RegisterOnShutdown(cancel)
	go func() { s.ended <- s.http.Serve(l) }()
	return s
}

// stop lets calls under way end, for a while.
func (s *server) stop() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer clock.NewWall(0).AfterFunc(grace, cancel)()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// reachable is an address as a program on this machine calls it: one that
// stands for every interface is called on the loopback one.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// loopback tells an address that only this machine can reach.
func loopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
