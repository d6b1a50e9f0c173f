package zoko_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim"
)

// Over real sockets: an integrator registers itself, a customer writes, the
// integrator answers, the statuses arrive.
func TestOverTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	server := httptest.NewServer(w.s)
	defer server.Close()
	got := make(chan string, 16)
	integrator := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var h struct {
			Event, ID, DeliveryStatus, PlatformSenderID string
		}
		if err := json.Unmarshal(raw, &h); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v: %v", r.Method, r.Header, err)
		}
		got <- h.Event + " " + h.DeliveryStatus
		if h.Event == "message:user:in" {
			overWire(t, server.URL+"/v2/message", text("recipient", strings.TrimPrefix(h.PlatformSenderID, "+")))
		}
	}))
	defer integrator.Close()
	all := []string{"message:user:in", "message:store:out", "message:delivery:update"}
	overWire(t, server.URL+"/v2/webhook", registration(integrator.URL+"/zoko", "events", all))
	if _, err := w.ws.Write(t.Context(), sim.CustomerMessage{Channel: "zoko", From: customer, Text: "Hi"}); err != nil {
		t.Fatal(err)
	}
	seen := []string{<-got, <-got}
	if err := w.ws.Advance(t.Context(), thread, time.Second); err != nil {
		t.Fatal(err)
	}
	diff(t, "webhooks", []string{
		"message:user:in received", "message:store:out accepted",
		"message:delivery:update sent", "message:delivery:update delivered", "message:delivery:update read",
	}, append(seen, <-got, <-got, <-got))
}

// overWire sends JSON that has to be taken.
func overWire(t *testing.T, url, doc string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(doc))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("apikey", tonysKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s answers %d", url, resp.StatusCode)
	}
}
