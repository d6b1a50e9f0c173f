package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const payload = `{"messaging_product":"whatsapp", "to":"15014005001","type":"interactive","url":"https:\/\/api.encorekit.com/encore/click/t"}`

var (
	served = fmt.Sprintf(`{"success":true,"impressionId":"imp","offer":{},"message":{"platform":"whatsapp","payload":%s}}`, payload)
	noFill = `{"success":true,"impressionId":"imp","offer":null,"message":null}`
)

// outside plays Encore and Graph: every call becomes a line of calls.
type outside struct {
	calls   chan string
	answers []answer // of Encore's offers endpoint in turn; the last one stays
	refuse  bool     // Graph refuses offers
}

type answer struct {
	status int
	body   string
}

func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.Method + " " + r.URL.Path {
	case "POST /encore/publisher/sdk/v1/offers/message":
		o.calls <- "ask " + asked(r, body)
		a := o.answers[0]
		o.answers = o.answers[min(1, len(o.answers)-1):]
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
	case "POST /encore/publisher/sdk/v1/offers/impressions/imp/delivered":
		o.calls <- "delivered " + string(body)
		w.WriteHeader(http.StatusAccepted)
	case "POST /v22.0/106/messages":
		o.message(w, r, body)
	default:
		o.calls <- "stray " + r.Method + " " + r.URL.Path
	}
}

// asked names the message, and whatever is wrong with the call.
func asked(r *http.Request, body []byte) string {
	var f map[string]any
	if json.Unmarshal(body, &f) != nil || r.Header.Get("X-API-Key") != "pk_test_1" || r.Header.Get("Authorization") != "" {
		return "wrongly"
	}
	id := fmt.Sprint(f["inboundMessageId"])
	delete(f, "inboundMessageId")
	delete(f, "inboundTimestamp")
	want := map[string]any{
		"clientId": "client-42", "clientName": "Tony's Pizza", "messagingPlatform": "whatsapp",
		"recipient": "15014005001", "chatId": "106-15014005001",
	}
	return id + cmp.Diff(want, f)
}

