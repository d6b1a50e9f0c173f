package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
)

// TestServeEndToEnd walks the way of a first visitor: serve, write, look.
func TestServeEndToEnd(t *testing.T) {
	t.Parallel()
	serve, base := startServe(t, "--seed", "7")
	journal := startCommand(t, nil, "journal", "--follow", "--sandbox", base)
	o := invoke(t.Context(), nil, "message", "--sandbox", base, "--from", "15014005001", "--text", "Hi")
	if o.code != 0 || !regexp.MustCompile(`^id      wamid\.\S+\nthread  whatsapp:106540352242922:15014005001\n$`).MatchString(o.out) {
		t.Fatalf("message: %+v", o)
	}
	for name, screen := range map[string]*screen{"serve": serve.out, "journal --follow": journal.out} {
		text := screen.await(t, serve.ended, `reply delivered`)
		want := []string{`customer → integrator    "Hi"`, `offersMessage 200 offer "`, `Meta        offer "`, `Meta        reply "`}
		if !inOrder(text, want) {
			t.Errorf("%s does not tell %q in this order:\n%s", name, want, text)
		}
		if strings.Contains(text, "must") {
			t.Errorf("%s: the built-in integrator is blamed:\n%s", name, text)
		}
	}
	if code := journal.stop(); code != 0 {
		t.Errorf("journal --follow ends with %d after Ctrl-C, want 0", code)
	}
	listed := invoke(t.Context(), nil, "journal", "--sandbox", base, "--thread", "whatsapp:106540352242922:15014005001")
	if listed.code != 0 || !strings.Contains(listed.out, "reply delivered") {
		t.Errorf("journal: %+v", listed)
	}
	if code := serve.stop(); code != 0 || !strings.HasSuffix(serve.out.String(), "stopping\n") {
		t.Errorf("serve ends with %d after Ctrl-C, want 0:\n%s", code, serve.out)
	}
	if o := invoke(t.Context(), nil, "health", "--sandbox", base); o.code != exitFailed {
		t.Errorf("the port is still open: %+v", o)
	}
}

func inOrder(text string, words []string) bool {
	for _, w := range words {
		_, rest, found := strings.Cut(text, w)
		if !found {
			return false
		}
		text = rest
	}
	return true
}

func TestMessageFollows(t *testing.T) {
	t.Parallel()
	serve, base := startServe(t)
	follow := startCommand(t, nil, "message", "--sandbox", base, "--from", "15005550900", "--text", "Hi", "--follow")
	text := follow.out.await(t, serve.ended, `reply sent`)
	if want := []string{"thread  whatsapp:", `"Hi"`, "200 no offer (geo)  [fault fate-900", `reply "`}; !inOrder(text, want) {
		t.Errorf("no %q in this order:\n%s", want, text)
	}
	if code := follow.stop(); code != 0 {
		t.Errorf("it ends with %d after Ctrl-C, want 0: %s", code, follow.err)
	}
}

