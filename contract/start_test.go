package contract_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/contract"
	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/sim"
)

// reference is the reference integrator, set up as an importer would set up
// an integration of their own.
func reference(t testing.TB, sb *contract.Sandbox, defects ...string) http.Handler {
	t.Helper()
	return patient(t, sb, 0, defects...)
}

// patient is the reference integrator with another limit to each of its calls
// than the default one, which a busy machine may exceed.
func patient(t testing.TB, sb *contract.Sandbox, timeout time.Duration, defects ...string) http.Handler {
	t.Helper()
	in, err := integrator.New(integrator.Config{
		CallTimeout: timeout,
		EncoreURL:   sb.EncoreURL(), GraphURL: sb.GraphURL(), EncoreKey: sb.EncoreKey, GraphToken: sb.GraphToken,
		AppSecret: sb.AppSecret, VerifyToken: sb.VerifyToken, Client: sb.Client(), Defects: defects,
		Operators: []integrator.Operator{{ClientID: sb.ClientID, ClientName: sb.ClientName, PhoneNumberID: sb.PhoneNumberID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// bubble runs a test with an in-memory sandbox inside synctest.Test.
func bubble(t *testing.T, f func(*testing.T, *contract.Sandbox)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f(t, contract.Start(t, contract.Options{InMemory: true, Settle: 10 * time.Second}))
	})
}

// Fifty tests at once, each with a sandbox of its own, in memory and not: none
// sees anything of another.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	play := func(t *testing.T, o contract.Options) {
		sb := contract.Start(t, o)
		sb.Handle(patient(t, sb, 10*time.Second))
		pat := sb.Customer(t)
		pat.Writes("Hi")
		pat.Received("offer requested 200", "offer sent 200", "reply sent 200")
		for _, e := range journal(t, sb) {
			if e.Thread != pat.Thread {
				t.Errorf("exchange %d is of the strange thread %s", e.N, e.Thread)
			}
		}
		sb.RequireNoFindings(t)
	}
	var group sync.WaitGroup
	for i := range 50 {
		// Run instead of Parallel, which would be at most GOMAXPROCS at once.
		group.Go(func() {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				if i%2 == 0 {
					play(t, contract.Options{})
					return
				}
				synctest.Test(t, func(t *testing.T) { play(t, contract.Options{InMemory: true}) })
			})
		})
	}
	group.Wait()
}

// Subtests that share a sandbox are kept apart by their customers.
func TestSharedSandbox(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{})
	sb.Handle(reference(t, sb))
	for _, fault := range []string{"", "500", "garbled", "no-fill=geo"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			pat := sb.Customer(t)
			if fault == "" {
				pat.Writes("Hi")
				pat.Only("offer requested", "offer sent", "reply sent")
				return
			}
			pat.Fault(fault)
			pat.Writes("Hi")
			pat.Only("offer requested", "reply sent")
		})
	}
}

// Days pass in a thread, and the offer comes again after the idle gap, up to the cap.
func TestStoryOfDays(t *testing.T) {
	bubble(t, func(t *testing.T, sb *contract.Sandbox) {
		sb.Handle(reference(t, sb))
		pat, other := sb.Customer(t), sb.Customer(t)
		other.Writes("Hi")
		began := pat.Now()
		for range 3 {
			pat.Writes("Hi")
			pat.Only("offer requested", "offer sent", "reply sent")
			pat.Advance(26 * time.Hour)
		}
		pat.Writes("Once more")
		pat.Only("reply sent")
		if passed := pat.Now().Sub(began); passed < 3*26*time.Hour {
			t.Errorf("%v passed in the thread, want three times 26h", passed)
		}
		if passed := other.Now().Sub(began); passed > time.Hour {
			t.Errorf("%v passed in another thread, which nobody advanced", passed)
		}
		sb.RequireNoFindings(t)
	})
}

// An integration that breaks a duty is found out.
func TestFindings(t *testing.T) {
	bubble(t, func(t *testing.T, sb *contract.Sandbox) {
		sb.Handle(reference(t, sb, "reply-first"))
		pat := sb.Customer(t)
		pat.Writes("Hi")
		pat.Received("reply sent", "offer sent")
		var broken []string
		for _, f := range sb.Findings(t) {
			broken = append(broken, f.Rule)
		}
		if diff := cmp.Diff([]string{"R36"}, broken); diff != "" {
			t.Errorf("rules broken (-want +got):\n%s", diff)
		}
	})
}

