package reach

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// toSpeak is how long a new connection may say nothing.
const toSpeak = 10 * time.Second

// handshake is the first byte of a TLS connection (RFC 8446, section 5.1); no
// HTTP request begins with it.
const handshake = 22

// queue is a listener whose connections are handed to it.
type queue struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	also   func() error // closed with it
}

func newQueue(addr net.Addr, also func() error) *queue {
	return &queue{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{}), also: also}
}

// hand gives a connection to whoever accepts it next; after Close it is closed.
func (q *queue) hand(conn net.Conn) {
	select {
	case q.conns <- conn:
	case <-q.closed:
		_ = conn.Close()
	}
}

// Accept implements net.Listener.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (q *queue) Addr() net.Addr { return q.addr }

// Close implements net.Listener.
func (q *queue) Close() (err error) {
	q.once.Do(func() {
		close(q.closed)
		if q.also != nil {
			err = q.also()
		}
	})
	return err
}

// replayed is a connection of which something has been read already.
type replayed struct {
	net.Conn
	reader io.Reader
}

// Read implements net.Conn.
func (c *replayed) Read(p []byte) (int, error) { return c.reader.Read(p) }

// NetConn is the connection itself, as of a tls.Conn.
func (c *replayed) NetConn() net.Conn { return c.Conn }

// Split tells the connections of one port apart: TLS goes to secure, everything
// else to plain. Closing either closes the port.
func Split(l net.Listener) (plain, secure net.Listener) {
	p, s := newQueue(l.Addr(), l.Close), newQueue(l.Addr(), l.Close)
	go func() {
		defer p.Close()
		defer s.Close()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go sort(conn, p, s)
		}
	}()
	return p, s
}

// sort looks at the first byte, which is the client's in both protocols.
func sort(conn net.Conn, plain, secure *queue) {
	_ = conn.SetReadDeadline(clock.Real().Add(toSpeak))
	reader := bufio.NewReader(conn)
	first, err := reader.Peek(1)
	if err != nil {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	early, _ := reader.Peek(reader.Buffered())
	whole := &replayed{conn, io.MultiReader(bytes.NewReader(early), conn)}
	if first[0] == handshake {
		secure.hand(whole)
	} else {
		plain.hand(whole)
	}
}
