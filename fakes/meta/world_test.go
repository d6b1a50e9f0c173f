package meta_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
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
	phone  = "106540352242922"
	waba   = "102290129340398"
	origin = "http://127.0.0.1:8080"
	thread = "whatsapp:" + phone + ":" + customer
)

// waWorld is a sandbox with one business number whose clock stands still, and
// an integrator that keeps every webhook and answers 200.
type waWorld struct {
	*testing.T
	s  *sim.Sandbox
	ws *sim.Workspace

	mu       sync.Mutex
	webhooks []map[string]any
}

func newWAWorld(t *testing.T, c meta.Config) *waWorld {
	t.Helper()
	w := &waWorld{T: t}
	c.Numbers = []meta.Account{{Number: tonys(), ClientID: "client-42", Name: "Tony's Pizza"}}
	c.AppSecret = "sandbox-app-secret"
	config := sim.Config{
		Fakes: []*sim.Fake{meta.New(c)}, Clock: clock.NewManual(at(0)), Seed: 1, Run: "run",
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

func (w *waWorld) receive(_ http.ResponseWriter, r *http.Request) {
	var tree map[string]any
	body, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(body, &tree); err != nil {
		w.Errorf("a webhook is no JSON: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.webhooks = append(w.webhooks, tree)
}

// reply is an answer of the sandbox.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// code is the error's code and subcode, "" of an answer that is no error.
func (r reply) code(t *testing.T) string {
	t.Helper()
	var e struct {
		Error *struct {
			Code    int    `json:"code"`
			Subcode int    `json:"error_subcode"`
			Trace   string `json:"fbtrace_id"`
			Message string `json:"message"`
			Type    string `json:"type"`
		} `json:"error"`
	}
	if json.Unmarshal(r.Body, &e) != nil || e.Error == nil {
		return ""
	}
	if e.Error.Trace == "" || e.Error.Message == "" || e.Error.Type == "" {
		t.Errorf("not Meta's envelope: %s", r.Body)
	}
	if e.Error.Subcode != 0 {
		return fmt.Sprintf("%d/%d", e.Error.Code, e.Error.Subcode)
	}
	return fmt.Sprint(e.Error.Code)
}

// request sends a call with a token.
func (w *waWorld) request(method, path, contentType string, body []byte, change func(*http.Request)) reply {
	w.Helper()
	if !strings.HasPrefix(path, "http") {
		path = origin + path
	}
	r, err := http.NewRequestWithContext(w.Context(), method, path, bytes.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer EAAsandbox")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
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

// call sends JSON, or nothing when doc is empty.
func (w *waWorld) call(method, path, doc string) reply {
	w.Helper()
	if doc == "" {
		return w.request(method, path, "", nil, nil)
	}
	return w.request(method, path, "application/json", []byte(doc), nil)
}

func (w *waWorld) post(doc string) reply {
	w.Helper()
	return w.call("POST", "/v23.0/"+phone+"/messages", doc)
}

// must checks the status and, of an error, its code.
func (w *waWorld) must(r reply, status int, code string) reply {
	w.Helper()
	if r.Status != status || r.code(w.T) != code {
		w.Fatalf("answered %d %q, want %d %q: %s", r.Status, r.code(w.T), status, code, r.Body)
	}
	return r
}

func (w *waWorld) write(m sim.CustomerMessage) {
	w.Helper()
	if m.From == "" {
		m.From = customer
	}
	if _, err := w.ws.Write(w.Context(), m); err != nil {
		w.Fatal(err)
	}
}

// after moves a thread on and returns the values of the webhooks that came.
func (w *waWorld) after(in string, by time.Duration) []map[string]any {
	w.Helper()
	if err := w.ws.Advance(w.Context(), in, by); err != nil {
		w.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []map[string]any
	for _, hook := range w.webhooks {
		out = append(out, dig(hook, "entry", 0, "changes", 0).(map[string]any))
	}
	w.webhooks = nil
	return out
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

// statuses are the statuses of webhooks with the code of a failure.
func statuses(changes []map[string]any) (out []string) {
	for _, c := range changes {
		text := fmt.Sprint(dig(c, "value", "statuses", 0, "status"))
		if code := dig(c, "value", "statuses", 0, "errors", 0, "code"); code != nil {
			text += fmt.Sprintf(" %.0f", code)
		}
		out = append(out, text)
	}
	return out
}

// sent is what the journal notes of the newest send.
func (w *waWorld) sent() note.Outgoing {
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

// form makes a multipart body of fields and one file.
func form(t *testing.T, fields map[string]string, fileType string, data []byte) (contentType string, body []byte) {
	t.Helper()
	var buf bytes.Buffer
	m := multipart.NewWriter(&buf)
	for name, value := range fields {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if data != nil {
		part, err := m.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="file"; filename="f"`}, "Content-Type": {fileType},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	_ = m.Close()
	return m.FormDataContentType(), buf.Bytes()
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
