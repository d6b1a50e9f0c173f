package sim

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"syscall"
)

// Transport is an http.RoundTripper that calls a handler in this process, on
// the goroutine of the caller: no socket, so that virtual time knows who is
// busy. A handler that aborts looks like a broken connection, as it would over
// TCP: before the first byte a reset, after it an unexpected end.
type Transport struct {
	Handler http.Handler
	// Header is added to every request, for example the workspace.
	Header http.Header
}

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	for name, values := range t.Header {
		in.Header[name] = values
	}
	if in.ContentLength < 0 || in.Body == http.NoBody {
		in.ContentLength = 0
	}
	rec := &recorder{header: http.Header{}}
	aborted := rec.serve(t.Handler, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.response(r, aborted)
}

// recorder is the ResponseWriter of an in-process call.
type recorder struct {
	header http.Header
	sent   http.Header
	status int
	body   bytes.Buffer
}

func (rec *recorder) serve(h http.Handler, r *http.Request) (aborted bool) {
	defer func() {
		if v := recover(); v != nil {
			if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			aborted = true
		}
	}()
	h.ServeHTTP(rec, r)
	return false
}

// Header implements http.ResponseWriter.
func (rec *recorder) Header() http.Header { return rec.header }

// WriteHeader implements http.ResponseWriter.
func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 {
		rec.status, rec.sent = status, rec.header.Clone()
	}
}

// Write implements http.ResponseWriter.
func (rec *recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	return rec.body.Write(p)
}

// FlushError lets http.ResponseController flush; there is nothing to flush to.
func (rec *recorder) FlushError() error { return nil }

func (rec *recorder) response(r *http.Request, aborted bool) (*http.Response, error) {
	if aborted && rec.status == 0 {
		return nil, syscall.ECONNRESET
	}
	rec.WriteHeader(http.StatusOK)
	var body io.Reader = &rec.body
	if aborted {
		body = io.MultiReader(&rec.body, brokenReader{})
	}
	return &http.Response{
		Status:     strconv.Itoa(rec.status) + " " + http.StatusText(rec.status),
		StatusCode: rec.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.sent, Body: io.NopCloser(body), ContentLength: contentLength(rec), Request: r,
	}, nil
}

// contentLength is what the handler announced, however much it wrote; -1
// without an announcement.
func contentLength(rec *recorder) int64 {
	n, err := strconv.ParseInt(rec.sent.Get("Content-Length"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
