package watchers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/watchers"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

// noon is when the clock of a world stands at first.
var noon = time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC)

const origin = "https://chatbackend.watchers.io"

// world is a sandbox with the one fake, on a clock that stands still.
type world struct {
	testing.TB
	sb *sim.Sandbox
	ws *sim.Workspace
	n  int64 // number of the newest exchange
}

func newWorld(t testing.TB, c watchers.Config) *world {
	t.Helper()
	config := sim.Config{Fakes: []*sim.Fake{watchers.New(c)}, Seed: 1, Run: "run", Clock: clock.NewManual(noon)}
	config.Store = storetest.Coded(t, config.Forms(), store.Bounds{})
	sb, err := sim.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{TB: t, sb: sb, ws: sb.Default()}
}

// reply is an answer of the sandbox.
type reply struct {
	status int
	header http.Header
	body   string
}

// do makes a request to a path of the vendor's host, or to any URL.
func (w *world) do(method, path, contentType, body string, change func(*http.Request)) reply {
	w.Helper()
	if strings.HasPrefix(path, "/") {
		path = origin + path
	}
	r, err := http.NewRequestWithContext(w.Context(), method, path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("X-Api-Key", "key")
	r.Header.Set("Authorization", "Bearer token")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if change != nil {
		change(r)
	}
	resp, err := sim.Transport{Handler: w.sb}.RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	got := reply{resp.StatusCode, resp.Header, string(out)}
	if w.n, err = strconv.ParseInt(resp.Header.Get(sim.HeaderExchange), 10, 64); err != nil {
		w.Fatal(err)
	}
	if x := w.last(); len(x.Breach) > 0 {
		w.Errorf("%s %s: the answer %d %s breaks the document: %v", method, path, got.status, got.body, x.Breach)
	}
	return got
}

func (w *world) json(method, path string, body any) reply {
	w.Helper()
	if body == nil {
		return w.do(method, path, "", "", nil)
	}
	return w.do(method, path, "application/json", encoded(w, body), nil)
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	if text, ok := v.(string); ok {
		return text
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// must wants a status and decodes the body.
func must[T any](w *world, r reply, status int) (out T) {
	w.Helper()
	if r.status != status {
		w.Fatalf("got %d %s, want %d", r.status, r.body, status)
	}
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		w.Fatalf("%s is no JSON: %v", r.body, err)
	}
	return out
}

// refused wants a refusal in the envelope and gives its lines.
func (w *world) refused(r reply, status int) []string {
	w.Helper()
	e := must[watchers.ErrorBody](w, r, status)
	if e.StatusCode != status || e.Error != http.StatusText(status) || len(e.Message) == 0 {
		w.Errorf("not the envelope: %s", r.body)
	}
	return e.Message
}

// last is the newest exchange of the journal.
func (w *world) last() sim.Entry {
	w.Helper()
	entries, err := w.ws.Journal(w.Context(), w.n, 1)
	if err != nil || len(entries) == 0 {
		w.Fatalf("the journal is empty or broken: %v", err)
	}
	return entries[0]
}

func (w *world) advance(by time.Duration) {
	w.Helper()
	if err := w.ws.Advance(w.Context(), "", by); err != nil {
		w.Fatal(err)
	}
}

// fields of a form, each with its values.
type fields map[string][]string

// with is the fields with some changed; nil leaves one out.
func (f fields) with(change fields) fields {
	out := maps.Clone(f)
	maps.Copy(out, change)
	maps.DeleteFunc(out, func(_ string, v []string) bool { return v == nil })
	return out
}

func one(text string) []string { return []string{text} }

// multipart is the form as curl --form sends it.
func (f fields) multipart(t testing.TB) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		for _, text := range f[name] {
			if err := m.WriteField(name, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), b.String()
}

func (w *world) form(method, path string, f fields) reply {
	w.Helper()
	contentType, body := f.multipart(w)
	return w.do(method, path, contentType, body, nil)
}

func (w *world) urlencoded(method, path string, f fields) reply {
	w.Helper()
	return w.do(method, path, "application/x-www-form-urlencoded", url.Values(f).Encode(), nil)
}

const (
	offersPath = "/external/offer"
	// lookText is the templateData of the vendor's sample, blanks included.
	lookText = `{"alignment": "center","bgColor": "#736969","btnColor": "#1890bf","btnTextColor": "#fff","textColor": "#000",` +
		`"gradient": true,"gradientFrom": "#60e753","gradientTo": "#e4efe7","gradientDirection": "135deg" }`
	pictureURL = "https://watchers.io/_next/static/media/hand-03.16265125.webp"
	linkURL    = "https://www.watchers.io/"
)

// sampleText and sampleImage are what the vendor's samples send, as the shell
// leaves it: without endTime and showMultipleTimes.
func sampleText() fields {
	return fields{
		"template": one("10"), "title": one("Title"), "text": one("Text"), "link": one(linkURL), "linkText": one("Click me"),
		"templateData": one(lookText), "showFrerquency": one("DAILY"), "showDelayMS": one("0"),
		"startTime": one("2024-05-22T12:00:01.000Z"), "type": one("GLOBAL"),
	}
}

func sampleImage() fields {
	return fields{
		"template": one("11"), "pic": one(pictureURL), "link": one(linkURL), "showFrerquency": one("DAILY"), "showDelayMS": one("0"),
		"startTime": one("2024-05-22T12:00:01.000Z"), "type": one("GLOBAL"),
	}
}

// textOffer and imageOffer are the same offers as JSON has them.
func textOffer() object {
	return object{
		"template": 10, "title": "Title", "text": "Text", "link": linkURL, "linkText": "Click me", "templateData": json.RawMessage(lookText),
		"showFrerquency": "DAILY", "showDelayMS": 0, "startTime": "2024-05-22T12:00:01.000Z", "type": "GLOBAL",
	}
}

func imageOffer() object {
	return object{
		"template": 11, "pic": pictureURL, "link": linkURL, "showFrerquency": "DAILY", "showDelayMS": 0,
		"startTime": "2024-05-22T12:00:01.000Z", "type": "GLOBAL",
	}
}

type object map[string]any

// with is the object with members changed; missing leaves one out.
func (o object) with(change object) object {
	out := maps.Clone(o)
	maps.Copy(out, change)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == missing })
	return out
}

