package integrator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
)

func TestHandshake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	cases := []struct {
		name, method, query string
		status              int
		body                string
	}{
		{"the challenge comes back bare", "GET", "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=" + verify, 200, "1158201444"},
		{"a wrong token is refused", "GET", "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=guess", 403, ""},
		{"another mode is refused", "GET", "?hub.challenge=1&hub.verify_token=" + verify, 403, ""},
		{"other methods are no webhook", "PUT", "", 405, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rec := httptest.NewRecorder()
			w.in.ServeHTTP(rec, httptest.NewRequest(c.method, "/webhook"+c.query, nil))
			if rec.Code != c.status || (c.body != "" && rec.Body.String() != c.body) {
				t.Errorf("got %d %q, want %d %q", rec.Code, rec.Body, c.status, c.body)
			}
		})
	}
}

func TestNotificationsThatLeadToNothing(t *testing.T) {
	t.Parallel()
	text := `"messages":[` + message("m0", "text", epoch) + `]`
	good := envelope(number, text)
	cases := []struct {
		name, body, signature string
		status                int
	}{
		{"a forged signature", good, sign(good, "guess"), 401},
		{"no signature", good, "", 401},
		{"the digest without its name", good, strings.TrimPrefix(sign(good, secret), "sha256="), 401},
		{"a signature over other bytes", good, sign(good+" ", secret), 401},
		{"signed, but no JSON", "hello", sign("hello", secret), 400},
		{"a number of nobody", envelope("1", text), sign(envelope("1", text), secret), 200},
		{"an echo under its own field", strings.Replace(good, `"field":"messages"`, `"field":"smb_message_echoes"`, 1), "sign", 200},
		{"a message from the business itself", strings.Replace(good, `"from":"`+phone, `"from":"15550783881`, 1), "sign", 200},
		{"a message from nobody", strings.Replace(good, `"from":"`+phone, `"from":"`, 1), "sign", 200},
		{"an unsupported message", strings.Replace(good, `"type":"text"`, `"type":"unsupported"`, 1), "sign", 200},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			if c.signature == "sign" {
				c.signature = sign(c.body, secret)
			}
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
			r.Header.Set("X-Hub-Signature-256", c.signature)
			rec := httptest.NewRecorder()
			w.in.ServeHTTP(rec, r)
			w.clock.wg.Wait()
			if rec.Code != c.status {
				t.Errorf("answered %d, want %d", rec.Code, c.status)
			}
			if diff := cmp.Diff([]string(nil), w.play(nil)); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// inline works inside the webhook's handler, the slowest goroutine there can be.
type inline struct{ *fakeClock }

func (inline) Go(f func()) { f() }

// The answer must reach Meta whole while Encore still thinks.
func TestAcknowledgesBeforeWorking(t *testing.T) {
	t.Parallel()
	acknowledged := make(chan struct{})
	w := newWorld(t, func(w *world, c *integrator.Config) {
		c.Clock = inline{w.clock}
		w.encore = []http.HandlerFunc{func(rw http.ResponseWriter, r *http.Request) {
			<-acknowledged
			says(200, offerBody)(rw, r)
		}}
	})
	server := httptest.NewServer(w.in)
	defer server.Close()
	body := envelope(number, `"messages":[`+message("m0", "text", epoch)+`]`)
	r, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Hub-Signature-256", sign(body, secret))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil { // ends only when the answer does
		t.Fatal(err)
	}
	resp.Body.Close()
	close(acknowledged)
	server.Close() // waits for the handler
	if diff := cmp.Diff([]string{"ask m0", "offer", "reply"}, w.play(nil)); diff != "" || resp.StatusCode != 200 {
		t.Errorf("status %d, calls (-want +got):\n%s", resp.StatusCode, diff)
	}
}

func TestUnreadableTimestampIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.notify(`"messages":[{"from":"` + phone + `","id":"m1","timestamp":"soon","type":"text"}]`)
	want := []string{"ask m1 inboundTimestamp=<nil>", "offer", "reply"}
	if diff := cmp.Diff(want, w.play(nil)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// Customers with a user name may have no phone number, which Encore requires.
func TestCustomerWithoutPhoneGetsTheReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.notify(`"messages":[{"from_user_id":"US.1349","id":"m0","timestamp":"1750000000","type":"text"}]`)
	if diff := cmp.Diff([]string{"reply to user US.1349"}, w.play(nil)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
