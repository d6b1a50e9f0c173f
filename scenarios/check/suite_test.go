package check_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/check"
	"github.com/encore-sandbox/sandbox/scenarios/junit/junittest"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a text with the file of that name in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with go test -update)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// encore is the fake with a clock that stands still until somebody waits.
type encore struct {
	handler   http.Handler
	clock     *clock.Manual
	workspace string
}

func newClock() *clock.Manual {
	return clock.NewManual(time.Date(2026, time.May, 13, 18, 6, 43, 0, time.UTC))
}

func newEncore(t *testing.T) encore {
	t.Helper()
	clk := newClock()
	sb, err := scenarios.New(scenarios.Options{Seed: 7, Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	return encore{sb, clk, sim.DefaultWorkspace}
}

// encoreIn is a fake in a workspace of its own. It costs less than a sandbox.
func encoreIn(t *testing.T, sb *scenarios.Sandbox, workspace string) encore {
	t.Helper()
	clk := newClock()
	if _, err := sb.NewWorkspace(sim.WorkspaceConfig{Name: workspace, Clock: clk, Seed: 7}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sb.DropWorkspace(workspace) })
	return encore{sb, clk, workspace}
}

// config judges a handler in this process.
func (e encore) config(h http.Handler) check.Config {
	return check.Config{
		URL: "http://encore.test", Key: "pk_test_check", Seed: 11, Now: e.clock.Now,
		Client: &http.Client{Transport: sim.Transport{Handler: h, Header: http.Header{sim.HeaderWorkspace: {e.workspace}}}},
		Wait:   func(_ context.Context, d time.Duration) error { _, err := e.clock.Advance(d); return err },
	}
}

func TestFakeHonoursTheContract(t *testing.T) {
	t.Parallel()
	e := newEncore(t)
	server := httptest.NewServer(e.handler)
	defer server.Close()
	c := e.config(nil)
	c.URL, c.Client = server.URL+"/", server.Client()
	report, err := check.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Outcome != check.Passed {
			t.Errorf("%s %s: %s\n%s", r.Outcome, r.ID, r.Message, r.Clause)
		}
	}
	if report.Requests > 200 {
		t.Errorf("the suite sends %d requests, at most 200 are polite", report.Requests)
	}
	if want := server.URL + "/encore/publisher/sdk/v1"; report.URL != want {
		t.Errorf("URL = %s, want %s", report.URL, want)
	}
}

// TestSameSeedSameRequests holds that a run can be repeated and that another
// seed shares no impression with it.
func TestSameSeedSameRequests(t *testing.T) {
	t.Parallel()
	bodies := func(seed uint64) (sent []string) {
		e := newEncore(t)
		c := e.config(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var b bytes.Buffer
			_, _ = b.ReadFrom(r.Body)
			sent = append(sent, r.Method+" "+r.URL.Path+" "+b.String())
			r.Body = http.NoBody
			http.Error(w, "gone", http.StatusGone)
		}))
		c.Seed = seed
		s, err := check.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range s.Cases() {
			if k.ID != "repeat.concurrent" { // its order is the scheduler's
				s.Play(t.Context(), k)
			}
		}
		return sent
	}
	first := bodies(1)
	if diff := cmp.Diff(first, bodies(1)); diff != "" {
		t.Errorf("the same seed sent something else (-first +second):\n%s", diff)
	}
	ownIDs := func(body string) bool { return strings.Contains(body, "wamid.check") }
	for _, body := range bodies(2) {
		if ownIDs(body) && slices.Contains(first, body) {
			t.Errorf("two seeds sent the same: %s", body)
		}
	}
}

// TestCases keeps the list of clauses as a document, and ids as promised.
func TestCases(t *testing.T) {
	t.Parallel()
	e := newEncore(t)
	s, err := check.Open(t.Context(), e.config(e.handler))
	if err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	seen := map[string]bool{}
	for _, c := range s.Cases() {
		if seen[c.ID] || c.Reason == "" || !strings.Contains(c.ID, ".") {
			t.Errorf("case %q is a second one of its name, has no group or has no reason", c.ID)
		}
		seen[c.ID] = true
		fmt.Fprintf(&list, "%s\n    %s\n", c.ID, c.Clause)
	}
	golden(t, "cases.txt", list.Bytes())
}