// Faults of the connection are those of a real one, in memory too.
func TestFaultsInMemory(t *testing.T) {
	bubble(t, func(t *testing.T, sb *contract.Sandbox) {
		call := func(fault string) (*http.Response, []byte, error) {
			r, _ := http.NewRequest("POST", "https://api.encorekit.com"+offersPath, strings.NewReader(guideCurl))
			r.Header.Set("X-Api-Key", sb.EncoreKey)
			r.Header.Set("X-Sandbox-Fault", fault)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			resp, err := sb.Client().Do(r.WithContext(ctx))
			if err != nil {
				return nil, nil, err
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			return resp, body, err
		}
		if _, _, err := call("reset"); !errors.Is(err, io.EOF) {
			t.Errorf("reset: error %v, want an end of the connection", err)
		}
		if _, body, err := call("truncate=40"); !errors.Is(err, io.ErrUnexpectedEOF) || len(body) != 40 {
			t.Errorf("truncate=40: %d bytes and %v, want 40 and an unexpected end", len(body), err)
		}
		if _, _, err := call("hang"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hang: error %v, want the client's own deadline", err)
		}
		began := time.Now()
		if resp, _, err := call("latency=20s"); err != nil || resp.StatusCode != 200 || time.Since(began) != 20*time.Second {
			t.Errorf("latency=20s: %v after %v, want an answer after 20s", err, time.Since(began))
		}
	})
}

// A fault ends with disarm, or with the test that armed it.
func TestFaultEnds(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{})
	status := func() int { return goodCall(guideCurl).do(t, sb.URL).status }
	disarm := sb.Fault(t, "503")
	if got := status(); got != 503 {
		t.Errorf("status %d while the fault is armed, want 503", got)
	}
	disarm()
	disarm() // as the clean-up will
	if got := status(); got != 200 {
		t.Errorf("status %d after disarm, want 200", got)
	}
	t.Run("inner", func(t *testing.T) { sb.Fault(t, "429") })
	if got := status(); got != 200 {
		t.Errorf("status %d after the test that armed a fault, want 200", got)
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	for name, inMemory := range map[string]bool{"loopback": false, "in memory": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sb := contract.Start(t, contract.Options{InMemory: inMemory})
			for url, want := range map[string]string{
				sb.URL + "/_sandbox/v1/health":                             `"status": "ok"`,
				sb.URL + "/healthz":                                        `"status": "ok"`,
				"https://api.encorekit.com" + offersPath:                   "GET is not allowed here; use POST",
				"https://graph.facebook.com/v22.0/" + sb.PhoneNumberID:     "fbtrace_id",
				"http://graph.facebook.com:80/v22.0/1/messages?fields=id":  "fbtrace_id",
				"https://api.encorekit.com/_sandbox/v1/health":             "no operation GET /_sandbox/v1/health", // a vendor has no such path
				"https://API.ENCOREKIT.COM/publisher/sdk/v1/offers/massag": "no operation GET",
			} {
				if got := get(t, sb.Client(), url); !strings.Contains(got, want) {
					t.Errorf("%s: answered %s, want one that says %s", url, got, want)
				}
			}
			l := sb.Listen(t, "db.localhost")
			go func() { _ = http.Serve(l, http.NotFoundHandler()) }()
			if got := get(t, sb.Client(), "http://"+l.Addr().String()); got != "404 page not found\n" {
				t.Errorf("a listener of the test's own answered %q", got)
			}
		})
	}
}

func get(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestClientStaysAtHome(t *testing.T) {
	t.Parallel()
	sb := contract.Start(t, contract.Options{})
	_, err := sb.Client().Get("https://example.com/")
	if err == nil || !strings.Contains(err.Error(), "example.com is neither the sandbox nor a vendor it plays (api.encorekit.com, graph.facebook.com") {
		t.Errorf("error %v, want one that names the hosts that are played", err)
	}
}

func TestSetenv(t *testing.T) {
	sb := contract.Start(t, contract.Options{})
	t.Run("set", func(t *testing.T) {
		sb.Setenv(t)
		want := map[string]string{
			"ENCORE_BASE_URL": sb.URL, "ENCORE_API_KEY": "pk_test_sandbox", "GRAPH_BASE_URL": sb.URL, "GRAPH_ACCESS_TOKEN": "EAAsandbox",
			"META_APP_SECRET": "sandbox-app-secret", "META_VERIFY_TOKEN": "sandbox-verify-token", "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
			"MESSENGER_PAGE_ID": "104895545712345", "INSTAGRAM_ACCOUNT_ID": "17841405793187218",
			"KALEYRA_BASE_URL": sb.URL, "KALEYRA_SID": "HXAP1691385017IN", "KALEYRA_API_KEY": "sandbox-kaleyra-key", "KALEYRA_SENDER": "+15550783881",
			"INTERAKT_BASE_URL": sb.URL, "INTERAKT_API_KEY": "sandbox-interakt-tonys", "INTERAKT_WEBHOOK_SECRET": "sandbox-interakt-secret",
			"ZOKO_BASE_URL": sb.URL, "ZOKO_API_KEY": "sandbox-zoko-tonys",
			"OPERATOR_CLIENT_ID": "client-42", "OPERATOR_CLIENT_NAME": "Tony's Pizza", "SANDBOX_URL": sb.URL,
		}
		got := map[string]string{}
		for name := range want {
			got[name] = os.Getenv(name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("environment (-want +got):\n%s", diff)
		}
	})
	if v, set := os.LookupEnv("SANDBOX_URL"); set {
		t.Errorf("SANDBOX_URL is still %q after the test that set it", v)
	}
}

// An integration that somebody else serves, known by its URL alone.
func TestWebhookElsewhere(t *testing.T) {
	t.Parallel()
	var in http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { in.ServeHTTP(w, r) }))
	defer server.Close()
	sb := contract.Start(t, contract.Options{Webhook: server.URL + "/hooks/meta"})
	in = reference(t, sb)
	pat := sb.Customer(t)
	id := pat.Writes("Hi")
	got := sb.Received(t, "meta.message 200: /Hi/", "offer requested", "reply sent")
	inbound, ok := contract.Note[note.InboundMessage](got[0])
	if !ok || inbound.ID != id || inbound.Thread != pat.Thread {
		t.Errorf("the first exchange carries %+v, want message %s of %s", inbound, id, pat.Thread)
	}
	if acked, ok := contract.Note[note.WebhookAcked](got[0]); !ok || acked.Status != 200 {
		t.Errorf("the first exchange was acknowledged with %+v, want 200", acked)
	}
	if _, ok := contract.Note[note.OfferClicked](got[1]); ok {
		t.Error("a request for an offer is no click")
	}
	if url := got[0].Request.URL; url != server.URL+"/hooks/meta" {
		t.Errorf("the webhook went to %s", url)
	}
	other := contract.Start(t, contract.Options{Webhook: server.URL}).Customer(t)
	if other.Number == pat.Number {
		t.Error("two starts share a customer, whom an integration elsewhere would remember")
	}
}

