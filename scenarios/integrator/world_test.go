package integrator_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
)

const (
	phone     = "15014005001"
	number    = "106540352242922"
	secret    = "sandbox-app-secret"
	verify    = "sandbox-verify-token"
	key       = "pk_test_1"
	token     = "EAAtoken"
	replyText = "Thanks, we will be with you."
)

var epoch = time.Unix(1_750_000_000, 0)

// payload has the spaces and escapes that decoding and encoding would lose.
const payload = `{"messaging_product":"whatsapp", "to":"15014005001","type":"interactive",
 "interactive":{"type":"cta_url","body":{"text":"Tony's \u2014 <free> & \/ easy"},` +
	`"action":{"name":"cta_url","parameters":{"display_text":"Claim","url":"https:\/\/api.encorekit.com/encore/click/t.s"}}}}`

// world plays Encore, Graph, Meta and time for one integrator and writes down
// what it did, one line a call. A line names whatever is not as it should be.
type world struct {
	t      *testing.T
	clock  *fakeClock
	in     *integrator.Integrator
	encore []http.HandlerFunc // answers to the offer calls in turn; the last one stays
	graph  []http.HandlerFunc // the same for messages
	meet   *sync.WaitGroup    // set: messages wait for each other before they are answered

	mu    sync.Mutex
	asked int
	sent  int
	chat  string
	lines []string
	times []time.Time // of the lines
}

func newWorld(t *testing.T, change func(*world, *integrator.Config)) *world {
	t.Helper()
	w := &world{
		t: t, clock: &fakeClock{now: epoch.Add(time.Second), timers: map[int]timer{}},
		encore: []http.HandlerFunc{says(200, offerBody)}, graph: []http.HandlerFunc{accept},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /encore/publisher/sdk/v1/offers/message", w.offers)
	mux.HandleFunc("POST /encore/publisher/sdk/v1/offers/impressions/{id}/delivered", w.delivered)
	mux.HandleFunc("POST /v22.0/"+number+"/messages", w.messages)
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { w.line("stray " + r.Method + " " + r.URL.Path) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	cfg := integrator.Config{
		EncoreURL: server.URL + "/", GraphURL: server.URL, EncoreKey: key, GraphToken: token, AppSecret: secret, VerifyToken: verify,
		Operators: []integrator.Operator{{ClientID: "client-42", ClientName: "Tony's Pizza", PhoneNumberID: number}},
		Reply:     replyText, Clock: w.clock, Log: t.Logf,
	}
	if change != nil {
		change(w, &cfg)
	}
	in, err := integrator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.in = in
	return w
}

func (w *world) line(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, s)
	w.times = append(w.times, w.clock.Now())
}

func turn(mu *sync.Mutex, n *int, of []http.HandlerFunc) http.HandlerFunc {
	mu.Lock()
	defer mu.Unlock()
	h := of[min(*n, len(of)-1)]
	*n++
	return h
}

func (w *world) offers(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var f map[string]any
	if err := json.Unmarshal(body, &f); err != nil {
		w.t.Errorf("body of the offers call: %v", err)
	}
	id, _ := f["inboundMessageId"].(string)
	if !strings.HasPrefix(id, "m") {
		id = "another id"
	}
	w.line("ask " + id + w.oddities(r, f))
	turn(&w.mu, &w.asked, w.encore)(rw, r.WithContext(context.WithValue(r.Context(), worldKey{}, w)))
}

// oddities compares a call with what the usual customer's message must lead
// to. A message is named m and the hours since the epoch; any other is of the epoch.
func (w *world) oddities(r *http.Request, f map[string]any) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.chat == "" {
		w.chat, _ = f["chatId"].(string)
	}
	at, _ := strconv.Atoi(strings.TrimPrefix(f["inboundMessageId"].(string), "m"))
	want := map[string]any{
		"clientId": "client-42", "clientName": "Tony's Pizza", "messagingPlatform": "whatsapp", "recipient": phone,
		"chatId": w.chat, "inboundTimestamp": float64(epoch.Add(time.Duration(at) * time.Hour).Unix()),
	}
	var odd []string
	for name, v := range want {
		if f[name] != v && name == "chatId" {
			odd = append(odd, " another chatId")
		} else if f[name] != v {
			odd = append(odd, fmt.Sprintf(" %s=%v", name, f[name]))
		}
	}
	for _, name := range []string{"userId", "requestId", "attributes"} {
		if f[name] != nil {
			odd = append(odd, fmt.Sprintf(" %s=%v", name, f[name]))
		}
	}
	for name := range r.Header {
		if !slices.Contains([]string{"X-Api-Key", "Content-Type", "Content-Length", "Accept", "Accept-Encoding", "User-Agent"}, name) {
			odd = append(odd, " header "+name)
		}
	}
	if r.Header.Get("X-API-Key") != key || r.Header.Get("Content-Type") != "application/json" {
		odd = append(odd, " wrong headers")
	}
	slices.Sort(odd)
	return strings.Join(odd, "")
}

func (w *world) messages(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if w.meet != nil {
		w.meet.Done()
		w.meet.Wait()
	}
	w.line(describe(body))
	if r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("X-API-Key") != "" {
		w.line("wrong headers to graph")
	}
	turn(&w.mu, &w.sent, w.graph)(rw, r.WithContext(context.WithValue(r.Context(), worldKey{}, w)))
}

