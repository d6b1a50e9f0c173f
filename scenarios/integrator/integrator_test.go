package integrator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
)

func capped(n int) func(*world, *integrator.Config) {
	return func(_ *world, c *integrator.Config) { c.Cap = &n }
}

func encore(answers ...http.HandlerFunc) func(*world, *integrator.Config) {
	return func(w *world, _ *integrator.Config) { w.encore = answers }
}

func graph(answers ...http.HandlerFunc) func(*world, *integrator.Config) {
	return func(w *world, _ *integrator.Config) { w.graph = answers }
}

type story struct {
	name   string // with the reason
	change func(*world, *integrator.Config)
	steps  []step
	want   []string
}

func playAll(t *testing.T, stories []story) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			got := newWorld(t, s.change).play(s.steps)
			if diff := cmp.Diff(s.want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTriggersAndCap(t *testing.T) {
	t.Parallel()
	playAll(t, []story{
		{"the first message gets the offer, then the reply", nil, []step{writes(0)}, []string{"ask m0", "offer", "reply"}},
		{"mid-thread gets the reply only", nil, []step{writes(0), writes(23)}, []string{"ask m0", "offer", "reply", "reply"}},
		{"the boundary of the gap belongs to it", nil, []step{writes(0), writes(24)}, []string{"ask m0", "offer", "reply", "ask m24", "offer", "reply"}},
		{"the gap runs from the previous message, not from the last trigger", nil, []step{writes(0), writes(20), writes(40)},
			[]string{"ask m0", "offer", "reply", "reply", "reply"}},
		{"at the cap the reply comes alone", capped(1), []step{writes(0), writes(30)}, []string{"ask m0", "offer", "reply", "reply"}},
		{"cap zero never asks", capped(0), []step{writes(0)}, []string{"reply"}},
		{"an offer that Graph refused does not count", func(w *world, c *integrator.Config) {
			capped(1)(w, c)
			graph(says(400, `{"error":{"code":131009}}`), accept)(w, c)
		}, []step{writes(0), writes(30), writes(60)}, []string{"ask m0", "offer", "reply", "ask m30", "offer", "reply", "reply"}},
		{"no fill does not count", func(w *world, c *integrator.Config) {
			capped(1)(w, c)
			encore(says(200, noFillBody), says(200, offerBody))(w, c)
		}, []step{writes(0), writes(30), writes(60)}, []string{"ask m0", "reply", "ask m30", "offer", "reply", "reply"}},
		{"a burst in one webhook has one trigger and keeps its order", nil, []step{writes(0, 1, 2)}, []string{"ask m0", "offer", "reply", "reply", "reply"}},
		{"a redelivered webhook is ignored", nil, []step{writes(0), writes(0)}, []string{"ask m0", "offer", "reply"}},
		{"an older message that comes late is no trigger", nil, []step{writes(30), writes(2), writes(31)},
			[]string{"ask m30", "offer", "reply", "reply", "reply"}},
		{"a reaction is no message and moves no gap", nil, []step{writes(0), reacts(20), writes(30)},
			[]string{"ask m0", "offer", "reply", "ask m30", "offer", "reply"}},
		{"links count whoever wrote them, subdomains too", func(w *world, c *integrator.Config) {
			capped(1)(w, c)
			encore(says(200, noFillBody))(w, c)
			c.Reply = "See HTTPS://Link.EncoreKit.com/a"
		}, []step{writes(0), writes(30)}, []string{"ask m0", "reply: See HTTPS://Link.EncoreKit.com/a", "reply: See HTTPS://Link.EncoreKit.com/a"}},
		{"a link to the bare domain counts", func(w *world, c *integrator.Config) {
			capped(1)(w, c)
			encore(says(200, noFillBody))(w, c)
			c.Reply = "See (http://encorekit.com)."
		}, []step{writes(0), writes(30)}, []string{"ask m0", "reply: See (http://encorekit.com).", "reply: See (http://encorekit.com)."}},
		{"a look-alike host does not count", func(w *world, c *integrator.Config) {
			capped(1)(w, c)
			encore(says(200, noFillBody))(w, c)
			c.Reply = "See https://notencorekit.com/a"
		}, []step{writes(0), writes(30)}, []string{"ask m0", "reply: See https://notencorekit.com/a", "ask m30", "reply: See https://notencorekit.com/a"}},
		{"another customer has a thread, a chatId and a cap of his own", capped(1), []step{writes(0), func(w *world) {
			w.notify(`"messages":[` + strings.Replace(message("m1", "text", epoch.Add(time.Hour)), phone, "15014005002", 1) + `]`)
		}}, []string{"ask m0", "offer", "reply", "ask m1 another chatId recipient=15014005002", "offer", "reply to 15014005002"}},
	})
}

func TestEveryOutcomeEndsInTheReply(t *testing.T) {
	t.Parallel()
	four := []string{"ask m0", "ask m0", "ask m0", "ask m0", "reply"}
	recovered := []string{"ask m0", "ask m0", "offer", "reply"}
	alone := []string{"ask m0", "reply"}
	cases := []struct {
		name   string
		answer []http.HandlerFunc
		want   []string
	}{
		{"400 is never retried", []http.HandlerFunc{says(400, `{"error":"no"}`)}, alone},
		{"401 is not retried", []http.HandlerFunc{says(401, `{"error":"no"}`)}, alone},
		{"409 is not retried", []http.HandlerFunc{says(409, `{"error":"no"}`)}, alone},
		{"500 is not retried", []http.HandlerFunc{says(500, `oops`)}, alone},
		{"502 of a gateway is not retried", []http.HandlerFunc{says(502, `<html>`)}, alone},
		{"a redirect is no 200 and is not followed", []http.HandlerFunc{moved}, alone},
		{"another 2xx is no 200", []http.HandlerFunc{says(202, offerBody)}, alone},
		{"429 is retried three times", []http.HandlerFunc{says(429, ``)}, four},
		{"503 is retried three times", []http.HandlerFunc{says(503, ``)}, four},
		{"503 then 200 gives the offer", []http.HandlerFunc{says(503, ``), says(200, offerBody)}, recovered},
		{"a reset connection is retried", []http.HandlerFunc{reset, says(200, offerBody)}, recovered},
		{"a timeout is retried", []http.HandlerFunc{hang, says(200, offerBody)}, recovered},
		{"an answer that broke off is retried", []http.HandlerFunc{cut, says(200, offerBody)}, recovered},
		{"garbled JSON is not retried", []http.HandlerFunc{says(200, `{"success":tr`)}, alone},
		{"an array is of the wrong shape", []http.HandlerFunc{says(200, `[]`)}, alone},
		{"an empty object is of the wrong shape", []http.HandlerFunc{says(200, `{}`)}, alone},
		{"no fill is an answer", []http.HandlerFunc{says(200, noFillBody)}, alone},
		{"a message without payload cannot be sent", []http.HandlerFunc{says(200, `{"success":true,"impressionId":"a","message":{"platform":"whatsapp"}}`)}, alone},
		{"a payload that is null cannot be sent", []http.HandlerFunc{says(200, `{"success":true,"impressionId":"a","message":{"platform":"whatsapp","payload":null}}`)}, alone},
		{"another platform's message is not for WhatsApp", []http.HandlerFunc{says(200, strings.Replace(offerBody, `"platform":"whatsapp"`, `"platform":"facebook"`, 1))}, alone},
	}
	var stories []story
	for _, c := range cases {
		stories = append(stories, story{c.name, encore(c.answer...), []step{writes(0)}, c.want})
	}
	playAll(t, stories)
}

type panicky struct{ next http.RoundTripper }

func (p panicky) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/offers/message") {
		panic("a bug on the way to Encore")
	}
	return p.next.RoundTrip(r)
}

