package integrator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
)

// wabaOffer is an offer as Encore composes it for WhatsApp, with spaces and
// escapes that decoding and encoding would lose.
const wabaOffer = `{"messaging_product":"whatsapp", "to":"` + phone + `","type":"interactive","interactive":{"type":"cta_url",` +
	`"header":{"type":"image","image":{"link":"https:\/\/storage.example/a.png"}},"body":{"text":"Tony's \u2014 free & easy"},` +
	`"action":{"name":"cta_url","parameters":{"display_text":"Claim","url":"https:\/\/api.encorekit.com/encore/click/t.s"}}}}`

// vendor is what a provider's webhooks and answers look like, and what the
// offer and the reply to it have to be.
type vendor struct {
	path     string // of webhooks
	secret   string // of their signature; empty: none
	send     string // method and path of a send
	header   [2]string
	message  func(id string, at time.Time) string
	status   func(id, status string, at time.Time) string
	answer   string // to a send, with %d for its number
	code     int
	offer    string
	reply    string
	chat     string // empty: one of our own
	statusID string // of the first send, in statuses
}

var vendors = map[string]vendor{
	"kaleyra": {
		path: "/webhook/kaleyra", send: "POST /v2/HXAP1/whatsapp/+15550783881/messages", header: [2]string{"Api-Key", "kaleyra-key"},
		message: func(id string, at time.Time) string {
			return fmt.Sprintf(`{"meta_object":{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"1"},`+
				`"contacts":[],"messages":[{"from":%q,"id":%q,"timestamp":"%d","type":"text","text":{"body":"Hi"}}]},"field":"messages"},"extra_info":{"trace_id":"x"}}`, phone, id, at.Unix())
		},
		status: func(id, status string, at time.Time) string {
			return fmt.Sprintf(`{"meta_object":{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881"},`+
				`"statuses":[{"id":"wamid.unknown","status":%q,"timestamp":"%d"}]},"field":"messages"},"extra_info":{"ref":%q},"status":%q,"message_id":"wamid.unknown"}`, status, at.Unix(), id, status)
		},
		answer: `{"code":"WA202","message":"Request Accepted","data":{"message_id":"out-%d"},"error":{}}`, code: 202,
		offer:    `{"messaging_object":` + wabaOffer + `,"extra_info":{"ref":"m0"}}`,
		reply:    `{"messaging_object":{"messaging_product":"whatsapp","recipient_type":"individual","to":"` + phone + `","type":"text","text":{"body":"` + replyText + `"}}}`,
		statusID: "m0",
	},
	"interakt": {
		path: "/webhook/interakt/tonys", secret: "interakt-secret", send: "POST /v1/public/message/", header: [2]string{"Authorization", "Basic interakt-key"},
		message: func(id string, at time.Time) string {
			return fmt.Sprintf(`{"version":"1.0","type":"message_received","data":{"customer":{"id":"c-1","channel_phone_number":%q,"phone_number":"5014005001","country_code":"+1"},`+
				`"message":{"id":%q,"chat_message_type":"CustomerMessage","received_at_utc":%q,"message_content_type":"Text","message":"Hi"}}}`, phone, id, at.UTC().Format("2006-01-02T15:04:05.000000"))
		},
		status: func(id, status string, at time.Time) string {
			field := map[string]string{"read": "seen_at_utc"}[status]
			if field == "" {
				field = "delivered_at_utc"
			}
			return fmt.Sprintf(`{"type":"message_api_%s","data":{"customer":{"id":"c-1"},"message":{"id":%q,%q:%q}}}`, status, id, field, at.UTC().Format("2006-01-02T15:04:05.999999"))
		},
		answer: `{"result":true,"message":"Message created successfully","id":"out-%d"}`, code: 201,
		offer: `{"countryCode":"+1","phoneNumber":"5014005001","type":"Template","template":{"name":"encore_offer","languageCode":"en",` +
			`"headerValues":["https://storage.example/a.png"],"bodyValues":["Tony's — free \u0026 easy"],"buttonValues":{"0":["t.s"]}}}`,
		reply: `{"countryCode":"+1","phoneNumber":"5014005001","type":"Text","data":{"message":"` + replyText + `"}}`,
		chat:  "c-1", statusID: "out-1",
	},
	"zoko": {
		path: "/webhook/zoko/tonys", send: "POST /v2/message", header: [2]string{"Apikey", "zoko-key"},
		message: func(id string, at time.Time) string {
			return fmt.Sprintf(`{"event":"message:user:in","id":%q,"customer":{"id":"c-1","name":"A"},"direction":"FROM_CUSTOMER","platform":"WHATSAPP",`+
				`"platformSenderId":"+%s","platformTimestamp":%q,"deliveryStatus":"received","type":"text","text":"Hi"}`, id, phone, at.UTC().Format(time.RFC3339))
		},
		status: func(id, status string, at time.Time) string {
			return fmt.Sprintf(`{"event":"message:delivery:update","id":%q,"deliveryStatus":%q,"platformTimestamp":%q}`, id, status, at.UTC().Format(time.RFC3339))
		},
		answer: `{"status":"200","statusText":"Accepted","messageId":"out-%d"}`, code: 200,
		offer: `{"channel":"whatsapp","recipient":"` + phone + `","type":"richTemplate","templateId":"encore_offer","templateLanguage":"en",` +
			`"templateArgs":["https://storage.example/a.png","Tony's — free \u0026 easy","https://api.encorekit.com/encore/click/t.s"]}`,
		reply: `{"channel":"whatsapp","recipient":"` + phone + `","type":"text","message":"` + replyText + `"}`,
		chat:  "c-1", statusID: "out-1",
	},
}

