package zoko_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// JSON as documents print it, and what is no object at all.
func TestZ17BrokenBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{}).opened()
	id := w.register(registration(own))
	for name, doc := range map[string]string{
		"curly quotes":       `{“channel”: “whatsapp”}`,
		"a comment":          `{"channel":"whatsapp" /* or another */}`,
		"a trailing comma":   `{"channel":"whatsapp",}`,
		"the stray bracket":  `{"channel":"whatsapp","templateArgs":["a"]]}`,
		"cut off":            `{"channel":"whatsapp"`,
		"a form":             `channel=whatsapp`,
		"single quotes":      `{'channel':'whatsapp'}`,
		"nothing but spaces": `  `,
		"a list":             `[]`,
		"a text":             `"hello"`,
		"null":               `null`,
	} {
		for _, c := range [][2]string{{"POST", "/v2/message"}, {"POST", "/v2/webhook"}, {"PUT", "/v2/webhook/" + id}, {"DELETE", "/v2/message/batch"}} {
			if r := w.call(c[0], c[1], doc, tonysKey); r.Status != 400 || !strings.HasPrefix(r.message(t), "the body") {
				t.Errorf("%s to %s %s: answered %d %s", name, c[0], c[1], r.Status, r.Body)
			}
		}
	}
	if r := w.call("POST", "/v2/message", "", tonysKey); r.Status != 400 || r.message(t) == "" {
		t.Errorf("no body: answered %d %s", r.Status, r.Body)
	}
	if r := w.call("POST", "/v2/message", `{"x":"`+strings.Repeat("x", 1<<20)+`"}`, tonysKey); r.Status != 413 || r.message(t) == "" {
		t.Errorf("too large: answered %d", r.Status)
	}
}

// Paths and methods that are none are answered in the same words.
func TestZ17OutsideEveryOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/v2/message", 405},
		{"POST", "/v2/message/", 404},
		{"GET", "/v2/messages", 404},
		{"PATCH", "/v2/webhook/x", 405},
		{"GET", "/v2/customer/x/y/z", 404},
	} {
		r := w.call(c.method, c.path, "", tonysKey)
		diff(t, c.method+" "+c.path, c.status, r.Status)
		r.message(t)
		if c.status == 405 && r.Header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
}

// Null is nothing, as for servers that read JSON into structures; another type
// of content is taken with a remark.
func TestTolerance(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	doc := strings.Replace(shipping(), "{", `{"caption":null,"assign":null,"contacts":null,`, 1)
	r := w.request("POST", "/v2/message", doc, http.Header{"Apikey": {"k"}, "Content-Type": {"text/plain"}})
	diff(t, "status", 200, r.Status)
	entries, err := w.ws.Journal(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "remarks", []string{"Content-Type is not application/json, which Zoko documents as needed"}, entries[0].Remarks)
}

// One call as it goes over the wire, with its answer.
func TestTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	doc, err := os.ReadFile(filepath.Join("testdata", "send.request.json"))
	if err != nil {
		t.Fatal(err)
	}
	goldentest.Check(t, "send.answer.json", w.post(string(bytes.TrimSpace(doc))).Body)
	goldentest.Check(t, "send.refused.json", w.post(text()).Body)
}

// No body makes the fake panic or fail, on any operation that takes one. What
// is wrong on purpose is in testdata/fuzz.
func FuzzBodies(f *testing.F) {
	for _, doc := range []string{
		text(), shipping(), offer(), registration(own), buttons(map[string]any{"body": "x", "buttons": choices(2)}), list(map[string]any{"body": texted("x"), "sections": []any{nil, 1}}),
	} {
		f.Add(doc)
	}
	w := newWorld(f, zoko.Config{Learn: true, Lenient: true}).opened()
	id, from := w.register(registration(own)), int64(1)
	f.Fuzz(func(t *testing.T, doc string) {
		w.TB = t
		for _, c := range [][2]string{{"POST", "/v2/message"}, {"POST", "/v2/webhook"}, {"PUT", "/v2/webhook/" + id}, {"DELETE", "/v2/message/batch"}} {
			r := w.request(c[0], c[1], doc, http.Header{"Apikey": {"k"}, "Content-Type": {"application/json"}})
			if r.Status >= 500 {
				t.Errorf("%s %s answers %d %s", c[0], c[1], r.Status, r.Body)
			}
			if r.Status >= 400 {
				r.message(t)
			}
		}
		entries, err := w.ws.Journal(t.Context(), from, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if from = e.N + 1; len(e.Breach) > 0 {
				t.Errorf("%s breaks the document: %v", e.Operation, e.Breach)
			}
		}
	})
}