func TestReplySurvivesPanicAndRefusals(t *testing.T) {
	t.Parallel()
	playAll(t, []story{
		{"a panic costs the offer only", func(_ *world, c *integrator.Config) {
			c.Client = &http.Client{Transport: panicky{http.DefaultTransport}}
		},
			[]step{writes(0), writes(1)}, []string{"reply", "reply"}},
		{"a refused offer is not sent again", graph(says(400, `{"error":{"code":131047}}`), accept), []step{writes(0)}, []string{"ask m0", "offer", "reply"}},
		{"an offer that Graph never answers is given up", graph(hang, accept), []step{writes(0)}, []string{"ask m0", "offer", "reply"}},
		{"an answer of Graph without an id counts as accepted", func(w *world, c *integrator.Config) {
			capped(1)(w, c)
			graph(says(200, `<html>`), accept)(w, c)
		}, []step{writes(0), writes(30)}, []string{"ask m0", "offer", "reply", "reply"}},
	})
}

func TestRetryWaits(t *testing.T) {
	t.Parallel()
	waits := func(seed uint64) []time.Duration {
		w := newWorld(t, func(w *world, c *integrator.Config) {
			c.Seed = seed
			w.encore = []http.HandlerFunc{says(503, "")}
		})
		w.play([]step{writes(0)})
		return w.clock.waits
	}
	one, again, other := waits(1), waits(1), waits(2)
	if diff := cmp.Diff(one, again); diff != "" {
		t.Errorf("the same seed must wait the same (-first +second):\n%s", diff)
	}
	if cmp.Equal(one, other) {
		t.Errorf("another seed must jitter otherwise, both waited %v", one)
	}
	for i, base := range []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second} {
		if lo, hi := base*7/10, base*13/10; one[i] < lo || one[i] > hi || one[i] == base {
			t.Errorf("wait %d is %v, want jittered within %v and %v", i, one[i], lo, hi)
		}
	}
}