// shop plays Encore and a provider and writes down what they were asked, one
// line a call, in the words of the vendor's row.
type shop struct {
	vendor
	t     *testing.T
	clock *fakeClock
	in    *integrator.Integrator
	fails map[int]int // status by the number of the send

	mu    sync.Mutex
	lines []string
	sent  int
}

func newShop(t *testing.T, channel string, change func(*integrator.Config)) *shop {
	t.Helper()
	w := &shop{vendor: vendors[channel], t: t, clock: &fakeClock{now: epoch.Add(time.Second), timers: map[int]timer{}}, fails: map[int]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /encore/publisher/sdk/v1/offers/message", w.offers)
	mux.HandleFunc("POST /encore/publisher/sdk/v1/offers/impressions/{id}/delivered", func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.line("confirm " + r.PathValue("id") + " " + string(body))
		rw.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("/", w.messages)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	cfg := integrator.Config{
		EncoreURL: server.URL, EncoreKey: key, KaleyraURL: server.URL, KaleyraSID: "HXAP1", KaleyraKey: "kaleyra-key",
		InteraktURL: server.URL, InteraktSecret: "interakt-secret", ZokoURL: server.URL,
		Operators: []integrator.Operator{{
			ClientID: "client-42", ClientName: "Tony's Pizza", KaleyraSender: "+15550783881",
			InteraktAccount: "tonys", InteraktKey: "interakt-key", ZokoAccount: "tonys", ZokoKey: "zoko-key",
		}},
		Reply: replyText, Clock: w.clock, Log: t.Logf,
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if w.in, err = integrator.New(cfg); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *shop) line(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, s)
}

// offers writes down every field of the call in which the channels differ.
func (w *shop) offers(rw http.ResponseWriter, r *http.Request) {
	var f map[string]any
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		w.t.Errorf("body of the offers call: %v", err)
	}
	chat := fmt.Sprint(f["chatId"])
	if w.chat == "" && len(chat) == 36 {
		chat = ""
	}
	stamp, _ := f["inboundTimestamp"].(float64)
	w.line(fmt.Sprintf("ask %v of %v as %v in %v at +%d", f["inboundMessageId"], f["recipient"], f["messagingPlatform"], chat, int64(stamp)-epoch.Unix()))
	if got := r.Header.Get(w.header[0]); got != "" {
		w.line("the provider's credential went to Encore: " + got)
	}
	fmt.Fprintf(rw, `{"success":true,"impressionId":"i-%v","message":{"platform":"whatsapp","payload":%s}}`, f["inboundMessageId"], wabaOffer)
}

func (w *shop) messages(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	line := string(body)
	switch line {
	case w.offer:
		line = "offer"
	case w.reply:
		line = "reply"
	}
	if called := r.Method + " " + r.URL.Path; called != w.send {
		line += " to " + called
	}
	if got := r.Header.Get(w.header[0]); got != w.header[1] {
		line += " with " + got
	}
	if r.Header.Get("X-API-Key") == key {
		line += " with the Encore key"
	}
	w.line(line)
	w.mu.Lock()
	w.sent++
	n := w.sent
	w.mu.Unlock()
	if status := w.fails[n]; status != 0 {
		rw.WriteHeader(status)
		return
	}
	rw.WriteHeader(w.code)
	fmt.Fprintf(rw, w.answer, n)
}

func (w *shop) post(path, body string) int {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if w.secret != "" {
		r.Header.Set("Interakt-Signature", sign(body, w.secret))
	}
	rec := httptest.NewRecorder()
	w.in.ServeHTTP(rec, r)
	w.clock.wg.Wait()
	return rec.Code
}

func (w *shop) notify(bodies ...string) {
	w.t.Helper()
	for _, body := range bodies {
		if code := w.post(w.path, body); code != http.StatusOK {
			w.t.Errorf("the webhook was answered %d", code)
		}
	}
}

// writes is a message of the customer at an hour.
func (w *shop) writes(hour int) string {
	return w.message(fmt.Sprintf("m%d", hour), epoch.Add(time.Duration(hour)*time.Hour))
}

// asked is the line of a correct call for that message.
func (w *shop) asked(hour int) string {
	return fmt.Sprintf("ask m%d of %s as whatsapp in %s at +%d", hour, phone, w.chat, hour*3600)
}

func (w *shop) diff(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if d := cmp.Diff(want, w.lines); d != "" {
		w.t.Errorf("calls (-want +got):\n%s", d)
	}
}

// onAll runs a test with every provider.
func onAll(t *testing.T, change func(*integrator.Config), test func(*testing.T, *shop)) {
	for name := range vendors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newShop(t, name, change))
		})
	}
}

