package sim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxBody is how much of a request body is kept; a longer one is refused in
// the vendor's words.
const maxBody = 1 << 20

// Call is one request on its way through the pipeline. Handlers and describe
// functions read it; only the pipeline's stages change it.
type Call struct {
	Method string
	Host   string
	Path   string // as sent, decoded
	URL    *url.URL
	Header http.Header
	Body   []byte
	Size   int64 // of the whole body, even where Body was cut

	Fake      *Fake
	Operation string            // operationId, empty outside every operation
	Params    map[string]string // path parameters
	Prefix    string            // what Fake.Prefix matched
	Workspace *Workspace

	Tick int64     // moment of arrival
	Wall time.Time // of arrival

	op       *operation
	request  *http.Request
	tree     any
	treeErr  error
	treeRead bool
}

// errTooLarge is why a body was cut.
var errTooLarge = errors.New("body is larger than 1 MiB")

// JSON returns the body as decoded JSON (map[string]any, []any, string,
// float64, bool, nil). The body is decoded once.
func (c *Call) JSON() (any, error) {
	if !c.treeRead {
		c.treeRead = true
		if c.Size > maxBody {
			c.treeErr = errTooLarge
		} else {
			c.treeErr = json.Unmarshal(c.Body, &c.tree)
		}
	}
	return c.tree, c.treeErr
}

// Object returns the body as a JSON object, or an empty one when it is none.
func (c *Call) Object() map[string]any {
	tree, _ := c.JSON()
	object, _ := tree.(map[string]any)
	return object
}

// capture reads a request into a Call. It never fails: what could not be read
// is missing, and the pipeline says so.
func (s *Sandbox) capture(r *http.Request) *Call {
	c := &Call{
		Method: r.Method, Host: hostOnly(r), Path: r.URL.Path, URL: r.URL, Header: r.Header,
		Tick: s.ticks.Next(), Wall: s.real(), request: r,
	}
	if r.Body == nil || r.Body == http.NoBody {
		return c
	}
	c.Body, c.Size = readBody(r)
	return c
}

func readBody(r *http.Request) ([]byte, int64) {
	body := make([]byte, 0, max(512, min(r.ContentLength, maxBody)+1))
	limited := io.LimitReader(r.Body, maxBody)
	for {
		n, err := limited.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err != nil {
			break
		}
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
	}
	size := int64(len(body))
	if size == maxBody {
		// The rest is counted and thrown away, up to a bound that no honest client meets.
		rest, _ := io.Copy(io.Discard, io.LimitReader(r.Body, 64<<20))
		size += rest
	}
	return body, size
}

func hostOnly(r *http.Request) string {
	u := url.URL{Host: r.Host}
	return u.Hostname()
}