func (o *outside) message(w http.ResponseWriter, r *http.Request, body []byte) {
	kind := "reply"
	if string(body) == payload {
		kind = "offer"
	} else if !bytes.Contains(body, []byte(`"body":"`+replyText+`"`)) {
		kind = "changed " + string(body)
	}
	if r.Header.Get("Authorization") != "Bearer EAA" {
		kind += " without token"
	}
	o.calls <- kind
	if o.refuse && kind == "offer" {
		http.Error(w, `{"error":{"code":131009}}`, http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, `{"messages":[{"id":"out-%s"}]}`, kind)
}

func start(t *testing.T, o *outside, change map[string]string) *app {
	t.Helper()
	o.calls = make(chan string, 100)
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	env := map[string]string{
		"ENCORE_BASE_URL": server.URL, "ENCORE_API_KEY": "pk_test_1", "GRAPH_BASE_URL": server.URL + "/", "GRAPH_ACCESS_TOKEN": "EAA",
		"META_APP_SECRET": "secret", "META_VERIFY_TOKEN": "verify", "WHATSAPP_PHONE_NUMBER_ID": "106",
		"OPERATOR_CLIENT_ID": "client-42", "OPERATOR_CLIENT_NAME": "Tony's Pizza",
	}
	for name, value := range change {
		env[name] = value
	}
	a, err := fromEnv(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The reference is a published one, so that signed is not tested against itself.
func TestSigned(t *testing.T) {
	t.Parallel()
	a := &app{appSecret: "key"}
	const known = "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
	if !a.signed([]byte("The quick brown fox jumps over the lazy dog"), known) {
		t.Error("the well-known HMAC of the fox was refused")
	}
	if a.signed([]byte("The quick brown fox jumps over the lazy cat"), known) || a.signed(nil, "") {
		t.Error("a signature over other bytes was accepted")
	}
}

func deliver(t *testing.T, a *app, events string) {
	t.Helper()
	body := `{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"106"},` + events + `}}]}]}`
	r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", sign(body))
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		t.Fatalf("the webhook was answered %d %s", rec.Code, rec.Body)
	}
}

func sign(body string) string {
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// until gives the calls up to the first that begins so. A message is done with
// its reply; what must lead to nothing is followed by a message that does.
func (o *outside) until(prefix string) []string {
	for got := []string{}; ; {
		call := <-o.calls
		if got = append(got, call); strings.HasPrefix(call, prefix) {
			return got
		}
	}
}

func text(id string, hour int) string {
	return fmt.Sprintf(`"messages":[{"from":"15014005001","id":%q,"type":"text","timestamp":"%d"}]`, id, 1_750_000_000+3600*hour)
}

func TestConversations(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		outside  outside
		env      map[string]string
		webhooks []string
		want     []string
	}{
		{"the first message gets the offer, then the reply", outside{answers: []answer{{200, served}}}, nil, []string{text("a", 0)}, []string{"ask a", "offer", "reply"}},
		{"mid-thread, then back after the gap", outside{answers: []answer{{200, served}}}, nil, []string{text("a", 0), text("b", 1), text("c", 25)},
			[]string{"ask a", "offer", "reply", "reply", "ask c", "offer", "reply"}},
		{"at the cap the reply comes alone", outside{answers: []answer{{200, served}}}, map[string]string{"OFFER_CAP": "1"}, []string{text("a", 0), text("b", 30)},
			[]string{"ask a", "offer", "reply", "reply"}},
		{"the gap is a setting", outside{answers: []answer{{200, noFill}}}, map[string]string{"IDLE_GAP": "1h"}, []string{text("a", 0), text("b", 1)},
			[]string{"ask a", "reply", "ask b", "reply"}},
		{"a refused offer does not count", outside{answers: []answer{{200, served}}, refuse: true}, map[string]string{"OFFER_CAP": "1"}, []string{text("a", 0), text("b", 30)},
			[]string{"ask a", "offer", "reply", "ask b", "offer", "reply"}},
		{"no fill is an answer", outside{answers: []answer{{200, noFill}}}, nil, []string{text("a", 0)}, []string{"ask a", "reply"}},
		{"503 is retried with the same id", outside{answers: []answer{{503, "busy"}, {200, served}}}, nil, []string{text("a", 0)}, []string{"ask a", "ask a", "offer", "reply"}},
		{"500 is not retried", outside{answers: []answer{{500, "oops"}}}, nil, []string{text("a", 0)}, []string{"ask a", "reply"}},
		{"400 is not retried", outside{answers: []answer{{400, "no"}}}, nil, []string{text("a", 0)}, []string{"ask a", "reply"}},
		{"garbled JSON costs the offer only", outside{answers: []answer{{200, `{"succ`}}}, nil, []string{text("a", 0)}, []string{"ask a", "reply"}},
		{"a redelivered webhook is ignored", outside{answers: []answer{{200, served}}}, nil, []string{text("a", 0), text("a", 0), text("b", 25)},
			[]string{"ask a", "offer", "reply", "ask b", "offer", "reply"}},
		{"a reaction is no message", outside{answers: []answer{{200, served}}}, nil, []string{strings.Replace(text("a", 0), "text", "reaction", 1), text("b", 1)},
			[]string{"ask b", "offer", "reply"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := start(t, &c.outside, c.env)
			for _, w := range c.webhooks {
				deliver(t, a, w)
			}
			var got []string
			for range strings.Count(strings.Join(c.want, "\n"), "reply") {
				got = append(got, c.outside.until("reply")...)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	o := &outside{answers: []answer{{200, served}}}
	a := start(t, o, nil)
	deliver(t, a, text("a", 0))
	o.until("reply")
	deliver(t, a, `"statuses":[{"id":"out-offer","status":"sent","timestamp":"1750000004"},{"id":"out-offer","status":"delivered","timestamp":"1750000005"}]`)
	want := []string{`delivered {"deliveredTimestamp":1750000005}`}
	if diff := cmp.Diff(want, o.until("")); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	a.confirm(event{ID: "out-offer", Timestamp: 1_750_000_009})
	a.confirm(event{ID: "out-reply", Timestamp: 1_750_000_009})
	if len(o.calls) > 0 {
		t.Errorf("confirmed what was confirmed, or was no offer: %s", <-o.calls)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	a := start(t, &outside{}, nil)
	cases := []struct {
		name, method, query, body, signature string
		status                               int
		answer                               string
	}{
		{"the challenge comes back bare", "GET", "?hub.mode=subscribe&hub.challenge=1158&hub.verify_token=verify", "", "", 200, "1158"},
		{"a wrong verify token", "GET", "?hub.mode=subscribe&hub.challenge=1158&hub.verify_token=guess", "", "", 403, "wrong verify token\n"},
		{"another mode", "GET", "?hub.challenge=1158&hub.verify_token=verify", "", "", 403, "wrong verify token\n"},
		{"no signature", "POST", "", "{}", "", 401, "wrong signature\n"},
		{"a signature over other bytes", "POST", "", "{}", sign("{} "), 401, "wrong signature\n"},
		{"signed, but no JSON", "POST", "", "hello", sign("hello"), 400, "not a notification\n"},
		{"nothing for us", "POST", "", "{}", sign("{}"), 200, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, "/webhook"+c.query, strings.NewReader(c.body))
			r.Header.Set("X-Hub-Signature-256", c.signature)
			rec := httptest.NewRecorder()
			a.ServeHTTP(rec, r)
			if rec.Code != c.status || rec.Body.String() != c.answer {
				t.Errorf("got %d %q, want %d %q", rec.Code, rec.Body, c.status, c.answer)
			}
		})
	}
}

func TestSettingsSayWhatToSet(t *testing.T) {
	t.Parallel()
	all := func(name string) string { return "x" }
	if _, err := fromEnv(all); err == nil || !strings.Contains(err.Error(), "OFFER_CAP") {
		t.Errorf("want an error that names OFFER_CAP, got %v", err)
	}
	if _, err := fromEnv(func(string) string { return "" }); err == nil || !strings.HasPrefix(err.Error(), "set the environment variable ") {
		t.Errorf("want an error that names a variable, got %v", err)
	}
}
