package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
)

// offerCall asks for an offer about one message; further headers follow.
func offerCall(t *testing.T, base string, header ...string) (*http.Response, string) {
	t.Helper()
	body := `{"clientId":"client-42","clientName":"Tony's Pizza","messagingPlatform":"whatsapp","recipient":"15014005001",` +
		`"inboundMessageId":"wamid.one","chatId":"15014005001","attributes":{"countryCode":"US","platform":"web"}}`
	req, err := http.NewRequestWithContext(t.Context(), "POST", base+"/encore/publisher/sdk/v1/offers/message", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-Key", "pk_test_operations")
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// What Prometheus reads of a sandbox.
func TestMetrics(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	for _, header := range [][]string{nil, nil, {"X-Sandbox-Fault", "503"}} {
		offerCall(t, base, header...)
	}
	get(t, base+"/nowhere")
	got := get(t, base+"/metrics")
	for _, want := range []string{
		`encore_sandbox_calls_total{fake="encore",operation="offersMessage",status="200"} 2`,
		`encore_sandbox_calls_total{fake="encore",operation="offersMessage",status="503"} 1`,
		`encore_sandbox_calls_total{fake="none",operation="none",status="404"} 1`,
		`encore_sandbox_call_duration_seconds_count{fake="encore",operation="offersMessage"} 3`,
		`encore_sandbox_call_duration_seconds_bucket{fake="encore",operation="offersMessage",le="+Inf"} 3`,
		`encore_sandbox_faults_total{fake="encore",operation="offersMessage"} 1`,
		`encore_sandbox_dedup_hits_total{fake="encore",operation="offersMessage"} 1`,
		`encore_sandbox_dropped_total{kind="decision"} 0`,
		"encore_sandbox_outbox_depth 0", "encore_sandbox_store_errors_total 0", "encore_sandbox_lost_exchanges_total 0",
		"encore_sandbox_ready 1", "encore_sandbox_workspaces 1", "go_goroutines ", "# TYPE encore_sandbox_call_duration_seconds histogram",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if families, err := parser.TextToMetricFamilies(strings.NewReader(got)); err != nil {
		t.Errorf("Prometheus does not read them: %v", err)
	} else if calls := families["encore_sandbox_call_duration_seconds"]; len(calls.GetMetric()) != 2 || calls.GetMetric()[0].GetHistogram() == nil {
		t.Errorf("Prometheus reads %v as durations of two operations", calls)
	}
	if t.Failed() {
		t.Log(got)
	}
}

// A record an exchange, with the number that the caller got, and no secrets.
func TestLogRecords(t *testing.T) {
	t.Parallel()
	addr := freePort(t)
	c := startCommand(t, nil, "serve", "--addr", addr, "--log", "json", "--seed", "1")
	c.err.await(t, c.ended, `"msg":"serving"`)
	resp, _ := offerCall(t, "http://"+addr, "X-Sandbox-Fault", "503")
	c.err.await(t, c.ended, `"msg":"exchange"`)
	c.stop()
	var got map[string]any
	for line := range strings.Lines(c.err.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if record["msg"] == "exchange" {
			got = record
		}
	}
	delete(got, "time")
	delete(got, "took")
	want := map[string]any{
		"level": "INFO", "msg": "exchange", "exchange": 1.0, "workspace": "default", "direction": "in", "fake": "encore", "operation": "offersMessage",
		"method": "POST", "status": 503.0, "outcome": "completed", "fault": "header",
	}
	if diff := cmp.Diff(want, got); diff != "" || resp.Header.Get("X-Sandbox-Exchange") != "1" {
		t.Errorf("the record of exchange %s (-want +got):\n%s", resp.Header.Get("X-Sandbox-Exchange"), diff)
	}
	if out := c.out.String(); out != "" || strings.Contains(c.err.String(), "pk_test_operations") {
		t.Errorf("standard output has %q; the log is\n%s", out, c.err)
	}
}

// sandboxProcess is a sandbox of its own, as it runs in production.
type sandboxProcess struct {
	*testing.T
	base string
	cmd  *exec.Cmd
	err  bytes.Buffer
	done chan error
}

func startProcess(t *testing.T, args ...string) *sandboxProcess {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "encore-sandbox")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	addr := freePort(t)
	p := &sandboxProcess{T: t, base: "http://" + addr, cmd: exec.Command(binary, append([]string{"serve", "--addr", addr}, args...)...), done: make(chan error, 1)}
	p.cmd.Stderr = &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	(&fleet{T: t}).until("the process answers", func() bool { return p.ready() != 0 })
	return p
}

// ready is the status of /readyz, 0 when nobody answers.
func (p *sandboxProcess) ready() int {
	resp, err := http.Get(p.base + "/readyz")
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// A process that is told to stop is not ready from then on, answers the call
// under way and those that still come, and lets the integrator answer the
// webhook that it has.
func TestStopDrains(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	caught, release, gone := make(chan struct{}, 1), make(chan struct{}), make(chan bool, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
			return
		}
		caught <- struct{}{}
		select {
		case <-release:
			gone <- false
		case <-r.Context().Done():
			gone <- true
		}
	}))
	defer hook.Close()
	p := startProcess(t, "--webhook", hook.URL, "--drain", "2s")
	says(t, p.base, "Hi")
	<-caught
	slow := make(chan int, 1)
	go func() {
		resp, _ := offerCall(t, p.base, "X-Sandbox-Fault", "latency=1s")
		slow <- resp.StatusCode
	}()
	(&fleet{T: t}).until("the slow call has arrived", func() bool {
		return strings.Contains(get(t, p.base+"/_sandbox/v1/journal"), "offersMessage")
	})
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	(&fleet{T: t}).until("it is not ready any more", func() bool { return p.ready() == http.StatusServiceUnavailable })
	late, _ := offerCall(t, p.base)
	close(release)
	if broken := <-gone; broken {
		t.Error("the webhook was cut off")
	}
	if diff := cmp.Diff([]int{200, 200}, []int{<-slow, late.StatusCode}); diff != "" {
		t.Errorf("the call under way and a late one (-want +got):\n%s", diff)
	}
	if err := <-p.done; err != nil {
		t.Errorf("%v\n%s", err, p.err.String())
	}
}

