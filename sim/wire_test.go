package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
)

// carriers are the two ways to the sandbox: over loopback, each call on a
// connection of its own, and in process.
var carriers = map[string]func(*world) *http.Client{
	"loopback": func(w *world) *http.Client {
		server := w.serve()
		direct := &http.Transport{DisableKeepAlives: true}
		w.Cleanup(direct.CloseIdleConnections)
		return &http.Client{Transport: toServer{direct, server.Listener.Addr().String()}}
	},
	"in process": (*world).client,
}

// toServer sends every request to one address, whatever its URL says.
type toServer struct {
	http.RoundTripper
	address string
}

// RoundTrip implements http.RoundTripper.
func (s toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = s.address
	return s.RoundTripper.RoundTrip(r)
}

// sight is what a client sees of a struck call, and what the journal says of
// its end.
type sight struct {
	Status  int    // 0: no answer
	Err     error  // of the exchange or of the body, as errors.Is knows it
	Body    string // "whole", "vendor's error", "page", "spoiled", or as much as came
	Fault   string // header X-Sandbox-Fault
	Outcome string
	Bytes   int64 // -1: all of the body
	Worked  bool  // the vendor did its work
	Waited  []time.Duration
}

const whole = `{"id":"ord_`

func wireCases() []wireCase {
	const ms100 = 100 * time.Millisecond
	return []wireCase{
		{"503", "the vendor's envelope", sight{Status: 503, Body: "vendor's error", Fault: "header", Outcome: sim.Completed, Bytes: -1}},
		{"503;after", "the work is done, its answer lost", sight{Status: 503, Body: "vendor's error", Fault: "header", Outcome: sim.Completed, Bytes: -1, Worked: true}},
		{"502;html", "a gateway's page is no JSON", sight{Status: 502, Body: "page", Fault: "header", Outcome: sim.Completed, Bytes: -1}},
		{
			"latency=2s", "the answer is late, but whole",
			sight{Status: 201, Body: "whole", Fault: "header", Outcome: sim.Completed, Bytes: -1, Worked: true, Waited: []time.Duration{2 * time.Second}},
		},
		{
			"503;latency=2s", "an error may be late too",
			sight{Status: 503, Body: "vendor's error", Fault: "header", Outcome: sim.Completed, Bytes: -1, Waited: []time.Duration{2 * time.Second}},
		},
		{"reset", "nothing comes", sight{Err: syscall.ECONNRESET, Outcome: sim.Cut}},
		{"reset;after", "nothing comes, yet the work is done", sight{Err: syscall.ECONNRESET, Outcome: sim.Cut, Worked: true}},
		{"reset=headers;after", "the status comes and no body", sight{Status: 201, Err: io.ErrUnexpectedEOF, Fault: "header", Outcome: sim.Cut, Worked: true}},
		{"truncate=7", "less comes than was announced", sight{Status: 201, Err: io.ErrUnexpectedEOF, Body: whole[:7], Fault: "header", Outcome: sim.Cut, Bytes: 7, Worked: true}},
		{"truncate=7000", "an answer that is shorter anyway is whole", sight{Status: 201, Body: "whole", Fault: "header", Outcome: sim.Completed, Bytes: -1, Worked: true}},
		{"garbled", "a 200 without JSON", sight{Status: 201, Body: "spoiled", Fault: "header", Outcome: sim.Completed, Bytes: -1, Worked: true}},
		{
			"drip=16/100ms", "the answer trickles, but comes whole",
			sight{Status: 201, Body: "whole", Fault: "header", Outcome: sim.Completed, Bytes: -1, Worked: true, Waited: []time.Duration{ms100, ms100}},
		},
	}
}

type wireCase struct {
	fault, reason string
	want          sight
}

// Every fault looks to a client like the trouble that it plays, over a real
// connection and in process alike, and its end is recorded as it was.
func TestFaultsOnTheWire(t *testing.T) {
	t.Parallel()
	for carrier, connect := range carriers {
		for _, c := range wireCases() {
			t.Run(carrier+"/"+c.fault, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil)
				r := w.request("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, c.fault)
				client := connect(w)
				done := make(chan answer, 1)
				go func() { done <- send(client, r) }()
				var waited []time.Duration
				for range c.want.Waited {
					d := w.sleeper()
					waited = append(waited, d)
					w.advance("", d)
				}
				got := w.sight(receive(w, done, "the answer"))
				got.Waited = waited
				if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) || errors.Is(b, a) })); diff != "" {
					t.Errorf("because %s (-want +got):\n%s", c.reason, diff)
				}
			})
		}
	}
}

func (w *world) sight(a answer) sight {
	w.Helper()
	entries := w.await("the end of the call", func(e []sim.Entry) bool { return len(e) > 0 && e[0].Ended != nil })
	x := entries[0]
	s := sight{
		Status: a.Status, Err: a.Err, Body: a.Body, Fault: a.Header.Get(sim.HeaderFault),
		Outcome: x.Ended.Outcome, Bytes: x.Ended.Bytes, Worked: len(w.orders()) > 0,
	}
	switch {
	case a.Err != nil || a.Status == 0:
	case strings.Contains(a.Body, "toyError") && json.Valid([]byte(a.Body)):
		s.Body = "vendor's error"
	case strings.HasPrefix(a.Body, whole) && json.Valid([]byte(a.Body)):
		s.Body = "whole"
	case strings.HasPrefix(a.Body, "<!DOCTYPE html>"):
		s.Body = "page"
	case !json.Valid([]byte(a.Body)) && len(a.Body) == int(x.Response.Size):
		s.Body = "spoiled"
	}
	if a.Status != 0 && s.Bytes == int64(len(a.Body)) && a.Err == nil {
		s.Bytes = -1
	}
	if x.Fault == nil || x.Fault.ID != "header" {
		w.Errorf("the journal has the fault %v, want the header's", x.Fault)
	}
	return s
}

