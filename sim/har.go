package sim

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// The members of an HTTP Archive, version 1.2 (W3C Web Performance Working
// Group, HAR format, historical draft), as far as the journal knows them.
// Sizes that it does not know are -1, as the format wants.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harEntry struct {
		Started  time.Time   `json:"startedDateTime"`
		Time     float64     `json:"time"` // milliseconds
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Comment  string      `json:"comment,omitempty"`
		Sandbox  harSandbox  `json:"_sandbox"`
	}
	harRequest struct {
		Method      string    `json:"method"`
		URL         string    `json:"url"`
		HTTPVersion string    `json:"httpVersion"`
		Cookies     []harPair `json:"cookies"`
		Headers     []harPair `json:"headers"`
		QueryString []harPair `json:"queryString"`
		PostData    *harPost  `json:"postData,omitempty"`
		HeadersSize int       `json:"headersSize"`
		BodySize    int64     `json:"bodySize"`
	}
	harPost struct {
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harPair  `json:"cookies"`
		Headers     []harPair  `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int64      `json:"bodySize"`
	}
	harContent struct {
		Size     int64  `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	// harSandbox is what the format has no member for.
	harSandbox struct {
		N         int64       `json:"n"`
		Direction string      `json:"direction"`
		Fake      string      `json:"fake"`
		Operation string      `json:"operation,omitempty"`
		Thread    string      `json:"thread,omitempty"`
		At        time.Time   `json:"at"` // simulated time
		Fault     *FaultHit   `json:"fault,omitempty"`
		Notes     []typedNote `json:"notes"`
	}
)

const httpVersion = "HTTP/1.1"

// exportHAR answers the journal, or what a filter takes of it, as an archive.
func (c *control) exportHAR(call *controlCall) (any, error) {
	f := newFilter(call.URL.Query())
	records, err := call.ws.store.Range(call.request.Context(), call.ws.space, f.since+1, 0)
	if err != nil {
		return nil, err
	}
	records = slices.DeleteFunc(records, func(r store.Record) bool { return !f.takes(outlineOf(r)) })
	file := harFile{harLog{Version: "1.2", Creator: harCreator{"encore-sandbox", "1"}, Entries: make([]harEntry, 0, len(records))}}
	for _, r := range records {
		file.Log.Entries = append(file.Log.Entries, c.s.har(c.s.codec.entry(r), call.Origin))
	}
	call.w.Header().Set("Content-Disposition", `attachment; filename="journal.har"`)
	return file, nil
}

// har is an exchange as an entry. Calls to a fake are journalled without the
// address of the sandbox, which is origin.
func (s *Sandbox) har(e Entry, origin string) harEntry {
	answer, took := e.Response, -1.0
	notes := e.Notes
	if e.Ended != nil {
		took = float64(e.Ended.Duration) / float64(time.Millisecond)
		notes = slices.Concat(notes, e.Ended.Notes)
		if e.Direction == Out {
			answer = e.Ended.Response
		}
	}
	return harEntry{
		Started: e.Wall, Time: max(took, 0), Request: harRequestOf(e.Request, origin), Response: harResponseOf(answer),
		Timings: harTimings{Wait: max(took, 0)}, Comment: strings.Join(e.Problems, "; "),
		Sandbox: harSandbox{e.N, e.Direction, e.Fake, e.Operation, e.Thread, e.At, e.Fault, typed(notes)},
	}
}

func harRequestOf(m Message, origin string) harRequest {
	target := m.URL
	if strings.HasPrefix(target, "/") {
		target = origin + target
	}
	r := harRequest{
		Method: m.Method, URL: target, HTTPVersion: httpVersion, Cookies: []harPair{}, Headers: harPairs(m.Header),
		QueryString: []harPair{}, HeadersSize: -1, BodySize: m.Size,
	}
	if u, err := url.Parse(target); err == nil {
		r.QueryString = harPairs(http.Header(u.Query()))
	}
	if m.Size > 0 {
		r.PostData = &harPost{MimeType: m.Header.Get("Content-Type"), Text: strings.ToValidUTF8(string(m.Body), "\ufffd")}
	}
	return r
}

// harResponseOf words an answer; without one its status is 0, as the format's
// writers have agreed.
func harResponseOf(m *Message) harResponse {
	r := harResponse{HTTPVersion: httpVersion, Cookies: []harPair{}, Headers: []harPair{}, HeadersSize: -1, BodySize: -1}
	if m == nil {
		return r
	}
	r.Status, r.StatusText, r.Headers, r.BodySize = m.Status, http.StatusText(m.Status), harPairs(m.Header), m.Size
	r.RedirectURL = m.Header.Get("Location")
	r.Content = harContent{Size: m.Size, MimeType: m.Header.Get("Content-Type"), Text: string(m.Body)}
	if !utf8.Valid(m.Body) {
		r.Content.Text, r.Content.Encoding = base64.StdEncoding.EncodeToString(m.Body), "base64"
	}
	return r
}

// harPairs lists names with their values by name.
func harPairs(of http.Header) []harPair {
	pairs := []harPair{}
	for name, values := range of {
		for _, v := range values {
			pairs = append(pairs, harPair{name, v})
		}
	}
	slices.SortStableFunc(pairs, func(a, b harPair) int { return strings.Compare(a.Name, b.Name) })
	return pairs
}
