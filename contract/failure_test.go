package contract

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/expect"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

// failing is a test that records why it failed instead of failing.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }

func (f *failing) Fatal(args ...any) {
	f.said = fmt.Sprint(args...)
	runtime.Goexit()
}

// saying runs f with a test that may fail and returns what it failed with.
func saying(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	tb := &failing{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(tb)
	}()
	<-done
	return tb.said
}

// Golden compares a failure message with its file. Message ids are cut: they
// say nothing and are long.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	got = regexp.MustCompile(`wamid\.[A-Za-z0-9+/=]+`).ReplaceAllString(got, "wamid.…") + "\n"
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

// careless is an integration with bugs: it acknowledges with a status of its
// own, calls what it is told to call, one after the other, or never ends.
type careless struct {
	s      *Sandbox
	status int
	does   []string // "offer", "send", "reply", "hang"
}

func (c careless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var hook struct {
		Entry []struct {
			Changes []struct {
				Value struct{ Messages []struct{ ID, From string } }
			}
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&hook)
	w.WriteHeader(c.status)
	for _, m := range hook.Entry[0].Changes[0].Value.Messages {
		go c.answer(m.ID, m.From)
	}
}

func (c careless) answer(id, from string) {
	var offer struct {
		Message struct{ Payload json.RawMessage }
	}
	for _, what := range c.does {
		switch what {
		case "offer":
			body := fmt.Sprintf(`{"clientId":%q,"clientName":%q,"messagingPlatform":"whatsapp","recipient":%q,"inboundMessageId":%q,"chatId":%[3]q}`,
				c.s.ClientID, c.s.ClientName, from, id)
			_ = json.Unmarshal(c.post("https://api.encorekit.com/encore/publisher/sdk/v1/offers/message", body), &offer)
		case "send":
			c.post("https://graph.facebook.com/v22.0/"+c.s.PhoneNumberID+"/messages", string(offer.Message.Payload))
		case "reply":
			c.post("https://graph.facebook.com/v22.0/"+c.s.PhoneNumberID+"/messages",
				fmt.Sprintf(`{"messaging_product":"whatsapp","to":%q,"type":"text","text":{"body":"Hello!"}}`, from))
		}
	}
}

func (c careless) post(url, body string) []byte {
	r, _ := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Api-Key", c.s.EncoreKey)
	if !strings.Contains(url, "encore") {
		r.Header.Del("X-Api-Key")
		r.Header.Set("Authorization", "Bearer "+c.s.GraphToken)
	}
	resp, err := c.s.Client().Do(r)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	return data
}

// Every failure says what was expected, what came, the timeline and a way out.
func TestFailures(t *testing.T) {
	t.Parallel()
	all := []string{"offer", "send", "reply"}
	for name, c := range map[string]struct {
		why    string
		status int
		does   []string // nil: no integration at all
		test   func(testing.TB, *Sandbox, *Customer)
	}{
		"in-order": {"the right things in another order than expected", 200, []string{"reply", "offer", "send"},
			func(_ testing.TB, _ *Sandbox, c *Customer) { c.Received("offer requested", "offer sent", "reply sent") }},
		"wrong-text": {"a near miss in the text", 200, all,
			func(_ testing.TB, _ *Sandbox, c *Customer) { c.Received("offer sent", "reply sent: /open until/") }},
		"wrong-status": {"a near miss in the status", 200, all,
			func(_ testing.TB, _ *Sandbox, c *Customer) { c.Received("offer requested 503") }},
		"any-order": {"a pattern of the control API, with fields and values, in any order", 200, all, expectInAnyOrder},
		"missing-offer": {"the duty behind the missing word", 200, []string{"reply"},
			func(_ testing.TB, _ *Sandbox, c *Customer) { c.Received("offer requested") }},
		"nobody-called": {"the integration's base URLs are wrong", 200, []string{},
			func(_ testing.TB, _ *Sandbox, c *Customer) { c.Received("reply sent") }},
		"webhook-refused": {"the signature check fails", 401, []string{},
			func(_ testing.TB, s *Sandbox, c *Customer) { c.Received("reply sent") }},
		"all-threads": {"no customer in particular", 200, all,
			func(tb testing.TB, s *Sandbox, _ *Customer) { s.Received(tb, "encore.click") }},
		"only": {"one thing too many", 200, all,
			func(_ testing.TB, _ *Sandbox, c *Customer) { c.Only("reply sent") }},
		"silence": {"silence was expected", 200, []string{"reply"},
			func(_ testing.TB, _ *Sandbox, c *Customer) { c.Only() }},
		"findings": {"the reply overtakes the offer", 200, []string{"reply", "offer", "send"},
			func(tb testing.TB, s *Sandbox, _ *Customer) { s.RequireNoFindings(tb) }},
		"second-step": {"only what came after the customer's last message counts", 200, []string{"reply"},
			func(_ testing.TB, _ *Sandbox, c *Customer) {
				c.Received("reply sent")
				c.Quiet()
				c.Advance(26 * time.Hour)
				c.Writes("Still there?")
				c.Received("offer requested")
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := Start(t, Options{InMemory: true, Run: "golden", Within: 2 * time.Second})
				s.Handle(careless{s, c.status, c.does})
				said := saying(t, func(tb testing.TB) {
					customer := s.Customer(tb)
					customer.Writes("Hi")
					c.test(tb, s, customer)
				})
				Golden(t, name, said)
			})
		})
	}
}