func TestProviderTriggersAndCap(t *testing.T) {
	t.Parallel()
	two := 2
	onAll(t, func(c *integrator.Config) { c.Cap = &two }, func(_ *testing.T, w *shop) {
		w.notify(w.writes(0), w.writes(0), w.writes(23), w.writes(48), w.writes(72))
		second := strings.Replace(w.offer, `"m0"`, `"m48"`, 1)
		if second == w.offer {
			second = "offer"
		}
		w.diff(w.asked(0), "offer", "reply", "reply", w.asked(48), second, "reply", "reply")
	})
}

func TestProviderStatuses(t *testing.T) {
	t.Parallel()
	at := epoch.Add(9 * time.Second)
	for _, c := range []struct {
		name     string // with the reason
		statuses []string
		want     []string
	}{
		{"delivered is confirmed once", []string{"sent", "delivered", "delivered", "read"}, []string{`confirm i-m0 {"deliveredTimestamp":1750000009}`}},
		{"read without delivered tells both", []string{"read"}, []string{`confirm i-m0 {"deliveredTimestamp":1750000009,"readTimestamp":1750000009}`}},
		{"failed is not delivered, and is not sent again", []string{"failed"}, nil},
		{"what failed cannot be delivered", []string{"failed", "delivered"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onAll(t, nil, func(_ *testing.T, w *shop) {
				w.notify(w.writes(0))
				for _, s := range c.statuses {
					w.notify(w.status(w.statusID, s, at))
				}
				w.diff(append([]string{w.asked(0), "offer", "reply"}, c.want...)...)
			})
		})
	}
}

// Zoko says seen in webhooks where its reference says read.
func TestZokoSeenIsRead(t *testing.T) {
	t.Parallel()
	w := newShop(t, "zoko", nil)
	w.notify(w.writes(0), w.status("out-1", "seen", epoch))
	w.diff(w.asked(0), "offer", "reply", `confirm i-m0 {"deliveredTimestamp":1750000000,"readTimestamp":1750000000}`)
}

