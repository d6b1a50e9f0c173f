package meta_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	arrived := []string{"sent", "delivered", "read"}
	template := ltoBody(t)
	cases := []struct {
		name   string
		config meta.Config
		wrote  bool
		wait   time.Duration
		body   string
		code   string // of a synchronous refusal
		want   []string
	}{
		{"a text within the window", meta.Config{}, true, 24*time.Hour - time.Second, textBody, "", arrived},
		{"a text as the window closes", meta.Config{}, true, 24 * time.Hour, textBody, "", []string{"failed 131047"}},
		{"nobody wrote", meta.Config{}, false, 0, textBody, "", []string{"failed 131047"}},
		{"a template needs no window", meta.Config{}, true, 48 * time.Hour, template, "", arrived},
		{"told at once when configured", meta.Config{Failures: meta.FailSync}, true, 25 * time.Hour, textBody, "131047", nil},
		{"no window when configured", meta.Config{NoWindow: true}, true, 25 * time.Hour, textBody, "", arrived},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWAWorld(t, c.config)
			if c.wrote {
				w.write(sim.CustomerMessage{Text: "Hi"})
				w.after(thread, c.wait)
			}
			if c.code != "" {
				w.must(w.post(c.body), 400, c.code)
				return
			}
			w.must(w.post(c.body), 200, "")
			diff(t, "statuses", c.want, statuses(w.after(thread, time.Second)))
		})
	}
}

func TestOptedOut(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	w.write(sim.CustomerMessage{Extra: sim.Extra{Kind: "opt_out"}})
	hooks := w.after(thread, time.Second)
	diff(t, "field", "user_preferences", hooks[0]["field"])
	diff(t, "value", "stop", dig(hooks[0], "value", "user_preferences", 0, "value"))
	w.must(w.post(ltoBody(t)), 200, "")
	diff(t, "a marketing template", []string{"failed 131050"}, statuses(w.after(thread, time.Second)))
	w.write(sim.CustomerMessage{Extra: sim.Extra{Kind: "opt_in"}})
	w.after(thread, time.Second)
	w.must(w.post(ltoBody(t)), 200, "")
	diff(t, "after resuming", []string{"sent", "delivered", "read"}, statuses(w.after(thread, time.Second)))
	// A preference is no message: it opens no window.
	w.must(w.post(textBody), 200, "")
	diff(t, "a text", []string{"failed 131047"}, statuses(w.after(thread, time.Second)))
}

func TestRates(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		rates meta.Rates
		burst int // sends that pass at once
		code  string
		wait  time.Duration // until one more passes
		in    string        // the thread whose time counts, "" the workspace's
	}{
		{"throughput of a number", meta.Rates{PerSecond: 80}, 80, "130429", time.Second / 80, ""},
		{"a pair", meta.Rates{PairEvery: 6 * time.Second, PairBurst: 45}, 45, "131056", 6 * time.Second, thread},
		{"calls for an account", meta.Rates{CallsPerHour: 10}, 10, "80007", 6 * time.Minute, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWAWorld(t, meta.Config{Rates: c.rates})
			for range c.burst {
				w.must(w.post(textBody), 200, "")
			}
			w.must(w.post(textBody), 400, c.code)
			w.after(c.in, c.wait-time.Millisecond)
			w.must(w.post(textBody), 400, c.code)
			w.after(c.in, time.Millisecond)
			w.must(w.post(textBody), 200, "")
		})
	}
	w := newWAWorld(t, meta.Config{})
	for range 100 {
		w.must(w.post(textBody), 200, "") // limits are off unless configured
	}
	diff(t, "the documented limits", meta.Rates{PerSecond: 80, PairEvery: 6 * time.Second, PairBurst: 45, PagePerSecond: 300, PageMediaPerSecond: 10, ConversationsPerSecond: 2, PrivateRepliesPerHour: 750}, meta.DocumentedRates())
}

