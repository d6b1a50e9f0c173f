package sim_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
)

// through calls a handler in process.
func through(t *testing.T, h http.HandlerFunc) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://vendor.example/x", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return send(&http.Client{Transport: sim.Transport{Handler: h}}, r)
}

// What a handler does looks to the client as it would over a connection.
func TestTransportAnswers(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, reason string
		handler      http.HandlerFunc
		status       int
		body         string
		err          error
	}{
		{"nothing written", "net/http answers 200 then", func(http.ResponseWriter, *http.Request) {}, 200, "", nil},
		{"body only", "the status is 200", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }, 200, "hello", nil},
		{"status twice", "the first one counts", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			w.WriteHeader(500)
		}, 404, "", nil},
		{"aborted before the first byte", "a reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "", syscall.ECONNRESET},
		{"aborted after the status", "an unexpected end", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			panic(http.ErrAbortHandler)
		}, 201, "", io.ErrUnexpectedEOF},
		{"aborted after some bytes", "they come, and then an unexpected end", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "hel")
			panic(http.ErrAbortHandler)
		}, 200, "hel", io.ErrUnexpectedEOF},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := through(t, c.handler)
			if got.Status != c.status || got.Body != c.body || !errors.Is(got.Err, c.err) || (c.err == nil && got.Err != nil) {
				t.Errorf("got %d %q %v; want %d %q %v: %s", got.Status, got.Body, got.Err, c.status, c.body, c.err, c.reason)
			}
		})
	}
}

// A response has the fields that clients look at.
func TestTransportResponse(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "9")
		w.Header().Set("X-One", "1")
		w.WriteHeader(418)
		w.Header().Set("X-Late", "2")
		_, _ = io.WriteString(w, "tea")
		panic(http.ErrAbortHandler)
	})
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://vendor.example/x", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := sim.Transport{Handler: handler}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	type seen struct {
		Status, Proto string
		Length        int64 // as announced, however much comes
		Header        http.Header
		Same          bool // the response names its request
	}
	want := seen{"418 I'm a teapot", "HTTP/1.1", 9, http.Header{"Content-Length": {"9"}, "X-One": {"1"}}, true}
	if diff := cmp.Diff(want, seen{resp.Status, resp.Proto, resp.ContentLength, resp.Header, resp.Request == r}); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
}

// A handler sees a request as a server makes one, and the caller's request is
// left as it was.
func TestTransportRequest(t *testing.T) {
	t.Parallel()
	type seen struct {
		Method, Host, URI, Body string
		Length                  int64
		Header                  http.Header
	}
	var got seen
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = seen{r.Method, r.Host, r.RequestURI, string(body), r.ContentLength, r.Header}
		r.Header.Set("X-Mine", "changed")
	})
	transport := sim.Transport{Handler: handler, Header: http.Header{sim.HeaderWorkspace: {"w"}}}
	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://vendor.example/a%2Fb?c=d", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Mine", "1")
	answered := send(&http.Client{Transport: transport}, r)
	want := seen{"POST", "vendor.example", "/a%2Fb?c=d", "hello", 5, http.Header{"X-Mine": {"changed"}, sim.HeaderWorkspace: {"w"}}}
	if diff := cmp.Diff(want, got); diff != "" || answered.Err != nil {
		t.Errorf("error %v, request (-want +got):\n%s", answered.Err, diff)
	}
	if diff := cmp.Diff(http.Header{"X-Mine": {"1"}}, r.Header); diff != "" {
		t.Errorf("the caller's header afterwards (-want +got):\n%s", diff)
	}
}

// closing says when a request's body was closed.
type closing struct {
	io.Reader
	closed bool
}

// Close implements io.Closer.
func (c *closing) Close() error {
	c.closed = true
	return nil
}

// A context that is done ends a call, before as well as during it; the body is
// closed in any case, as http.RoundTripper demands.
func TestTransportContext(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "during", "never"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ran := false
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ran = true
			if when == "during" {
				cancel()
			}
			_, _ = io.WriteString(w, "too late")
		})
		if when == "before" {
			cancel()
		}
		body := &closing{Reader: bytes.NewReader([]byte("x"))}
		r, err := http.NewRequestWithContext(ctx, "POST", "http://vendor.example/x", body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := sim.Transport{Handler: handler}.RoundTrip(r)
		if resp != nil {
			_ = resp.Body.Close()
		}
		if (when == "never") != (err == nil) || (when != "never" && !errors.Is(err, context.Canceled)) {
			t.Errorf("cancelled %s: error %v", when, err)
		}
		if ran != (when != "before") || !body.closed {
			t.Errorf("cancelled %s: the handler ran: %v, the body was closed: %v", when, ran, body.closed)
		}
	}
}

// A handler's own panic is a bug and reaches whoever called.
func TestTransportLetsPanicsPass(t *testing.T) {
	t.Parallel()
	defer func() {
		if v := recover(); v != "a bug" {
			t.Errorf("recovered %v, want the handler's panic", v)
		}
	}()
	got := through(t, func(http.ResponseWriter, *http.Request) { panic("a bug") })
	t.Errorf("the client got %+v, want a panic", got)
}
