package contract_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/contract"
)

// TestServerOnTheFake holds that the sandbox's own Encore honours every clause,
// over a real port, and that none is skipped.
func TestServerOnTheFake(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{})
	played := 0
	contract.Server(t, contract.ServerOptions{
		URL: sb.URL,
		Wait: func(ctx context.Context, d time.Duration) error {
			played++
			return sb.Workspace().Advance(ctx, "", d)
		},
	})
	if played != 2 && !t.Failed() {
		t.Errorf("time passed %d times, want twice for the case of the window", played)
	}
}

// subjectURL names, in the environment, the server that TestServerOnASubject
// judges. Only a test process of its own may fail on purpose.
const subjectURL = "CONTRACT_SERVER_SUBJECT"

func TestServerOnASubject(t *testing.T) {
	url := os.Getenv(subjectURL)
	if url == "" {
		t.Skip("played by TestServerFails")
	}
	contract.Server(t, contract.ServerOptions{URL: url, Key: "pk_test_subject", Skip: []string{"text.*"}})
}

// TestServerFails holds that a broken server fails the right subtests and no
// others, and that the failure names the clause.
func TestServerFails(t *testing.T) {
	t.Parallel()
	fake := contract.Start(t, contract.Options{})
	server := httptest.NewServer(noFillIsNotFound(fake.Client(), fake.URL))
	defer server.Close()
	out, err := judge(t, server.URL)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the test process ended with %v, want exit code 1\n%s", err, out)
	}
	var failed []string
	for _, m := range regexp.MustCompile(`--- FAIL: TestServerOnASubject/(\S+)`).FindAllStringSubmatch(out, -1) {
		failed = append(failed, m[1])
	}
	want := []string{"nofill.status", "nofill.shape", "nofill.repeat", "every.status"}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("failed subtests (-want +got):\n%s", diff)
	}
	for what, text := range map[string]string{
		"the clause":              "clause: Encore integration guide, When there's no eligible offer: never a 404",
		"the reason":              "reason: integrators take every status but 200 for a failure",
		"got and want":            "got 404 {\"error\":\"no offer\"}, want 200",
		"what was left out":       "--- SKIP: TestServerOnASubject/text.long-name",
		"what holds all the same": "--- PASS: TestServerOnASubject/repeat.same",
	} {
		if !strings.Contains(out, text) {
			t.Errorf("the output lacks %s, %q:\n%s", what, text, out)
		}
	}
}

func TestServerNeedsAServer(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	out, err := judge(t, gone.URL)
	if err == nil || !strings.Contains(out, "contract: "+gone.URL+" does not answer") || strings.Contains(out, "TestServerOnASubject/") {
		t.Errorf("without a server the test ended with %v, want one failure that says so and no subtest\n%s", err, out)
	}
}

// judge plays TestServerOnASubject against a server, in a process of its own.
func judge(t *testing.T, url string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestServerOnASubject$", "-test.v")
	cmd.Env = append(os.Environ(), subjectURL+"="+url)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// noFillIsNotFound is a server in front of the fake with one bug: it answers
// 404 when there is no offer.
func noFillIsNotFound(client *http.Client, base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := http.NewRequestWithContext(r.Context(), r.Method, base+r.URL.Path, r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		out.Header = r.Header.Clone()
		resp, err := client.Do(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer func() { _ = resp.Body.Close() }()
		w.Header().Set("Content-Type", "application/json")
		if resp.Header.Get("X-Sandbox-No-Fill") != "" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"error":"no offer"}`))
			return
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
}
