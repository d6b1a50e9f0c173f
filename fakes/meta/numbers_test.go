package meta_test

import (
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	node := map[string]any{
		"id": phone, "display_phone_number": "+15550783881", "verified_name": "Tony's Pizza", "quality_rating": "GREEN",
		"throughput": map[string]any{"level": "STANDARD"},
	}
	diff(t, "a number", any(node), decoded(t, w.must(w.call("GET", "/v23.0/"+phone, ""), 200, "").Body))
	r := w.must(w.call("GET", "/"+phone+"?fields=status,throughput%7Blevel%7D", ""), 200, "")
	diff(t, "fields", any(map[string]any{"id": phone, "status": "CONNECTED", "throughput": map[string]any{"level": "STANDARD"}}), decoded(t, r.Body))
	r = w.must(w.call("GET", "/"+phone+"?fields=health_status%7Bcan_send_message,entities%7D,status", ""), 200, "")
	diff(t, "a comma in braces", any("AVAILABLE"), dig(decoded(t, r.Body), "health_status", "can_send_message"))
	w.must(w.call("GET", "/"+phone+"?fields=colour", ""), 400, "100")
	w.must(w.call("GET", "/999", ""), 400, "100/33")
	list := w.must(w.call("GET", "/"+waba+"/phone_numbers", ""), 200, "")
	diff(t, "numbers", any(node), dig(decoded(t, list.Body), "data", 0))
	list = w.must(w.call("GET", "/"+waba+"/phone_numbers?fields=status", ""), 200, "")
	diff(t, "their status", any(map[string]any{"id": phone, "status": "CONNECTED"}), dig(decoded(t, list.Body), "data", 0))
	w.must(w.call("GET", "/"+phone+"/phone_numbers", ""), 400, "100/33")
	account := w.must(w.call("GET", "/"+waba+"?fields=name", ""), 200, "")
	diff(t, "account", any(map[string]any{"id": waba, "name": "Tony's Pizza"}), decoded(t, account.Body))
	w.must(w.call("GET", "/"+waba, ""), 200, "")
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	steps := []struct {
		name, path, body string
		status           int
		code             string
	}{
		{"a PIN has six digits", "register", `{"messaging_product":"whatsapp","pin":"12345"}`, 400, "100"},
		{"the product is required", "register", `{"pin":"123456"}`, 400, "131008"},
		{"registered", "register", `{"messaging_product":"whatsapp","pin":"123456"}`, 200, ""},
		{"another PIN", "register", `{"messaging_product":"whatsapp","pin":"654321"}`, 400, "133005"},
		{"the same PIN", "register", `{"messaging_product":"whatsapp","pin":"123456"}`, 200, ""},
		{"deregistered", "deregister", "", 200, ""},
		{"deregistered twice", "deregister", "", 400, "133010"},
		{"a code that nobody asked for", "verify_code", `{"code":"123456"}`, 400, "133006"},
		{"another way than two", "request_code", `{"code_method":"MAIL","language":"en_US"}`, 400, "100"},
		{"no language", "request_code", `{"code_method":"SMS"}`, 400, "131008"},
		{"a code", "request_code", `{"code_method":"SMS","language":"en_US"}`, 200, ""},
		{"a wrong code", "verify_code", `{"code":"000000"}`, 400, "100"},
		{"the code, in the query", "verify_code?code=" + meta.VerificationCode, "", 200, ""},
		{"a code works once", "verify_code", `{"code":"123456"}`, 400, "133006"},
	}
	w := newWAWorld(t, meta.Config{})
	for _, s := range steps {
		r := w.call("POST", "/v23.0/"+phone+"/"+s.path, s.body)
		if r.Status != s.status || r.code(t) != s.code {
			t.Errorf("%s: %d %q, want %d %q: %s", s.name, r.Status, r.code(t), s.status, s.code, r.Body)
		}
		w.must(w.call("POST", "/999/"+s.path, s.body), 400, "100/33")
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	path := "/" + phone + "/whatsapp_business_profile"
	set := func(members string) reply {
		return w.call("POST", path, `{"messaging_product":"whatsapp",`+members+`}`)
	}
	w.must(set(`"about":"`+strings.Repeat("x", 139)+`"`), 200, "")
	w.must(set(`"about":"`+strings.Repeat("x", 140)+`"`), 400, "100")
	w.must(set(`"about":"Open","email":"a@b.example"`), 200, "")
	w.must(set(`"websites":["https://a.example","https://b.example"]`), 200, "")
	w.must(set(`"websites":["https://a.example","https://b.example","https://c.example"]`), 400, "100")
	w.must(w.call("POST", path, `{"about":"Open"}`), 400, "131008")
	got := w.must(w.call("GET", path+"?fields=about,email,websites", ""), 200, "")
	diff(t, "profile", any(map[string]any{
		"messaging_product": "whatsapp", "about": "Open", "email": "a@b.example", "websites": []any{"https://a.example", "https://b.example"},
	}), dig(decoded(t, got.Body), "data", 0))
	w.must(w.call("GET", path, ""), 200, "")
	w.must(w.call("GET", path+"?fields=colour", ""), 400, "100")
}

func TestAccountSubscriptions(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	path := "/" + waba + "/subscribed_apps"
	apps := func() []any {
		data, _ := dig(decoded(t, w.must(w.call("GET", path, ""), 200, "").Body), "data").([]any)
		return data
	}
	if len(apps()) != 1 {
		t.Error("the app is not subscribed from the start")
	}
	w.must(w.call("DELETE", path, ""), 200, "")
	if len(apps()) != 0 {
		t.Error("the app is still subscribed")
	}
	w.must(w.call("POST", path, `{"override_callback_uri":"https://i.example/hook","verify_token":"v"}`), 200, "")
	diff(t, "callback", any("https://i.example/hook"), dig(apps()[0], "override_callback_uri"))
	w.must(w.call("POST", path, `{"override_callback_uri":"https://i.example/hook"}`), 400, "131008")
	w.must(w.call("POST", path, `{"override_callback_uri":"hook","verify_token":"v"}`), 400, "131009")
	w.must(w.call("POST", path, ""), 200, "")
}
