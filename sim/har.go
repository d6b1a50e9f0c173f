package sim

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/har"
	"github.com/encore-sandbox/sandbox/sim/store"
)

const httpVersion = "HTTP/1.1"

// exportHAR answers the journal, or what a filter takes of it, as an archive.
func (c *control) exportHAR(call *controlCall) (any, error) {
	f := newFilter(call.URL.Query())
	file, err := call.ws.archive(call.request.Context(), f.since+1, call.Origin, f.takes)
	if err != nil {
		return nil, err
	}
	call.w.Header().Set("Content-Disposition", `attachment; filename="journal.har"`)
	return file, nil
}

// HAR is the journal as an HTTP Archive: what went over the wire, with
// credentials shortened. Calls to a fake are journalled without the address of
// the sandbox, which is origin, as in http://127.0.0.1:8080.
func (ws *Workspace) HAR(ctx context.Context, origin string) (*har.File, error) {
	return ws.archive(ctx, 1, origin, func(Outline) bool { return true })
}

func (ws *Workspace) archive(ctx context.Context, from int64, origin string, takes func(Outline) bool) (*har.File, error) {
	records, err := ws.store.Range(ctx, ws.space, from, 0)
	if err != nil {
		return nil, err
	}
	records = slices.DeleteFunc(records, func(r store.Record) bool { return !takes(outlineOf(r)) })
	file := &har.File{Log: har.Log{Version: "1.2", Creator: har.Program{Name: har.Creator, Version: "1"}, Entries: make([]har.Entry, 0, len(records))}}
	for _, r := range records {
		file.Log.Entries = append(file.Log.Entries, harEntryOf(ws.sandbox.codec.entry(r), origin))
	}
	return file, nil
}

func harEntryOf(e Entry, origin string) har.Entry {
	took, notes := 0.0, e.Notes
	own := &har.Sandbox{N: e.N, Direction: e.Direction, Fake: e.Fake, Operation: e.Operation, Thread: e.Thread, At: e.At, Tick: e.Tick}
	if e.Ended != nil {
		took = float64(e.Ended.Duration) / float64(time.Millisecond)
		notes = slices.Concat(notes, e.Ended.Notes)
		own.Ended = &har.End{At: e.Ended.At, Tick: e.Ended.Tick, Outcome: e.Ended.Outcome}
	}
	if own.Notes = typed(notes); e.Fault != nil {
		own.Fault = e.Fault
	}
	answer, lost := wire(e)
	return har.Entry{
		Started: e.Wall, Time: took, Request: harRequestOf(e.Request, origin), Response: harResponseOf(answer),
		Timings: har.Timings{Wait: took}, Comment: strings.Join(e.Problems, "; "), Error: lost, Sandbox: own,
	}
}

// wire is the answer as it went out, which a fault may have spoiled after it was
// decided, or why none did.
func wire(e Entry) (answer *Message, lost string) {
	switch {
	case e.Ended == nil:
		return nil, ""
	case e.Direction == Out:
		return e.Ended.Response, e.Ended.reason()
	case e.Response == nil, e.Ended.Outcome == Aborted:
		return nil, e.Ended.Outcome
	}
	sent := *e.Response
	var effect fault.Effect
	if e.Fault != nil {
		if f, err := fault.Parse(e.Fault.Effect); err == nil {
			effect = f.Effect
		}
	}
	switch sent.Body = effect.Shape(sent.Body); {
	case e.Ended.Outcome != Cut:
		return &sent, ""
	case effect.Reset != fault.ResetHeaders && e.Ended.Bytes == 0:
		return nil, Cut
	}
	sent.Body = sent.Body[:min(int(e.Ended.Bytes), len(sent.Body))]
	return &sent, ""
}

// reason is why a webhook has no answer, as its note says.
func (e *Ended) reason() string {
	if e.Response != nil {
		return ""
	}
	for _, n := range e.Notes {
		if told, ok := n.(interface{ Why() string }); ok {
			return told.Why()
		}
	}
	return e.Outcome
}

func harRequestOf(m Message, origin string) har.Request {
	target := m.URL
	if strings.HasPrefix(target, "/") {
		target = origin + target
	}
	r := har.Request{
		Method: m.Method, URL: target, HTTPVersion: httpVersion, Cookies: []har.Pair{}, Headers: har.Pairs(m.Header),
		QueryString: []har.Pair{}, HeadersSize: -1, BodySize: m.Size,
	}
	if u, err := url.Parse(target); err == nil {
		r.QueryString = har.Pairs(u.Query())
	}
	if m.Size > 0 {
		r.PostData = &har.Post{MimeType: m.Header.Get("Content-Type")}
		r.PostData.Text, r.PostData.Encoding = harText(m.Body)
	}
	return r
}

// harText is a body as archives hold it.
func harText(body []byte) (text, encoding string) {
	if utf8.Valid(body) {
		return string(body), ""
	}
	return base64.StdEncoding.EncodeToString(body), "base64"
}

// harResponseOf words an answer; without one its status is 0, as the format's
// writers have agreed.
func harResponseOf(m *Message) har.Response {
	r := har.Response{HTTPVersion: httpVersion, Cookies: []har.Pair{}, Headers: []har.Pair{}, HeadersSize: -1, BodySize: -1}
	if m == nil {
		return r
	}
	r.Status, r.StatusText, r.Headers, r.BodySize = m.Status, http.StatusText(m.Status), har.Pairs(m.Header), m.Size
	r.RedirectURL = m.Header.Get("Location")
	r.Content = har.Content{Size: m.Size, MimeType: m.Header.Get("Content-Type")}
	r.Content.Text, r.Content.Encoding = harText(m.Body)
	return r
}