// Zoko reports every message of the business: ours are known, a colleague's
// link counts, and none is a trigger.
func TestZokoEchoes(t *testing.T) {
	t.Parallel()
	two := 2
	echo := func(id, text string) string {
		return fmt.Sprintf(`{"event":"message:store:out","id":%q,"customer":{"id":"c-1"},"direction":"FROM_STORE","platformSenderId":"+%s","type":"text","text":%q}`, id, phone, text)
	}
	w := newShop(t, "zoko", func(c *integrator.Config) { c.Cap = &two })
	w.notify(echo("theirs", "https://link.encorekit.com/x"), w.writes(0), echo("out-1", "shortened"), w.writes(30))
	w.diff(w.asked(0), "offer", "reply", "reply")
}

// A number that comes in one piece goes out in one piece.
func TestInteraktNumberInOnePiece(t *testing.T) {
	t.Parallel()
	w := newShop(t, "interakt", nil)
	parts, one := `"countryCode":"+1","phoneNumber":"5014005001"`, `"fullPhoneNumber":"`+phone+`"`
	w.offer, w.reply = strings.Replace(w.offer, parts, one, 1), strings.Replace(w.reply, parts, one, 1)
	w.notify(strings.Replace(w.writes(0), `,"phone_number":"5014005001","country_code":"+1"`, "", 1))
	w.diff(w.asked(0), "offer", "reply")
}

func TestProviderRefusals(t *testing.T) {
	t.Parallel()
	onAll(t, nil, func(_ *testing.T, w *shop) {
		w.fails[1] = 400
		w.notify(w.writes(0))
		w.diff(w.asked(0), "offer", "reply")
	})
}

func TestProviderWebhooksThatLeadToNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, channel string
		path          func(string) string
		body          func(string) string
		status        int
	}{
		{"no JSON", "", nil, func(string) string { return "hello" }, 400},
		{"a message without an id", "", nil, func(s string) string { return strings.Replace(s, `"m0"`, `""`, 1) }, 200},
		{"a message from nobody", "", nil, func(s string) string { return strings.ReplaceAll(s, phone, "") }, 200},
		{"an event of the future", "interakt", nil, func(s string) string { return strings.Replace(s, "message_received", "workflow_response_update", 1) }, 200},
		{"a chat that was closed", "zoko", nil, func(s string) string { return strings.Replace(s, "message:user:in", "zoko:chat:closed", 1) }, 200},
		{"a sender of nobody", "kaleyra", nil, func(s string) string { return strings.Replace(s, "15550783881", "15550783889", 1) }, 200},
		{"an account of nobody", "interakt", func(string) string { return "/webhook/interakt/noor" }, nil, 404},
		{"an account of nobody on Zoko", "zoko", func(string) string { return "/zoko/noor" }, nil, 404},
		{"a signature over other bytes", "interakt", nil, nil, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for name := range vendors {
				if c.channel != "" && c.channel != name {
					continue
				}
				w := newShop(t, name, nil)
				path, body := w.path, w.writes(0)
				if c.path != nil {
					path = c.path(path)
				}
				if c.body != nil {
					body = c.body(body)
				}
				if c.status == 401 {
					w.secret = "guess"
				}
				if code := w.post(path, body); code != c.status {
					t.Errorf("%s: answered %d, want %d", name, code, c.status)
				}
				w.diff()
			}
		})
	}
}

// A sole operator needs no account in the path; of two, one has to be named.
func TestAccountInThePath(t *testing.T) {
	t.Parallel()
	w := newShop(t, "zoko", nil)
	if code := w.post("/hooks/zoko", w.writes(0)); code != http.StatusOK {
		t.Errorf("with one operator: answered %d", code)
	}
	w.diff(w.asked(0), "offer", "reply")
	two := newShop(t, "zoko", func(c *integrator.Config) {
		c.Operators = append(c.Operators, integrator.Operator{ClientID: "client-43", ClientName: "Noor Salon", ZokoAccount: "noor", ZokoKey: "noor-key"})
	})
	if code := two.post("/hooks/zoko", two.writes(0)); code != http.StatusNotFound {
		t.Errorf("with two operators and none named: answered %d", code)
	}
	two.header[1] = "noor-key"
	two.post("/hooks/zoko/noor", two.writes(0))
	two.diff(two.asked(0), "offer", "reply")
}

// A provider verifies nothing by GET.
func TestProviderWebhookTakesPostOnly(t *testing.T) {
	t.Parallel()
	w := newShop(t, "kaleyra", nil)
	rec := httptest.NewRecorder()
	w.in.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, w.path, nil))
	if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "POST" {
		t.Errorf("answered %d, Allow %q", rec.Code, rec.Header().Get("Allow"))
	}
}

