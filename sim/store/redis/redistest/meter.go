package redistest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Meter lies between a client and a server and counts the round trips that are
// about a workspace: commands with {name} in one of their words, but for those that
// list a whole kind, which are maintenance. It can hold the answers back, so that who gets on without them is seen not to have waited.
type Meter struct {
	t      testing.TB
	to     string
	listen net.Listener
	mark   []byte

	mu      sync.Mutex
	changed *sync.Cond
	trips   int
	allowed int // answers that still go through; less than 0: all
	closed  bool
	conns   []net.Conn
}

// NewMeter meters what a workspace costs on a server. It ends with the test.
func NewMeter(t testing.TB, to *Server, workspace string) *Meter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Meter{t: t, to: to.Addr(), listen: l, mark: []byte("{" + workspace + "}"), allowed: -1}
	m.changed = sync.NewCond(&m.mu)
	go m.accept()
	t.Cleanup(m.close)
	return m
}

// URL is the address for a store.
func (m *Meter) URL() string { return "redis://" + m.listen.Addr().String() }

// Trips is how many round trips were made, and begins to count anew.
func (m *Meter) Trips() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.trips
	m.trips = 0
	return n
}

// Allow lets so many answers through from now on and holds the others back; less
// than 0 lets all through.
func (m *Meter) Allow(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.allowed = n
	m.changed.Broadcast()
}

func (m *Meter) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.changed.Broadcast()
	_ = m.listen.Close()
	for _, c := range m.conns {
		_ = c.Close()
	}
}

func (m *Meter) accept() {
	for {
		client, err := m.listen.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", m.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		m.mu.Lock()
		m.conns = append(m.conns, client, server)
		m.mu.Unlock()
		metered := make(chan bool, 1<<16) // of the commands whose answers are to come
		go m.ask(client, server, metered)
		go m.answer(server, client, metered)
	}
}

// ask passes commands on and says of each whether it is metered.
func (m *Meter) ask(client, server net.Conn, metered chan<- bool) {
	defer server.Close()
	in := bufio.NewReader(client)
	for {
		command, err := frame(in)
		if err != nil {
			return
		}
		metered <- bytes.Contains(command, m.mark) && !bytes.Contains(command, []byte("HGETALL"))
		if _, err := server.Write(command); err != nil {
			return
		}
	}
}

// answer passes answers back, the metered ones as they are allowed.
func (m *Meter) answer(server, client net.Conn, metered <-chan bool) {
	defer client.Close()
	in := bufio.NewReader(server)
	for {
		reply, err := frame(in)
		if err != nil {
			return
		}
		if reply[0] != '>' && <-metered && !m.pass() {
			return
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

// pass waits until one more answer may go through.
func (m *Meter) pass() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trips++
	for m.allowed == 0 && !m.closed {
		m.changed.Wait()
	}
	if m.allowed > 0 {
		m.allowed--
	}
	return !m.closed
}

// frame reads one value of Redis's protocol (RESP3), as it stands.
func frame(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(strings.TrimSpace(string(line[1:])))
	switch line[0] {
	case '$', '=', '!':
		if err != nil || size < 0 {
			return line, err
		}
		data := make([]byte, size+2)
		_, err = io.ReadFull(in, data)
		return append(line, data...), err
	case '*', '~', '>', '%', '|':
		if line[0] == '%' || line[0] == '|' {
			size *= 2
		}
		for i := 0; i < size && err == nil; i++ {
			var part []byte
			part, err = frame(in)
			line = append(line, part...)
		}
		return line, err
	case '+', '-', ':', '_', ',', '#', '(':
		return line, nil
	}
	return nil, fmt.Errorf("%q begins no value of Redis's protocol", line)
}