const missing = "\x00missing"

// published is what a POST answers.
type published struct {
	Offer            map[string]any
	AvailableRooms   []string `json:"availableExternalRoomIds"`
	UnavailableRooms []string `json:"unavailableExternalRoomIds"`
	AvailableUsers   []string `json:"availableExternalUserIds"`
	UnavailableUsers []string `json:"unavailableExternalUserIds"`
}

// publish makes an offer and gives its id.
func (w *world) publish(body object) int64 {
	w.Helper()
	return int64(must[published](w, w.json("POST", offersPath, body), http.StatusCreated).Offer["id"].(float64))
}

// visit is what entering a room answers.
type visit struct {
	watchers.Entry
	Page string
}

func (w *world) enter(room, user string) visit {
	w.Helper()
	return must[visit](w, w.json("POST", "/watchers/entries", object{"roomId": room, "userId": user}), http.StatusCreated)
}

// sees lists the ids of the offers that a new entry shows.
func (w *world) sees(room, user string) (ids []int64) {
	w.Helper()
	for _, d := range w.enter(room, user).Widgets {
		ids = append(ids, d.OfferID)
	}
	return ids
}

// page fetches a page as a browser does.
func (w *world) page(path string) reply {
	w.Helper()
	return w.do("GET", path, "", "", func(r *http.Request) {
		r.Header.Set("Accept", "text/html,*/*")
		r.Header.Del("X-Api-Key")
		r.Header.Del("Authorization")
	})
}
