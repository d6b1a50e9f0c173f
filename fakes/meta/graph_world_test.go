package meta_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

const (
	tonysPage = "104895545712345"
	tonysIG   = "17841405793187218"
	noorPage  = "104895545712346"
	igsid     = "17812341234567890"
	onPage    = "messenger:" + tonysPage + ":" + psid
	onIG      = "instagram:" + tonysIG + ":" + igsid
)

// social is a sandbox with Encore and two pages with their Instagram accounts,
// a clock that stands still, and an integrator that accepts every webhook.
type social struct {
	*testing.T
	sb *sim.Sandbox
	ws *sim.Workspace

	mu    sync.Mutex
	hooks []hook
}

// hook is a webhook as the integrator got it.
type hook struct {
	header http.Header
	body   []byte
}

func newSocial(t *testing.T, change func(*meta.Config)) *social {
	t.Helper()
	w := &social{T: t}
	config := meta.Config{AppSecret: fakes.AppSecret, VerifyToken: fakes.VerifyToken}
	for _, o := range fakes.Operators() {
		config.Numbers = append(config.Numbers, meta.Account{Number: meta.Number{PhoneNumberID: o.PhoneNumberID, WABA: o.WABA, Display: o.Number}, ClientID: o.ClientID})
		config.Pages = append(config.Pages, meta.Page{ID: o.Page, Instagram: o.Instagram, ClientID: o.ClientID, Name: o.Name})
	}
	if change != nil {
		change(&config)
	}
	all, err := fakes.All(fakes.Config{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range all {
		if f.Name == meta.Name {
			all[i] = meta.New(config)
		}
	}
	engine := sim.Config{
		Fakes: all, Words: fakes.Words(), Seed: 7, Run: "test", Clock: clock.NewManual(at(0)),
		Webhooks: map[string]sim.Target{"": {URL: "http://integrator.example/hook", Transport: sim.Transport{Handler: http.HandlerFunc(w.receive)}}},
	}
	engine.Store = storetest.Coded(t, engine.Forms(), store.Bounds{})
	w.sb, err = sim.New(engine)
	if err != nil {
		t.Fatal(err)
	}
	w.ws = w.sb.Default()
	t.Cleanup(w.close)
	return w
}

// close also holds that no answer broke the document.
func (w *social) close() {
	entries, err := w.ws.Journal(context.Background(), 1, 0) // the test's own context has ended
	if err != nil {
		w.Error(err)
	}
	for _, e := range entries {
		if len(e.Breach) > 0 {
			w.Errorf("%s answered outside of the document: %v", e.Operation, e.Breach)
		}
	}
	if err := w.sb.Close(); err != nil {
		w.Error(err)
	}
}

func (w *social) receive(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hooks = append(w.hooks, hook{r.Header.Clone(), body})
}

// events moves a thread on and returns the messaging events that came, in order.
func (w *social) events(thread string, by time.Duration) (events []meta.SocialEvent) {
	w.Helper()
	if err := w.ws.Advance(w.Context(), thread, by); err != nil {
		w.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.hooks {
		var body struct {
			Entry []struct {
				Messaging []meta.SocialEvent `json:"messaging"`
			} `json:"entry"`
		}
		if err := json.Unmarshal(h.body, &body); err != nil {
			w.Fatal(err)
		}
		events = append(events, body.Entry[0].Messaging...)
	}
	w.hooks = nil
	return events
}

// says lets a customer write and returns the id of the message.
func (w *social) says(channel, from, text string) string {
	w.Helper()
	return w.does(sim.CustomerMessage{Channel: channel, From: from, Name: "Ada Example", Text: text})
}

func (w *social) does(m sim.CustomerMessage) string {
	w.Helper()
	sent, err := w.ws.Write(w.Context(), m)
	if err != nil {
		w.Fatal(err)
	}
	return sent.ID
}

// result is what a call was answered with.
type result struct {
	Status int
	Header http.Header
	Text   string
	Tree   map[string]any
}

// code is the error's code and subcode.
func (r result) code() (code, subcode int) {
	e, _ := r.Tree["error"].(map[string]any)
	c, _ := e["code"].(float64)
	s, _ := e["error_subcode"].(float64)
	return int(c), int(s)
}

// does a call with a body; headers as name, value, …
func (w *social) call(method, url, body string, header ...string) result {
	w.Helper()
	if strings.HasPrefix(url, "/") {
		url = "http://graph.facebook.com" + url
	}
	r, err := http.NewRequestWithContext(w.Context(), method, url, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer EAAsandbox")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	resp, err := (&http.Client{Transport: sim.Transport{Handler: w.sb}}).Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	out := result{Status: resp.StatusCode, Header: resp.Header, Text: string(text)}
	_ = json.Unmarshal(text, &out.Tree)
	return out
}

// accepted makes a send and returns the message's id.
func (w *social) accepted(url, body string, header ...string) string {
	w.Helper()
	r := w.call("POST", url, body, header...)
	mid, _ := r.Tree["message_id"].(string)
	if r.Status != 200 || mid == "" {
		w.Fatalf("POST %s: %d %s", url, r.Status, r.Text)
	}
	return mid
}

// refused makes a call that is to be refused.
func (w *social) refused(r result, status, code, subcode int) {
	w.Helper()
	gotCode, gotSub := r.code()
	w.diff("status, code and subcode of "+r.Text, [3]int{status, code, subcode}, [3]int{r.Status, gotCode, gotSub})
}

// notes returns the notes of a thread of one type.
func notesOf[T sim.Note](w *social, thread string) (out []T) {
	w.Helper()
	events, _, err := w.ws.Timeline(w.Context(), thread)
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range events {
		if n, ok := e.Note.(T); ok {
			out = append(out, n)
		}
	}
	return out
}

// sent returns what was accepted in a thread.
func (w *social) sent(thread string) []note.MessageSent { return notesOf[note.MessageSent](w, thread) }

func (w *social) diff(what string, want, got any) {
	w.Helper()
	if d := cmp.Diff(want, got); d != "" {
		w.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// text is a text to a customer.
func text(to, words string) string {
	return `{"recipient":{"id":"` + to + `"},"message":{"text":"` + words + `"}}`
}
