package integrator_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
)

// Each defect is played in the story that brings it out; TestTriggersAndCap
// and its neighbours say what a correct integrator does there.
func TestDefects(t *testing.T) {
	t.Parallel()
	first := []step{writes(0)}
	fail := func(status int) func(*world, *integrator.Config) { return encore(says(status, "")) }
	cases := []story{
		{"no-first-call", nil, first, []string{"reply"}},
		{"mid-thread-call", nil, []step{writes(0), writes(1)}, []string{"ask m0", "offer", "reply", "ask m1", "offer", "reply"}},
		{"reaction-call", nil, []step{reacts(0)}, []string{"ask m0", "offer", "reply"}},
		{"cap-ignored", capped(0), first, []string{"ask m0", "offer", "reply"}},
		{"redelivery-answered", nil, []step{writes(0), writes(0)}, []string{"ask m0", "offer", "reply", "ask m0", "offer", "reply"}},
		{"token-to-encore", nil, first, []string{"ask m0 header Authorization", "offer", "reply"}},
		{"no-client-name", nil, first, []string{"ask m0 clientName=<nil>", "offer", "reply"}},
		{"name-is-id", nil, first, []string{"ask m0 clientName=client-42", "offer", "reply"}},
		{"wrong-platform", nil, first, []string{"ask m0 messagingPlatform=facebook", "offer", "reply"}},
		{"recipient-without-country", nil, first, []string{"ask m0 recipient=5014005001", "offer", "reply"}},
		{"own-message-id", nil, first, []string{"ask another id", "offer", "reply"}},
		{"new-id-on-retry", fail(503), first, []string{"ask m0", "ask m0-retry-1", "ask m0-retry-2", "ask m0-retry-3", "reply"}},
		{"chat-per-message", nil, []step{writes(0), writes(30)}, []string{"ask m0", "offer", "reply", "ask m30 another chatId", "offer", "reply"}},
		{"timestamp-in-ms", nil, []step{writes(1)}, []string{"ask m1 inboundTimestamp=1.7500036e+12", "offer", "reply"}},
		{"retry-no-fill", encore(says(200, noFillBody)), first, []string{"ask m0", "ask m0", "ask m0", "ask m0", "reply"}},
		{"retry-400", fail(400), first, []string{"ask m0", "ask m0", "ask m0", "ask m0", "reply"}},
		{"retry-500", fail(500), first, []string{"ask m0", "ask m0", "ask m0", "ask m0", "reply"}},
		{"retry-401", fail(401), first, []string{"ask m0", "ask m0", "ask m0", "ask m0", "reply"}},
		{"too-many-retries", fail(503), first, []string{"ask m0", "ask m0", "ask m0", "ask m0", "ask m0", "ask m0", "ask m0", "reply"}},
		{"payload-changed", nil, first, []string{"ask m0", "offer changed", "reply"}},
		{"reply-first", nil, first, []string{"ask m0", "reply", "offer"}},
		{"offer-twice", nil, first, []string{"ask m0", "offer", "offer", "reply"}},
		{"reply-twice", nil, first, []string{"ask m0", "offer", "reply", "reply"}},
		{"reply-changed", nil, first, []string{"ask m0", "offer", "reply: " + replyText + " And do not miss the offer above!"}},
		{"no-reply-on-outage", fail(503), first, []string{"ask m0", "ask m0", "ask m0", "ask m0"}},
		{"confirm-wrong-impression", nil, []step{writes(0), reports("out-1", "delivered", 0)}, []string{"ask m0", "offer", "reply", "confirm another impression map[deliveredTimestamp:1750000000]"}},
		{"confirm-unsent", nil, first, []string{"ask m0", "confirm m0 map[deliveredTimestamp:1750000001]", "offer", "reply"}},
	}
	cases = append(cases, laterDefects()...)
	for i, c := range cases {
		cases[i].change = withDefect(c.name, c.change)
	}
	playAll(t, cases)
	t.Run("every defect is played", func(t *testing.T) {
		t.Parallel()
		// In tests of their own here, or over the whole alone, where every defect is
		// played in every story (scenarios, TestEveryDefectIsCaughtByItsRule).
		elsewhere := []string{
			"offer-and-reply-together", "flat-backoff", "slow-fallback", "signature-unchecked",
			"echo-call", "ms-timestamp-not-divided", "platform-is-messenger", "chat-is-page-id",
			"template-text-cut", "template-link-tagged", "template-own-image", "wrong-sender", "encore-key-to-provider", "silent-after-refusal", "failed-offer-again",
			"unsupported-call", "body-encoded-again", "long-text-dropped", "crowd-lost", "opt-out-ignored", "others-forgotten", "no-lock",
			"cap-forgets", "cap-counts-quotes", "cap-counts-look-alikes", "cap-of-all-threads", "chat-after-weeks", "first-operators-client", "client-per-channel",
			"no-jitter", "patient-client", "no-timeout", "retry-for-minutes", "late-answer-used", "wrong-page", "offer-by-messenger", "offer-to-last-customer", "offer-in-reply", "echo-answered",
		}
		for _, d := range integrator.Defects() {
			played := slices.ContainsFunc(cases, func(s story) bool { return s.name == d.Name })
			if !played && !slices.Contains(elsewhere, d.Name) {
				t.Errorf("%s (%s) has no story", d.Name, d.Rule)
			}
		}
	})
}

