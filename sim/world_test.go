package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// epoch is where manual clocks stand at the beginning.
var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// patience bounds a wait for another goroutine. It is spent only when
// something is broken.
const patience = 20 * time.Second

// world is a sandbox with the toy vendor on a manual clock, an integrator that
// accepts every webhook, and shorthands.
type world struct {
	*testing.T
	sb    *sim.Sandbox
	ws    *sim.Workspace
	clock *announcer
	store store.Store
	log   *journalOfLogs
	in    *integrator
}

// newWorld makes one; change, unless nil, changes its configuration first.
func newWorld(t *testing.T, change func(*sim.Config)) *world {
	t.Helper()
	w := &world{T: t, clock: newAnnouncer(), log: &journalOfLogs{}, in: &integrator{}}
	config := sim.Config{
		Patience: w.clock,
		Fakes:    []*sim.Fake{newToy()}, Words: toyWords(), Seed: 1, Run: "test", Clock: w.clock,
		Webhooks: map[string]sim.Target{"": {URL: "http://integrator.example/hook", Transport: sim.Transport{Handler: w.in}}},
		Log:      slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if change != nil {
		change(&config)
	}
	if config.Store == nil {
		config.Store = storetest.Coded(t, config.Forms(), config.Bounds)
	}
	sb, err := sim.New(config)
	if err != nil {
		t.Fatal(err)
	}
	w.sb, w.ws, w.store = sb, sb.Default(), config.Store
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return w
}

// announcer is a manual clock that says who falls asleep, once that is so:
// whoever advances it after hearing so wakes the sleeper.
type announcer struct {
	*clock.Manual
	asleep  chan time.Duration
	forever chan time.Duration // those who sleep for ever
}

func newAnnouncer() *announcer {
	return &announcer{clock.NewManual(epoch), make(chan time.Duration, 1000), make(chan time.Duration, 1000)}
}

// Sleep implements clock.Clock.
func (c *announcer) Sleep(ctx context.Context, d time.Duration) error {
	woken := make(chan struct{})
	stop := c.AfterFunc(d, func() { close(woken) })
	if d == clock.Forever {
		c.forever <- d
	} else {
		c.asleep <- d
	}
	select {
	case <-woken:
		return nil
	case <-ctx.Done():
		stop()
		return ctx.Err()
	}
}

// sleeper waits until somebody sleeps on the clock and returns for how long.
func (w *world) sleeper() time.Duration {
	w.Helper()
	return receive(w, w.clock.asleep, "somebody to sleep")
}

// foreverSleeper waits until somebody sleeps on the clock without end.
func (w *world) foreverSleeper() {
	w.Helper()
	receive(w, w.clock.forever, "somebody to sleep for ever")
}

// receive takes a value from a channel, or fails the test.
func receive[T any](w *world, from <-chan T, what string) (v T) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	select {
	case v = <-from:
	case <-ctx.Done():
		w.Fatalf("waited in vain for %s", what)
	}
	return v
}

// journalOfLogs keeps what the sandbox logs.
type journalOfLogs struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