// A handler may be given with the options, and take webhooks where it likes.
func TestHandlerOption(t *testing.T) {
	bubble(t, func(t *testing.T, _ *contract.Sandbox) {
		paths := make(chan string, 1)
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { paths <- r.Host + r.URL.Path })
		sb := contract.Start(t, contract.Options{InMemory: true, Handler: h, Webhook: "/hooks/meta"})
		sb.Customer(t).Writes("Hi")
		if got := <-paths; got != "integration.localhost/hooks/meta" {
			t.Errorf("the webhook went to %s", got)
		}
		sb.Quiet(t, "")
	})
}

// The second operator is somebody else, and a configuration may name others.
func TestOperators(t *testing.T) {
	bubble(t, func(t *testing.T, sb *contract.Sandbox) {
		second := sb.CustomerLike(t, sim.CustomerRequest{Account: "client-43"})
		if second.Account != "106540352242923" || second.ClientID != "client-43" {
			t.Errorf("the customer of client-43 writes to %s of %s", second.Account, second.ClientID)
		}
		none := 0
		own := contract.Start(t, contract.Options{InMemory: true, Config: scenarios.Config{Operators: []scenarios.OperatorEntry{{
			Operator: fakes.Operator{ClientID: "c-1", Name: "Corner Shop", PhoneNumberID: "77", Number: "15550000077", WABA: "78"}, Cap: &none,
		}}}})
		want := contract.Credentials{
			EncoreKey: "pk_test_sandbox", GraphToken: "EAAsandbox", AppSecret: "sandbox-app-secret", VerifyToken: "sandbox-verify-token",
			PhoneNumberID: "77", ClientID: "c-1", ClientName: "Corner Shop",
		}
		if diff := cmp.Diff(want, own.Credentials); diff != "" {
			t.Errorf("credentials (-want +got):\n%s", diff)
		}
		own.Handle(reference(t, own))
		pat := own.Customer(t)
		pat.Writes("Hi")
		pat.Received("offer requested") // although the cap is 0
		var broken []string
		for _, f := range own.Findings(t) {
			broken = append(broken, f.Rule)
		}
		if len(broken) == 0 {
			t.Error("no finding for an offer above the configured cap of 0")
		}
	})
}

// The end of a test ends the sandbox: its port is closed.
func TestEnds(t *testing.T) {
	t.Parallel()
	var address string
	t.Run("inner", func(t *testing.T) {
		address = strings.TrimPrefix(contract.Start(t, contract.Options{}).URL, "http://")
	})
	if _, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the port of a sandbox whose test has ended: %v, want connection refused", err)
	}
}

// The same seed and run give the same customers, ids and offers.
func TestRepeats(t *testing.T) {
	t.Parallel()
	play := func(t *testing.T, seed uint64) (story []string) {
		synctest.Test(t, func(t *testing.T) {
			sb := contract.Start(t, contract.Options{InMemory: true, Seed: seed, Run: "same"})
			sb.Handle(reference(t, sb))
			pat := sb.Customer(t)
			story = append(story, pat.Number, pat.Writes("Hi"))
			for _, e := range pat.Received("offer sent", "reply sent") {
				sent, _ := contract.Note[note.MessageSent](e)
				story = append(story, sent.ID, string(sent.Payload))
			}
			pat.Quiet()
		})
		return story
	}
	first := play(t, 7)
	if diff := cmp.Diff(first, play(t, 7)); diff != "" {
		t.Errorf("the same seed tells another story (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(first, play(t, 8)); diff == "" {
		t.Error("another seed tells the same story")
	}
}