// TestServeBlames plays an integrator that invents message ids: serve prints the
// finding as soon as what happened proves it.
func TestServeBlames(t *testing.T) {
	t.Parallel()
	var base string
	integrator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(r.URL.Query().Get("hub.challenge")))
			return
		}
		// An offer is asked for under an id of its own making.
		body := `{"clientId":"client-42","clientName":"client-42","messagingPlatform":"whatsapp","recipient":"15014005001","inboundMessageId":"own-1","chatId":"c"}`
		req, _ := http.NewRequestWithContext(context.WithoutCancel(r.Context()), http.MethodPost, base+"/encore/publisher/sdk/v1/offers/message", strings.NewReader(body))
		req.Header.Set("X-API-Key", "pk_test_x")
		req.Header.Set("Content-Type", "application/json")
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}))
	defer integrator.Close()
	serve, base2 := startServe(t, "--webhook", "whatsapp="+integrator.URL)
	base = base2
	serve.out.await(t, serve.ended, `webhook \S+ is verified for whatsapp`)
	if o := invoke(t.Context(), nil, "message", "--sandbox", base, "--from", "15014005001", "--text", "Hi"); o.code != 0 {
		t.Fatalf("message: %+v", o)
	}
	text := serve.out.await(t, serve.ended, `R19 must[\s\S]*R19 must|R19 must[^\n]*\n    fix: `)
	if n := strings.Count(text, "R19 must"); n != 1 {
		t.Errorf("the finding is printed %d times, want once:\n%s", n, text)
	}
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	addr := strings.TrimPrefix(base, "http://")
	for code, args := range map[int][]string{
		exitFailed: {"serve", "--addr", addr},
		exitUsage:  {"run", "--addr", addr, "--webhook", "http://127.0.0.1:1/"},
	} {
		want := outcome{code, "", "error: address " + addr + " is in use\nhint: choose another with --addr 127.0.0.1:0\n"}
		if diff := cmp.Diff(want, invoke(t.Context(), nil, args...), cmp.AllowUnexported(outcome{})); diff != "" {
			t.Errorf("%v (-want +got):\n%s", args, diff)
		}
	}
}

// TestSignalsEndServe holds the wiring of main: Ctrl-C reaches the context.
func TestSignalsEndServe(t *testing.T) {
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGUSR1) // as main does, with a signal that the test runner ignores
	defer stop()
	out, ended := newScreen(), make(chan struct{})
	var code int
	go func() {
		defer close(ended)
		code = run(ctx, []string{"serve", "--addr", "127.0.0.1:0"}, program{strings.NewReader(""), out, out, nil})
	}()
	out.await(t, ended, "serves on")
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	<-ended
	if code != 0 {
		t.Errorf("the exit code is %d, want 0", code)
	}
}

// TestInboundIDs holds that two starts never mint the same message, unless
// asked to by --seed.
func TestInboundIDs(t *testing.T) {
	t.Parallel()
	mint := func(args ...string) string {
		serve, base := startServe(t, args...)
		defer serve.stop()
		return invoke(t.Context(), nil, "message", "--sandbox", base, "--from", "15014005001", "--text", "Hi").out
	}
	if a, b := mint(), mint(); a == b {
		t.Errorf("two starts mint the same id: %s", a)
	}
	if a, b := mint("--seed", "7"), mint("--seed", "7"); a != b {
		t.Errorf("two starts with one seed mint %s and %s", a, b)
	}
}

func TestDriveARunningSandbox(t *testing.T) {
	t.Parallel()
	_, base := startServe(t, "--clock", "manual")
	for _, step := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"health"}, 0, "^ok\n$"},
		{[]string{"clock"}, 0, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$`},
		{[]string{"message", "--from", "15014005001", "--text", "Hi", "--name", "Ann", "--account", "client-43"}, 0, "thread  whatsapp:106540352242923:"},
		{[]string{"message", "--from", "15014005001", "--text", "Hi", "--channel", "telegram"}, 1, `error: no channel "telegram"; use one of`},
		{[]string{"clock", "+1d"}, 0, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n`},
		{[]string{"clock", "1h", "--thread", "whatsapp:106540352242923:15014005001"}, 0, "Z\n"},
		{[]string{"clock", "1h", "--thread", "nobody"}, 1, `error: no thread "nobody"`},
		{[]string{"fault", "list"}, 0, "^no fault is in force\n$"},
		{[]string{"fault", "add", "503;times=2"}, 0, "^fault-1  503;times=2\n$"},
		{[]string{"fault", "add", "preset=encore-down;id=down"}, 0, "^down  .*503"},
		{[]string{"fault", "add", "50x"}, exitUsage, `error: "50x" is no part of a fault`},
		{[]string{"fault", "list"}, 0, `^fault-1  503;times=2  \(matched \d, struck \d, (\d left|spent)\)\ndown  `},
		{[]string{"fault", "clear", "fault-1"}, 0, "^$"},
		{[]string{"fault", "clear", "fault-1"}, 1, `error: no fault "fault-1" is armed`},
		{[]string{"fault", "clear"}, 0, "^$"},
		{[]string{"fault", "list"}, 0, "^no fault is in force\n$"},
		{[]string{"fault", "add", "77"}, exitUsage, `^error: a status is three digits, as in 503\nhint: how it is written: encore-sandbox help faults; in short,\na fault is an effect .*\n    what happens: 503 `},
		{[]string{"journal", "--json"}, 0, `^\{"n":1,`},
		{[]string{"journal", "--thread", "whatsapp:106540352242923:15014005001"}, 0, `"Hi"`},
		{[]string{"journal", "--thread", "nope"}, 1, `^error: no thread "nope".*\nhint: ids look like whatsapp:`},
		{[]string{"reset"}, 0, "^$"},
		{[]string{"journal"}, 0, "^$"},
	} {
		o := invoke(t.Context(), []string{"ENCORE_SANDBOX_SANDBOX=" + base}, step.args...)
		if o.code != step.code || !regexp.MustCompile(step.want).MatchString(o.out+o.err) {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s%s", step.args, o.code, step.code, step.want, o.out, o.err)
		}
	}
}

