package kaleyra_test

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
	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

const (
	sid      = kaleyra.DefaultSID
	sender   = "+15550783881"
	customer = "15014005001"
	thread   = "kaleyra:" + sender + ":" + customer
	origin   = "http://127.0.0.1:8080"
	endpoint = "/v2/" + sid + "/whatsapp/" + sender + "/messages"
)

// epoch is Unix second 1778695603, a moment of May 2026, and a bit.
func epoch() time.Time { return time.UnixMilli(1778695603093).UTC() }

// world is a sandbox with two senders whose clock stands still, and an
// integrator that keeps every callback and answers 200.
type world struct {
	testing.TB
	s  *sim.Sandbox
	ws *sim.Workspace

	mu        sync.Mutex
	callbacks []any
}

func newWorld(t testing.TB, c kaleyra.Config) *world {
	t.Helper()
	w := &world{TB: t}
	c.Senders = []kaleyra.Sender{
		{Number: meta.Number{WABA: "102290129340398", PhoneNumberID: "106540352242922", Display: "15550783881"}, ClientID: "client-42", Name: "Tony's Pizza"},
		{Number: meta.Number{WABA: "102290129340399", PhoneNumberID: "106540352242923", Display: "15550783882"}, ClientID: "client-43", Name: "Noor Salon"},
	}
	config := sim.Config{
		Fakes: []*sim.Fake{kaleyra.New(c)}, Clock: clock.NewManual(epoch()), Seed: 1, Run: "run",
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

func (w *world) receive(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.callbacks = append(w.callbacks, decoded(w.TB, body))
}

// reply is an answer of the sandbox.
type reply struct {
	Status int
	Body   string
}

// id is the message_id of a 202.
func (r reply) id(t testing.TB) string {
	t.Helper()
	id, _ := dig(decoded(t, []byte(r.Body)), "data", "message_id").(string)
	return id
}

// request sends a call with a key and JSON's content type, unless change does
// otherwise.
func (w *world) request(method, path, body string, change func(*http.Request)) reply {
	w.Helper()
	if !strings.HasPrefix(path, "http") {
		path = origin + path
	}
	r, err := http.NewRequestWithContext(w.Context(), method, path, bytes.NewReader([]byte(body)))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("api-key", "A0123456789abcdef0123456789abcde3")
	if change != nil {
		change(r)
	}
	resp, err := sim.Transport{Handler: w.s}.RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	out, _ := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, string(out)}
}

// post sends a message from the first sender.
func (w *world) post(body string) reply {
	w.Helper()
	return w.request("POST", endpoint, body, nil)
}

// sends posts a messaging_object without extra_info.
func (w *world) sends(object string) reply {
	w.Helper()
	return w.post(`{"messaging_object":` + object + `}`)
}

// must checks the status and the code of an answer.
func (w *world) must(r reply, status int, code string) reply {
	w.Helper()
	if got := dig(decoded(w.TB, []byte(r.Body)), "code"); r.Status != status || got != code {
		w.Fatalf("answered %d %v, want %d %s: %s", r.Status, got, status, code, r.Body)
	}
	return r
}

// arm arms a fault.
func (w *world) arm(text string) {
	w.Helper()
	f, err := fault.Parse(text)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.ws.Arm(w.Context(), f); err != nil {
		w.Fatal(err)
	}
}

// write lets the customer write.
func (w *world) write(text string, extra sim.Extra) {
	w.Helper()
	if _, err := w.ws.Write(w.Context(), sim.CustomerMessage{Channel: kaleyra.Name, From: customer, Text: text, Extra: extra}); err != nil {
		w.Fatal(err)
	}
}

// after moves a thread on and returns the callbacks that came.
func (w *world) after(in string, by time.Duration) []any {
	w.Helper()
	if err := w.ws.Advance(w.Context(), in, by); err != nil {
		w.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.callbacks
	w.callbacks = nil
	return out
}

// told are the statuses of callbacks, with the code of a failure.
func told(callbacks []any) (out []string) {
	for _, c := range callbacks {
		text := fmt.Sprint(dig(c, "status"))
		if code := dig(c, "meta_object", "value", "statuses", 0, "errors", 0, "code"); code != nil {
			text += fmt.Sprintf(" %.0f", code)
		}
		out = append(out, text)
	}
	return out
}

// outgoing are the messages that the thread's timeline has, and the codes of
// those that were refused.
func (w *world) outgoing() (all []note.Outgoing, codes []string) {
	w.Helper()
	events, _, err := w.ws.Timeline(w.Context(), thread)
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range events {
		switch n := e.Note.(type) {
		case note.MessageSent:
			all, codes = append(all, n.Outgoing), append(codes, "")
		case note.SendRefused:
			all, codes = append(all, n.Outgoing), append(codes, n.Code)
		}
	}
	return all, codes
}

// remarks are those of the newest call in the journal.
func (w *world) remarks() []string {
	w.Helper()
	entries, err := w.ws.Journal(w.Context(), 1, 1000)
	if err != nil {
		w.Fatal(err)
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if x := entries[i].Exchange; x.Direction == sim.In {
			return x.Remarks
		}
	}
	return nil
}

// dig walks a JSON tree; nil where there is nothing.
func dig(tree any, steps ...any) any {
	for _, step := range steps {
		switch s := step.(type) {
		case string:
			m, _ := tree.(map[string]any)
			tree = m[s]
		case int:
			l, _ := tree.([]any)
			if s >= len(l) {
				return nil
			}
			tree = l[s]
		}
	}
	return tree
}

// decoded turns JSON into a tree.
func decoded(t testing.TB, doc []byte) any {
	t.Helper()
	var tree any
	if err := json.Unmarshal(doc, &tree); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return tree
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