// A webhook whose integrator takes too long is given back, and another replica
// sends it at once.
func TestStopGivesWebhooksBack(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	server := redistest.Start(t)
	caught := make(chan struct{}, 8)
	var hang atomic.Bool
	hang.Store(true)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		caught <- struct{}{}
		if hang.Load() {
			<-r.Context().Done()
		}
	}))
	defer hook.Close()
	p := startProcess(t, "--store", server.URL(), "--webhook", hook.URL)
	says(t, p.base, "Hi")
	<-caught
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-p.done; err != nil {
		t.Fatalf("%v\n%s", err, p.err.String())
	}
	hang.Store(false)
	_, base := startServe(t, "--store", server.URL(), "--webhook", hook.URL)
	<-caught
	var journal struct {
		Exchanges []struct {
			Ended struct {
				Outcome  string
				Response struct{ Status int }
				Notes    []struct{ Data struct{ Reason string } }
			}
		}
	}
	var got []string
	(&fleet{T: t}).until("the second attempt has ended", func() bool {
		got = nil
		if err := json.Unmarshal([]byte(get(t, base+"/_sandbox/v1/journal")), &journal); err != nil {
			t.Fatal(err)
		}
		for _, x := range journal.Exchanges {
			got = append(got, fmt.Sprint(x.Ended.Outcome, " ", x.Ended.Response.Status))
		}
		return len(got) == 2 && got[1] != " 0"
	})
	if diff := cmp.Diff([]string{"failed 0", "completed 200"}, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s\n%s", diff, get(t, base+"/_sandbox/v1/journal"))
	}
	if journal := get(t, base+"/_sandbox/v1/journal"); !strings.Contains(journal, "the sandbox is stopping") {
		t.Errorf("the journal does not say why the first attempt failed:\n%s", journal)
	}
}
