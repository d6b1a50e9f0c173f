package meta_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
)

const mediaPath = "/v23.0/" + phone + "/media"

func (w *waWorld) upload(fields map[string]string, fileType string, data []byte) reply {
	w.Helper()
	contentType, body := form(w.T, fields, fileType, data)
	return w.request("POST", mediaPath, contentType, body, nil)
}

// uploaded is the id of a medium that was uploaded.
func (w *waWorld) uploaded(kind string, data []byte) string {
	w.Helper()
	r := w.must(w.upload(map[string]string{"messaging_product": "whatsapp", "type": kind}, kind, data), 200, "")
	return dig(decoded(w.T, r.Body), "id").(string)
}

func TestMediaLife(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	id := w.uploaded("image/png", []byte("picture"))
	var m struct {
		URL    string `json:"url"`
		Type   string `json:"mime_type"`
		SHA256 string `json:"sha256"`
		Size   int    `json:"file_size"`
	}
	if err := json.Unmarshal(w.must(w.call("GET", "/v23.0/"+id+"?phone_number_id="+phone, ""), 200, "").Body, &m); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(m.URL, origin+"/") {
		t.Errorf("%s is not on the sandbox's own origin", m.URL)
	}
	diff(t, "medium", []any{"image/png", 7, "2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97"}, []any{m.Type, m.Size, m.SHA256})
	got := w.must(w.call("GET", m.URL, ""), 200, "")
	diff(t, "bytes", []string{"picture", "image/png"}, []string{string(got.Body), got.Header.Get("Content-Type")})
	w.must(w.request("GET", m.URL, "", nil, func(r *http.Request) { r.Header.Del("Authorization") }), 401, "104")
	w.must(w.call("GET", strings.Replace(m.URL, "hash=", "hash=0", 1), ""), 404, "100/33")
	w.after("", 5*time.Minute-time.Second)
	w.must(w.call("GET", m.URL, ""), 200, "")
	w.after("", time.Second)
	w.must(w.call("GET", m.URL, ""), 404, "100/33")

	w.must(w.call("GET", "/"+id+"?phone_number_id=1", ""), 400, "100/33")
	w.must(w.call("DELETE", "/"+id, ""), 200, "")
	w.must(w.call("DELETE", "/"+id, ""), 400, "100/33")
	w.must(w.call("GET", "/"+id, ""), 400, "100/33")
	if r := w.call("GET", "/"+id, ""); !strings.Contains(string(r.Body), "Unsupported get request. Object with ID '"+id+"'") {
		t.Errorf("the message names neither method nor id: %s", r.Body)
	}
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	product := map[string]string{"messaging_product": "whatsapp"}
	typed := func(kind string) map[string]string {
		return map[string]string{"messaging_product": "whatsapp", "type": kind}
	}
	small := []byte("x")
	cases := []struct {
		name   string
		fields map[string]string
		kind   string
		data   []byte
		code   string
	}{
		{"the part's own type", product, "image/jpeg", small, ""},
		{"a type with a parameter", typed("audio/ogg; codecs=opus"), "", small, ""},
		{"a word instead of a type", typed("image"), "image/png", small, ""},
		{"no product", nil, "image/png", small, "131008"},
		{"no file", typed("image/png"), "", nil, "131008"},
		{"an empty file", product, "image/png", []byte{}, "100"},
		{"a type that WhatsApp does not take", product, "image/gif", small, "100"},
		{"no type", product, "", small, "100"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := w.upload(c.fields, c.kind, c.data)
			if r.code(t) != c.code {
				t.Errorf("%d %q, want %q: %s", r.Status, r.code(t), c.code, r.Body)
			}
		})
	}
	contentType, body := form(t, product, "image/png", small)
	w.must(w.request("POST", "/999/media", contentType, body, nil), 400, "100/33")
	w.must(w.request("POST", mediaPath, contentType, body[:len(body)-20], nil), 400, "100") // ends too early
	w.must(w.request("POST", mediaPath, "multipart/form-data", body, nil), 400, "100")      // no boundary
	w.must(w.request("POST", mediaPath, "application/json", []byte(`{"messaging_product":"whatsapp"}`), nil), 400, "131008")
}

// TestUploadLimits holds each documented size below, at and above its edge.
func TestUploadLimits(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	for kind, limit := range map[string]int{"image/png": 5 << 20, "image/webp": 500 << 10, "audio/mpeg": 16 << 20, "video/mp4": 16 << 20} {
		data := make([]byte, limit+1)
		for size, code := range map[int]string{limit - 1: "", limit: "", limit + 1: "131053"} {
			if got := w.upload(map[string]string{"messaging_product": "whatsapp", "type": kind}, kind, data[:size]).code(t); got != code {
				t.Errorf("%s of %d bytes: %q, want %q", kind, size, got, code)
			}
		}
	}
	if testing.Short() {
		t.Skip("documents of 100 MB take memory")
	}
	contentType, body := form(t, map[string]string{"messaging_product": "whatsapp"}, "application/pdf", bytes.Repeat([]byte("x"), 100<<20))
	w.must(w.request("POST", mediaPath, contentType, body, nil), 200, "")
	contentType, body = form(t, map[string]string{"messaging_product": "whatsapp"}, "application/pdf", bytes.Repeat([]byte("x"), 100<<20+1))
	w.must(w.request("POST", mediaPath, contentType, body, nil), 400, "131053")
	w.must(w.request("POST", mediaPath, contentType, bytes.Repeat([]byte("x"), 101<<20), nil), 400, "131053")
}

func TestMediaAreBounded(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{MediaBytes: 10})
	first, second := w.uploaded("text/plain", []byte("12345")), w.uploaded("text/plain", []byte("12345"))
	w.must(w.call("GET", "/"+first, ""), 200, "")
	third := w.uploaded("text/plain", []byte("1"))
	w.must(w.call("GET", "/"+first, ""), 400, "100/33") // the oldest is out
	w.must(w.call("GET", "/"+second, ""), 200, "")
	big := w.uploaded("text/plain", bytes.Repeat([]byte("x"), 20))
	w.must(w.call("GET", "/"+third, ""), 400, "100/33")
	w.must(w.call("GET", "/"+big, ""), 200, "") // the newest stays whatever its size
}

func TestMediaOfCustomers(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	for _, kind := range []string{"image", "document"} {
		w.write(sim.CustomerMessage{Text: "Look", Extra: sim.Extra{Kind: kind}})
		id := dig(w.after(thread, time.Second)[0], "value", "messages", 0, kind, "id")
		r := w.must(w.call("GET", fmt.Sprint("/", id), ""), 200, "")
		address := dig(decoded(t, r.Body), "url").(string)
		if got := w.must(w.call("GET", address, ""), 200, ""); len(got.Body) == 0 {
			t.Errorf("the %s is empty", kind)
		}
	}
}
