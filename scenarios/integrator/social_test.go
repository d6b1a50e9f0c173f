package integrator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
)

const (
	page      = "104895545712345"
	instagram = "17841405793187218"
	psid      = "2400831037423269"
)

// card is the payload of Messenger and Instagram, with an escape that decoding
// and encoding would lose.
const card = `{"recipient":{"id":"` + psid + `"}, "message":{"attachment":{"type":"template","payload":{"template_type":"generic",` +
	`"elements":[{"title":"Free \u2014 music","default_action":{"type":"web_url","url":"https:\/\/api.encorekit.com/encore/click/t.s"}}]}}}}`

// social plays Encore and the Send API for a page and its Instagram account.
// Like world, it writes down every call and names what is odd in it.
type social struct {
	t        *testing.T
	clock    *fakeClock
	in       *integrator.Integrator
	object   string // of webhooks
	account  string
	platform string
	echoes   bool // a message's echo comes before the answer to the send

	mu    sync.Mutex
	lines []string
	logs  []string
	sent  int
}

func newSocial(t *testing.T, object string, change func(*integrator.Config)) *social {
	t.Helper()
	w := &social{t: t, clock: &fakeClock{now: epoch.Add(time.Second), timers: map[int]timer{}}, object: object, account: page, platform: "facebook"}
	if object == "instagram" {
		w.account, w.platform = instagram, "instagram"
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /encore/publisher/sdk/v1/offers/message", w.offers)
	mux.HandleFunc("POST /encore/publisher/sdk/v1/offers/impressions/{id}/delivered", w.delivered)
	mux.HandleFunc("POST /v22.0/me/messages", w.messages)
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { w.line("stray " + r.URL.Path) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	cfg := integrator.Config{
		EncoreURL: server.URL, GraphURL: server.URL, EncoreKey: key, GraphToken: "EAA&odd=1", AppSecret: secret, VerifyToken: verify,
		Operators: []integrator.Operator{{ClientID: "client-42", ClientName: "Tony's Pizza", PageID: page, InstagramID: instagram}},
		Reply:     replyText, Clock: w.clock, Log: w.log,
	}
	if change != nil {
		change(&cfg)
	}
	in, err := integrator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.in = in
	return w
}

func (w *social) log(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logs = append(w.logs, fmt.Sprintf(format, args...))
}

func (w *social) line(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, s)
}

// offers writes down what an offer was asked with, field by field.
func (w *social) offers(rw http.ResponseWriter, r *http.Request) {
	var f map[string]any
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		w.t.Errorf("body of the offers call: %v", err)
	}
	stamp, _ := f["inboundTimestamp"].(float64)
	w.line(fmt.Sprintf("ask %v of %v as %v in %v at +%d for %v", f["inboundMessageId"], f["recipient"], f["messagingPlatform"], f["chatId"],
		int64(stamp)-epoch.Unix(), f["clientId"]))
	fmt.Fprintf(rw, `{"success":true,"impressionId":"i-%v","message":{"platform":%q,"payload":%s}}`, f["inboundMessageId"], w.platform, card)
}

func (w *social) messages(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	line := string(body)
	switch line {
	case card:
		line = "offer"
	case `{"recipient":{"id":"` + psid + `"},"messaging_type":"RESPONSE","message":{"text":"` + replyText + `"}}`:
		line = "reply"
	}
	if token := r.URL.Query().Get("access_token"); token != "EAA&odd=1" {
		line += " with token " + token
	}
	if r.Header.Get("Authorization") != "" || len(r.URL.Query()) != 1 {
		line += " and further credentials"
	}
	w.line(line)
	w.mu.Lock()
	w.sent++
	id := fmt.Sprintf("out-%d", w.sent)
	w.mu.Unlock()
	if w.echoes {
		w.post(w.echo(id, string(body)))
	}
	fmt.Fprintf(rw, `{"recipient_id":%q,"message_id":%q}`, psid, id)
}

func (w *social) delivered(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.line("confirm " + r.PathValue("id") + " " + string(body))
	rw.WriteHeader(http.StatusAccepted)
}

// event is an event of the customer at an hour and 999 milliseconds, so that
// rounding shows.
func (w *social) event(hour int, what string) string {
	at := epoch.Add(time.Duration(hour)*time.Hour + 999*time.Millisecond).UnixMilli()
	return fmt.Sprintf(`{"sender":{"id":%q},"recipient":{"id":%q},"timestamp":%d,%s}`, psid, w.account, at, what)
}

func (w *social) text(hour int) string {
	return w.event(hour, fmt.Sprintf(`"message":{"mid":"m%d","text":"Hi"}`, hour))
}

// echo is what comes of a message that the business sent.
func (w *social) echo(id, body string) string {
	var sent struct{ Message map[string]any }
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		w.t.Error(err)
	}
	sent.Message["mid"], sent.Message["is_echo"] = id, true
	message, err := json.Marshal(sent.Message)
	if err != nil {
		w.t.Error(err)
	}
	return fmt.Sprintf(`{"sender":{"id":%q},"recipient":{"id":%q},"timestamp":%d,"message":%s}`, w.account, psid, epoch.UnixMilli(), message)
}