// Write implements io.Writer.
func (l *journalOfLogs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

func (l *journalOfLogs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// integrator takes webhooks: it keeps their bodies and answers as it is told,
// 200 by default.
type integrator struct {
	mu      sync.Mutex
	bodies  []string
	answers []http.HandlerFunc // in turn; the last one stays
}

// ServeHTTP implements http.Handler.
func (in *integrator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	in.mu.Lock()
	in.bodies = append(in.bodies, string(body))
	answer := func(http.ResponseWriter, *http.Request) {}
	if n := len(in.answers); n > 0 {
		answer = in.answers[min(len(in.bodies), n)-1]
	}
	in.mu.Unlock()
	answer(w, r)
}

// got returns one member of every body that came.
func (in *integrator) got(member string) (out []string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, body := range in.bodies {
		var tree map[string]string
		_ = json.Unmarshal([]byte(body), &tree)
		out = append(out, tree[member])
	}
	return out
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// client calls the sandbox in process.
func (w *world) client() *http.Client {
	return &http.Client{Transport: sim.Transport{Handler: w.sb}}
}

// serve puts the sandbox on a port of the loopback interface.
func (w *world) serve() *httptest.Server {
	w.Helper()
	server := httptest.NewServer(w.sb)
	w.Cleanup(server.Close)
	return server
}

// answer is what a client saw of an exchange.
type answer struct {
	Status int
	Header http.Header
	Body   string
	Err    error // of the exchange, or of reading the body
}

// json decodes the body.
func (a answer) json(t *testing.T) (tree map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), &tree); err != nil {
		t.Fatalf("answer %d is no JSON object: %v\n%s", a.Status, err, a.Body)
	}
	return tree
}

// request builds a request with headers given as name, value, … A path without
// host is of a host that no vendor has.
func (w *world) request(method, url, body string, header ...string) *http.Request {
	w.Helper()
	if strings.HasPrefix(url, "/") {
		url = "http://127.0.0.1:8080" + url
	}
	r, err := http.NewRequestWithContext(w.Context(), method, url, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	r.Header.Set("X-Api-Key", toyKey)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Del(pair[0])
		if pair[1] != "" {
			r.Header.Set(pair[0], pair[1])
		}
	}
	return r
}

// call makes a request in process.
func (w *world) call(method, url, body string, header ...string) answer {
	w.Helper()
	return send(w.client(), w.request(method, url, body, header...))
}

// send makes a request and reads the whole answer.
func send(client *http.Client, r *http.Request) answer {
	resp, err := client.Do(r)
	if err != nil {
		return answer{Err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body), err}
}

// order is the body of an order in a thread of account a1.
func orderOf(customer, item string) string {
	return `{"account":"a1","customer":"` + customer + `","item":"` + item + `"}`
}

// journal returns all exchanges.
func (w *world) journal() []sim.Entry {
	w.Helper()
	entries, err := w.ws.Journal(w.Context(), 1, 0)
	if err != nil {
		w.Fatal(err)
	}
	return entries
}

// last returns the newest exchange.
func (w *world) last() sim.Entry {
	w.Helper()
	entries := w.journal()
	if len(entries) == 0 {
		w.Fatal("the journal is empty")
	}
	return entries[len(entries)-1]
}

// await reads the journal whenever it changes until it is as wanted.
func (w *world) await(what string, wanted func([]sim.Entry) bool) []sim.Entry {
	w.Helper()
	signal, stop := w.ws.Watch()
	defer stop()
	for {
		if entries := w.journal(); wanted(entries) {
			return entries
		}
		receive(w, signal, what)
	}
}

// delivered waits until n attempts to deliver webhooks have ended and returns
// all that began.
func (w *world) delivered(n int) []sim.Entry {
	w.Helper()
	all := w.await("deliveries", func(entries []sim.Entry) bool {
		ended := 0
		for _, e := range entries {
			if e.Direction == sim.Out && e.Ended != nil {
				ended++
			}
		}
		return ended >= n
	})
	return slices.DeleteFunc(all, func(e sim.Entry) bool { return e.Direction != sim.Out })
}

// write lets a customer write to account a1.
func (w *world) write(from, text string) sim.Sent {
	w.Helper()
	sent, err := w.ws.Write(w.Context(), sim.CustomerMessage{Channel: "toy", From: from, Text: text})
	if err != nil {
		w.Fatal(err)
	}
	return sent
}

// advance moves a thread, or the workspace.
func (w *world) advance(thread string, by time.Duration) {
	w.Helper()
	if err := w.ws.Advance(w.Context(), thread, by); err != nil {
		w.Fatal(err)
	}
}

// timeline returns the lines of a thread: notes, and outcomes as text.
func (w *world) timeline(thread string) (out []any) {
	w.Helper()
	events, lost, err := w.ws.Timeline(w.Context(), thread)
	if err != nil || lost != 0 {
		w.Fatalf("timeline of %s: %d lost, %v", thread, lost, err)
	}
	for _, e := range events {
		if e.Note != nil {
			out = append(out, e.Note)
		} else {
			out = append(out, e.Outcome)
		}
	}
	return out
}

// counters returns the counters of the workspace.
func (w *world) counters() map[string]int64 {
	w.Helper()
	counters, err := w.store.Counters(w.Context(), w.ws.Name)
	if err != nil {
		w.Fatal(err)
	}
	return counters
}

// orders returns the items of the orders that the vendor has.
func (w *world) orders() []string {
	w.Helper()
	items, err := w.store.List(w.Context(), w.ws.Name, "order", "")
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, item := range items {
		out = append(out, item.Value.(order).Item)
	}
	slices.Sort(out)
	return out
}

// diff fails the test when want and got differ.
func (w *world) diff(what string, want, got any) {
	w.Helper()
	if d := cmp.Diff(want, got); d != "" {
		w.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
