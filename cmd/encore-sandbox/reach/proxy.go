package reach

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/elazarl/goproxy"
)

// refusalsTold bounds the hosts that are remembered as told.
const refusalsTold = 100

// ProxyConfig says what a Proxy lets through.
type ProxyConfig struct {
	Hosts   []string     // the vendors' own; every other is refused
	Sandbox http.Handler // answers for them
	Addr    net.Addr     // of the proxy
	Say     func(string) // told of the first refusal of each host; nil: nobody
	Log     *log.Logger  // of the proxy's own trouble, such as a client that went away
}

// Proxy is an HTTP proxy, CONNECT included, that leads to the sandbox whatever
// is meant for a vendor's host, and leads nowhere else. It forwards nothing: the
// sandbox answers itself, as the host that was called, so that a connection that
// a fault breaks is the client's own. It is an http.Handler for the proxy's port;
// Plain and Secure are the listeners of what comes out of the tunnels, to be
// served with Inner.
type Proxy struct {
	Plain, Secure net.Listener

	config        ProxyConfig
	plain, secure *queue
	engine        *goproxy.ProxyHttpServer
	mu            sync.Mutex
	told          map[string]bool
}

// NewProxy makes a proxy.
func NewProxy(c ProxyConfig) *Proxy {
	p := &Proxy{config: c, plain: newQueue(c.Addr, nil), secure: newQueue(c.Addr, nil), told: map[string]bool{}, engine: goproxy.NewProxyHttpServer()}
	p.Plain, p.Secure = p.plain, p.secure
	p.engine.Logger = c.Log
	p.engine.NonproxyHandler = http.HandlerFunc(p.explain)
	p.engine.OnRequest().HandleConnectFunc(p.connect)
	p.engine.OnRequest().DoFunc(func(r *http.Request, _ *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		return r, p.refuse(r, r.URL.Host)
	})
	// No request gets as far as these. Should one, it goes nowhere.
	p.engine.Tr = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errNowhere }}
	p.engine.ConnectDial = func(string, string) (net.Conn, error) { return nil, errNowhere }
	return p
}

var errNowhere = errors.New("this proxy leads into the sandbox only")

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect && r.URL.Scheme == "http" && p.leads(r.URL.Host, "80") {
		r.Header.Del("Proxy-Connection")
		r.Header.Del("Proxy-Authorization")
		p.config.Sandbox.ServeHTTP(w, r)
		return
	}
	p.engine.ServeHTTP(early{w}, r)
}

// leads tells whether an address is a vendor's, on one of some ports.
func (p *Proxy) leads(address string, ports ...string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, ports[0]
	}
	return slices.Contains(p.config.Hosts, plainName(host)) && slices.Contains(ports, port)
}

// plainName is a host name without what DNS overlooks.
func plainName(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// connect decides on a tunnel by its address, which names a port.
func (p *Proxy) connect(address string, ctx *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
	if !p.leads(address, "443", "80") {
		ctx.Resp = p.refuse(ctx.Req, address)
		return goproxy.RejectConnect, address
	}
	out := p.secure
	if strings.HasSuffix(address, ":80") {
		out = p.plain
	}
	return &goproxy.ConnectAction{Action: goproxy.ConnectHijack, Hijack: func(_ *http.Request, client net.Conn, _ *goproxy.ProxyCtx) {
		if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
			_ = client.Close()
			return
		}
		out.hand(client)
	}}, address
}

// refuse words the answer for an address where the proxy does not lead. The
// reason also stands in the status line, since clients show nothing else of the
// answer to a CONNECT.
func (p *Proxy) refuse(r *http.Request, address string) *http.Response {
	reason := fmt.Sprintf("the sandbox's proxy leads to vendors' hosts only, not to %s; put it into NO_PROXY", address)
	p.tell(address, r.Method)
	text := reason + "\n\nIt leads to " + strings.Join(p.config.Hosts, ", ") + ", on ports 80 and 443.\n"
	resp := goproxy.NewResponse(r, "text/plain; charset=utf-8", http.StatusForbidden, text)
	resp.Status = "403 " + reason
	resp.TransferEncoding, resp.Close = nil, true
	return resp
}

// tell says once a host that a call was refused.
func (p *Proxy) tell(address, method string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.config.Say == nil || p.told[address] || len(p.told) >= refusalsTold {
		return
	}
	p.told[address] = true
	p.config.Say(fmt.Sprintf("proxy: refused %s %q, which is no vendor's host; if the integrator needs it, put it into NO_PROXY", method, address))
}

// explain answers who takes the proxy for a web server.
func (p *Proxy) explain(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, fmt.Sprintf("this is a proxy: call vendors' hosts through it, with HTTPS_PROXY=http://%s in the environment", p.config.Addr), http.StatusBadRequest)
}

// Inner is the sandbox for what comes out of the tunnels: it answers for vendors'
// hosts only, so that no tunnel leads to the control API.
func (p *Proxy) Inner() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.leads(r.Host, "443", "80") {
			http.Error(w, fmt.Sprintf("this tunnel leads to vendors' hosts only, not to %q", r.Host), http.StatusMisdirectedRequest)
			return
		}
		p.config.Sandbox.ServeHTTP(w, r)
	})
}

// early is a ResponseWriter that loses nothing of what a client sent together
// with its CONNECT.
type early struct{ http.ResponseWriter }

// Hijack implements http.Hijacker.
func (w early) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil || rw.Reader.Buffered() == 0 {
		return conn, rw, err
	}
	sent, err := rw.Reader.Peek(rw.Reader.Buffered())
	return &replayed{conn, io.MultiReader(bytes.NewReader(bytes.Clone(sent)), conn)}, rw, err
}