func describe(body []byte) string {
	var m struct {
		Product   string `json:"messaging_product"`
		To        string
		Recipient string
		Type      string
		Text      struct{ Body string }
	}
	switch err := json.Unmarshal(body, &m); {
	case err != nil:
		return "unreadable message"
	case m.Type == "interactive" && string(body) == payload:
		return "offer"
	case m.Type == "interactive":
		return "offer changed"
	case m.Text.Body == replyText && m.To == "":
		return "reply to user " + m.Recipient
	case m.Text.Body == replyText && m.To != phone:
		return "reply to " + m.To
	case m.Text.Body == replyText && m.Product == "whatsapp":
		return "reply"
	}
	return "reply: " + m.Text.Body
}

func (w *world) delivered(rw http.ResponseWriter, r *http.Request) {
	var f map[string]int64
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
		w.t.Errorf("body of the delivery callback: %v", err)
	}
	id := "another impression"
	if r.PathValue("id") == impression("m0") {
		id = "m0"
	}
	w.line(fmt.Sprintf("confirm %s %v", id, f))
	rw.WriteHeader(http.StatusAccepted)
}

// Answers.

type worldKey struct{}

func worldOf(r *http.Request) *world { return r.Context().Value(worldKey{}).(*world) }

func says(status int, body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		io.WriteString(rw, body)
	}
}

func impression(id string) string {
	sum := sha256.Sum256([]byte("client-42:" + id))
	return hex.EncodeToString(sum[:])
}

var (
	offerBody  = `{"success":true,"impressionId":"` + impression("m0") + `","offer":{},"message":{"platform":"whatsapp","payload":` + payload + `}}`
	noFillBody = `{"success":true,"impressionId":"` + impression("m0") + `","offer":null,"message":null}`
)

// accept is Graph's answer; ids count from out-1.
func accept(rw http.ResponseWriter, r *http.Request) {
	w := worldOf(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(rw, `{"messaging_product":"whatsapp","contacts":[],"messages":[{"id":"out-%d"}]}`, w.sent)
}

// moved points at the delivery callback of another impression.
func moved(rw http.ResponseWriter, r *http.Request) {
	http.Redirect(rw, r, "/encore/publisher/sdk/v1/offers/impressions/x/delivered", http.StatusTemporaryRedirect)
}

// reset closes the connection without an answer.
func reset(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// hang lets time pass to the caller's timeout and waits for it to go away.
func hang(_ http.ResponseWriter, r *http.Request) {
	worldOf(r).clock.fireNext()
	<-r.Context().Done()
}

// cut gives half of the answer.
func cut(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Length", strconv.Itoa(len(offerBody)))
	io.WriteString(rw, offerBody[:40])
	rw.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// Steps of a story.

type step func(*world)

// writes lets the customer write message m<hour> at that hour.
func writes(hours ...int) step {
	var list []string
	for _, h := range hours {
		list = append(list, message(fmt.Sprintf("m%d", h), "text", epoch.Add(time.Duration(h)*time.Hour)))
	}
	return func(w *world) { w.notify(`"messages":[` + strings.Join(list, ",") + `]`) }
}

// writesAt lets the customer write a message of any id at any time.
func writesAt(id string, after time.Duration) step {
	return func(w *world) { w.notify(`"messages":[` + message(id, "text", epoch.Add(after)) + `]`) }
}

func reacts(hour int) step {
	return func(w *world) {
		w.notify(`"messages":[` + message(fmt.Sprintf("m%d", hour), "reaction", epoch.Add(time.Duration(hour)*time.Hour)) + `]`)
	}
}

func reports(id, status string, after time.Duration) step {
	return func(w *world) {
		w.notify(fmt.Sprintf(`"statuses":[{"id":%q,"status":%q,"timestamp":"%d","recipient_id":%q}]`, id, status, epoch.Add(after).Unix(), phone))
	}
}

func message(id, kind string, at time.Time) string {
	return fmt.Sprintf(`{"from":%q,"id":%q,"timestamp":"%d","type":%q}`, phone, id, at.Unix(), kind)
}

func (w *world) notify(events string) {
	w.t.Helper()
	if got := w.post(envelope(number, events), secret); got.Code != http.StatusOK {
		w.t.Fatalf("the webhook was answered %d %s", got.Code, got.Body)
	}
	w.clock.wg.Wait()
}

func envelope(phoneNumberID, events string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":{` +
		`"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"` + phoneNumberID + `"},` + events + `}}]}]}`
}

func (w *world) post(body, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/webhook", bytes.NewReader([]byte(body)))
	r.Header.Set("X-Hub-Signature-256", sign(body, key))
	rec := httptest.NewRecorder()
	w.in.ServeHTTP(rec, r)
	return rec
}

func sign(body, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func (w *world) play(steps []step) []string {
	for _, s := range steps {
		s(w)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lines
}

// fakeClock sleeps in no time and fires timers only when told to.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	waits  []time.Duration
	timers map[int]timer
	n      int
	wg     sync.WaitGroup
}

type timer struct {
	at time.Time
	f  func()
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = append(c.waits, d)
	c.now = c.now.Add(d)
	return ctx.Err()
}

func (c *fakeClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	id := c.n
	c.timers[id] = timer{c.now.Add(d), f}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, there := c.timers[id]
		delete(c.timers, id)
		return there
	}
}

func (c *fakeClock) Go(f func()) { c.wg.Go(f) }

// fireNext moves time to the earliest timer and runs it.
func (c *fakeClock) fireNext() {
	c.mu.Lock()
	first := 0
	for id, t := range c.timers {
		if first == 0 || t.at.Before(c.timers[first].at) {
			first = id
		}
	}
	due := c.timers[first]
	delete(c.timers, first)
	c.now = due.at
	c.mu.Unlock()
	due.f()
}