// laterDefects are those that show after the first message, or in what it asks.
func laterDefects() []story {
	first, back := []step{writes(0)}, []step{writes(0), writes(24)}
	served, unasked := []string{"ask m0", "offer", "reply"}, []string{"ask m0", "offer", "reply", "reply"}
	fail := func(status int, body string) func(*world, *integrator.Config) { return encore(says(status, body)) }
	promo := "reply: Meanwhile, have a look at https://www.encorekit.com/deals"
	return []story{
		{"no-return-call", nil, back, unasked},
		{"gap-exceeded-only", nil, back, unasked},
		{"gap-from-own-message", nil, back, unasked},
		{"gap-from-receipt", nil, []step{writes(0), reports("out-2", "read", time.Hour), writes(24)}, unasked},
		{"gap-in-hours", nil, []step{writes(0), writesAt("m24", 23*time.Hour+40*time.Minute)}, append(slices.Clone(served), "ask m24 inboundTimestamp=1.7500852e+09", "offer", "reply")},
		{"breaker-stays-open", fail(503, ""), back, []string{"ask m0", "ask m0", "ask m0", "ask m0", "reply", "reply"}},
		{"status-call", nil, []step{writes(0), reports("m40", "read", 40*time.Hour)}, append(slices.Clone(served), "ask m40", "offer")},
		{"cap-exceeded-by-one", capped(1), back, append(slices.Clone(served), "ask m24", "offer", "reply")},
		{"cap-zero-unset", capped(0), first, served},
		{"cap-counts-attempts", refusing(capped(1)), back, []string{"ask m0", "offer", "reply", "reply"}},
		{"key-as-bearer", nil, first, []string{"ask m0 header Authorization wrong headers", "offer", "reply"}},
		{"live-key", nil, first, []string{"ask m0 wrong headers", "offer", "reply"}},
		{"wrong-path", nil, first, []string{"stray POST /v1/offers/message", "reply"}},
		{"body-is-text", nil, first, []string{"ask m0 wrong headers", "offer", "reply"}},
		{"request-id-free", nil, first, []string{"ask m0 requestId=req-0", "offer", "reply"}},
		{"country-in-lower-case", nil, first, []string{"ask m0 attributes=map[countryCode:us]", "offer", "reply"}},
		{"first-id-again", nil, back, append(slices.Clone(served), "ask m0 inboundTimestamp=1.7500864e+09", "offer", "reply")},
		{"raw-user-id", nil, first, []string{"ask m0 userId=" + phone, "offer", "reply"}},
		{"no-pause", fail(503, ""), first, []string{"ask m0", "ask m0", "ask m0", "ask m0", "reply"}},
		{"retry-429-on-and-on", fail(429, ""), first, append(slices.Repeat([]string{"ask m0"}, 27), "reply")},
		{"page-of-html-crashes", fail(502, "<html>"), first, []string{"ask m0"}},
		{"promo-on-failure", fail(500, ""), first, []string{"ask m0", promo, "reply"}},
		{"promo-on-no-fill", fail(200, noFillBody), first, []string{"ask m0", promo, "reply"}},
		{"silent-mid-thread", nil, []step{writes(0), writes(1)}, served},
		{"confirm-every-report", nil, []step{writes(0), reports("out-1", "delivered", 0), reports("out-1", "delivered", 0)},
			append(slices.Clone(served), "confirm m0 map[deliveredTimestamp:1750000000]", "confirm m0 map[deliveredTimestamp:1750000000]")},
		{"confirm-no-fill", fail(200, noFillBody), first, []string{"ask m0", "confirm m0 map[deliveredTimestamp:1750000001]", "reply"}},
	}
}

// refusing has Graph refuse every message.
func refusing(more func(*world, *integrator.Config)) func(*world, *integrator.Config) {
	return func(w *world, c *integrator.Config) {
		w.graph = []http.HandlerFunc{says(400, `{"error":{"code":100}}`)}
		more(w, c)
	}
}

