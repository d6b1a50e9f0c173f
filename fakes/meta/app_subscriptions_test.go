package meta_test

import (
	"net/http"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

func TestAppSubscriptions(t *testing.T) {
	t.Parallel()
	const app = "670843887433847"
	w := newWAWorld(t, meta.Config{})
	path := "/v22.0/" + app + "/subscriptions"
	own := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+app+"|sandbox-app-secret") }
	list := func() any {
		return dig(decoded(t, w.must(w.request("GET", path, "", nil, own), 200, "").Body), "data")
	}
	subscription := func(object, callback string, fields ...string) map[string]any {
		all := []any{}
		for _, f := range fields {
			all = append(all, map[string]any{"name": f, "version": "v22.0"})
		}
		return map[string]any{"object": object, "callback_url": callback, "active": true, "fields": all}
	}
	diff(t, "at first", any([]any{}), list())
	w.must(w.call("POST", path, `{"object":"page","callback_url":"https://i.example/a","verify_token":"v","fields":["messages","feed"]}`), 200, "")
	w.must(w.request("POST", path+"?object=instagram&callback_url=https://i.example/b&verify_token=v&fields=messages,comments", "", nil, own), 200, "")
	page, ig := subscription("page", "https://i.example/a", "messages", "feed"), subscription("instagram", "https://i.example/b", "messages", "comments")
	diff(t, "two kinds", any([]any{page, ig}), list())
	w.must(w.call("POST", path, `{"object":"page","callback_url":"https://i.example/c","verify_token":"v","fields":"messages"}`), 200, "")
	diff(t, "the later one counts", any([]any{ig, subscription("page", "https://i.example/c", "messages")}), list())
	w.must(w.call("DELETE", path+"?object=instagram", ""), 200, "")
	diff(t, "one kind less", 1, len(list().([]any)))
	w.must(w.call("DELETE", path, ""), 200, "")
	diff(t, "none", any([]any{}), list())
}

func TestAppSubscriptionErrors(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	const path = "/v22.0/670843887433847/subscriptions"
	for _, c := range []struct{ name, path, body, code string }{
		{"no object", path, `{"callback_url":"https://i.example","verify_token":"v","fields":"messages"}`, "131008"},
		{"an object of no kind", path, `{"object":"planet","callback_url":"https://i.example","verify_token":"v","fields":"messages"}`, "100"},
		{"no address", path, `{"object":"page","verify_token":"v","fields":"messages"}`, "131008"},
		{"an address that is none", path, `{"object":"page","callback_url":"i.example","verify_token":"v","fields":"messages"}`, "131009"},
		{"no verify_token", path, `{"object":"page","callback_url":"https://i.example","fields":"messages"}`, "131008"},
		{"no fields", path, `{"object":"page","callback_url":"https://i.example","verify_token":"v"}`, "131008"},
		{"a number is no app", "/" + phone + "/subscriptions", `{}`, "100/33"},
		{"an account is no app", "/" + waba + "/subscriptions", `{}`, "100/33"},
		{"me is no app", "/me/subscriptions", `{}`, "100/33"},
	} {
		if r := w.call("POST", c.path, c.body); r.Status != 400 || r.code(t) != c.code {
			t.Errorf("%s: %d %q, want 400 %q: %s", c.name, r.Status, r.code(t), c.code, r.Body)
		}
	}
	for _, token := range []string{"670843887433847|wrong", "1|sandbox-app-secret"} {
		change := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
		w.must(w.request("GET", path, "", nil, change), 401, "190")
	}
	own := func(r *http.Request) { r.Header.Set("Authorization", "Bearer 670843887433847|sandbox-app-secret") }
	w.must(w.request("GET", "/v22.0/"+phone, "", nil, own), 401, "190") // an app's token speaks for the app alone
}
