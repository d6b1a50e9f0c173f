package sim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
)

// rival is a second vendor with the same paths, on a host of its own. It comes
// after the toy vendor, so only its host reaches what both have.
func rival() *sim.Fake {
	f := newToy()
	f.Name, f.Hosts, f.Owns, f.Channels = "rival", []string{"api.rival.example"}, nil, nil
	f.Prefix = ""
	return f
}

func twoVendors(c *sim.Config) { c.Fakes = append(c.Fakes, rival()) }

func TestRouting(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, reason string
		method, url  string
		want         string // "fake.operation status", the operation empty where there is none
	}{
		{"vendor's host", "integrators keep the vendor's URL", "GET", "http://api.toy.example/ping", "toy.ping 200"},
		{"vendor's host in capitals", "host names have no case", "GET", "http://API.Toy.Example/ping", "toy.ping 200"},
		{"vendor's host with a port", "the port is the sandbox's", "GET", "http://api.toy.example:8080/ping", "toy.ping 200"},
		{"another vendor's host", "the host decides before the path", "GET", "http://api.rival.example/ping", "rival.ping 200"},
		{"native path", "without DNS tricks the path alone must do", "GET", "http://127.0.0.1:8080/ping", "toy.ping 200"},
		{"native path with an unknown host", "any name of the sandbox will do", "GET", "http://sandbox.internal/ping", "toy.ping 200"},
		{"base path of a server", "the document's servers are prefixes too", "GET", "/shop/ping", "toy.ping 200"},
		{"prefix", "versions are stripped", "GET", "/v21/ping", "toy.ping 200"},
		{"prefix before a base path", "the prefix stands first", "GET", "/v21/shop/ping", "toy.ping 200"},
		{"prefix of another vendor", "a prefix belongs to one vendor", "GET", "http://api.rival.example/v21/ping", "rival. 404"},
		{"parameter", "ids are any text", "GET", "/orders/ord_none", "toy.getOrder 404"},
		{"exact before parameter", "orders/latest is no id", "GET", "/orders/latest", "toy.latestOrder 404"},
		{"exact before parameter behind a prefix", "a version changes nothing", "GET", "/v21/orders/latest", "toy.latestOrder 404"},
		{"exact before parameter behind a base path", "nor does a base path", "GET", "/shop/orders/latest", "toy.latestOrder 404"},
		{"pattern of a narrowed parameter", "x-sandbox-route keeps paths of vendors apart", "GET", "/12/toys", "toy.listToys 200"},
		{"alternative of that pattern", "groups in the pattern do no harm", "GET", "/top/toys", "toy.listToys 200"},
		{"not that pattern", "the path is nobody's then", "GET", "/attic/toys", ". 404"},
		{"method not allowed", "the path is right, the verb is not", "PATCH", "/orders", "toy. 405"},
		{"method not allowed behind a prefix", "the same behind a version", "DELETE", "/v21/orders/7", "toy. 405"},
		{"stray path of an owner", "a typing error gets the vendor's envelope", "GET", "/orders/7/refund", "toy. 404"},
		{"stray path on a vendor's host", "and so it does there", "GET", "http://api.rival.example/nothing", "rival. 404"},
		{"stray path of nobody", "the sandbox itself says what it plays", "GET", "/nothing", ". 404"},
		{"trailing slash", "vendors do not guess either", "GET", "/ping/", ". 404"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, twoVendors)
			got := w.call(c.method, c.url, "")
			x := w.last()
			if diff := cmp.Diff(c.want, x.Fake+"."+x.Operation+" "+itoa(got.Status)); diff != "" || got.Err != nil {
				t.Errorf("%s %s, because %s; error %v (-want +got):\n%s", c.method, c.url, c.reason, got.Err, diff)
			}
		})
	}
}

