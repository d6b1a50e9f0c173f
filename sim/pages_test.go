package sim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
)

// pagesWorld has pages that say so.
func pagesWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(c *sim.Config) {
		c.Pages = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	})
}

// A browser is led to the pages; programs get what they always got; pages stand
// behind the guard, but for a person who follows another site's link.
func TestPages(t *testing.T) {
	t.Parallel()
	w := pagesWorld(t)
	html := []string{"Accept", "text/html,application/xhtml+xml"}
	visit := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "document"}
	for _, c := range []struct {
		why, method, url string
		header           []string
		status           int
		location         string
	}{
		{"a browser at the root", "GET", "/", html, 302, "/_sandbox/"},
		{"a browser at the root, by a link of another site", "GET", "/", append(html, visit...), 302, "/_sandbox/"},
		{"a program at the root", "GET", "/", nil, 200, ""},
		{"the slash is missing", "GET", "/_sandbox", nil, 302, "/_sandbox/"},
		{"a page", "GET", "/_sandbox/", nil, 418, ""},
		{"a file of a page", "GET", "/_sandbox/js/main.js", nil, 418, ""},
		{"a page by a link of another site", "GET", "/_sandbox/", visit, 418, ""},
		{"a script that another site includes", "GET", "/_sandbox/js/main.js", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "script"}, 403, ""},
		{"a page that another site frames", "GET", "/_sandbox/", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "iframe"}, 403, ""},
		{"a form that another site posts", "POST", "/_sandbox/", visit, 403, ""},
		{"the API by a link of another site", "GET", "/_sandbox/v1/threads", visit, 403, ""},
		{"a page under a foreign name", "GET", "http://evil.example/_sandbox/", nil, 403, ""},
		{"the API is no page", "GET", "/_sandbox/v1/health", html, 200, ""},
	} {
		got := httptest.NewRecorder() // a client would follow
		w.sb.ServeHTTP(got, w.request(c.method, c.url, "", c.header...))
		w.diff(c.why, []any{c.status, c.location}, []any{got.Code, got.Header().Get("Location")})
	}
}

// Without pages the root stays JSON, for browsers too.
func TestNoPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.diff("root", 200, w.call("GET", "/", "", "Accept", "text/html").Status)
	w.diff("pages", 404, w.call("GET", "/_sandbox/", "").Status)
}

// An archive tells calls and webhooks, with what the format has no member for.
func TestHAR(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders?access_token=secret&q=a%20b", orderOf(alice, "kite"), "Authorization", "Bearer secret")
	w.call("GET", "/nothing", "")
	w.write(alice, "Hi")
	w.delivered(1)
	got := w.call("GET", "/_sandbox/v1/journal.har", "")
	w.diff("it is saved under a name", `attachment; filename="journal.har"`, got.Header.Get("Content-Disposition"))
	if strings.Contains(got.Body, "secret") {
		t.Errorf("a credential is in it whole: %s", got.Body)
	}
	var file struct {
		Log struct {
			Version string
			Entries []struct {
				Started string `json:"startedDateTime"`
				Time    float64
				Request struct {
					Method, URL string
					QueryString []struct{ Name, Value string }
					PostData    *struct{ MimeType, Text string }
				}
				Response struct {
					Status  int
					Content struct{ MimeType, Text string }
				}
				Sandbox struct {
					N         int64
					Direction string
					Operation string
					Notes     []struct{ Kind string }
				} `json:"_sandbox"`
			}
		}
	}
	if err := json.Unmarshal([]byte(got.Body), &file); err != nil {
		t.Fatal(err)
	}
	var told []any
	for _, e := range file.Log.Entries {
		told = append(told, []any{e.Sandbox.N, e.Sandbox.Direction, e.Sandbox.Operation, e.Request.Method, e.Response.Status, e.Response.Content.MimeType, e.Request.PostData != nil})
	}
	w.diff("entries", []any{
		[]any{int64(1), "in", "createOrder", "POST", 201, "application/json", true},
		[]any{int64(2), "in", "", "GET", 404, "application/json", false},
		[]any{int64(3), "out", "message", "POST", 200, "", true},
	}, told)
	first := file.Log.Entries[0].Request
	w.diff("address", true, strings.HasPrefix(first.URL, "http://") && strings.Contains(first.URL, "/orders?"))
	w.diff("query", "q=a b", first.QueryString[1].Name+"="+first.QueryString[1].Value)
	one := w.call("GET", "/_sandbox/v1/journal.har?direction=out&since=2", "")
	w.diff("filtered", 1, strings.Count(one.Body, `"startedDateTime"`))
}

// With outline a stream tells who changed and nothing of what was said.
func TestStreamOutline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	s := w.open(w.serve().URL, "?rev=0&outline=true", "")
	for s.lines.Scan() {
		if data, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok {
			w.diff("the first event", `{"n":1,"direction":"in","fake":"toy","operation":"createOrder","thread":"`+inAlice+`","ended":true}`, data)
			return
		}
	}
	t.Error("the stream ended")
}
