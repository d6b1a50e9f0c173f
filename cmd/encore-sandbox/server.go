package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// grace is how long calls under way may take to end when the server stops.
const grace = 3 * time.Second

// listen opens the port that a flag names; code is the exit code when it cannot
// be had.
func listen(ctx context.Context, flag, addr string, code int) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &failure{code, "address " + addr + " is in use", "choose another with --" + flag + " 127.0.0.1:0"}
	}
	return nil, &failure{code, "cannot listen on " + addr + ": " + cause(err), cureFor(flag, addr, err)}
}

// cureFor says how to get an address that can be listened on.
func cureFor(flag, addr string, err error) string {
	host, port, malformed := net.SplitHostPort(addr)
	var unknown *net.DNSError
	switch {
	case malformed != nil:
		return "give host and port, such as --" + flag + " 127.0.0.1:8080"
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &unknown):
		return "this machine has no address " + host + "; 127.0.0.1:" + port + " is for itself alone, 0.0.0.0:" + port + " for others too"
	case errors.Is(err, syscall.EACCES):
		return "ports below 1024 may need privileges; take a higher one, such as --" + flag + " " + net.JoinHostPort(host, "8080")
	}
	return "a port is a number up to 65535, such as --" + flag + " 127.0.0.1:8080"
}

// cause is an error without what its wrappers repeat.
func cause(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// server serves a handler on listeners until it is stopped.
type server struct {
	http  *http.Server
	ended chan error
}

func startServer(l net.Listener, h http.Handler, log *slog.Logger) *server {
	s := newServer(h, log, usualBounds())
	s.serve(l)
	return s
}

// startSecure serves plain HTTP on one listener and TLS on another.
func startSecure(plain, secure net.Listener, config *tls.Config, h http.Handler, log *slog.Logger) *server {
	s := newServer(h, log, usualBounds())
	s.http.TLSConfig = config
	s.serve(plain)
	go func() { s.ended <- s.http.ServeTLS(secure, "", "") }()
	return s
}

func newServer(h http.Handler, log *slog.Logger, b bounds) *server {
	closing, cancel := context.WithCancel(context.Background())
	s := &server{ended: make(chan error, 2), http: &http.Server{
		Handler: b.hurry(endStreams(closing, h)), ReadHeaderTimeout: b.header, IdleTimeout: b.idle, MaxHeaderBytes: b.headerBytes,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}
	s.http.RegisterOnShutdown(cancel)
	return s
}

func (s *server) serve(l net.Listener) {
	go func() { s.ended <- s.http.Serve(l) }()
}

// endStreams ends what is read of the control API when the server closes:
// streams would never end by themselves, and whoever waits for an exchange waits
// in vain. Everything else may end in peace, a fault's latency included.
func endStreams(closing context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/journal/expect")
		if reads && strings.HasPrefix(r.URL.Path, "/_sandbox/") {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(closing, cancel)()
			r = r.WithContext(ctx)
		}
		h.ServeHTTP(w, r)
	})
}

// stop lets calls under way end, for as long as grace says.
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
