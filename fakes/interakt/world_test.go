package interakt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

const (
	rawKey   = "sandbox-interakt-tonys"
	secret   = "sandbox-interakt-secret"
	customer = "919999999999"
	thread   = "interakt:tonys:" + customer
	path     = "/v1/public/message/"
)

// at is a moment of May 2026, to the microsecond, and a bit.
func at(after time.Duration) time.Time {
	return time.UnixMicro(1778695603093250).UTC().Add(after)
}

// world is a sandbox with two Interakt accounts whose clock stands still, and an
// integrator that keeps every webhook and answers as told, 200 by default.
type world struct {
	*testing.T
	s  *sim.Sandbox
	ws *sim.Workspace

	mu      sync.Mutex
	answers []int // to webhooks, in turn; then 200
	hooks   []webhook
}

// webhook is one that the integrator got.
type webhook struct {
	Header http.Header
	Body   []byte
	Tree   map[string]any
}

func newWorld(t *testing.T, c interakt.Config) *world {
	t.Helper()
	w := &world{T: t}
	c.Accounts = []interakt.Account{
		{Name: "tonys", ClientID: "client-42", Operator: "Tony's Pizza", Key: rawKey}, {Name: "noor", ClientID: "client-43", Operator: "Noor Salon", Key: "sandbox-interakt-noor"},
	}
	c.Secret = secret
	config := sim.Config{
		Fakes: []*sim.Fake{interakt.New(c)}, Clock: clock.NewManual(at(0)), Seed: 1, Run: "run", Words: fakes.Words(),
		Webhooks: map[string]sim.Target{"": {URL: "http://integrator.example/webhook", Transport: sim.Transport{Handler: http.HandlerFunc(w.receive)}}},
	}
	config.Store = storetest.Coded(t, config.Forms(), store.Bounds{})
	s, err := sim.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.s, w.ws = s, s.Default()
	return w
}

func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	h := webhook{Header: r.Header}
	h.Body, _ = io.ReadAll(r.Body)
	if err := json.Unmarshal(h.Body, &h.Tree); err != nil {
		w.Errorf("a webhook is no JSON: %v", err)
	}
	if got := r.Header.Get("Interakt-Signature"); got != interakt.Sign(secret, h.Body) {
		w.Errorf("a webhook is signed %q", got)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hooks = append(w.hooks, h)
	if len(w.answers) > 0 {
		rw.WriteHeader(w.answers[0])
		w.answers = w.answers[1:]
	}
}

// reply is an answer of the sandbox.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// message is the answer's text.
func (r reply) message() string { return r.text("message") }

func (r reply) text(member string) string {
	var body map[string]any
	_ = json.Unmarshal(r.Body, &body)
	text, _ := body[member].(string)
	return text
}

// request sends a call; change, unless nil, changes it first.
func (w *world) request(path string, body []byte, change func(*http.Request)) reply {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), "POST", "http://127.0.0.1:8080"+path, bytes.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Basic "+rawKey)
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	resp, err := sim.Transport{Handler: w.s}.RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	out, _ := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, out}
}

func (w *world) post(doc string) reply {
	w.Helper()
	return w.request(path, []byte(doc), nil)
}

// accepted sends a message that has to be taken, and returns its id.
func (w *world) accepted(doc string) string {
	w.Helper()
	r := w.post(doc)
	if r.Status != http.StatusCreated || r.text("id") == "" {
		w.Fatalf("answered %d, want 201: %s", r.Status, r.Body)
	}
	return r.text("id")
}

// refused wants a status and a text; the envelope has nothing else.
func (w *world) refused(r reply, status int, message string) {
	w.Helper()
	var body map[string]any
	if err := json.Unmarshal(r.Body, &body); err != nil {
		w.Fatalf("answered %d with no JSON: %s", r.Status, r.Body)
	}
	if r.Status != status {
		w.Errorf("answered %d, want %d", r.Status, status)
	}
	diff(w.T, "envelope", map[string]any{"result": false, "message": message}, body)
}

func (w *world) write(m sim.CustomerMessage) sim.Sent {
	w.Helper()
	m.Channel = "interakt"
	if m.From == "" {
		m.From = customer
	}
	sent, err := w.ws.Write(w.Context(), m)
	if err != nil {
		w.Fatal(err)
	}
	return sent
}

// after moves a thread on and returns the webhooks that came.
func (w *world) after(in string, by time.Duration) []webhook {
	w.Helper()
	if err := w.ws.Advance(w.Context(), in, by); err != nil {
		w.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	hooks := w.hooks
	w.hooks = nil
	return hooks
}

// notes are those of a kind on the timeline of a thread, oldest first.
func notes[N sim.Note](w *world, thread string) (all []N) {
	w.Helper()
	events, _, err := w.ws.Timeline(w.Context(), thread)
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range events {
		if n, ok := e.Note.(N); ok {
			all = append(all, n)
		}
	}
	return all
}

// sent is the note of the newest send.
func (w *world) sent() note.Outgoing {
	w.Helper()
	all := notes[note.MessageSent](w, thread)
	if len(all) == 0 {
		w.Fatal("nothing was sent")
	}
	return all[len(all)-1].Outgoing
}

// dig walks a JSON tree; nil where there is nothing.
func dig(tree any, steps ...string) any {
	for _, step := range steps {
		m, _ := tree.(map[string]any)
		tree = m[step]
	}
	return tree
}

// types are what webhooks are about.
func types(hooks []webhook) (all []string) {
	for _, h := range hooks {
		all = append(all, fmt.Sprint(h.Tree["type"]))
	}
	return all
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// indented is JSON on many lines.
func indented(t *testing.T, doc []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, doc, "", "  "); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return out.Bytes()
}

// The seed's samples as JSON.
const (
	textHeaderBody = `{"countryCode":"+91","phoneNumber":"9999999999","type":"Template","callbackData":"some_callback_data",` +
		`"template":{"name":"delivered_alert_101","languageCode":"en","headerValues":["Alert"],"fileName":"dummy.pdf","bodyValues":["There","1234"],"buttonValues":{"0":["12344"]}}}`
	imageHeaderBody = `{"countryCode":"+91","phoneNumber":"9999999999","type":"Template","callbackData":"some_callback_data",` +
		`"template":{"name":"delivered_alert_102","languageCode":"en","headerValues":["https://interaktstorage.blob.core.windows.net/mediastoragecontainer/91e5634a/message_template_sample/tcITOHfOz6vy.png?se=2026-08-13T11%3A53%3A58Z&sp=rt&sv=2019-12-12&sr=b&sig=PDn3cPLm%2BYu3D7W%3D"],` +
		`"bodyValues":["There","1234"],"buttonValues":{"1":["12344"]}}}`
	quickReplyBody = `{"countryCode":"+91","phoneNumber":"9999999999","callbackData":"some text here","type":"Template",` +
		`"template":{"name":"temp_with_quick_reply_buttons","languageCode":"en","headerValues":["https://interaktstorage.blob.core.windows.net/mediastoragecontainer/07ed4524/UkJYYpHdmCBc.pdf?se=2027-01-14T09%3A53%3A35Z"],` +
		`"fileName":"Sample Document for testing.pdf","bodyValues":["some text here if any variable in message body"],"buttonPayload":{"0":["payload0"],"1":["payload1"],"2":["payload2"]}}}`
	textBody = `{"fullPhoneNumber":"919999999999","type":"Text","data":{"message":"Thanks for your message!"}}`
)

// with replaces parts of a body.
func with(doc string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(doc) }