func expectInAnyOrder(tb testing.TB, s *Sandbox, c *Customer) {
	s.Expect(tb, sim.Expectation{AnyOrder: true, Thread: c.Thread, Patterns: []expect.Pattern{
		{What: "reply sent"},
		{Operation: "encore.offersMessage", Request: map[string]any{"attributes.countryCode": "US", "messagingPlatform": "telegram"}},
		{Note: &expect.NotePattern{Kind: "MessageSent", Fields: map[string]any{"content.text": "/Kinovale/", "offerLinks": 2}}},
	}})
}

// A call that hangs keeps a thread from being quiet, and the message names it.
func TestQuietNamesWhatIsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := Start(t, Options{InMemory: true, Run: "golden", Within: 2 * time.Second})
		s.Handle(careless{s, 200, []string{"offer", "reply"}})
		Golden(t, "not-quiet", saying(t, func(tb testing.TB) {
			c := s.Customer(tb)
			c.Fault("hang")
			c.Writes("Hi")
			c.Quiet()
		}))
	})
}

// What cannot work is refused at once, with what to change.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		test func(testing.TB)
		want string
	}{
		"an unknown word": {func(tb testing.TB) { Start(tb, Options{}).Received(tb, "offer send") },
			`contract: pattern "offer send": use offer requested, offer sent, offer refused, reply sent, reply refused, or an operation such as encore.offersMessage`},
		"no pattern": {func(tb testing.TB) { Start(tb, Options{}).Received(tb) },
			`contract: no pattern is given; name what is expected, such as "offer requested"`},
		"a text that cannot be": {func(tb testing.TB) { Start(tb, Options{}).Received(tb, "offer requested: Hi") },
			`contract: pattern "offer requested: Hi": offer requested has no text; leave out what follows the colon`},
		"a path that cannot be": {func(tb testing.TB) {
			Start(tb, Options{}).Expect(tb, sim.Expectation{Patterns: []expect.Pattern{{Request: map[string]any{"a b": 1}}}})
		}, `contract: request: "a b" is no path; write member names and indexes such as a.b[0].c`},
		"an operation for Only": {func(tb testing.TB) { Start(tb, Options{}).Customer(tb).Only("encore.click") },
			`contract: pattern "encore.click": Only takes words and texts; use Received for operations and statuses`},
		"no webhook": {func(tb testing.TB) { Start(tb, Options{Run: "x"}).Customer(tb).Writes("Hi") },
			"contract: whatsapp:106540352242922:CUSTOMER cannot write: no webhook is set for this channel; start with --webhook URL or PUT /_sandbox/v1/webhook\n" +
				"  fix: give Options.Handler or Options.Webhook, or call Sandbox.Handle first"},
		"a webhook that is no URL": {func(tb testing.TB) { Start(tb, Options{Webhook: "localhost:3000"}) },
			`contract: webhook "localhost:3000" must begin with http:// or https://`},
		"a path that is none": {func(tb testing.TB) { Start(tb, Options{Webhook: "http://x/y", Handler: http.NotFoundHandler()}) },
			`contract: Options.Webhook is "http://x/y"; beside a handler it is the handler's path, such as /webhook`},
		"an unknown fate": {func(tb testing.TB) { Start(tb, Options{}).CustomerLike(tb, sim.CustomerRequest{Fate: "7"}) },
			`contract: no such customer can be made: no fate "7"; the table is in: encore-sandbox help faults`},
		"time backwards": {func(tb testing.TB) { Start(tb, Options{}).Advance(tb, "", -time.Second) },
			"contract: the clock was not advanced: a clock only goes forward; give a positive duration such as 26h"},
		"a bad config": {func(tb testing.TB) { Start(tb, Options{Config: scenarios.Config{Faults: []fault.Fault{{}}}}) },
			"contract: the sandbox does not start: faults[0]: the fault does nothing: give it an effect, such as 503 or latency=2s\n  fix: change Options.Config"},
		"a host name twice": {func(tb testing.TB) {
			s := Start(tb, Options{InMemory: true})
			s.Listen(tb, "db.localhost")
			s.Listen(tb, "db.localhost")
		}, "contract: cannot listen as db.localhost: somebody listens as db.localhost already; choose another host name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := regexp.MustCompile(`:1\d{10}\b`).ReplaceAllString(saying(t, c.test), ":CUSTOMER")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMemoryRefusesStrangers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := Start(t, Options{InMemory: true})
		_, err := s.Client().Get("http://elsewhere.example/")
		if err == nil || !strings.Contains(err.Error(), "use Sandbox.Listen") {
			t.Errorf("a host that nobody listens as: %v", err)
		}
		l := s.Listen(t, "db.localhost")
		_ = l.Close()
		_, err = s.Client().Get("http://db.localhost/")
		if err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("a listener that has closed: %v", err)
		}
		if _, err := l.Accept(); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("Accept after Close: %v", err)
		}
	})
}
