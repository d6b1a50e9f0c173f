package meta_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// TestUnknownPaths: a path that is meant for Graph gets Graph's words, with
// Graph's host and without. "own" is an answer of the sandbox itself.
func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	const object = "/" + phone
	cases := []struct{ name, reason, method, path, want string }{
		{"version without a point", "a typing error that SDKs of other companies make", "GET", "/v23/me", "2500 /me"},
		{"version without a point, one digit", "an object follows", "POST", "/v3" + object + "/messages", "2500 " + object + "/messages"},
		{"version alone", "nothing is asked for", "GET", "/v23.0", "2500 /"},
		{"unknown version", "Graph takes it for an object", "GET", "/v99.0/me", "2500 /me"},
		{"version beyond the newest", "not yet", "POST", "/v31.0" + object + "/messages", "2500 " + object + "/messages"},
		{"version with a minor that never was", "as v2.80", "GET", "/v2.80/me", "2500 /me"},
		{"version nought", "there was none", "GET", "/v0.1/me", "2500 /me"},
		{"unknown edge behind a version", "what follows the object is named", "GET", "/v23.0" + object + "/unknown-edge", "2500 /unknown-edge"},
		{"unknown edge without a version", "the object says whose it is", "POST", object + "/unknown-edge", "2500 /unknown-edge"},
		{"unknown edge of me", "me is Graph's", "GET", "/me/unknown-edge", "2500 /unknown-edge"},
		{"an edge of an edge", "all of it is named", "GET", "/me/a/b", "2500 /a/b"},
		{"unknown object behind a version", "it is no id", "GET", "/v23.0/unknown-edge", "2500 /unknown-edge"},
		{"method that the edge does not take", "the object does not support it", "PUT", object + "/messages", "100/33 Unsupported put request. Object with ID '" + phone + "'"},
		{"and of me", "the same", "DELETE", "/v23.0/me/messages", "100/33 Unsupported delete request. Object with ID 'me'"},
		{"a path of nobody", "the sandbox says what it plays", "GET", "/unknown-edge", "own"},
		{"a short version of another vendor", "v1 is not Graph's alone", "POST", "/v1/messages", "own"},
	}
	w := newWAWorld(t, meta.Config{})
	for _, c := range cases {
		for _, base := range []string{origin, "http://graph.facebook.com"} {
			got := w.call(c.method, base+c.path, "{}")
			if c.want == "own" {
				if graph := base != origin; graph != (got.code(t) == "2500") {
					t.Errorf("%s: %s %s%s is answered %s", c.name, c.method, base, c.path, got.Body)
				}
				continue
			}
			code, message, _ := strings.Cut(c.want, " ")
			if code == "2500" {
				message = "Unknown path components: " + message
			}
			said := fmt.Sprint(dig(decoded(t, got.Body), "error", "message"))
			if got.Status != 400 || got.code(t) != code || !strings.HasPrefix(said, message) || code == "2500" && said != message {
				t.Errorf("%s: %s %s%s, because %s: want 400 %s, got %d %s", c.name, c.method, base, c.path, c.reason, c.want, got.Status, got.Body)
			}
		}
	}
}

// TestVersions: every version that Graph has had is taken, and told back.
func TestVersions(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{Newest: 26})
	for _, version := range []string{"v1.0", "v2.0", "v2.12", "v3.3", "v4.0", "v17.0", "v23.0", "v26.0"} {
		got := w.must(w.call("GET", "/"+version+"/"+phone, ""), 200, "")
		diff(t, "version in the answer", version, got.Header.Get("Facebook-Api-Version"))
	}
	for _, version := range []string{"v1.1", "v2.13", "v3.4", "v4.1", "v26.1", "v27.0", "v99.0", "v0.0", "v99999999999999999999.0"} {
		got := w.must(w.call("GET", "/"+version+"/"+phone, ""), 400, "2500")
		if !strings.Contains(string(got.Body), "whatsapp.newestVersion") {
			t.Errorf("%s: the answer does not say what to do: %s", version, got.Body)
		}
	}
	w.must(w.request("GET", "/v27.0/"+phone, "", nil, bare), 400, "2500") // the path comes before the token
}

// TestBodyAtItsLimit holds the size of a body below, at and above its edge, on
// both products.
func TestBodyAtItsLimit(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	for size, code := range map[int]string{1<<20 - 1: "", 1 << 20: "", 1<<20 + 1: "100"} {
		if got := w.post(textBody + strings.Repeat(" ", size-len(textBody))).code(t); got != code {
			t.Errorf("a body of %d bytes: %q, want %q", size, got, code)
		}
	}
	social := newSocial(t, nil)
	social.says("messenger", psid, "Hi")
	body := text(psid, "Hi")
	social.diff("at the limit", 200, social.call("POST", "/me/messages", body+strings.Repeat(" ", 1<<20-len(body))).Status)
	social.refused(social.call("POST", "/me/messages", body+strings.Repeat(" ", 1<<20-len(body)+1)), 400, 100, 2018109)
}

// TestEnvelopeOfUnknownPaths: the object says whose words are used. Messenger and
// Instagram explain in error_user_msg, WhatsApp in error_data.
func TestEnvelopeOfUnknownPaths(t *testing.T) {
	t.Parallel()
	w := newSocial(t, nil)
	for path, member := range map[string]string{
		"/me/thread_settings": "error_user_msg", "/v23.0/" + tonysPage + "/nothing": "error_user_msg", "/" + tonysIG + "/nothing": "error_user_msg",
		"/" + phone + "/nothing": "error_data", "/v23.0/nothing": "error_data",
	} {
		r := w.call("POST", path, "{}")
		if !strings.Contains(r.Text, `"`+member+`"`) {
			t.Errorf("%s: %s has no %s", path, r.Text, member)
		}
	}
}

// bare takes the token off a call.
func bare(r *http.Request) { r.Header.Del("Authorization") }
