package main

import (
	"io"
	"net/http"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// bounds are what a client may take of the server: slow and endless ones would
// else hold connections, and memory, for as long as they like.
type bounds struct {
	header, body time.Duration // until the whole of it has come
	idle         time.Duration // between two requests
	headerBytes  int
}

// usualBounds let a medium of 100 MiB come over a slow line.
func usualBounds() bounds {
	return bounds{header: 10 * time.Second, body: 2 * time.Minute, idle: 2 * time.Minute, headerBytes: 64 << 10}
}

// hurry gives every request's body a time by which it has to have come. The time
// is the body's alone: the answer to a request, or a stream, may last.
func (b bounds) hurry(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &hurried{ReadCloser: r.Body, control: http.NewResponseController(w), within: b.body}
		}
		h.ServeHTTP(w, r)
	})
}

// hurried is a body that has to come in time.
type hurried struct {
	io.ReadCloser
	control *http.ResponseController
	within  time.Duration
	begun   bool
}

// Read implements io.Reader.
func (h *hurried) Read(p []byte) (int, error) {
	if !h.begun {
		h.begun = true
		_ = h.control.SetReadDeadline(clock.Real().Add(h.within)) // where there is no connection, nothing is slow
	}
	n, err := h.ReadCloser.Read(p)
	if err == io.EOF {
		_ = h.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