func (w *social) post(events ...string) {
	body := fmt.Sprintf(`{"object":%q,"entry":[{"id":%q,"time":1,"messaging":[%s]}]}`, w.object, w.account, strings.Join(events, ","))
	r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", sign(body, secret))
	rec := httptest.NewRecorder()
	w.in.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		w.t.Errorf("the webhook was answered %d %s", rec.Code, rec.Body)
	}
}

// notify delivers events in one webhook and waits for what comes of it.
func (w *social) notify(events ...string) {
	w.post(events...)
	w.clock.wg.Wait()
}

func (w *social) got() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

// asked is the line of a correct call for the message of an hour.
func (w *social) asked(hour int) string {
	return fmt.Sprintf("ask m%d of %s as %s in %s at +%d for client-42", hour, psid, w.platform, psid, hour*3600)
}

// onBoth runs a test with Messenger and with Instagram.
func onBoth(t *testing.T, change func(*integrator.Config), test func(*testing.T, *social)) {
	for _, object := range []string{"page", "instagram"} {
		t.Run(object, func(t *testing.T) {
			t.Parallel()
			test(t, newSocial(t, object, change))
		})
	}
}

func (w *social) diff(want ...string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.got()); d != "" {
		w.t.Errorf("calls (-want +got):\n%s", d)
	}
}

func TestSocialTriggers(t *testing.T) {
	t.Parallel()
	onBoth(t, nil, func(_ *testing.T, w *social) {
		w.notify(w.text(0))
		w.notify(w.text(23))
		w.notify(w.text(47), w.text(48))
		w.diff(w.asked(0), "offer", "reply", "reply", w.asked(47), "offer", "reply", "reply")
	})
}

func TestSocialThreadIDIsTheChat(t *testing.T) {
	t.Parallel()
	onBoth(t, nil, func(_ *testing.T, w *social) {
		w.notify(w.event(0, `"thread":{"id":"t_1"},"message":{"mid":"m0","text":"Hi"}`))
		w.diff(strings.Replace(w.asked(0), "in "+psid, "in t_1", 1), "offer", "reply")
	})
}

// What is no message leads to nothing and moves no gap.
func TestSocialEventsThatAreNoMessages(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]string{
		"a reaction":                   `"reaction":{"mid":"out-1","action":"react","emoji":"x"}`,
		"a postback":                   `"postback":{"mid":"p1","title":"Menu","payload":"MENU"}`,
		"a deleted message":            `"message":{"mid":"m9","is_deleted":true}`,
		"an unsupported message":       `"message":{"mid":"m9","is_unsupported":true,"text":"?"}`,
		"a message without content":    `"message":{"mid":"m9"}`,
		"a message without an id":      `"message":{"text":"Hi"}`,
		"a message that is no object":  `"message":"Hi"`,
		"a read receipt without a mid": `"read":{"watermark":1}`,
		"an event of the future":       `"pass_thread_control":{"new_owner_app_id":"1"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, nil, func(_ *testing.T, w *social) {
				w.notify(w.event(0, event))
				w.notify(w.text(1))
				w.diff(w.asked(1), "offer", "reply")
			})
		})
	}
}

func TestSocialWebhooksOfOthers(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*social){
		"another account": func(w *social) { w.account = "1" },
		"another product": func(w *social) { w.object = "user" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, "page", nil)
			change(w)
			w.notify(w.text(0))
			if got := w.got(); len(got) > 0 {
				t.Errorf("want no call, got %q", got)
			}
		})
	}
}

// Echoes come before or after Graph's answer; either way the offer counts once.
func TestOwnEchoesCountOnce(t *testing.T) {
	t.Parallel()
	two := 2
	capped := func(c *integrator.Config) { c.Cap = &two }
	t.Run("before the answer", func(t *testing.T) {
		t.Parallel()
		onBoth(t, capped, func(_ *testing.T, w *social) {
			w.echoes = true
			w.notify(w.text(0))
			w.notify(w.text(30))
			w.notify(w.text(60))
			w.diff(w.asked(0), "offer", "reply", w.asked(30), "offer", "reply", "reply")
		})
	})
	t.Run("after the answer", func(t *testing.T) {
		t.Parallel()
		onBoth(t, capped, func(_ *testing.T, w *social) {
			w.notify(w.text(0))
			w.notify(w.echo("out-1", card))
			w.notify(w.text(30))
			w.diff(w.asked(0), "offer", "reply", w.asked(30), "offer", "reply")
		})
	})
	t.Run("a colleague's link counts too", func(t *testing.T) {
		t.Parallel()
		onBoth(t, capped, func(_ *testing.T, w *social) {
			w.notify(w.echo("theirs-1", card), w.echo("theirs-2", card))
			w.notify(w.text(0))
			w.diff("reply")
		})
	})
}

func TestSocialDeliveryCallback(t *testing.T) {
	t.Parallel()
	up := func(after time.Duration) int64 { return epoch.Add(after).UnixMilli() }
	for _, c := range []struct {
		name   string // with the reason
		events []string
		want   []string
	}{
		{"delivered by its id", []string{`"delivery":{"mids":["out-1"],"watermark":1}`}, []string{`confirm i-m0 {"deliveredTimestamp":1750007200}`}},
		{"the reply's delivery is nobody's business", []string{`"delivery":{"mids":["out-2"]}`}, nil},
		{"delivered up to a moment after the offer", []string{fmt.Sprintf(`"delivery":{"watermark":%d}`, up(time.Hour))}, []string{`confirm i-m0 {"deliveredTimestamp":1750007200}`}},
		{"delivered up to a moment before the offer", []string{fmt.Sprintf(`"delivery":{"watermark":%d}`, up(0))}, nil},
		{"read up to a moment, without delivery", []string{fmt.Sprintf(`"read":{"watermark":%d}`, up(time.Hour))}, []string{`confirm i-m0 {"deliveredTimestamp":1750007200,"readTimestamp":1750007200}`}},
		{"read by its id, as Instagram has it", []string{`"read":{"mid":"out-1"}`}, []string{`confirm i-m0 {"deliveredTimestamp":1750007200,"readTimestamp":1750007200}`}},
		{"read after delivered is not told again", []string{`"delivery":{"mids":["out-1"]}`, fmt.Sprintf(`"read":{"watermark":%d}`, up(time.Hour))}, []string{`confirm i-m0 {"deliveredTimestamp":1750007200}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, "page", nil)
			w.notify(w.text(0))
			for _, event := range c.events {
				w.notify(w.event(2, event))
			}
			w.diff(append([]string{w.asked(0), "offer", "reply"}, c.want...)...)
		})
	}
}

