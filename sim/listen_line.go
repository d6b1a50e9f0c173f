package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// line is the connection of a listener: calls go out over it, and wait here for
// their answers.
type line struct {
	connection string
	out        chan message
	ended      chan struct{} // closed when the connection is over
	why        string        // once it is

	mu      sync.Mutex
	calls   int64
	pending map[string]chan<- Answered
}

// message is one event of a listener's stream.
type message struct {
	event string
	data  any
}

func newLine(connection string) *line {
	return &line{connection: connection, out: make(chan message), ended: make(chan struct{}), pending: map[string]chan<- Answered{}}
}

// end closes the line; only the first reason counts.
func (l *line) end(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.ended:
	default:
		l.why = why
		close(l.ended)
	}
}

// Forwarded is a call that a listener is to make: a webhook with its header and
// its bytes, or a vendor's verification of a webhook.
type Forwarded struct {
	ID        string      `json:"id"`
	Method    string      `json:"method"`
	URL       string      `json:"url"` // at one of the hosts that the listener forwards to
	Header    http.Header `json:"header"`
	Body      []byte      `json:"body"`               // base64
	Exchange  int64       `json:"exchange,omitempty"` // its number; none for a verification
	Fake      string      `json:"fake,omitempty"`
	Operation string      `json:"operation,omitempty"` // the event
	Thread    string      `json:"thread,omitempty"`
}

// Answered is what came of such a call.
type Answered struct {
	ID     string      `json:"id"`
	Status int         `json:"status,omitempty"` // 0: nobody answered
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`  // base64
	Micros int64       `json:"took,omitempty"`  // microseconds that the integrator took
	Error  string      `json:"error,omitempty"` // why nobody answered
	// Refused says that the integrator's port was closed.
	Refused bool `json:"refused,omitempty"`
}

// nobodyListens is why a delivery failed when the listener is not there.
const nobodyListens = "nobody listens"

var (
	errNobodyListens = errors.New(nobodyListens)
	errHungUp        = errors.New("the listener left before it said what was answered")
	errRefusedThere  = errors.New(refusedConnection)
)

// port is the http.RoundTripper of calls that a listener makes.
type port struct {
	ws         *Workspace
	connection string
}

// connection is that of the listener who makes the call, empty where none does.
func (t Target) connection() string {
	p, _ := t.Transport.(port)
	return p.connection
}

// RoundTrip implements http.RoundTripper.
func (p port) RoundTrip(r *http.Request) (*http.Response, error) {
	l := p.ws.plugged(p.connection)
	if l == nil {
		return nil, errNobodyListens
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	about, _ := r.Context().Value(aboutKey{}).(*about)
	call := Forwarded{Method: r.Method, URL: r.URL.String(), Header: r.Header, Body: body}
	if about != nil {
		call.Exchange, call.Fake, call.Operation, call.Thread = about.n, about.fake, about.event, about.thread
	}
	a, err := l.call(r.Context(), "delivery", call)
	if err != nil {
		return nil, err
	}
	if about != nil {
		about.took = time.Duration(a.Micros) * time.Microsecond
	}
	return a.response(r)
}

// aboutKey is where a request's context says what delivery it is.
type aboutKey struct{}

// about is that delivery, and how long the integrator took for it where it is
// told by who called it.
type about struct {
	n                   int64
	fake, event, thread string
	took                time.Duration
}

// call sends a call over the line and waits for its answer.
func (l *line) call(ctx context.Context, event string, c Forwarded) (Answered, error) {
	answer := make(chan Answered, 1)
	l.mu.Lock()
	l.calls++
	c.ID = l.connection + "." + itoa(l.calls)
	l.pending[c.ID] = answer
	l.mu.Unlock()
	defer l.forget(c.ID)
	select {
	case l.out <- message{event, c}:
	case <-l.ended:
		return Answered{}, errNobodyListens
	case <-ctx.Done():
		return Answered{}, ctx.Err()
	}
	select {
	case a := <-answer:
		return a, nil
	case <-l.ended:
		return Answered{}, errHungUp
	case <-ctx.Done():
		go l.withdraw(c.ID)
		return Answered{}, ctx.Err()
	}
}

func (l *line) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.pending, id)
}

// withdraw tells the listener that nobody waits for an answer any more.
func (l *line) withdraw(id string) {
	select {
	case l.out <- message{"withdrawn", map[string]string{"id": id}}:
	case <-l.ended:
	}
}

// answer hands an answer over, if somebody waits for it.
func (l *line) answer(a Answered) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, ok := l.pending[a.ID]
	if ok {
		delete(l.pending, a.ID)
		waiting <- a
	}
	return ok
}

// response is the answer as if it had come over a connection of our own.
func (a Answered) response(r *http.Request) (*http.Response, error) {
	switch {
	case a.Refused:
		return nil, errRefusedThere
	case a.Status == 0 && a.Error != "":
		return nil, errors.New(a.Error)
	case a.Status == 0:
		return nil, errHungUp
	}
	if a.Header == nil {
		a.Header = http.Header{}
	}
	return &http.Response{
		Status: strconv.Itoa(a.Status) + " " + http.StatusText(a.Status), StatusCode: a.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.Header,
		Body: io.NopCloser(bytes.NewReader(a.Body)), ContentLength: int64(len(a.Body)), Request: r,
	}, nil
}

// kindAnswer is what a replica took for the one that has the listener.
const kindAnswer = "answer"

// answered takes an answer, whose call may have been another replica's. It
// reports whether somebody may still wait for it.
func (ws *Workspace) answered(ctx context.Context, by *listening, a Answered) (bool, error) {
	if l := ws.plugged(by.Connection); l != nil {
		return l.answer(a), nil
	}
	if !ws.shared || by.Replica == ws.sandbox.config.Replica {
		return false, nil
	}
	_, err := ws.append(ctx, store.Change{Puts: []store.Put{{Key: store.Key{Kind: kindAnswer, ID: a.ID}, Doc: store.Doc{Value: a}}}})
	if err == nil {
		err = ws.store.Wake(ctx, ws.space)
	}
	return err == nil, err
}

// collect hands over the answers that other replicas took.
func (ws *Workspace) collect(ctx context.Context, l *line) error {
	items, err := ws.store.List(ctx, ws.space, kindAnswer, "")
	if err != nil || len(items) == 0 {
		return err
	}
	var done store.Change
	for _, item := range items {
		l.answer(item.Value.(Answered))
		done.Deletes = append(done.Deletes, item.Key)
	}
	_, err = ws.append(ctx, done)
	return err
}
