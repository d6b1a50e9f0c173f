package interakt_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// The whole over sockets: a customer writes, the integrator verifies the
// signature and answers by the API, and is told that the answer was sent.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	var transcript bytes.Buffer
	told := make(chan string, 4)
	integrator := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Interakt-Signature") != interakt.Sign(secret, body) {
			t.Errorf("signed %q", r.Header.Get("Interakt-Signature"))
		}
		told <- "webhook"
	}))
	t.Cleanup(integrator.Close)

	s, err := sim.New(sim.Config{
		Fakes: []*sim.Fake{interakt.New(interakt.Config{Secret: secret, Accounts: []interakt.Account{{Name: "tonys", ClientID: "client-42", Key: rawKey}}})},
		Clock: clock.NewManual(at(0)), Seed: 1, Run: "run", Words: fakes.Words(), Webhooks: map[string]sim.Target{"": {URL: integrator.URL}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	if _, err := s.Default().Write(t.Context(), sim.CustomerMessage{Channel: "interakt", From: customer, Text: "Hi"}); err != nil {
		t.Fatal(err)
	}
	<-told
	request, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+path, bytes.NewReader([]byte(textHeaderBody)))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(rawKey, "")
	request.Header.Set("Content-Type", "application/json")
	fmt.Fprintf(&transcript, "POST %s\nContent-Type: application/json\n\n%s\n\n", path, textHeaderBody)
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&transcript, "%s\nContent-Type: %s\nDate: %s\n\n%s", response.Status, response.Header.Get("Content-Type"), response.Header.Get("Date"), body)
	goldentest.Check(t, "transcript.txt", transcript.Bytes())
	if err := s.Default().Advance(t.Context(), thread, time.Second); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		<-told
	}
}
