package kaleyra_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/sim"
)

// Over real connections: a customer writes, the integrator answers through the
// API and is told what became of that, all of it in JSON and without a
// signature; the control API has the refs (K20).
func TestK20OverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kaleyra.Config{})
	sandbox := httptest.NewServer(w.s)
	defer sandbox.Close()
	got := make(chan string, 8)
	integrator := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		tree := decoded(t, body)
		what := fmt.Sprint(dig(tree, "status"))
		if what == "<nil>" {
			what = fmt.Sprint(dig(tree, "meta_object", "value", "messages", 0, "text", "body"))
		}
		got <- strings.Join([]string{r.Method, r.URL.Path, r.Header.Get("Content-Type"), what, fmt.Sprint(dig(tree, "extra_info", "ref"))}, " ")
		for name := range r.Header {
			if strings.Contains(name, "Signature") {
				t.Errorf("a callback has the header %s", name)
			}
		}
	}))
	defer integrator.Close()
	w.ws.SetWebhook("kaleyra", sim.Target{URL: integrator.URL + "/hook"})
	call := func(method, path, body string) string { return over(t, sandbox.URL, method, path, body) }
	call("POST", "/_sandbox/v1/messages", `{"channel":"kaleyra","from":"`+customer+`","text":"Hi"}`)
	answer := call("POST", endpoint, offer)
	status, body, _ := strings.Cut(answer, " {")
	id := fmt.Sprint(dig(decoded(t, []byte("{"+body)), "data", "message_id"))
	if status != "202 Accepted" {
		t.Fatalf("answered %s", answer)
	}
	w.after(thread, time.Second)
	var all []string
	for range 4 {
		all = append(all, <-got)
	}
	diff(t, "callbacks", []string{
		"POST /hook application/json Hi ", "POST /hook application/json sent customer1",
		"POST /hook application/json delivered customer1", "POST /hook application/json read customer1",
	}, all)
	status = "/_sandbox/v1/messages/" + id + "/status"
	diff(t, "a status by hand", "204 No Content ", call("POST", status, `{"status":"not-sent"}`))
	diff(t, "its callback", "POST /hook application/json not-sent customer1", <-got)
	if refused := call("POST", status, `{"status":"played"}`); !strings.Contains(refused, `no status \"played\" on channel kaleyra; use one of sent, delivered, read, failed, not-sent`) {
		t.Errorf("played: %s", refused)
	}
	for _, path := range []string{"/_sandbox/v1/threads/" + thread, "/_sandbox/v1/journal"} {
		squeezed := strings.Join(strings.Fields(call("GET", path, "")), " ")
		if !strings.Contains(squeezed, `"refs": [ "ref customer1", "ref1 marketing", "ref2 dictionary", "wa_source api" ]`) {
			t.Errorf("%s does not tell the refs: %s", path, squeezed)
		}
	}
}

// over is a call over a socket with a key, and its answer.
func over(t *testing.T, base, method, path, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("api-key", "A0123456789abcdef0123456789abcde3")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, _ := io.ReadAll(resp.Body)
	return resp.Status + " " + string(out)
}
