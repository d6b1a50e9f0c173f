// Package har is the HTTP Archive format, version 1.2 (W3C Web Performance
// Working Group, HAR format, historical draft), as far as exchanges of an
// integrator need it: what the journal is exported as, and what browsers and
// proxies record.
//
//	journal ─▶ File ─▶ archive
//	archive ─▶ Read ─▶ File, or Problems: which entry is wrong, where and how
//
// It knows neither vendor nor sandbox.
package har

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Creator is what an archive of the sandbox says of who wrote it.
const Creator = "encore-sandbox"

// The members of an archive. Sizes that are not known are -1, as the format
// wants.
type (
	// File is a whole archive.
	File struct {
		Log Log `json:"log"`
	}
	// Log is what was recorded.
	Log struct {
		Version string  `json:"version"`
		Creator Program `json:"creator"`
		Entries []Entry `json:"entries"`
	}
	// Program is who recorded it.
	Program struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	// Entry is one exchange.
	Entry struct {
		Started  time.Time `json:"startedDateTime"`
		Time     float64   `json:"time"` // milliseconds from the request's first byte to the answer's last
		Request  Request   `json:"request"`
		Response Response  `json:"response"`
		Cache    struct{}  `json:"cache"`
		Timings  Timings   `json:"timings"`
		Comment  string    `json:"comment,omitempty"`
		Error    string    `json:"_error,omitempty"` // why there is no answer, as browsers say it
		Sandbox  *Sandbox  `json:"_sandbox,omitempty"`
	}
	// Request is the first half of an exchange.
	Request struct {
		Method      string `json:"method"`
		URL         string `json:"url"`
		HTTPVersion string `json:"httpVersion"`
		Cookies     []Pair `json:"cookies"`
		Headers     []Pair `json:"headers"`
		QueryString []Pair `json:"queryString"`
		PostData    *Post  `json:"postData,omitempty"`
		HeadersSize int    `json:"headersSize"`
		BodySize    int64  `json:"bodySize"`
	}
	// Post is the body of a request: a text, in base64 where Encoding says so, or
	// the fields of a form.
	Post struct {
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
		Encoding string `json:"encoding,omitempty"`
		Params   []Pair `json:"params,omitempty"`
	}
	// Response is the second half. Its status is 0 where no answer came.
	Response struct {
		Status      int     `json:"status"`
		StatusText  string  `json:"statusText"`
		HTTPVersion string  `json:"httpVersion"`
		Cookies     []Pair  `json:"cookies"`
		Headers     []Pair  `json:"headers"`
		Content     Content `json:"content"`
		RedirectURL string  `json:"redirectURL"`
		HeadersSize int     `json:"headersSize"`
		BodySize    int64   `json:"bodySize"`
	}
	// Content is the body of an answer.
	Content struct {
		Size     int64  `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"` // base64, or empty
	}
	// Timings are parts of Entry.Time.
	Timings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	// Pair is a header, a parameter or a cookie.
	Pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	// Sandbox is what the format has no member for and the journal knows. At is
	// simulated time, Tick the order of all moments.
	Sandbox struct {
		N         int64     `json:"n"`
		Direction string    `json:"direction"` // in: a call to a fake; out: a webhook
		Fake      string    `json:"fake"`
		Operation string    `json:"operation,omitempty"`
		Thread    string    `json:"thread,omitempty"`
		At        time.Time `json:"at"`
		Tick      int64     `json:"tick,string"`
		Ended     *End      `json:"ended,omitempty"`
		Fault     any       `json:"fault,omitempty"`
		Notes     any       `json:"notes"`
	}
	// End is how an exchange ended on the wire.
	End struct {
		At      time.Time `json:"at"`
		Tick    int64     `json:"tick,string"`
		Outcome string    `json:"outcome"`
	}
)

// Pairs lists a header or a query by name.
func Pairs(of map[string][]string) []Pair {
	pairs := []Pair{}
	for name, values := range of {
		for _, v := range values {
			pairs = append(pairs, Pair{name, v})
		}
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int { return strings.Compare(a.Name, b.Name) })
	return pairs
}

// Header is what Pairs made a list of. HTTP/2's own fields, which begin with a
// colon, are no headers.
func Header(pairs []Pair) http.Header {
	h := http.Header{}
	for _, p := range pairs {
		if !strings.HasPrefix(p.Name, ":") {
			h.Add(p.Name, p.Value)
		}
	}
	return h
}