// The sandbox's own paths come first, except on a vendor's host, where they
// are the vendor's.
func TestOwnPathsComeFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/", "/healthz", "/readyz", "/_sandbox/v1/health", "/_sandbox"} {
		own, vendor := w.call("GET", path, ""), w.call("GET", "http://api.toy.example"+path, "")
		w.diff("the vendor's answer on "+path, 404, vendor.Status)
		w.diff("its envelope on "+path, true, strings.Contains(vendor.Body, "toyError"))
		w.diff("the own answer on "+path+" is journalled", "", own.Header.Get(sim.HeaderExchange))
	}
	w.diff("own health", 200, w.call("GET", "/healthz", "").Status)
	w.diff("exchanges", 5, len(w.journal()))
}

func TestAllowSaysWhatWouldDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for path, want := range map[string]string{
		"/orders": "GET, POST", "/v1/shop/orders": "GET, POST", "/orders/7": "GET", "/orders/latest": "GET", "/ping": "GET", "/top/toys": "GET",
	} {
		got := w.call("DELETE", path, "")
		w.diff("DELETE "+path, 405, got.Status)
		w.diff("Allow of "+path, want, got.Header.Get("Allow"))
		w.diff("envelope of "+path, "method not allowed", got.json(t)["toyError"].(map[string]any)["kind"])
	}
}

// What a parameter holds reaches the handler as the client meant it.
func TestPathParametersAreUnescaped(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/orders/a%2Fb%20c", "/v21/orders/a%2Fb%20c"} {
		seen := make(chan map[string]string, 1)
		w := newWorld(t, func(c *sim.Config) {
			op := c.Fakes[0].Operations["getOrder"]
			op.Describe = func(c *sim.Call) sim.Description {
				seen <- c.Params
				return sim.Description{}
			}
			c.Fakes[0].Operations["getOrder"] = op
		})
		w.diff("status of "+path, 404, w.call("GET", path, "").Status)
		w.diff("parameters of "+path, map[string]string{"id": "a/b c"}, receive(w, seen, "the description"))
	}
}

func TestStrayCallsAreNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.call("GET", "http://elsewhere.example/nothing", "")
	w.diff("the answer names what is played", true, strings.Contains(got.Body, "the sandbox plays toy"))
	w.diff("notes", []sim.Note{stray{"elsewhere.example", "/nothing", "GET", "no operation"}}, w.last().Notes)
	w.call("GET", "/orders/7/refund", "")
	w.diff("notes on an owned path", []sim.Note{stray{"127.0.0.1:8080", "/orders/7/refund", "GET", "no operation"}}, w.last().Notes)
	w.call("DELETE", "/ping", "")
	w.diff("notes on a wrong method", []sim.Note{stray{"127.0.0.1:8080", "/ping", "DELETE", "method not allowed"}}, w.last().Notes)
}

// A fake whose document and handlers differ is found when the sandbox starts.
func TestNewRefusesHalfAFake(t *testing.T) {
	t.Parallel()
	change := map[string]func(*sim.Fake){
		"operation ping has no handler": func(f *sim.Fake) { delete(f.Operations, "ping") },
		"handler pong has no operation": func(f *sim.Fake) { f.Operations["pong"] = sim.Operation{Handle: empty} },
		"fake toy":                      func(f *sim.Fake) { f.Document = []byte("no: openapi: here") },
		"operationId is missing": func(f *sim.Fake) {
			f.Document = []byte(strings.Replace(string(toyDocument), "operationId: ping", "x-none: 1", 1))
		},
		"status \"default\" is not a number": func(f *sim.Fake) {
			f.Document = []byte(strings.Replace(string(toyDocument), `{"200": {description: Nothing`, `{default: {description: Nothing`, 1))
		},
	}
	for want, edit := range change {
		f := newToy()
		edit(f)
		_, err := sim.New(sim.Config{Fakes: []*sim.Fake{f}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want an error with %q", err, want)
		}
	}
}

// The zero configuration is a sandbox too: no fake, no vocabulary, wall time.
func TestZeroConfigurationWorks(t *testing.T) {
	t.Parallel()
	sb, err := sim.New(sim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	w := &world{T: t, sb: sb, ws: sb.Default()}
	w.diff("stray call", http.StatusNotFound, w.call("GET", "/nothing", "").Status)
	w.diff("exchanges", 1, len(w.journal()))
}
