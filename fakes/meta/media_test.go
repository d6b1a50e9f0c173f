package meta_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
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

// TestDocumentedMediaSizes holds each documented size below, at and above its
// edge, without the bytes.
func TestDocumentedMediaSizes(t *testing.T) {
	t.Parallel()
	for kind, limit := range map[string]int64{
		"image/jpeg": 5 << 20, "image/png": 5 << 20, "image/webp": 500 << 10, "audio/aac": 16 << 20, "audio/amr": 16 << 20, "audio/mpeg": 16 << 20,
		"audio/mp4": 16 << 20, "audio/ogg": 16 << 20, "video/mp4": 16 << 20, "video/3gpp": 16 << 20, "text/plain": 100 << 20, "application/pdf": 100 << 20,
	} {
		for size, code := range map[int64]int{0: 100, 1: 0, limit - 1: 0, limit: 0, limit + 1: 131053} {
			if got := meta.MediaFault(meta.MediaLimits(), kind, size); got != nil && got.Code != code || got == nil && code != 0 {
				t.Errorf("%s of %d bytes: %v, want %d", kind, size, got, code)
			}
		}
	}
}

// TestUploadLimits: what is too large is refused on the wire too, as a file and
// as a body.
func TestUploadLimits(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{MediaLimits: []meta.MediaLimit{{Formats: []string{"image/png"}, Bytes: 1000}, {Formats: []string{"application/"}, Bytes: 5000}}})
	for kind, limit := range map[string]int{"image/png": 1000, "application/pdf": 5000} {
		data := make([]byte, limit+1)
		for size, code := range map[int]string{limit - 1: "", limit: "", limit + 1: "131053"} {
			if got := w.upload(map[string]string{"messaging_product": "whatsapp", "type": kind}, kind, data[:size]).code(t); got != code {
				t.Errorf("%s of %d bytes: %q, want %q", kind, size, got, code)
			}
		}
	}
	w.must(w.upload(map[string]string{"messaging_product": "whatsapp"}, "application/pdf", make([]byte, 2<<20)), 400, "131053")
}

// TestUploadIsStreamed: the largest document passes through in pieces, a larger
// one too, and the journal has hash and size. It is not parallel, so that what
// it measures is its own.
func TestUploadIsStreamed(t *testing.T) {
	w := newWAWorld(t, meta.Config{})
	const most = 8 << 20 // bytes that may be allocated for a body of 100 MiB
	for size, code := range map[int64]string{100 << 20: "", 100<<20 + 1: "131053", 101 << 20: "131053"} {
		contentType, around := form(t, map[string]string{"messaging_product": "whatsapp"}, "application/pdf", []byte("|"))
		head, tail, _ := bytes.Cut(around, []byte("|"))
		length := int64(len(around)) - 1 + size
		body := io.MultiReader(bytes.NewReader(head), io.LimitReader(zeros{}, size), bytes.NewReader(tail))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := w.request("POST", mediaPath, contentType, nil, func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(body), length })
		runtime.ReadMemStats(&after)
		if got := r.code(t); got != code {
			t.Errorf("%d bytes: %q, want %q: %s", size, got, code, r.Body)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("a file of %d bytes took %d bytes of memory, want at most %d", size, used, most)
		}
		entries, err := w.ws.Journal(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		x := entries[len(entries)-1].Request
		diff(t, "journal", []any{length, 0, 64}, []any{x.Size, len(x.Body), len(x.SHA256)})
	}
}

// zeros is a file without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A document that is too large to be kept is known by size and hash.
func TestLargeDocumentIsKnown(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{MediaFile: 5})
	id := w.uploaded("text/plain", []byte("123456"))
	r := w.must(w.call("GET", "/"+id, ""), 200, "")
	diff(t, "size and hash", []any{6.0, "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92"}, []any{dig(decoded(t, r.Body), "file_size"), dig(decoded(t, r.Body), "sha256")})
	got := w.must(w.call("GET", dig(decoded(t, r.Body), "url").(string), ""), 404, "131052")
	if !strings.Contains(string(got.Body), "whatsapp.mediaFile") {
		t.Errorf("the answer does not say how to keep it: %s", got.Body)
	}
	kept := w.uploaded("text/plain", []byte("12345"))
	address := dig(decoded(t, w.call("GET", "/"+kept, "").Body), "url").(string)
	diff(t, "bytes at the edge", "12345", string(w.must(w.call("GET", address, ""), 200, "").Body))
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