// A hanging call ends when the client leaves, and not before.
func TestHangUntilTheClientLeaves(t *testing.T) {
	t.Parallel()
	for carrier, connect := range carriers {
		t.Run(carrier, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			ctx, leave := context.WithCancel(t.Context())
			r := w.request("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "hang").WithContext(ctx)
			client := connect(w)
			done := make(chan answer, 1)
			go func() { done <- send(client, r) }()
			w.foreverSleeper()
			w.advance("", 1000*time.Hour)
			w.diff("end while the client waits", (*sim.Ended)(nil), w.last().Ended)
			leave()
			if got := receive(w, done, "the client"); !errors.Is(got.Err, context.Canceled) {
				t.Errorf("the client got %v, want context.Canceled", got.Err)
			}
			got := w.sight(answer{})
			w.diff("what is left of it", sight{Outcome: sim.Cut}, got)
		})
	}
}

// A client that leaves during a latency or a drip has aborted.
func TestClientLeavesEarly(t *testing.T) {
	t.Parallel()
	for carrier, connect := range carriers {
		for fault, worked := range map[string]bool{"latency=10m": true, "503;latency=10m": false, "drip=10/10m": true} {
			t.Run(carrier+"/"+fault, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil)
				ctx, leave := context.WithCancel(t.Context())
				r := w.request("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, fault).WithContext(ctx)
				client := connect(w)
				done := make(chan answer, 1)
				go func() { done <- send(client, r) }()
				w.diff("sleeps", 10*time.Minute, w.sleeper())
				leave()
				if got := receive(w, done, "the client"); !errors.Is(got.Err, context.Canceled) {
					t.Errorf("the client got %v, want context.Canceled", got.Err)
				}
				got := w.sight(answer{})
				w.diff("outcome", sim.Aborted, got.Outcome)
				w.diff("the work is done", worked, got.Worked)
			})
		}
	}
}

// watchedWriter looks at the journal when the last byte of an answer is written.
type watchedWriter struct {
	*httptest.ResponseRecorder
	w     *world
	ended *sim.Ended
}

// Write implements http.ResponseWriter.
func (r *watchedWriter) Write(p []byte) (int, error) {
	n, err := r.ResponseRecorder.Write(p)
	if itoa(r.Body.Len()) == r.Header().Get("Content-Length") {
		r.ended = r.w.last().Ended
	}
	return n, err
}

// Whoever has the whole answer finds the exchange ended in the journal, also
// when the answer is larger than every buffer on the way.
func TestEndIsRecordedBeforeTheLastByte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ item, fault string }{{"kite", ""}, {"big", ""}, {"kite", "503"}, {"big", "drip=99999/1ns"}} {
		w := newWorld(t, nil)
		rec := &watchedWriter{ResponseRecorder: httptest.NewRecorder(), w: w}
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.sb.ServeHTTP(rec, w.request("POST", "/orders", orderOf(alice, c.item), sim.HeaderFault, c.fault))
		}()
		if strings.HasPrefix(c.fault, "drip") {
			w.advance("", w.sleeper())
		}
		receive(w, done, "the handler")
		if rec.ended == nil {
			t.Errorf("%s %s: the last byte was written and the exchange had not ended", c.item, c.fault)
			continue
		}
		w.diff("outcome", sim.Completed, rec.ended.Outcome)
		w.diff("bytes", int64(rec.Body.Len()), rec.ended.Bytes)
	}
}

// An answer that is larger than every buffer arrives whole on both carriers.
func TestLargeAnswer(t *testing.T) {
	t.Parallel()
	for carrier, connect := range carriers {
		w := newWorld(t, nil)
		got := send(connect(w), w.request("POST", "/orders", orderOf(alice, "big")))
		w.diff("error over "+carrier, nil, got.Err)
		w.diff("the length over "+carrier+" is as announced", got.Header.Get("Content-Length"), itoa(len(got.Body)))
		w.diff("bytes", int64(len(got.Body)), w.last().Ended.Bytes)
		w.diff("JSON", true, json.Valid([]byte(got.Body)))
	}
}

// A refused call meets faults of the connection only.
func TestFaultsOfARefusedCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault, reason string
		status        int
		err           error
	}{
		{"503", "a status would disguise the 401", 401, nil},
		{"garbled", "so would another body", 401, nil},
		{"latency=2s", "nor is a refusal worth waiting for", 401, nil},
		{"reset", "a broken line breaks for everybody", 0, syscall.ECONNRESET},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			got := w.call("POST", "/orders", orderOf(alice, "kite"), "X-Api-Key", "", sim.HeaderFault, c.fault)
			if got.Status != c.status || !errors.Is(got.Err, c.err) {
				t.Errorf("got %d, %v; want %d, %v, because %s", got.Status, got.Err, c.status, c.err, c.reason)
			}
			w.diff("the journal names a fault", c.err != nil, w.last().Fault != nil)
		})
	}
}