func TestTokens(t *testing.T) {
	t.Parallel()
	m := hmac.New(sha256.New, []byte("sandbox-app-secret"))
	m.Write([]byte("EAAx"))
	proof := hex.EncodeToString(m.Sum(nil))
	cases := []struct {
		name, query, token string
		status             int
		code               string
	}{
		{"a token", "", "EAAx", 200, ""},
		{"a token of Instagram", "", "IGAx", 200, ""},
		{"in the query", "?access_token=EAAx", "", 200, ""},
		{"none", "", "", 401, "104"},
		{"no token of Meta's", "", "xyz", 401, "190"},
		{"three letters are no token", "", "EAA", 401, "190"},
		{"expired", "", "EAAexpired", 401, "190/463"},
		{"revoked", "", "EAA-revoked-1", 401, "190/460"},
		{"invalidated", "", "EAAinvalidated", 401, "190/467"},
		{"the app was removed", "", "EAAuninstalled", 401, "190/458"},
		{"the right proof", "?appsecret_proof=" + proof, "EAAx", 200, ""},
		{"another proof", "?appsecret_proof=" + proof, "EAAy", 400, "100"},
	}
	w := newWAWorld(t, meta.Config{})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := w.request("GET", "/"+phone+c.query, "", nil, func(r *http.Request) {
				r.Header.Del("Authorization")
				if c.token != "" {
					r.Header.Set("Authorization", "Bearer "+c.token)
				}
			})
			if r.Status != c.status || r.code(t) != c.code {
				t.Errorf("%d %q, want %d %q: %s", r.Status, r.code(t), c.status, c.code, r.Body)
			}
		})
	}
	bad := w.request("GET", "/"+phone+"?appsecret_proof=00", "", nil, nil)
	if !strings.Contains(string(bad.Body), "Invalid appsecret_proof provided in the API argument") {
		t.Errorf("the text of a wrong proof: %s", bad.Body)
	}
}

func TestHeadersOfSend(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{Rates: meta.Rates{CallsPerHour: 4}})
	r := w.must(w.call("POST", "/v17.0/"+phone+"/messages", textBody), 200, "")
	for name, want := range map[string]string{
		"Facebook-Api-Version":        "v17.0",
		"X-App-Usage":                 `{"call_count":1,"total_cputime":1,"total_time":1}`,
		"X-Business-Use-Case-Usage":   `{"102290129340398":[{"type":"whatsapp","call_count":25,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":0}]}`,
		"Access-Control-Allow-Origin": "*",
	} {
		diff(t, name, want, r.Header.Get(name))
	}
	if v := w.call("POST", "/"+phone+"/messages", textBody).Header.Get("Facebook-Api-Version"); v != "" {
		t.Errorf("a call without a version is answered with version %q", v)
	}
}

func TestSendIsBarred(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	w.must(w.call("POST", "/106540352242999/messages", textBody), 400, "100/33")
	w.must(w.post(strings.Replace(textBody, customer, "15550783881", 1)), 400, "131021")
	w.must(w.call("POST", "/"+phone+"/deregister", ""), 200, "")
	w.must(w.post(textBody), 400, "133010")
	w.must(w.call("POST", "/"+phone+"/register", `{"messaging_product":"whatsapp","pin":"123456"}`), 200, "")
	w.must(w.post(textBody), 200, "")
	w.must(w.post(readBody), 200, "")
}

func TestUserIDs(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{BSUID: true})
	w.write(sim.CustomerMessage{Text: "Hi", Extra: sim.Extra{Username: "lucia"}})
	hook := w.after(thread, time.Second)[0]
	id, _ := dig(hook, "value", "contacts", 0, "user_id").(string)
	diff(t, "the id of the message", any(id), dig(hook, "value", "messages", 0, "from_user_id"))
	diff(t, "the number is hidden", []any{nil, nil}, []any{dig(hook, "value", "contacts", 0, "wa_id"), dig(hook, "value", "messages", 0, "from")})
	diff(t, "the user name", any("lucia"), dig(hook, "value", "contacts", 0, "profile", "username"))
	byID := `{"messaging_product":"whatsapp","recipient":"` + id + `","text":{"body":"Hello"}}`
	r := w.must(w.post(byID), 200, "")
	diff(t, "the answer's user", any(id), dig(decoded(t, r.Body), "contacts", 0, "user_id"))
	hooks := w.after(thread, time.Second)
	diff(t, "statuses", []string{"sent", "delivered", "read"}, statuses(hooks))
	diff(t, "the status's user", any(id), dig(hooks[0], "value", "statuses", 0, "recipient_user_id"))
	w.must(w.post(strings.Replace(byID, id, "US.99999208655302741918", 1)), 400, "131009")
	w.must(w.post(strings.Replace(byID, `"recipient"`, `"to":"15014005001","recipient"`, 1)), 200, "")
}
