package contract_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/expect"
)

// page is what an example has in the place of a test: what a test would fail
// with is printed.
type page struct {
	testing.TB
	cleanups []func()
	only     string // the part of a failure's message that is printed; empty: all
}

// failed ends an example that failed.
type failed struct{}

func example(f func(t testing.TB)) {
	p := &page{}
	defer func() {
		for i := len(p.cleanups) - 1; i >= 0; i-- {
			p.cleanups[i]()
		}
		if v := recover(); v != nil && v != (failed{}) {
			panic(v)
		}
	}()
	f(p)
}

func (p *page) Helper()                           {}
func (p *page) Name() string                      { return "Example" }
func (p *page) Failed() bool                      { return false }
func (p *page) Cleanup(f func())                  { p.cleanups = append(p.cleanups, f) }
func (p *page) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (p *page) Fatalf(format string, args ...any) { p.Fatal(fmt.Sprintf(format, args...)) }

// Fatal prints a message, or the part of it that begins with a word, with the
// lines below that are indented further.
func (p *page) Fatal(args ...any) {
	text, inPart := fmt.Sprint(args...), false
	for line := range strings.Lines(text) {
		inPart = strings.HasPrefix(line, "  "+p.only) || inPart && strings.HasPrefix(line, "    ")
		if inPart || p.only == "" {
			fmt.Print(strings.TrimPrefix(line, "  "))
		}
	}
	panic(failed{})
}

// A customer writes to an integration of your own; what it did is looked at, and
// every documented duty is judged. In your tests t is the test's own.
func ExampleStart() {
	example(func(t testing.TB) {
		sb := contract.Start(t, contract.Options{Seed: 1})
		sb.Handle(&shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()})

		pat := sb.Customer(t)
		pat.Writes("Hi")
		pat.Only("offer requested", "offer sent", "reply sent: We will be right back.")

		sb.RequireNoFindings(t)
		fmt.Println("no duty was broken")
	})
	// Output:
	// no duty was broken
}

// A handler that no server serves gets the vendor's own request, with its
// signature. What it then does is judged like anything else.
func ExampleSandbox_Webhook() {
	example(func(t testing.TB) {
		sb := contract.Start(t, contract.Options{Seed: 1})
		handler := &shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()}

		request := sb.Webhook(t, contract.Event{Event: "whatsapp.text", From: "15014005001", Text: "Hi"})
		fmt.Println(request.Method, request.URL.Path, request.Header.Get("X-Hub-Signature-256")[:7])
		handler.ServeHTTP(httptest.NewRecorder(), request)

		sb.Received(t, "offer requested", "offer sent", "reply sent")
		fmt.Println("offer, then reply")
	})
	// Output:
	// POST /webhook sha256=
	// offer, then reply
}

// Subtests in parallel share a sandbox and nothing else: each has its own
// journal, faults, time and keys.
func ExampleSandbox_Apart() {
	example(func(t testing.TB) {
		sb := contract.Start(t, contract.Options{Seed: 1})
		for _, fault := range []string{"", "500"} {
			one := sb.Apart(t) // in a subtest: sb := sb.Apart(t)
			one.Handle(&shop{Credentials: one.Credentials, encore: one.EncoreURL(), graph: one.GraphURL(), http: one.Client()})
			if fault != "" {
				one.Fault(t, fault)
			}
			pat := one.Customer(t)
			pat.Writes("Hi")
			pat.Received("reply sent")
			pat.Quiet()
			fmt.Println(strings.Count(one.Transcript(t, ""), "offer sent"), "offers")
		}
	})
	// Output:
	// 1 offers
	// 0 offers
}

// The transcript of a thread is the same every time, so that it can be compared
// with a file: Sandbox.Golden does.
func ExampleSandbox_Transcript() {
	example(func(t testing.TB) {
		sb := contract.Start(t, contract.Options{Seed: 1})
		sb.Handle(&shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()})

		pat := sb.Customer(t)
		pat.Writes("Hi")
		pat.Quiet()
		pat.Advance(time.Hour)
		pat.Writes("Are you open?")
		pat.Quiet()
		for line := range strings.Lines(sb.Transcript(t, pat.Thread)) {
			if !strings.Contains(line, "status") {
				fmt.Print(line)
			}
		}
	})
	// Output:
	// out  meta.message, the customer wrote "Hi", 200
	// in  encore.offersMessage, offer requested, 200
	// in  meta.whatsappMessages, offer sent "Parlowise: 2 months of language lessons free — claim before midnight", 200
	// in  meta.whatsappMessages, reply sent "We will be right back.", 200
	//      1h0m0s pass
	// out  meta.message, the customer wrote "Are you open?", 200
	// in  meta.whatsappMessages, reply sent "We will be right back.", 200
}

// What did not come is told with what came closest, and in what it differs, value
// by value.
func ExampleSandbox_Expect() {
	example(func(t testing.TB) {
		sb := contract.Start(t, contract.Options{Seed: 1})
		sb.Handle(&shop{Credentials: sb.Credentials, encore: sb.EncoreURL(), graph: sb.GraphURL(), http: sb.Client()})
		pat := sb.Customer(t)
		pat.Writes("Hi")
		pat.Received("reply sent")

		t.(*page).only = "closest" // of the message that a test would fail with
		sb.Expect(t, sim.Expectation{Within: time.Millisecond, Thread: pat.Thread, Patterns: []expect.Pattern{{
			Operation: "encore.offersMessage", Request: map[string]any{"clientId": "client-7", "messagingPlatform": "instagram"},
		}}})
	})
	// Output:
	// closest: #2 would be it, but for this:
	//   - its request clientId is "client-42", not "client-7"
	//   - its request messagingPlatform is "whatsapp", not "instagram"
}
