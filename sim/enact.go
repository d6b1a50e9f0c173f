package sim

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Headers that the sandbox adds or reads.
const (
	HeaderExchange  = "X-Sandbox-Exchange"
	HeaderFault     = "X-Sandbox-Fault"
	HeaderWorkspace = "X-Sandbox-Workspace"
)

// enact puts the decided answer on the wire as the fault wants it and records
// how that went. The end is recorded before the last byte is written: whoever
// has the whole answer acts after it.
func (s *Sandbox) enact(w http.ResponseWriter, r *http.Request, p *passage, n int64, o *outcome) {
	end := Ended{N: n, Outcome: Completed}
	var after func()
	end.Outcome, end.Bytes, after = s.deliver(r.Context(), w, p, n, o)
	end.Tick, end.Duration = s.ticks.Next(), s.real().Sub(p.call.Wall)
	s.counted(p, o, end.Duration)
	s.logCall(r.Context(), p, o, end)
	s.ended(p.call.Workspace, p.thread, end)
	if after != nil {
		after()
	}
}

// deliver writes the answer. The function it returns, if any, writes the last
// byte or breaks the connection, and must run last.
func (s *Sandbox) deliver(ctx context.Context, w http.ResponseWriter, p *passage, n int64, o *outcome) (string, int64, func()) {
	e, clk := o.effect, p.call.Workspace.Clock
	if o.wait > 0 && clk.Sleep(ctx, o.wait) != nil {
		return Aborted, 0, abort
	}
	switch {
	case e.Hang:
		_ = clk.Sleep(ctx, clock.Forever)
		return Cut, 0, abort
	case e.Reset == fault.ResetNow:
		return Cut, 0, func() { reset(w) }
	case o.answer.Status == 0:
		return Cut, 0, abort
	}
	body := e.Shape(o.body)
	o.headerFor(n, w.Header(), &s.dates)
	if o.answer.Status != http.StatusNotModified { // whose length is that of the body left out
		w.Header()["Content-Length"] = []string{strconv.Itoa(o.announced(body))}
	}
	if e.Duplicate {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			return Completed, int64(len(body)), func() { twice(conn, o.answer.Status, w.Header(), body) }
		}
	}
	w.WriteHeader(o.answer.Status)
	switch {
	case e.Reset == fault.ResetHeaders:
		_ = http.NewResponseController(w).Flush()
		return Cut, 0, abort
	case e.Cuts(len(o.body)):
		written, _ := w.Write(body)
		_ = http.NewResponseController(w).Flush()
		return Cut, int64(written), abort
	case e.Drip.Bytes > 0:
		return s.drip(ctx, clk, w, body, e.Drip.Bytes, time.Duration(e.Drip.Every))
	}
	return complete(ctx, w, body, 0)
}

// complete writes the last piece of a body but for its last byte, which the
// function it returns writes. A large piece would else be out at once, since
// net/http buffers small ones only.
func complete(ctx context.Context, w http.ResponseWriter, piece []byte, before int64) (string, int64, func()) {
	held := max(len(piece)-1, 0)
	written, err := w.Write(piece[:held])
	if err != nil || ctx.Err() != nil {
		return Aborted, before + int64(written), nil
	}
	return Completed, before + int64(len(piece)), func() { _, _ = w.Write(piece[held:]) }
}

// twice writes an answer two times and closes the connection.
func twice(conn net.Conn, status int, header http.Header, body []byte) {
	defer conn.Close()
	for range 2 {
		answer := http.Response{
			StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header,
			Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		}
		if answer.Write(conn) != nil {
			return
		}
	}
}

// announced is the Content-Length: of the whole answer, even if less of it comes.
func (o *outcome) announced(body []byte) int {
	if o.effect.Cuts(len(o.body)) {
		return len(o.body)
	}
	return len(body)
}

// drip sends the body in small pieces.
func (s *Sandbox) drip(ctx context.Context, clk clock.Clock, w http.ResponseWriter, body []byte, size int, every time.Duration) (string, int64, func()) {
	var total int64
	for size = max(size, 1); len(body) > size; body = body[size:] {
		written, err := w.Write(body[:size])
		total += int64(written)
		if err != nil {
			return Aborted, total, abort
		}
		_ = http.NewResponseController(w).Flush()
		if clk.Sleep(ctx, every) != nil {
			return Aborted, total, abort
		}
	}
	return complete(ctx, w, body, total)
}

// abort breaks the connection without an answer or in the middle of one.
func abort() { panic(http.ErrAbortHandler) }

// reset breaks the connection so that the client sees a TCP reset where that
// is possible, and a closed connection otherwise (HTTP/2, in memory).
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		abort()
	}
	below := conn
	for {
		outer, ok := below.(interface{ NetConn() net.Conn }) // TLS, and what a proxy has read of it
		if !ok {
			break
		}
		below = outer.NetConn()
	}
	if tcp, ok := below.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = below.Close() // without TLS's farewell, which a broken connection does not send
}