func TestOpenFindsThePath(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ url, reason string }{
		"the host alone":          {"http://encore.test", "what people copy from the sandbox's banner"},
		"the host with a slash":   {"http://encore.test/", "what browsers make of it"},
		"the whole path":          {"http://encore.test/encore/publisher/sdk/v1", "what people copy from their own configuration"},
		"the path without encore": {"http://encore.test/publisher/sdk/v1", "what Encore's development hosts serve"},
		"a part of the path":      {"http://encore.test/encore", "what a gateway's address may end in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEncore(t)
			config := e.config(e.handler)
			config.URL = c.url
			s, err := check.Open(t.Context(), config)
			if err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			if r := s.Play(t.Context(), s.Cases()[0]); r.Outcome != check.Passed {
				t.Errorf("%s: %s %s", c.reason, r.Outcome, r.Message)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*check.Config)
		want   string
	}{
		"no address": {func(c *check.Config) { c.URL = "" }, `server "" is no address; name it like http://127.0.0.1:8080`},
		"a bare port": {func(c *check.Config) { c.URL = "localhost:8080" },
			`server "localhost:8080" is no address; name it like http://127.0.0.1:8080`},
		"no key": {func(c *check.Config) { c.Key = "" }, "no key; name one that begins with pk_test_"},
		"a production key": {func(c *check.Config) { c.Key = "pk_live_1" },
			"the key is a pk_live_ key, and the suite would count some 150 impressions in production; use a pk_test_ key"},
		"a pattern for nothing": {func(c *check.Config) { c.Skip = []string{"refuse"} },
			`skip "refuse" fits no case; use an id such as repeat.same, or a pattern such as refuse.*`},
		"another kind of server": {func(c *check.Config) {
			c.Client = &http.Client{Transport: sim.Transport{Handler: http.NotFoundHandler()}}
		}, "no Encore at http://encore.test: POST /encore/publisher/sdk/v1/offers/message answers 404 there; name the part of the address before /encore/publisher/sdk/v1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEncore(t)
			config := e.config(e.handler)
			c.change(&config)
			_, err := check.Run(t.Context(), config)
			if diff := cmp.Diff(c.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := check.Run(t.Context(), check.Config{URL: server.URL, Key: "pk_test_check"})
	var unreachable *check.UnreachableError
	if !errors.As(err, &unreachable) {
		t.Fatalf("Run = %v, want an UnreachableError", err)
	}
	if !strings.Contains(err.Error(), "is the server running") {
		t.Errorf("the error %q does not say what to do", err)
	}
}

// TestDiesHalfway holds that a server that goes away fails case by case, and
// that a caller who has had enough gets what was played.
func TestDiesHalfway(t *testing.T) {
	t.Parallel()
	e := newEncore(t)
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	report, err := check.Run(ctx, e.config(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 5 {
			panic(http.ErrAbortHandler)
		}
		if calls == 7 {
			cancel()
		}
		e.handler.ServeHTTP(w, r)
	})))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want that it was canceled", err)
	}
	if got := report.Count(check.Failed); got != 2 || len(report.Results) > 10 {
		t.Errorf("got %d failures in %d cases, want the one that met the broken connection and the one that was canceled", got, len(report.Results))
	}
}

func TestSkip(t *testing.T) {
	t.Parallel()
	e := newEncore(t)
	config := e.config(e.handler)
	config.Skip, config.Wait = []string{"refuse.*", "every.schema"}, nil
	report, err := check.Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		want := check.Passed
		if strings.HasPrefix(r.ID, "refuse.") || r.ID == "every.schema" || r.ID == "window.minute" {
			want = check.Skipped
		}
		if r.Outcome != want {
			t.Errorf("%s: got %s, want %s (%s)", r.ID, r.Outcome, want, r.Message)
		}
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	r := check.Report{URL: "http://127.0.0.1:8080/encore/publisher/sdk/v1", Requests: 5, Results: []check.Result{
		{ID: "auth.key", Clause: "Guide: the key is enough", Reason: "there is no other", Outcome: check.Passed, Elapsed: 12 * time.Millisecond},
		{ID: "repeat.same", Clause: "Guide: the same offer", Reason: "double impression", Outcome: check.Failed,
			Message: "the repeat got another answer (-first +repeat):\n- \"a<b\"\n+ \"a\x01\"\n", Elapsed: 1500 * time.Millisecond},
		{ID: "window.minute", Clause: "Guide: 60 seconds", Reason: "late retries", Outcome: check.Skipped, Message: "takes 65 seconds"},
	}}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"report.txt":         func(b *bytes.Buffer) error { return r.WriteText(b, false) },
		"report-verbose.txt": func(b *bytes.Buffer) error { return r.WriteText(b, true) },
		"report.xml":         func(b *bytes.Buffer) error { return r.WriteJUnit(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		if strings.HasSuffix(name, ".xml") {
			if err := junittest.Validate(b.Bytes()); err != nil {
				t.Error(err)
			}
		}
	}
}
