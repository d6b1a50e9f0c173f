package contract_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// Every vendor's request is signed over the bytes that the handler reads, as the
// vendor signs.
func TestWebhookIsSignedAsTheVendorSigns(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{Seed: 1})
	for _, c := range []struct {
		event, header, says string
		sign                func(body []byte) string
	}{
		{"whatsapp.text", "X-Hub-Signature-256", "Hello", func(b []byte) string { return meta.Sign(sb.AppSecret, b) }},
		{"messenger.text", "X-Hub-Signature-256", "Hello", func(b []byte) string { return meta.Sign(sb.AppSecret, b) }},
		{"instagram.text", "X-Hub-Signature-256", "Hello", func(b []byte) string { return meta.Sign(sb.AppSecret, b) }},
		{"interakt.text", "Interakt-Signature", "Hello", func(b []byte) string { return interakt.Sign(sb.Env()["INTERAKT_WEBHOOK_SECRET"], b) }},
		{"zoko.text", "User-Agent", "Hello", func([]byte) string { return "Zoko-Webhook" }},
		{"kaleyra.text", "Content-Type", "Hello", func([]byte) string { return "application/json" }},
		{"whatsapp.template_status", "X-Hub-Signature-256", "message_template_status_update", func(b []byte) string { return meta.Sign(sb.AppSecret, b) }},
	} {
		r := sb.Webhook(t, contract.Event{Event: c.event, Text: "Hello"})
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		got := []any{r.Method, r.RequestURI, r.URL.Path, r.ContentLength, r.Header.Get(c.header), strings.Contains(string(body), c.says)}
		if diff := cmp.Diff([]any{"POST", "/webhook", "/webhook", int64(len(body)), c.sign(body), true}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", c.event, diff, body)
		}
	}
}

// What a handler does about such a request belongs to the customer's message, in
// a bubble too, where time is the bubble's.
func TestWebhookIsJudged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb := contract.Start(t, contract.Options{InMemory: true, Settle: 10 * time.Second})
		handler := &shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()}
		pat := sb.Customer(t)
		for _, text := range []string{"Hi", "Are you open?"} {
			handler.ServeHTTP(httptest.NewRecorder(), pat.Webhook(text))
			pat.Received("reply sent")
		}
		pat.Quiet()
		sb.RequireNoFindings(t)
	})
}

// A sandbox whose webhooks go somewhere has no requests to give away, and says
// what to do.
func TestWebhookWantsNoHandler(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{Seed: 1, Handler: http.NotFoundHandler()})
	got := reporting(t, func(tb testing.TB) { sb.Webhook(tb, contract.Event{Event: "whatsapp.text"}) })
	if !strings.Contains(got, "let the customer write") {
		t.Errorf("got %q", got)
	}
	free := contract.Start(t, contract.Options{Seed: 1})
	got = reporting(t, func(tb testing.TB) { free.Webhook(tb, contract.Event{Event: "whatsapp.txt"}) })
	if !strings.Contains(got, `no event "whatsapp.txt"`) || !strings.Contains(got, "whatsapp.text") {
		t.Errorf("got %q", got)
	}
}

// Subtests in parallel share a sandbox: none sees what another did, whether the
// integration is told apart by its keys or by its client.
func TestApart(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{Seed: 1})
	for name, c := range map[string]struct {
		client func(*contract.Sandbox) *http.Client
		fault  string
		want   []contract.Pattern
	}{
		"by key":           {func(*contract.Sandbox) *http.Client { return http.DefaultClient }, "", []contract.Pattern{"offer requested", "offer sent", "reply sent"}},
		"by client":        {(*contract.Sandbox).Client, "", []contract.Pattern{"offer requested", "offer sent", "reply sent"}},
		"Encore is down":   {(*contract.Sandbox).Client, "500", []contract.Pattern{"offer requested", "reply sent"}},
		"down by key only": {func(*contract.Sandbox) *http.Client { return http.DefaultClient }, "500", []contract.Pattern{"offer requested", "reply sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := sb.Apart(t)
			sb.Handle(&shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: c.client(sb)})
			if c.fault != "" {
				sb.Fault(t, c.fault)
			}
			pat := sb.Customer(t)
			pat.Writes("Hi")
			pat.Only(c.want...)
			threads, err := sb.Workspace().Threads(t.Context())
			if err != nil || len(threads) != 1 {
				t.Errorf("%d threads in this workspace, %v; want the one of this subtest", len(threads), err)
			}
			sb.RequireNoFindings(t)
		})
	}
	t.Cleanup(func() {
		if threads, err := sb.Workspace().Threads(t.Context()); len(threads) > 0 {
			t.Errorf("the sandbox's own workspace has %d threads, %v", len(threads), err)
		}
	})
}

// A transcript is the same in every start with the same seed, and is compared
// with its file.
func TestGoldenTranscript(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb := contract.Start(t, contract.Options{Seed: 1, InMemory: true, Settle: 10 * time.Second})
		sb.Handle(&shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()})
		pat := sb.Customer(t)
		pat.Fault("503;times=1")
		pat.Writes("Hi")
		pat.Quiet()
		pat.Advance(26 * time.Hour)
		pat.Writes("Hi again")
		sb.Golden(t, pat.Thread, "transcript")
		if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" || os.Getenv(contract.UpdateVariable) != "" {
			return // the files below are other tests', or none
		}
		got := reporting(t, func(tb testing.TB) { sb.Golden(tb, pat.Thread, "all-threads") })
		if !strings.Contains(got, "(-want +got)") || !strings.Contains(got, "ENCORE_SANDBOX_UPDATE=1") {
			t.Errorf("another file: got %q", got)
		}
		got = reporting(t, func(tb testing.TB) { sb.Golden(tb, pat.Thread, "none") })
		if !strings.Contains(got, "there is no transcript to compare with") {
			t.Errorf("no file: got %q", got)
		}
	})
}

// reporter is a test that says why it failed instead of failing.
type reporter struct {
	testing.TB
	said string
}

func (r *reporter) Errorf(format string, args ...any) { r.said += fmt.Sprintf(format, args...) }
func (r *reporter) Fatalf(format string, args ...any) { r.Errorf(format, args...); runtime.Goexit() }
func (r *reporter) Fatal(args ...any)                 { r.said += fmt.Sprint(args...); runtime.Goexit() }

// reporting runs f with such a test and returns what it said.
func reporting(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	tb, done := &reporter{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		f(tb)
	}()
	<-done
	return tb.said
}
