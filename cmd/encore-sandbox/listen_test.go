package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
)

// hooks is an integrator on this machine that checks signatures.
func hooks(t *testing.T, status int) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte("sandbox-app-secret"))
		mac.Write(body)
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); r.Header.Get("X-Hub-Signature-256") != want {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "from the laptop")
	}))
	t.Cleanup(server.Close)
	return server
}

// startListen listens until it is connected.
func startListen(t *testing.T, base, to string, more ...string) *command {
	t.Helper()
	c := startCommand(t, nil, append([]string{"listen", "--sandbox", base, "--forward-to", to}, more...)...)
	c.out.await(t, c.ended, "listening to "+base+"; webhooks go to "+to)
	return c
}

func says(t *testing.T, base, text string) {
	t.Helper()
	if o := invoke(t.Context(), nil, "message", "--sandbox", base, "--from", "15014005001", "--text", text); o.code != 0 {
		t.Fatalf("%+v", o)
	}
}

// A webhook arrives signed as it was, and the answer counts as the integrator's.
func TestListen(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	l := startListen(t, base, hooks(t, http.StatusAccepted).URL+"/hooks")
	says(t, base, "Hi")
	l.out.await(t, l.ended, `#1 +POST http://127\.0\.0\.1:\d+/hooks  meta\.\S+  \S+  202\n`)
	var journal outcome
	(&fleet{T: t}).until("the exchange has ended", func() bool {
		journal = invoke(t.Context(), nil, "journal", "--json", "--sandbox", base)
		return !strings.Contains(journal.out, `"ended":null`)
	})
	for _, want := range []string{`"status":202`, "from the laptop", `/hooks"`} {
		if !strings.Contains(journal.out, want) {
			t.Errorf("the journal lacks %s:\n%s", want, journal.out)
		}
	}
	if code := l.stop(); code != 0 {
		t.Errorf("exit code %d after Ctrl-C: %s", code, l.err)
	}
	webhook := get(t, base+"/_sandbox/v1/webhook")
	if !strings.Contains(webhook, `"connected": false`) {
		t.Errorf("the sandbox still takes the listener for connected: %s", webhook)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return string(body)
}

// A second listener is refused where nobody can be asked, and told the flag.
func TestListenTwice(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	to := hooks(t, http.StatusOK).URL
	first := startListen(t, base, to)
	refused := invoke(t.Context(), nil, "listen", "--sandbox", base, "--forward-to", to)
	if refused.code != exitFailed || !strings.Contains(refused.err, "listens to this workspace since") || !strings.Contains(refused.err, "hint: --take-over") {
		t.Errorf("a second listener: %+v", refused)
	}
	startListen(t, base, to, "--take-over")
	<-first.ended
	if first.code != exitFailed || !strings.Contains(first.err.String(), sim.TakenOver) {
		t.Errorf("the first listener ended with %d: %s", first.code, first.err)
	}
}

// What listen says of mistakes names the way out.
func TestListenMistakes(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no target", nil, exitUsage, "--forward-to http://"},
		{"no URL", []string{"--forward-to", "localhost:3000"}, exitUsage, "use a URL such as"},
		{"no sandbox", []string{"--forward-to", "http://127.0.0.1:1", "--sandbox", "http://127.0.0.1:1"}, exitFailed, "no sandbox answers"},
		{"no workspace", []string{"--forward-to", "http://127.0.0.1:1", "--workspace", "none"}, exitFailed, `no workspace "none"`},
		{"no channel", []string{"--forward-to", "telegram=http://127.0.0.1:1"}, exitFailed, `no channel "telegram"`},
	} {
		o := invoke(t.Context(), nil, append([]string{"listen", "--sandbox", base}, c.args...)...)
		if o.code != c.code || !strings.Contains(o.err, c.want) {
			t.Errorf("%s: %+v; want %d and %q", c.name, o, c.code, c.want)
		}
	}
}

// The sandbox may have nothing called but what the user named.
func TestListenCallsNobodyElse(t *testing.T) {
	t.Parallel()
	c := calls{to: webhooks{"": {URL: "http://localhost:3000/hooks"}, "zoko": {URL: "https://127.0.0.1/z"}}}
	got := map[string]bool{}
	for _, u := range []string{"http://localhost:3000/other?x=1", "https://127.0.0.1/z", "http://127.0.0.1/z", "http://localhost:22/", "http://169.254.169.254/", "http://localhost:3000@evil.example/", ":"} {
		got[u] = c.allowed(u)
	}
	want := map[string]bool{
		"http://localhost:3000/other?x=1": true, "https://127.0.0.1/z": true, "http://127.0.0.1/z": false, "http://localhost:22/": false,
		"http://169.254.169.254/": false, "http://localhost:3000@evil.example/": false, ":": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("allowed (-want +got):\n%s", diff)
	}
}

