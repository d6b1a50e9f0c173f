package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestFaultListCountsDown shows a list before anything was struck, after two
// calls, and once time has passed.
func TestFaultListCountsDown(t *testing.T) {
	t.Parallel()
	_, base := startServe(t, "--clock", "manual")
	environ := []string{"ENCORE_SANDBOX_SANDBOX=" + base}
	list := [][]string{{"fault", "list"}}
	text := transcript(t.Context(), environ, [][]string{
		{"fault", "add", "503;times=1;id=once"}, {"fault", "add", "429;times=3;ttl=10m;id=thrice"},
		{"fault", "add", "latency=1ms;operation=meta.whatsappMessages;id=slow"}, {"fault", "list"},
	})
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		if got := askForOffer(t, base); got != want {
			t.Errorf("the call is answered %d, want %d", got, want)
		}
	}
	text += transcript(t.Context(), environ, list)
	if o := invoke(t.Context(), environ, "clock", "+11m"); o.code != 0 {
		t.Fatalf("clock: %+v", o)
	}
	text += transcript(t.Context(), environ, list)
	golden(t, "faults.txt", regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`).ReplaceAllString(text, "TIME"))
}

// askForOffer asks as an integrator would and returns the status.
func askForOffer(t *testing.T, base string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/encore/publisher/sdk/v1/offers/message", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-Key", "pk_test_x")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