func TestClockTellsWhatCameDue(t *testing.T) {
	t.Parallel()
	serve, base := startServe(t, "--clock", "manual")
	invoke(t.Context(), nil, "message", "--sandbox", base, "--from", "15014005001", "--text", "Hi")
	serve.out.await(t, serve.ended, `Meta        reply "`) // its statuses are due from now on
	if o := invoke(t.Context(), nil, "clock", "--sandbox", base, "+1d"); !regexp.MustCompile(`Z\nwebhooks that came due: [1-9]\d*\n$`).MatchString(o.out) {
		t.Errorf("clock: %+v", o)
	}
}

func TestStrangersAreNoSandbox(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"a page":            func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"another error":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusNotFound) },
		"another JSON page": func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(map[string]string{}) },
	} {
		s := httptest.NewServer(answer)
		o := invoke(t.Context(), nil, "health", "--sandbox", s.URL)
		s.Close()
		if o.code != exitFailed || !strings.Contains(o.err, "is no sandbox") {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

func TestColors(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close() // a character device, as a terminal is
	for _, tc := range []struct {
		name    string
		environ []string
		w       interface{ Write([]byte) (int, error) }
		want    bool
	}{
		{"a terminal", nil, null, true},
		{"a terminal of somebody who wants none", []string{"NO_COLOR=1"}, null, false},
		{"an empty NO_COLOR says nothing", []string{"NO_COLOR="}, null, true},
		{"a dumb terminal", []string{"TERM=dumb"}, null, false},
		{"a pipe", nil, &strings.Builder{}, false},
	} {
		if got := (program{environ: tc.environ}).colored(tc.w); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestOpenAddressIsWarnedOf reads the banner of a sandbox that others can reach.
func TestOpenAddressIsWarnedOf(t *testing.T) {
	t.Parallel()
	sb, err := scenarios.New(scenarios.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	for addr, warned := range map[string]bool{"0.0.0.0:8080": true, "[::]:8080": true, "192.0.2.1:8080": true, "127.0.0.1:8080": false, "[::1]:8080": false} {
		out := newScreen()
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		program{out: out}.welcome(tcp, sb, &serveFlags{seed: 1})
		if got := strings.Contains(out.String(), "warning: whoever reaches "+addr); got != warned {
			t.Errorf("%s: a warning is %v, want %v", addr, got, warned)
		}
		if strings.Contains(out.String(), "http://0.0.0.0") {
			t.Errorf("%s: the banner prints an address that cannot be called", addr)
		}
	}
}
