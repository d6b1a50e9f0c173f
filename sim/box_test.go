package sim_test

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

//go:embed testdata/box.yaml
var boxDocument []byte

// newBox makes a vendor with forms and variants. Every answer says what was
// read of the request.
func newBox() *sim.Fake {
	echo := sim.Operation{Keep: 5, Limit: 2 << 20, Handle: func(_ *sim.Tx, c *sim.Call) (sim.Answer, error) {
		var files []string
		read := c.Object()
		for _, f := range c.Files {
			files = append(files, strings.TrimRight(fmt.Sprintf("%s %s %s %s", f.Field, f.Name, f.Type, f.Data), " "))
		}
		return sim.Answer{Status: http.StatusOK, Body: map[string]any{"operation": c.Operation, "read": read, "files": files, "form": c.Form()}}, nil
	}}
	small := echo
	small.Admit = func(ctx context.Context, c *sim.Call) (func(), *sim.Refusal) {
		if c.Header.Get("X-Queue") == "full" {
			return func() {}, &sim.Refusal{Kind: sim.Overloaded, Message: "come back later"}
		}
		if c.Header.Get("X-Queue") == "long" {
			_ = c.Workspace.Clock.Sleep(ctx, time.Minute)
		}
		return func() {}, nil
	}
	return &sim.Fake{
		Name: "box", Document: boxDocument, Hosts: []string{"box.example"}, Owns: []string{"/box"},
		Operations: map[string]sim.Operation{"toPerson": small, "toFirm": echo},
		Pick: func(c *sim.Call) string {
			return map[bool]string{true: "toFirm", false: "toPerson"}[strings.HasPrefix(c.Params["object"], "firm-")]
		},
		Stray: func(c *sim.Call) sim.Description {
			_, customer, _ := strings.Cut(c.Path, "/box/")
			return sim.Description{Channel: "toy", Account: "a1", Customer: customer}
		},
		Workspace: func(c *sim.Call) string { return c.URL.Query().Get("signed") },
		Refuse: func(_ *sim.Call, r sim.Refusal) sim.Answer {
			status := map[sim.RefusalKind]int{sim.Overloaded: 429, sim.NoOperation: 404}[r.Kind]
			return sim.Answer{Status: max(status, 400), Body: map[string]any{"refused": string(r.Kind), "why": append([]string{r.Message}, r.Details...)}}
		},
		Fault: func(_ *sim.Call, status int) sim.Answer { return sim.Answer{Status: status} },
	}
}

func withBox(c *sim.Config) { c.Fakes = append(c.Fakes, newBox()) }

// form makes a multipart body of a field and a file.
func form(t *testing.T) (body, contentType string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if err := w.WriteField("to", `{"id":"7"}`); err != nil {
		t.Fatal(err)
	}
	file, err := w.CreateFormFile("stamp", "stamp.txt")
	if err == nil {
		_, err = file.Write([]byte("penny"))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.String(), w.FormDataContentType()
}

// A body may be JSON, under any content type, or one of the forms that the
// document lists; the contract holds for each.
func TestBodies(t *testing.T) {
	t.Parallel()
	multi, multiType := form(t)
	const read7 = `{"to":{"id":"7"}}`
	for _, c := range []struct{ name, contentType, body, want string }{
		{"JSON", "application/json", read7, read7},
		{"JSON with a charset", "application/json; charset=utf-8", read7, read7},
		{"JSON under another type", "text/plain", read7, read7},
		{"JSON without a type", "", read7, read7},
		{"form", "application/x-www-form-urlencoded", "to=%7B%22id%22%3A%227%22%7D&text=a%2Bb", `{"text":"a+b","to":{"id":"7"}}`},
		{"JSON under a form's type, as curl -d sends it", "application/x-www-form-urlencoded", " " + read7, read7},
		{"form with the quotes of Meta's samples", "application/x-www-form-urlencoded", "to={'id':'7'}", read7},
		{"form that lacks a field", "application/x-www-form-urlencoded", "text=x", "400"},
		{"form with a wrong type", "application/x-www-form-urlencoded", "to=7", "400"},
		{"multipart", multiType, multi, read7},
		{"multipart without boundary", "multipart/form-data", multi, "400"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withBox)
			got := w.call("POST", "http://box.example/p/letters", c.body, "Content-Type", c.contentType)
			tree := got.json(t)
			read, err := json.Marshal(tree["read"])
			if got.Status != 200 {
				read = []byte(itoa(got.Status))
			}
			w.diff("error", nil, err)
			w.diff("read: "+got.Body, c.want, string(read))
			if c.name == "form" {
				w.diff("form", map[string]any{"to": []any{`{"id":"7"}`}, "text": []any{"a+b"}}, tree["form"])
			}
			if c.name == "JSON" {
				w.diff("no form", nil, tree["form"])
			}
			if c.name == "multipart" {
				w.diff("form", map[string]any{"to": []any{`{"id":"7"}`}}, tree["form"])
				w.diff("files", []any{"stamp stamp.txt application/octet-stream penny"}, tree["files"])
			}
		})
	}
}

// Variants of one path are told apart by the fake.
func TestVariantsOfAPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withBox)
	for object, want := range map[string]string{"p": "toPerson", "firm-1": "toFirm"} {
		got := w.call("POST", "http://box.example/"+object+"/letters", `{"to":{"id":"7"}}`)
		w.diff("operation for "+object, want, got.json(t)["operation"])
		w.diff("in the journal", want, w.last().Operation)
	}
	w.diff("wrong method", "GET is not allowed here; use POST", w.call("GET", "http://box.example/p/letters", "").json(t)["why"].([]any)[0])
}

// A call that no operation takes still belongs to its thread, if its vendor can
// tell.
func TestStrayCallHasItsThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withBox)
	w.call("POST", "/box/"+alice, "{}")
	w.diff("thread", inAlice, w.last().Thread)
	w.diff("timeline", []any{stray{"127.0.0.1:8080", "/box/" + alice, "POST", "no operation"}, "completed"}, w.timeline(inAlice))
}

// What is signed for a workspace goes there, whatever the header says.
func TestSignedWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withBox)
	other, err := w.sb.NewWorkspace(sim.WorkspaceConfig{Name: "other"})
	w.diff("error", nil, err)
	w.call("POST", "http://box.example/p/letters?signed=other", `{"to":{"id":"7"}}`, sim.HeaderWorkspace, "default")
	entries, err := other.Journal(t.Context(), 1, 0)
	w.diff("error", nil, err)
	w.diff("exchanges there and here", []int{1, 0}, []int{len(entries), len(w.journal())})
}

// An operation's gate turns calls away or lets them wait, well-formed ones only.
func TestAdmission(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withBox)
	const letter = `{"to":{"id":"7"}}`
	got := w.call("POST", "http://box.example/p/letters", letter, "X-Queue", "full")
	w.diff("turned away", 429, got.Status)
	w.diff("in the vendor's words", "overloaded", got.json(t)["refused"])
	w.diff("a malformed call is not asked", 400, w.call("POST", "http://box.example/p/letters", `{}`, "X-Queue", "full").Status)
	r, done := w.request("POST", "http://box.example/p/letters", letter, "X-Queue", "long"), make(chan answer, 1)
	go func() { done <- send(w.client(), r) }()
	w.advance("", w.sleeper())
	w.diff("after its wait", 200, receive(w, done, "the answer").Status)
	w.diff("decided after the wait", epoch.Add(time.Minute), w.last().At)
}
