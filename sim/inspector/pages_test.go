package inspector_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/inspector"
)

// fetched is an answer to a request for a page.
type fetched struct {
	Status int
	Header http.Header
	Body   string
}

func fetch(t *testing.T, method, path string, header ...string) fetched {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost"+path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	inspector.New().ServeHTTP(w, r)
	return fetched{w.Code, w.Header(), w.Body.String()}
}

// weight is what the page may weigh, uncompressed, without the viewer of the
// API reference.
const weight = 150_000

// TestWeight holds the page's weight, since it is read over slow tunnels too.
func TestWeight(t *testing.T) {
	t.Parallel()
	sum := 0
	for name, body := range sources(t) {
		if !strings.HasPrefix(name, "api/") {
			sum += len(body)
		}
	}
	t.Logf("the page weighs %d bytes", sum)
	if sum > weight {
		t.Errorf("the page weighs %d bytes, %d are allowed", sum, weight)
	}
}

// sources are the files of the page by path.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	tree := os.DirFS("static")
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(tree, name)
		all[name] = string(body)
		return err
	})
	if err != nil || len(all) < 10 {
		t.Fatalf("%d files: %v", len(all), err)
	}
	return all
}

// TestSourcesHaveNoWayToMarkup: texts are hostile, so nothing may turn a string
// into markup, script or style, and nothing may come from elsewhere.
func TestSourcesHaveNoWayToMarkup(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|\beval\(|new Function|javascript:|setHTML|\son[a-z]+="|style="|<style|<script>|@import|import\("`)
	elsewhere := regexp.MustCompile(`(?:src|href)="(?:https?:)?//|url\((?:https?:)?//|from "https?:`)
	for name, body := range sources(t) {
		if found := forbidden.FindAllString(body, -1); found != nil {
			t.Errorf("%s has %q", name, found)
		}
		if found := elsewhere.FindAllString(body, -1); found != nil {
			t.Errorf("%s loads from elsewhere: %q", name, found)
		}
	}
}

// TestEveryFileIsServed with its type and the policy, and found unchanged the
// second time.
func TestEveryFileIsServed(t *testing.T) {
	t.Parallel()
	kinds := map[string]string{
		".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	for name, body := range sources(t) {
		at := strings.TrimSuffix(inspector.At+name, "index.html")
		got := fetch(t, http.MethodGet, at)
		want := []string{body, kinds[path.Ext(name)], "nosniff", "no-referrer", "no-cache"}
		if diff := cmp.Diff(want, []string{got.Body, got.Header.Get("Content-Type"), got.Header.Get("X-Content-Type-Options"), got.Header.Get("Referrer-Policy"), got.Header.Get("Cache-Control")}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", at, diff)
		}
		for _, hole := range []string{"unsafe-inline", "unsafe-eval", "*", "http:", "https:"} {
			if policy := got.Header.Get("Content-Security-Policy"); policy == "" || strings.Contains(policy, hole) {
				t.Errorf("%s: the policy is %q", at, policy)
			}
		}
		again := fetch(t, http.MethodGet, at, "If-None-Match", got.Header.Get("Etag"))
		if diff := cmp.Diff([]any{304, ""}, []any{again.Status, again.Body}); diff != "" {
			t.Errorf("%s again (-want +got):\n%s", at, diff)
		}
	}
}

func TestPagesThatAreNot(t *testing.T) {
	t.Parallel()
	for request, want := range map[string]int{
		"GET /_sandbox/none.js": 404, "GET /_sandbox/api/viewer/none.js": 404, "GET /_sandbox/../inspector.go": 404, "GET /_sandbox/js": 404,
		"POST /_sandbox/": 405, "HEAD /_sandbox/": 200,
	} {
		method, at, _ := strings.Cut(request, " ")
		if got := fetch(t, method, at); got.Status != want || method == "HEAD" && got.Body != "" {
			t.Errorf("%s: %d %q, want %d", request, got.Status, got.Body, want)
		}
	}
}

// TestViewerIsServedAsItIsKept: the viewer is embedded compressed, and comes
// plain to whoever does not take that.
func TestViewerIsServedAsItIsKept(t *testing.T) {
	t.Parallel()
	const at = inspector.At + "api/viewer/swagger-ui.css"
	zipped := fetch(t, http.MethodGet, at, "Accept-Encoding", "gzip, br")
	plain := fetch(t, http.MethodGet, at)
	r, err := gzip.NewReader(strings.NewReader(zipped.Body))
	if err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if _, err := io.Copy(&whole, r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"gzip", "", "text/css; charset=utf-8"}, []string{zipped.Header.Get("Content-Encoding"), plain.Header.Get("Content-Encoding"), plain.Header.Get("Content-Type")}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if whole.String() != plain.Body || !strings.Contains(plain.Body, ".swagger-ui") {
		t.Errorf("plain %d bytes, unzipped %d", len(plain.Body), whole.Len())
	}
}