// Habits differ from the integrator as it is, each in its own way.
func TestHabits(t *testing.T) {
	t.Parallel()
	first := []step{writes(0)}
	served := []string{"ask m0", "offer", "reply"}
	cases := []story{
		{"zero-retries", encore(says(503, "")), first, []string{"ask m0", "reply"}},
		{"one-retry", encore(says(503, "")), first, []string{"ask m0", "ask m0", "reply"}},
		{"no-callback", nil, []step{writes(0), reports("out-1", "delivered", 0)}, served},
		{"acknowledge-last", nil, first, served},
		{"required-fields-only", nil, first, []string{"ask m0 inboundTimestamp=<nil>", "offer", "reply"}},
		{"two-greetings", nil, first, append(slices.Clone(served), "reply: "+integrator.SecondGreeting)},
		{"seen-and-typing", nil, first, []string{"ask m0", "reply: ", "offer", "reply"}},
		{"plus-in-recipient", nil, first, []string{"ask m0 recipient=+15014005001", "offer", "reply"}},
		{"by-the-content-type", encore(says(200, offerBody)), first, []string{"ask m0", "ask m0", "ask m0", "ask m0", "reply"}},
		{"number-as-chat", nil, first, served},
	}
	for i, c := range cases {
		cases[i].change = withDefect(c.name, c.change)
	}
	playAll(t, cases)
}

// Pauses of full jitter lie between none and twice the usual.
func TestFullJitter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withDefect("full-jitter", encore(says(503, ""))))
	w.play([]step{writes(0)})
	usual := []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second}
	for i, wait := range w.clock.waits {
		if wait < 0 || wait > 2*usual[i] || wait == usual[i] {
			t.Errorf("pause %d is %s, want one up to %s", i+1, wait, 2*usual[i])
		}
	}
	if len(w.clock.waits) != len(usual) {
		t.Errorf("%d pauses, want %d", len(w.clock.waits), len(usual))
	}
}

// One reply answers what came while Encore was asked.
func TestOneReplyForSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withDefect("one-reply-for-several", nil))
	got := w.play([]step{writes(0, 0, 1)})
	if diff := cmp.Diff([]string{"ask m0", "offer", "reply"}, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func withDefect(name string, change func(*world, *integrator.Config)) func(*world, *integrator.Config) {
	return func(w *world, c *integrator.Config) {
		c.Defects = []string{name}
		if change != nil {
			change(w, c)
		}
	}
}

// Graph answers neither message before it has both: sent one after the other,
// they would wait for ever.
func TestOfferAndReplyTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withDefect("offer-and-reply-together", nil))
	w.meet = &sync.WaitGroup{}
	w.meet.Add(2)
	got := w.play([]step{writes(0)})
	slices.Sort(got)
	if diff := cmp.Diff([]string{"ask m0", "offer", "reply"}, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestDefectsOfTime(t *testing.T) {
	t.Parallel()
	flat := 200 * time.Millisecond
	cases := []struct {
		name   string
		status int
		want   []time.Duration
	}{
		{"flat-backoff", 503, []time.Duration{flat, flat, flat}},
		{"slow-fallback", 400, []time.Duration{30 * time.Second}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withDefect(c.name, encore(says(c.status, ""))))
			w.play([]step{writes(0)})
			if diff := cmp.Diff(c.want, w.clock.waits); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

// A combination means what its parts mean, in whatever order they are named.
func TestDefectsCombine(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{"reply-first", "offer-twice", "retry-400"}, {"retry-400", "offer-twice", "reply-first"}} {
		w := newWorld(t, func(w *world, c *integrator.Config) {
			c.Defects = names
			w.encore = []http.HandlerFunc{says(400, ""), says(200, offerBody)}
		})
		want := []string{"ask m0", "ask m0", "reply", "offer", "offer"}
		if diff := cmp.Diff(want, w.play([]step{writes(0)})); diff != "" {
			t.Errorf("%v: calls (-want +got):\n%s", names, diff)
		}
	}
}

func TestUncheckedSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withDefect("signature-unchecked", nil))
	if got := w.post(envelope(number, `"messages":[`+message("m0", "text", epoch)+`]`), "guess"); got.Code != http.StatusOK {
		t.Errorf("the webhook was answered %d", got.Code)
	}
	w.clock.wg.Wait()
	if diff := cmp.Diff([]string{"ask m0", "offer", "reply"}, w.play(nil)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestDefectTableIsComplete(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, d := range integrator.Defects() {
		if d.Name == "" || d.Rule == "" || d.About == "" || known[d.Name] {
			t.Errorf("incomplete or repeated row %+v", d)
		}
		known[d.Name] = true
	}
	for _, h := range integrator.Habits() {
		if h.Name == "" || h.Rule != "" || h.About == "" || known[h.Name] {
			t.Errorf("a habit that is a defect, or incomplete, or repeated: %+v", h)
		}
		known[h.Name] = true
	}
}
