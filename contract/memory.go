package contract

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// inMemory is a network of pipes: host names instead of addresses, and
// nothing that the operating system knows of, so that a goroutine which waits
// for it is durably blocked in the eyes of testing/synctest.
type inMemory struct {
	mu        sync.Mutex
	listeners map[string]*pipeListener
}

// listen opens a host name.
func (n *inMemory) listen(host string) (net.Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.listeners[host]; l != nil && !l.isClosed() {
		return nil, fmt.Errorf("somebody listens as %s already; choose another host name", host)
	}
	if n.listeners == nil {
		n.listeners = map[string]*pipeListener{}
	}
	l := &pipeListener{host: host, conns: make(chan net.Conn), closed: make(chan struct{})}
	n.listeners[host] = l
	return l, nil
}

// dial connects to a host name, as http.Transport.DialContext wants it.
func (n *inMemory) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	l := n.listeners[host]
	n.mu.Unlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: &net.DNSError{Err: "nobody listens in memory; use Sandbox.Listen", Name: host, IsNotFound: true}}
	}
	return l.connect(ctx)
}

// transport is an http.RoundTripper over the network.
func (n *inMemory) transport() *http.Transport {
	return &http.Transport{DialContext: n.dial, MaxIdleConnsPerHost: idlePerHost}
}

// pipeListener is a net.Listener whose connections are net.Pipes.
type pipeListener struct {
	host   string
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) connect(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: l.Addr(), Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// Addr implements net.Listener; the address is the host name.
func (l *pipeListener) Addr() net.Addr { return pipeAddr(l.host) }

// pipeAddr is the host name of an in-memory listener.
type pipeAddr string

// Network implements net.Addr.
func (pipeAddr) Network() string { return "pipe" }

// String implements net.Addr.
func (a pipeAddr) String() string { return string(a) }
