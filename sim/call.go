package sim

import (
	"net/http"
	"net/url"
	"time"
)

// Call is one request on its way through the pipeline. Handlers and describe
// functions read it; only the pipeline's stages change it.
type Call struct {
	Method string
	Host   string
	Origin string // "http://127.0.0.1:8080": how the client reached the sandbox
	Path   string // as sent, decoded
	URL    *url.URL
	Header http.Header
	Body   []byte
	Size   int64  // of the whole body, even where Body was cut, or left out since it has files
	Files  []File // of a multipart body

	Fake      *Fake
	Operation string            // operationId, empty outside every operation
	Params    map[string]string // path parameters
	Prefix    string            // what Fake.Prefix matched
	Workspace *Workspace
	Minted    *Minted // the credential, where it is one of the workspace's own
	Caller    Caller  // of the control API
	// Description is what Describe read, for Handle to use.
	Description Description

	Tick int64     // moment of arrival
	Wall time.Time // of arrival

	op       *operation
	limit    int64 // of the body in bytes
	request  *http.Request
	tree     any
	treeErr  error
	treeRead bool
	inQuery  bool       // the query has parameters of the body
	sum      string     // SHA-256 of a body that was read in parts
	form     url.Values // of a form body, once it was decoded
}

// judged tells that the operation's handler judges the body itself. Calls of the
// control API have no fake, and none does.
func (c *Call) judged() bool { return c.Fake != nil && c.Fake.Operations[c.Operation].Judges }

// capture begins a Call. The body is read once the operation is known, since
// operations differ in how much they take.
func (s *Sandbox) capture(r *http.Request) *Call {
	return &Call{
		Method: r.Method, Host: hostOnly(r), Origin: origin(r), Path: r.URL.Path, URL: r.URL, Header: r.Header,
		Tick: s.ticks.Next(), Wall: s.real(), request: r, limit: maxBody,
	}
}

func origin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func hostOnly(r *http.Request) string {
	u := url.URL{Host: r.Host}
	return u.Hostname()
}