// The page's own token goes before the common one, and no token into the log.
func TestSocialTokens(t *testing.T) {
	t.Parallel()
	w := newSocial(t, "page", func(c *integrator.Config) {
		c.Operators[0].PageToken = "EAApage"
		c.Client = &http.Client{Transport: severed{http.DefaultTransport}}
	})
	w.notify(w.text(0))
	w.diff(w.asked(0), "reply with token EAApage")
	if logs := strings.Join(w.logs, "\n"); strings.Contains(logs, "EAA") || !strings.Contains(logs, "severed") {
		t.Errorf("want the reason in the log and no token, got:\n%s", logs)
	}
}

// severed breaks the connection of an offer.
type severed struct{ next http.RoundTripper }

func (s severed) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.ContentLength == int64(len(card)) {
		return nil, &url.Error{Op: "Post", URL: "elsewhere", Err: fmt.Errorf("severed")}
	}
	return s.next.RoundTrip(r)
}

func TestSocialDefects(t *testing.T) {
	t.Parallel()
	ask := func(platform, chat, at string) string {
		return fmt.Sprintf("ask m0 of %s as %s in %s at +%s for client-42", psid, platform, chat, at)
	}
	ms := fmt.Sprint(epoch.UnixMilli() + 999 - epoch.Unix())
	changed := strings.Replace(strings.ReplaceAll(strings.ReplaceAll(card, `\/`, `/`), `\u2014 music`, "— music Hurry!"), "}, ", "},", 1)
	for _, c := range []struct {
		defect string
		object string
		want   []string
	}{
		{"ms-timestamp-not-divided", "page", []string{ask("facebook", psid, ms), "offer", "reply"}},
		{"ms-timestamp-not-divided", "instagram", []string{ask("instagram", psid, ms), "offer", "reply"}},
		{"platform-is-messenger", "page", []string{ask("messenger", psid, "0"), "offer", "reply"}},
		{"platform-is-messenger", "instagram", []string{ask("instagram", psid, "0"), "offer", "reply"}},
		{"chat-is-page-id", "page", []string{ask("facebook", page, "0"), "offer", "reply"}},
		{"chat-is-page-id", "instagram", []string{ask("instagram", instagram, "0"), "offer", "reply"}},
		{"wrong-platform", "page", []string{ask("instagram", psid, "0"), "offer", "reply"}},
		{"payload-changed", "page", []string{ask("facebook", psid, "0"), sorted(t, changed), "reply"}},
	} {
		t.Run(c.defect+" on "+c.object, func(t *testing.T) {
			t.Parallel()
			w := newSocial(t, c.object, func(cfg *integrator.Config) { cfg.Defects = []string{c.defect} })
			w.notify(w.text(0))
			w.diff(c.want...)
		})
	}
}

// sorted is JSON as the integrator writes what it decoded.
func sorted(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// An integrator that does not know echoes takes its page for a customer.
func TestEchoCall(t *testing.T) {
	t.Parallel()
	onBoth(t, func(c *integrator.Config) { c.Defects = []string{"echo-call"} }, func(_ *testing.T, w *social) {
		w.notify(w.echo("out-9", card))
		w.diff(fmt.Sprintf("ask out-9 of %s as %s in %s at +0 for client-42", w.account, w.platform, w.account), "offer",
			`{"recipient":{"id":"`+w.account+`"},"messaging_type":"RESPONSE","message":{"text":"`+replyText+`"}}`)
	})
}