func TestConfirmed(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]bool{"y\n": true, "Yes\r\n": true, "n\n": false, "\n": false, "": false} {
		var out bytes.Buffer
		if got := (program{in: strings.NewReader(input), out: &out}).confirmed("sure?"); got != want || out.String() != "sure? [y/N] " {
			t.Errorf("%q is taken for %v after %q, want %v", input, got, out.String(), want)
		}
	}
}

// Nobody is asked where standard input is no terminal: not a pipe, not a file,
// and not the null device, which services have there by another name.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink(os.DevNull, filepath.Join(dir, "stdin")); err != nil {
		t.Skip(err) // a system without
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"the null device": os.DevNull, "the same by another name": filepath.Join(dir, "stdin"), "a file": filepath.Join(dir, "file"),
	} {
		in, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if (program{in: in}).interactive() {
			t.Errorf("%s is taken for somebody", name)
		}
	}
}

// When the sandbox restarts, listen connects again.
func TestListenOutlivesTheSandbox(t *testing.T) {
	t.Parallel()
	addr := freePort(t)
	serve, base := startServe(t, "--addr", addr)
	l := startListen(t, base, hooks(t, http.StatusOK).URL)
	serve.stop()
	l.out.await(t, l.ended, "the sandbox is stopping; connecting again")
	startServe(t, "--addr", addr)
	l.out.await(t, l.ended, "connected again")
	says(t, base, "Hi")
	l.out.await(t, l.ended, `#1 .*  200\n`)
}

// balancer leads each call to another of some replicas, as a proxy before them
// does, and to the next one when nobody is there.
type balancer struct {
	replicas []*replica
	turn     atomic.Int64
}

func (b *balancer) serve(t *testing.T) string {
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			to := b.replicas[int(b.turn.Add(1))%len(b.replicas)]
			r.SetURL(&url.URL{Scheme: "http", Host: to.addr})
		},
	}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// With two replicas behind a proxy every webhook comes in order and once,
// whichever replica took the message, has the connection or gets the answer; and
// when one dies, listen goes on at the other.
func TestListenBehindAProxy(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	f := newFleet(t, 2)
	var mu sync.Mutex
	var heard []string
	p := &patron{fleet: f, heard: map[string][]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		heard = append(heard, string(body))
		mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.ServeHTTP(w, r)
	}))
	defer server.Close()
	base := (&balancer{replicas: f.replicas}).serve(t)
	l := startListen(t, base, server.URL)
	want := []string{"one", "two", "three", "four"}
	for i, text := range want {
		f.replicas[i%2].call("POST", "messages", `{"channel":"whatsapp","from":"15014005001","text":"`+text+`"}`)
	}
	f.until("four messages have arrived", func() bool { return p.count() == len(want) })
	mu.Lock()
	if len(heard) != len(want) {
		t.Errorf("%d webhooks for %d messages", len(heard), len(want))
	}
	mu.Unlock()
	settled := func(r *replica) { // else the thread is held for as long as the attempt might have taken
		f.until("nothing is under way", func() bool { return len(r.call("GET", "outbox", "")["waiting"].([]any)) == 0 })
	}
	settled(f.replicas[1])
	f.replicas[0].kill()
	f.replicas[1].call("POST", "messages", `{"channel":"whatsapp","from":"15014005001","text":"five"}`)
	f.until("a message after a replica died", func() bool { return p.count() == len(want)+1 })
	settled(f.replicas[1])
	f.replicas[0].start()
	f.replicas[1].kill()
	f.replicas[0].call("POST", "messages", `{"channel":"whatsapp","from":"15014005001","text":"six"}`)
	f.until("a message after the other died", func() bool { return p.count() == len(want)+2 })
	p.mu.Lock()
	defer p.mu.Unlock()
	if diff := cmp.Diff(map[string][]string{"15014005001": append(want, "five", "six")}, p.heard); diff != "" {
		t.Errorf("texts in the order of their arrival (-want +got):\n%s", diff)
	}
	if code := l.stop(); code != 0 {
		t.Errorf("exit code %d: %s", code, l.err)
	}
}
