package sim_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
)

// streamed is one event of the journal's stream.
type streamed struct {
	ID   string
	N    int
	End  string // outcome, empty while in flight
	Name string
}

// stream is an open stream of server-sent events.
type stream struct {
	w     *world
	lines *bufio.Scanner
	close func()
}

// open begins a stream over HTTP; last is the Last-Event-ID, empty for none.
func (w *world) open(base, query, last string) *stream {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	r := w.request("GET", base+"/_sandbox/v1/journal/stream"+query, "").WithContext(ctx)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	w.diff("status", 200, resp.StatusCode)
	w.diff("content type", "text/event-stream", resp.Header.Get("Content-Type"))
	s := &stream{w: w, lines: bufio.NewScanner(resp.Body), close: func() {
		cancel()
		_ = resp.Body.Close()
	}}
	w.Cleanup(s.close)
	return s
}

// next reads one event.
func (s *stream) next() (e streamed) {
	s.w.Helper()
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch name {
		case "id":
			e.ID = value
		case "event":
			e.Name = value
		case "data":
			var x struct {
				N     int
				Ended *struct{ Outcome string }
			}
			if err := json.Unmarshal([]byte(value), &x); err != nil {
				s.w.Fatalf("%v in %s", err, value)
			}
			if e.N = x.N; x.Ended != nil {
				e.End = x.Ended.Outcome
			}
		case "":
			return e
		}
	}
	s.w.Fatalf("the stream ended: %v", s.lines.Err())
	return e
}

// until reads events until exchange n has ended, and returns the numbers of
// those that have.
func (s *stream) until(n int) (ended []int) {
	s.w.Helper()
	for {
		if e := s.next(); e.End != "" {
			ended = append(ended, e.N)
			if e.N == n {
				return ended
			}
		}
	}
}

// A stream begins now and shows every exchange until it has ended.
func TestStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	server := w.serve()
	w.call("GET", "/ping", "") // before: not shown
	s := w.open(server.URL, "", "")
	w.call("POST", "/orders", orderOf(alice, "kite"))
	w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "reset")
	w.diff("ended, in order", []int{2, 3}, s.until(3))
}

// An exchange that hangs is shown before it has ended.
func TestStreamShowsWhatIsInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.open(w.serve().URL, "", "")
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan answer, 1)
	r := w.request("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "hang").WithContext(ctx)
	go func() { done <- send(w.client(), r) }()
	first := s.next()
	w.diff("event", []string{"exchange", ""}, []string{first.Name, first.End})
	w.diff("number", 1, first.N)
	leave()
	second := s.next()
	w.diff("its end", "cut", second.End)
	w.diff("each change has an id of its own", true, first.ID != second.ID)
	receive(w, done, "the client")
}

// Every event's id resumes right behind it, also when several came at once.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	server := w.serve()
	for range 3 {
		w.call("POST", "/orders", orderOf(alice, "kite"))
	}
	all := w.open(server.URL, "?rev=0", "")
	first, second, third := all.next(), all.next(), all.next()
	w.diff("from the beginning", []int{1, 2, 3}, []int{first.N, second.N, third.N})
	w.diff("after the first", []streamed{second, third}, twoOf(w.open(server.URL, "", first.ID)))
	w.diff("the header comes before the query", []streamed{second, third}, twoOf(w.open(server.URL, "?rev=0", first.ID)))
	w.diff("after the second", third, w.open(server.URL, "?rev="+second.ID, "").next())
	last := w.open(server.URL, "", third.ID)
	w.call("GET", "/ping", "")
	w.diff("after the last", []int{4}, last.until(4))
}

func twoOf(s *stream) []streamed { return []streamed{s.next(), s.next()} }

// A reset forgets exchanges and goes on in the same stream.
func TestStreamOutlivesReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	server := w.serve()
	s := w.open(server.URL, "", "")
	w.call("GET", "/ping", "")
	w.diff("before", []int{1}, s.until(1))
	w.diff("reset", 204, w.call("POST", "/_sandbox/v1/reset", "").Status)
	w.call("GET", "/ping", "")
	w.diff("after", []int{2}, s.until(2))
}

func TestStreamFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.open(w.serve().URL, "?operation=toy.createOrder&thread="+inAlice, "")
	w.call("GET", "/ping", "")
	w.call("POST", "/orders", orderOf(bob, "kite"))
	w.call("POST", "/orders", orderOf(alice, "kite"))
	w.diff("ended", []int{3}, s.until(3))
}
