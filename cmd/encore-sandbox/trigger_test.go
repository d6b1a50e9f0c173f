package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestTriggerPrints holds how a request is shown. The clock is in its body, so
// that it is set.
func TestTriggerPrints(t *testing.T) {
	t.Parallel()
	_, base := startServe(t, "--clock", "manual", "--seed", "7", "--webhook", "http://127.0.0.1:1/hook?mine=1")
	set := "entry[0].changes[0].value.messages[0].timestamp=1778695603"
	words := []string{"trigger", "whatsapp.text", "--from", "15014005001", "--text", "It's me", "--set", set}
	text := transcript(t.Context(), []string{"ENCORE_SANDBOX_SANDBOX=" + base}, [][]string{
		append(words, "--print", "raw"), append(words, "--print", "curl"), append(words, "--print", "curl", "--signature", "missing"),
		{"trigger", "whatsapp.txt"}, {"trigger", "whatsapp.text", "--set", "entry[0].changes[0].feild=x"}, {"trigger", "--list"},
		{"outbox", "list"}, {"journal"},
	})
	golden(t, "trigger.txt", strings.ReplaceAll(text, "\r", ""))
}

// TestTriggerAgain sends one event, then again what a redelivery and a flush
// send, to an integrator that takes none of it at first.
func TestTriggerAgain(t *testing.T) {
	t.Parallel()
	bodies, status := make(chan string, 10), make(chan int, 10)
	in := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(<-status)
		bodies <- string(body)
	}))
	t.Cleanup(in.Close)
	_, base := startServe(t, "--clock", "manual", "--webhook", in.URL)
	play := func(want string, args ...string) {
		t.Helper()
		o := invoke(t.Context(), []string{"ENCORE_SANDBOX_SANDBOX=" + base}, args...)
		if o.code != 0 || !regexp.MustCompile(want).MatchString(o.out) {
			t.Fatalf("%v: want %q: %+v", args, want, o)
		}
	}
	status <- 500
	play(`^id      wamid\.\S+\nthread  whatsapp:106540352242922:15014005001\n$`, "trigger", "whatsapp.text", "--from", "15014005001")
	first := <-bodies
	status <- 500
	play(`^webhooks attempted: 1\n$`, "outbox", "flush")
	play(`Z  message     whatsapp:106540352242922:15014005001  attempts 2\n$`, "outbox", "list")
	status <- 200
	play(`^exchange  3\nattempt   3\nstatus    200\n$`, "exchange", "redeliver", "1")
	play(`^no webhook waits\n$`, "outbox", "list")
	if second, third := <-bodies, <-bodies; first != second || first != third {
		t.Errorf("the bodies differ:\n%s\n%s\n%s", first, second, third)
	}
	status <- 200
	play(`^id      \n`, "trigger", "--channel", "messenger", "--raw", "no JSON")
	if body := <-bodies; body != "no JSON" {
		t.Errorf("the body is %q", body)
	}
}