func TestReplyBudget(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(*world, *integrator.Config)
		budget time.Duration
	}{
		{"the default budget with every call timing out", encore(hang), integrator.DefaultReplyBudget},
		{"a timeout longer than the budget is cut", func(w *world, c *integrator.Config) {
			c.CallTimeout = time.Hour
			w.encore = []http.HandlerFunc{hang}
		}, integrator.DefaultReplyBudget},
		{"a short budget leaves retries out", func(w *world, c *integrator.Config) {
			c.ReplyBudget = time.Second
			w.encore = []http.HandlerFunc{hang}
		}, time.Second},
		{"an offer that Graph sits on", graph(hang, accept), integrator.DefaultReplyBudget},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.change)
			received := w.clock.Now()
			lines := w.play([]step{writes(0)})
			if last := len(lines) - 1; lines[last] != "reply" {
				t.Fatalf("no reply: %v", lines)
			}
			if took := w.times[len(lines)-1].Sub(received); took > c.budget {
				t.Errorf("the reply took %v, more than %v", took, c.budget)
			}
		})
	}
}

func TestDeliveryCallback(t *testing.T) {
	t.Parallel()
	at := func(s string) []string { return append([]string{"ask m0", "offer", "reply"}, "confirm m0 map["+s+"]") }
	overtaken := func(rw http.ResponseWriter, r *http.Request) {
		w := worldOf(r)
		w.post(envelope(number, `"statuses":[{"id":"out-1","status":"delivered","timestamp":"1750000005"}]`), secret)
		accept(rw, r)
	}
	playAll(t, []story{
		{"delivered is confirmed once", nil, []step{writes(0), reports("out-1", "sent", 1), reports("out-1", "delivered", 5*time.Second),
			reports("out-1", "delivered", 5*time.Second), reports("out-1", "read", 9*time.Second)}, at("deliveredTimestamp:1750000005")},
		{"read without delivered tells both", nil, []step{writes(0), reports("out-1", "read", 9*time.Second)},
			at("deliveredTimestamp:1750000009 readTimestamp:1750000009")},
		{"the reply's delivery is nobody's business", nil, []step{writes(0), reports("out-2", "delivered", 5*time.Second)}, []string{"ask m0", "offer", "reply"}},
		{"failed is not delivered", nil, []step{writes(0), reports("out-1", "failed", 5*time.Second)}, []string{"ask m0", "offer", "reply"}},
	})
	t.Run("a status that overtakes Graph's answer is not lost", func(t *testing.T) {
		t.Parallel()
		got := newWorld(t, graph(overtaken, accept)).play([]step{writes(0)})
		confirms := 0
		for _, line := range got { // the callback runs beside the reply, in either order
			if line == "confirm m0 map[deliveredTimestamp:1750000005]" {
				confirms++
			}
		}
		if confirms != 1 || len(got) != 4 {
			t.Errorf("want one callback among four calls, got %q", got)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	minus := -1
	good := integrator.Config{
		EncoreURL: "http://127.0.0.1:8080", GraphURL: "http://127.0.0.1:8080", EncoreKey: key, GraphToken: token, AppSecret: secret,
		VerifyToken: verify, Operators: []integrator.Operator{{ClientID: "a", ClientName: "A", PhoneNumberID: "1"}},
	}
	if _, err := integrator.New(good); err != nil {
		t.Fatalf("a complete config was refused: %v", err)
	}
	if _, err := integrator.New(integrator.Config{ // nothing of Meta's is needed where nobody uses it
		EncoreURL: "http://127.0.0.1:8080", EncoreKey: key, ZokoURL: "http://127.0.0.1:8080",
		Operators: []integrator.Operator{{ClientID: "a", ClientName: "A", ZokoAccount: "a", ZokoKey: "k"}},
	}); err != nil {
		t.Errorf("a complete config for Zoko alone was refused: %v", err)
	}
	cases := []struct {
		name   string
		change func(*integrator.Config)
		want   string
	}{
		{"no key", func(c *integrator.Config) { c.EncoreKey = "" }, "EncoreKey is empty: set it"},
		{"no base URL", func(c *integrator.Config) { c.GraphURL = "127.0.0.1" }, `GraphURL is "127.0.0.1": give a base URL such as http://127.0.0.1:8080`},
		{"negative cap", func(c *integrator.Config) { c.Cap = &minus }, "Cap is negative: use 0 for no offers at all"},
		{"negative gap", func(c *integrator.Config) { c.IdleGap = -1 }, "IdleGap, ReplyBudget or CallTimeout is negative: use 0 for the default"},
		{"no operator", func(c *integrator.Config) { c.Operators = nil }, "Operators is empty: name at least one"},
		{"half an operator", func(c *integrator.Config) { c.Operators = []integrator.Operator{{ClientID: "a"}} }, "Operators[0] is incomplete: set ClientID, ClientName and one of PhoneNumberID, PageID, InstagramID, KaleyraSender, InteraktAccount, ZokoAccount"},
		{"one page twice", func(c *integrator.Config) {
			c.Operators = []integrator.Operator{{ClientID: "a", ClientName: "A", PageID: "2"}, {ClientID: "b", ClientName: "B", PageID: "2"}}
		}, "Operators[1] repeats PageID 2: give each account to one operator"},
		{"one number twice", func(c *integrator.Config) { c.Operators = append(c.Operators[:1:1], c.Operators[0]) }, "Operators[1] repeats PhoneNumberID 1: give each account to one operator"},
		{"Kaleyra without its address", func(c *integrator.Config) { c.Operators[0].KaleyraSender = "+15550783881" },
			`KaleyraURL is "": give a base URL such as http://127.0.0.1:8080 (Operators[0])`},
		{"Kaleyra without a key", func(c *integrator.Config) {
			c.Operators[0].KaleyraSender, c.KaleyraURL, c.KaleyraSID = "+15550783881", "http://127.0.0.1:8080", "HXAP1"
		}, "KaleyraKey is empty: set it (Operators[0])"},
		{"Interakt without the webhook's secret", func(c *integrator.Config) {
			c.Operators[0].InteraktAccount, c.Operators[0].InteraktKey, c.InteraktURL = "tonys", "k", "http://127.0.0.1:8080"
		}, "InteraktSecret is empty: set it (Operators[0])"},
		{"the second operator's Zoko account without a key", func(c *integrator.Config) {
			c.ZokoURL = "http://127.0.0.1:8080"
			c.Operators = append(c.Operators, integrator.Operator{ClientID: "b", ClientName: "B", ZokoAccount: "noor"})
		}, "ZokoKey is empty: set it (Operators[1])"},
		{"one Interakt account twice", func(c *integrator.Config) {
			c.Operators = []integrator.Operator{{ClientID: "a", ClientName: "A", InteraktAccount: "t"}, {ClientID: "b", ClientName: "B", InteraktAccount: "t"}}
		}, "Operators[1] repeats InteraktAccount t: give each account to one operator"},
		{"unknown defect", func(c *integrator.Config) { c.Defects = []string{"tpyo"} }, `there is no defect "tpyo": choose from signature-unchecked`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			cfg.Operators = slices.Clone(good.Operators)
			c.change(&cfg)
			if _, err := integrator.New(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
		})
	}
}
