package scenarios_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
)

// objects are what the paths of Graph speak of, where an operation shares its
// path with operations on objects of another kind: by the mark that tells the
// paths apart in the document, or by operation.
var objects = map[string]string{
	"media":     "1003383421387256",
	"account":   "102290129340398",
	"template":  "1192338742125674",
	"page":      "104895545712345",
	"instagram": "17841405793187218",
	"profile":   "2401234567890123",

	"listSubscribedApps": "102290129340398",
	"subscribeApp":       "102290129340398",
	"unsubscribeApp":     "102290129340398",
}

// documentedCall is a call as the document of a fake describes it.
type documentedCall struct {
	fake, operation, method, host, path string
}

// documentedCalls lists the operations of a fake, each under every server of
// its document.
func documentedCalls(t *testing.T, f *sim.Fake) (calls []documentedCall) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(f.Document)
	if err != nil {
		t.Fatal(err)
	}
	for _, template := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(template)
		servers := doc.Servers
		if len(item.Servers) > 0 {
			servers = item.Servers
		}
		for method, op := range item.Operations() {
			path := filled(t, template, op.OperationID, slices.Concat(item.Parameters, op.Parameters))
			for _, server := range servers {
				at, err := url.Parse(server.URL)
				if err != nil {
					t.Fatal(err)
				}
				calls = append(calls, documentedCall{f.Name, op.OperationID, method, at.Host, at.Path + path})
			}
		}
	}
	return calls
}

// filled is a path with the documented examples in the place of its parameters.
func filled(t *testing.T, template, operation string, parameters openapi3.Parameters) string {
	t.Helper()
	path, mark, _ := strings.Cut(template, "#")
	for _, p := range parameters {
		if p.Value.In != "path" {
			continue
		}
		value := fmt.Sprint(p.Value.Example)
		if p.Value.Name == "object" {
			value = cmp.Or(objects[operation], objects[mark], value)
		}
		if p.Value.Example == nil {
			t.Errorf("%s: the path parameter %s has no example in the document", operation, p.Value.Name)
		}
		path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", url.PathEscape(value))
	}
	return path
}

// TestEveryDocumentedPathFindsItsOperation sends every documented call under a
// host that tells nothing, where fakes must not take each other's paths, and
// under its vendor's own.
func TestEveryDocumentedPathFindsItsOperation(t *testing.T) {
	t.Parallel()
	all, err := fakes.All(fakes.Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	sb := newSandbox(t, scenarios.Options{Seed: 1})
	for _, f := range all {
		for _, c := range documentedCalls(t, f) {
			if !slices.Contains(f.Hosts, c.host) {
				t.Errorf("%s: the document has the server %s, which the fake does not play", f.Name, c.host)
			}
			for _, host := range []string{"127.0.0.1:8080", c.host} {
				if own(c, host) {
					want := c
					want.host = host
					if diff := gocmp.Diff(want, arrived(t, sb, want), gocmp.AllowUnexported(documentedCall{})); diff != "" {
						t.Errorf("%s %s%s (-want +got):\n%s", c.method, host, c.path, diff)
					}
				}
			}
		}
	}
}

// own tells the hosts that have an operation. Both of Graph's are in one
// document, but a page is no object of graph.instagram.com (Instagram Platform,
// Instagram API with Instagram Login).
func own(c documentedCall, host string) bool {
	return host != "graph.instagram.com" || !strings.HasPrefix(c.operation, "page")
}

// arrived sends a call and gives back what the journal says of it.
func arrived(t *testing.T, sb *scenarios.Sandbox, c documentedCall) documentedCall {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+c.host+c.path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := sim.Transport{Handler: sb}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	entries, err := sb.Default().Journal(t.Context(), 0, 0)
	if err != nil || len(entries) == 0 {
		t.Fatalf("the journal has nothing of %s %s: %v", c.method, c.path, err)
	}
	last := entries[len(entries)-1]
	at, _, _ := strings.Cut(last.Request.URL, "?")
	// Under a vendor's own name the journal keeps that name too.
	return documentedCall{last.Fake, last.Operation, last.Request.Method, c.host, strings.TrimPrefix(at, "http://"+c.host)}
}

// A base URL that says too little or too much is what most first calls get wrong:
// the answer says where the operation is.
func TestStrangersAreShownTheWay(t *testing.T) {
	t.Parallel()
	sb, err := scenarios.New(scenarios.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	for _, tc := range []struct{ name, method, path, meant string }{
		{"no prefix", "POST", "/offers/message", "/encore/publisher/sdk/v1/offers/message"},
		{"half a prefix", "POST", "/sdk/v1/offers/message", "/encore/publisher/sdk/v1/offers/message"},
		{"more than the prefix", "POST", "/api/encore/publisher/sdk/v1/offers/message", "/encore/publisher/sdk/v1/offers/message"},
		{"a segment of its own", "POST", "/offers/impressions/abc/delivered", "/encore/publisher/sdk/v1/offers/impressions/{impression_uid}/delivered"},
		{"one word is too little", "POST", "/message", ""},
		{"another method", "DELETE", "/offers/message", ""},
		{"nothing like it", "POST", "/orders/new", ""},
	} {
		status, data := send(t, sb, tc.method, tc.path, "{}")
		want := "; the sandbox plays"
		if tc.meant != "" {
			want = "; did you mean " + tc.meant + "? If not: the sandbox plays"
		}
		if status != http.StatusNotFound || !strings.Contains(string(data), "no fake takes "+tc.method+" "+tc.path+want) {
			t.Errorf("%s: %d %s, want %q", tc.name, status, data, want)
		}
	}
}