// An offer that the template cannot hold whole is not sent in part.
func TestOfferThatNoTemplateCarries(t *testing.T) {
	t.Parallel()
	w := newShop(t, "interakt", func(c *integrator.Config) {
		c.Client = &http.Client{Transport: rewritten{"api.encorekit.com/encore/click/", "link.encorekit.com/"}}
	})
	w.notify(w.writes(0))
	w.diff(w.asked(0), "reply")
}

// rewritten changes a text in every answer.
type rewritten struct{ from, to string }

func (s rewritten) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	changed := strings.ReplaceAll(string(body), s.from, s.to)
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(changed)), int64(len(changed))
	return resp, err
}

func TestProviderDefects(t *testing.T) {
	t.Parallel()
	noor := integrator.Operator{
		ClientID: "client-43", ClientName: "Noor Salon", KaleyraSender: "+15550783882",
		InteraktAccount: "noor", InteraktKey: "noor-key", ZokoAccount: "noor", ZokoKey: "noor-key",
	}
	for _, c := range []struct {
		defect   string
		channels []string
		from, to string // what becomes of the offer
		after    []string
	}{
		{"template-text-cut", []string{"interakt", "zoko"}, `Tony's — free \u0026 easy`, "Tony's — f…", []string{"reply"}},
		{"template-link-tagged", []string{"interakt", "zoko"}, "t.s", "t.s?utm_source=whatsapp", []string{"reply"}},
		{"template-own-image", []string{"interakt", "zoko"}, "https://storage.example/a.png", "https://cdn.example/logo.png", []string{"reply"}},
		{"payload-changed", []string{"interakt", "zoko"}, `easy"`, `easy Hurry!"`, []string{"reply"}},
		{"wrong-sender", []string{"interakt", "zoko"}, "", " with noor-key", []string{"reply"}},
		{"wrong-sender", []string{"kaleyra"}, "", " to POST /v2/HXAP1/whatsapp/+15550783882/messages", []string{"reply"}},
		{"failed-offer-again", []string{"kaleyra", "interakt", "zoko"}, "", "", []string{"reply", "offer"}},
	} {
		for _, channel := range c.channels {
			t.Run(c.defect+" on "+channel, func(t *testing.T) {
				t.Parallel()
				w := newShop(t, channel, func(cfg *integrator.Config) {
					cfg.Defects, cfg.Operators = []string{c.defect}, append(cfg.Operators, noor)
				})
				offer := "offer"
				if c.from != "" {
					offer = strings.Replace(w.offer, c.from, c.to, 1)
				} else if c.to != "" {
					offer += strings.Replace(c.to, "noor-key", map[string]string{"interakt": "Basic noor-key", "zoko": "noor-key"}[channel], 1)
				}
				w.notify(w.writes(0), w.status(w.statusID, "failed", epoch), w.status(w.statusID, "failed", epoch))
				w.diff(slices.Concat([]string{w.asked(0), offer}, c.after)...)
			})
		}
	}
}

func TestSilentAfterRefusal(t *testing.T) {
	t.Parallel()
	onAll(t, func(c *integrator.Config) { c.Defects = []string{"silent-after-refusal"} }, func(_ *testing.T, w *shop) {
		w.fails[1] = 500
		w.notify(w.writes(0), w.writes(1))
		w.diff(w.asked(0), "offer", "reply")
	})
}

func TestEncoreKeyToProvider(t *testing.T) {
	t.Parallel()
	onAll(t, func(c *integrator.Config) { c.Defects = []string{"encore-key-to-provider"} }, func(_ *testing.T, w *shop) {
		w.notify(w.writes(0))
		w.diff(w.asked(0), "offer with the Encore key", "reply with the Encore key")
	})
}

// The provider's credential is what this defect gives away.
func TestTokenToEncoreOnProviders(t *testing.T) {
	t.Parallel()
	onAll(t, func(c *integrator.Config) { c.Defects = []string{"token-to-encore"} }, func(_ *testing.T, w *shop) {
		w.notify(w.writes(0))
		w.diff(w.asked(0), "the provider's credential went to Encore: "+w.header[1], "offer", "reply")
	})
}
