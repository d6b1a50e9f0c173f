package meta_test

import (
	"net/http"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// Graph has one path for objects of every kind, so that any of them can be
// called in a way that only another kind knows. Whatever it is, the answer is
// never our own failure: real clients set a two-step PIN on a number, for one.
func TestObjectsOfTheWrongKind(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	objects := []struct{ name, id string }{
		{"a business number", phone},
		{"an account", waba},
		{"a number that nobody has", "999999"},
		{"a media id that nobody uploaded", "1003320037047254"},
		{"a template id that nobody made", "1192339204654487"},
		{"the token's own page", "me"},
	}
	edges := []string{
		"", "/messages", "/media", "/register", "/deregister", "/request_code", "/verify_code", "/whatsapp_business_profile",
		"/phone_numbers", "/subscribed_apps", "/subscriptions", "/block_users", "/marketing_messages", "/message_templates", "/conversations", "/message_attachments", "/messenger_profile",
	}
	for _, o := range objects {
		for _, edge := range edges {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
				doc := ""
				if method == http.MethodPost {
					doc = `{"pin":"123456"}`
				}
				r := w.call(method, "/v23.0/"+o.id+edge, doc)
				if r.Status >= 500 || r.Status >= 400 && r.code(t) == "" {
					t.Errorf("%s: %s %s%s answered %d %s", o.name, method, o.id, edge, r.Status, r.Body)
				}
			}
		}
	}
	w.must(w.call("POST", "/v23.0/"+waba, `{"pin":"123456"}`), 400, "100/33")
	w.must(w.call("POST", "/v23.0/999999", `{}`), 400, "100/33")
}
