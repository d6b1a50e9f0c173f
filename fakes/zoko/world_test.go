package zoko_test

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
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

const (
	origin   = "http://127.0.0.1:8080"
	customer = "15014005001"
	thread   = "zoko:tonys:" + customer
	tonysKey = "sandbox-zoko-tonys"
	noorKey  = "sandbox-zoko-noor"
)

// at is Unix second 1778695603, a moment of May 2026, and a bit.
func at(after time.Duration) time.Time { return time.UnixMilli(1778695603093).UTC().Add(after) }

// hook is a webhook as the integrator got it.
type hook struct {
	To     string // path of the URL
	Header http.Header
	Raw    []byte
	Body   map[string]any
}

// world is a sandbox with two accounts whose clock stands still, and an
// integrator that keeps every webhook and answers as it is told, else 200.
type world struct {
	testing.TB
	s  *sim.Sandbox
	ws *sim.Workspace

	mu      sync.Mutex
	answers []int // of the next webhooks
	hooks   []hook
}

func accounts() []zoko.Account {
	return []zoko.Account{
		{ID: "tonys", ClientID: "client-42", Name: "Tony's Pizza", Number: "15550783881", Key: tonysKey},
		{ID: "noor", ClientID: "client-43", Name: "Noor Salon", Number: "15550783882", Key: noorKey},
	}
}

func newWorld(t testing.TB, c zoko.Config) *world {
	t.Helper()
	w := &world{TB: t}
	c.Accounts = accounts()
	config := sim.Config{
		Fakes: []*sim.Fake{zoko.New(c)}, Clock: clock.NewManual(at(0)), Seed: 1, Run: "run",
		Words:    fakes.Words(),
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
	h := hook{To: r.URL.Path, Header: r.Header}
	h.Raw, _ = io.ReadAll(r.Body)
	if err := json.Unmarshal(h.Raw, &h.Body); err != nil {
		w.Errorf("a webhook is no JSON: %v", err)
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

// json is the body as a tree.
func (r reply) json(t testing.TB) any {
	t.Helper()
	var tree any
	if err := json.Unmarshal(r.Body, &tree); err != nil {
		t.Fatalf("%v in %s", err, r.Body)
	}
	return tree
}

// message is what an error says; the rest of its envelope is checked.
func (r reply) message(t testing.TB) string {
	t.Helper()
	var e struct {
		Status    int    `json:"status"`
		Type      string `json:"type"`
		Message   string `json:"message"`
		Timestamp string `json:"timestamp"`
	}
	if err := json.Unmarshal(r.Body, &e); err != nil {
		t.Errorf("not Zoko's envelope: %s", r.Body)
	}
	want := "client_error"
	if r.Status >= 500 {
		want = "server_error"
	}
	if _, err := time.Parse(time.RFC3339, e.Timestamp); err != nil || e.Status != r.Status || e.Type != want || e.Message == "" {
		t.Errorf("not Zoko's envelope of a %d: %s", r.Status, r.Body)
	}
	return e.Message
}

// call sends JSON with a key, or nothing when doc is empty.
func (w *world) call(method, path, doc, key string) reply {
	w.Helper()
	h := http.Header{}
	if key != "" {
		h.Set("apikey", key)
	}
	if doc != "" {
		h.Set("Content-Type", "application/json")
	}
	return w.request(method, path, doc, h)
}

func (w *world) request(method, path, doc string, h http.Header) reply {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, origin+path, bytes.NewReader([]byte(doc)))
	if err != nil {
		w.Fatal(err)
	}
	r.Header = h
	resp, err := sim.Transport{Handler: w.s}.RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	out, _ := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, out}
}

func (w *world) get(path string) reply { w.Helper(); return w.call("GET", path, "", tonysKey) }

func (w *world) post(doc string) reply {
	w.Helper()
	return w.call("POST", "/v2/message", doc, tonysKey)
}

// send sends what has to be accepted and returns its id.
func (w *world) send(doc string) string {
	w.Helper()
	r := w.post(doc)
	if r.Status != http.StatusOK {
		w.Fatalf("answered %d: %s", r.Status, r.Body)
	}
	return r.json(w.TB).(map[string]any)["messageId"].(string)
}

// refused checks that a message is refused for a reason that contains a text.
func (w *world) refused(doc string, status int, says string) {
	w.Helper()
	r := w.post(doc)
	if r.Status != status || !strings.Contains(r.message(w.TB), says) {
		w.Errorf("answered %d %s, want %d with %q, to %s", r.Status, r.Body, status, says, doc)
	}
}

// write lets a customer write and returns the id of the message.
func (w *world) write(m sim.CustomerMessage) string {
	w.Helper()
	m.Channel = "zoko"
	if m.From == "" {
		m.From = customer
	}
	sent, err := w.ws.Write(w.Context(), m)
	if err != nil {
		w.Fatal(err)
	}
	return sent.ID
}

func (w *world) opened() *world { w.Helper(); w.write(sim.CustomerMessage{Text: "Hi"}); return w }

// after moves the thread on and returns the webhooks that came.
func (w *world) after(by time.Duration) []hook {
	w.Helper()
	if err := w.ws.Advance(w.Context(), thread, by); err != nil {
		w.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	hooks := w.hooks
	w.hooks = nil
	return hooks
}

// events are the webhooks in short.
func events(hooks []hook) (out []string) {
	for _, h := range hooks {
		out = append(out, fmt.Sprint(h.Body["event"], " ", h.Body["deliveryStatus"]))
	}
	return out
}

// sent is what the journal notes of the newest send.
func (w *world) sent() note.Outgoing {
	w.Helper()
	events, _, err := w.ws.Timeline(w.Context(), thread)
	if err != nil {
		w.Fatal(err)
	}
	for i := len(events) - 1; i >= 0; i-- {
		switch n := events[i].Note.(type) {
		case note.MessageSent:
			return n.Outgoing
		case note.SendRefused:
			return n.Outgoing
		}
	}
	w.Fatal("nothing was sent")
	return note.Outgoing{}
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// body is a message with members replaced; null takes a member out.
func body(base map[string]any, changes ...any) string {
	all := map[string]any{"channel": "whatsapp", "recipient": customer}
	for name, value := range base {
		all[name] = value
	}
	for i := 0; i < len(changes); i += 2 {
		if all[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
			delete(all, changes[i].(string))
		}
	}
	doc, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(doc)
}

// The messages that most tests begin with.
func text(changes ...any) string {
	return body(map[string]any{"type": "text", "message": "Hello"}, changes...)
}

func shipping(changes ...any) string {
	return body(map[string]any{"type": "template", "templateId": "shipping_01", "templateArgs": []string{"Z7422", "https://zoko.io/order/status/Z7422"}}, changes...)
}

const (
	creative = "https://storage.googleapis.com/encore-assets-prod/creatives/2c643fc5-91cb-4b0a-ba0a-0536c2c4f871/primary-1778695603093.png"
	click    = "https://api.encorekit.com/encore/click/eyJhcHBJZCI6Ii4uLiJ9.abc123def456"
)

func offer(changes ...any) string {
	return body(map[string]any{
		"type": "richTemplate", "templateId": "encore_offer", "templateLanguage": "en", "templateArgs": []string{creative, "Free Apple Music", click},
	}, changes...)
}
