package main

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/cmd/encore-sandbox/reach"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// entrances are the ways into a sandbox besides plain HTTP on its port.
type entrances struct {
	proxy, caDir string
	tls          bool
}

func (e *entrances) bind(flags *pflag.FlagSet) {
	flags.StringVar(&e.proxy, "proxy", "", "`address` of an HTTP(S) proxy that leads calls of the vendors' own hosts into the sandbox")
	flags.BoolVar(&e.tls, "tls", false, "speak HTTPS too, on the same port")
	flags.StringVar(&e.caDir, "ca-dir", "", "`directory` of the CA for --proxy and --tls, as encore-sandbox ca made it (default: where ca puts it)")
}

// doors are the listeners that serve opened, before anything answers on them.
type doors struct {
	main, proxy net.Listener
	authority   *reach.Authority
}

// open opens the ports, after the CA that they may need.
func (f *serveFlags) open(ctx context.Context) (d *doors, err error) {
	d = &doors{}
	if f.entrances.tls || f.entrances.proxy != "" {
		if d.authority, err = f.entrances.authority(); err != nil {
			return nil, err
		}
	}
	if d.main, err = listen(ctx, "addr", f.addr, exitFailed); err != nil || f.entrances.proxy == "" {
		return d, err
	}
	if d.proxy, err = listen(ctx, "proxy", f.entrances.proxy, exitFailed); err != nil {
		d.close()
		return nil, err
	}
	// An address such as ":8081" stands for every interface, so the listener tells.
	if !loopback(d.proxy.Addr().String()) && loopback(d.main.Addr().String()) {
		d.close()
		return nil, misused("use --proxy 127.0.0.1:8081; only where --addr is open to others too, as in a container, may the proxy be", "--proxy %s would be open to other machines", f.entrances.proxy)
	}
	return d, nil
}

func (d *doors) close() {
	for _, l := range []net.Listener{d.main, d.proxy} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// authority is the CA that the certificates come from.
func (e *entrances) authority() (*reach.Authority, error) {
	dir, err := caDirectory(e.caDir)
	if err != nil {
		return nil, err
	}
	a, err := reach.Open(dir)
	switch {
	case errors.Is(err, reach.ErrNoAuthority):
		return nil, misused("make one first, it is yours alone: encore-sandbox ca"+dirFlag(e.caDir), "--proxy and --tls need a CA, and %s", err)
	case err != nil:
		return nil, misused("", "%s", err)
	}
	return a, nil
}

func dirFlag(dir string) string {
	if dir == "" {
		return ""
	}
	return " --dir " + shellQuote(dir)
}

// caDirectory is where a CA is kept.
func caDirectory(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", misused("say where the CA is kept: --dir DIRECTORY for ca, --ca-dir DIRECTORY for serve", "this user has no configuration directory: %s", err)
	}
	return filepath.Join(config, "encore-sandbox"), nil
}

// house is everything that serves one sandbox.
type house struct {
	servers []*server
	ended   chan error // the first server that ended by itself
}

// serve answers on every door.
func (d *doors) serve(f *serveFlags, sb *scenarios.Sandbox, logger *slog.Logger, say func(string)) *house {
	h := &house{ended: make(chan error, 3)}
	if f.entrances.tls {
		plain, secure := reach.Split(d.main)
		h.add(startSecure(plain, secure, d.authority.TLS(), sb, logger))
	} else {
		h.add(startServer(d.main, sb, logger))
	}
	if d.proxy == nil {
		return h
	}
	p := reach.NewProxy(reach.ProxyConfig{Hosts: sb.Hosts(), Sandbox: sb, Addr: d.proxy.Addr(), Say: say, Log: log.New(io.Discard, "", 0)})
	h.add(startServer(d.proxy, p, logger))
	h.add(startSecure(p.Plain, p.Secure, d.authority.TLS(), p.Inner(), logger))
	return h
}

func (h *house) add(s *server) {
	h.servers = append(h.servers, s)
	go func() { h.ended <- <-s.ended }()
}

// stop lets calls under way end, the last server's first, since the tunnels
// hang on the proxy.
func (h *house) stop() error {
	var problems []error
	for i := len(h.servers) - 1; i >= 0; i-- {
		problems = append(problems, h.servers[i].stop())
	}
	return errors.Join(problems...)
}
