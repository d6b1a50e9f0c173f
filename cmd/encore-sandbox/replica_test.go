package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
)

// fleet is a few sandboxes, each a process of its own, on one Redis.
type fleet struct {
	*testing.T
	redis    *redistest.Server
	binary   string
	flags    []string // of serve, besides address and store
	replicas []*replica
	client   *http.Client
}

// replica is one of them.
type replica struct {
	fleet *fleet
	base  string
	addr  string
	mu    sync.Mutex
	run   *exec.Cmd
	log   bytes.Buffer
}

func newFleet(t *testing.T, size int, flags ...string) *fleet {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	f := &fleet{
		T: t, redis: redistest.Start(t), binary: compiled(t, ".", "encore-sandbox"), flags: flags,
		client: &http.Client{Timeout: patient, Transport: transport},
	}
	for range size {
		addr := freePort(t)
		r := &replica{fleet: f, addr: addr, base: "http://" + addr}
		f.replicas = append(f.replicas, r)
		r.start()
		t.Cleanup(func() {
			r.kill()
			if t.Failed() {
				t.Logf("%s said:\n%s", r.addr, r.log.String())
			}
		})
	}
	return f
}

// patient bounds every wait of these tests; it is spent when something is broken.
const patient = 60 * time.Second

func (r *replica) start() {
	r.fleet.Helper()
	cmd := exec.Command(r.fleet.binary, append([]string{"serve", "--addr", r.addr, "--store", r.fleet.redis.URL()}, r.fleet.flags...)...)
	cmd.Stderr = &r.log
	if err := cmd.Start(); err != nil {
		r.fleet.Fatal(err)
	}
	r.mu.Lock()
	r.run = cmd
	r.mu.Unlock()
	r.fleet.until("a replica is ready", func() bool {
		resp, err := r.fleet.client.Get(r.base + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// kill ends the process as a power cut would.
func (r *replica) kill() {
	r.mu.Lock()
	run := r.run
	r.run = nil
	r.mu.Unlock()
	if run != nil {
		_ = run.Process.Kill()
		_ = run.Wait()
	}
}

// until looks until something is so.
func (f *fleet) until(what string, so func() bool) {
	f.Helper()
	ctx, cancel := context.WithCancel(f.Context())
	defer cancel()
	real := clock.NewWall(0)
	defer real.AfterFunc(patient, cancel)()
	for !so() {
		if real.Sleep(ctx, 10*time.Millisecond) != nil {
			f.Fatalf("%s: it never is", what)
		}
	}
}

// call makes a request to the control API that has to succeed.
func (r *replica) call(method, path, body string) map[string]any {
	r.fleet.Helper()
	status, answer, err := r.try(method, path, body)
	if err != nil || status >= 300 {
		r.fleet.Fatalf("%s %s: %d %v %s", method, path, status, err, answer)
	}
	var tree map[string]any
	_ = json.Unmarshal(answer, &tree)
	return tree
}

func (r *replica) try(method, path, body string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(r.fleet.Context(), method, r.base+"/_sandbox/v1/"+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	resp, err := r.fleet.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// offered is what came of a call for an offer: the status, the requestId of the
// call that was decided, the number of the exchange, and the campaign.
type offered struct {
	status            int
	decided, exchange string
	campaign          string
}

// offer asks a replica for an offer of the default workspace; an error is a
// broken connection.
func (r *replica) offer(message, request string) (status int, decided, exchange string, err error) {
	o, err := r.ask("pk_test_replica", message, request)
	return o.status, o.decided, o.exchange, err
}

func (r *replica) ask(key, message, request string) (o offered, err error) {
	body := fmt.Sprintf(`{"clientId":"client-42","clientName":"Tony's Pizza","messagingPlatform":"whatsapp","recipient":"15014005001",`+
		`"inboundMessageId":%q,"inboundTimestamp":1778695603093,"requestId":%q,"chatId":"15014005001","attributes":{"countryCode":"US","platform":"web"}}`, message, request)
	req, err := http.NewRequestWithContext(r.fleet.Context(), http.MethodPost, r.base+"/encore/publisher/sdk/v1/offers/message", strings.NewReader(body))
	if err != nil {
		return o, err
	}
	req.Header.Set("X-API-Key", key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.fleet.client.Do(req)
	if err != nil {
		return o, err
	}
	defer resp.Body.Close()
	var answer struct {
		Offer struct {
			RequestID  string `json:"requestId"`
			CampaignID string `json:"campaignId"`
		} `json:"offer"`
	}
	data, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode == http.StatusOK {
		err = json.Unmarshal(data, &answer)
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable {
		err = errors.Join(err, fmt.Errorf("status %d: %s", resp.StatusCode, data))
	}
	return offered{resp.StatusCode, answer.Offer.RequestID, resp.Header.Get("X-Sandbox-Exchange"), answer.Offer.CampaignID}, err
}

// requestID is one of a call, by its number.
func requestID(n int64) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// What is set on one replica holds on the other.
func TestReplicasAgree(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2)
	a, b := f.replicas[0], f.replicas[1]
	now := func(r *replica) time.Time {
		at, err := time.Parse(time.RFC3339, fmt.Sprint(r.call("GET", "clock", "")["now"]))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	a.call("PUT", "webhook", `{"url":"http://127.0.0.1:9/hook"}`)
	a.call("POST", "faults", `{"status":503,"times":1}`)
	before := now(a)
	a.call("POST", "clock", `{"advance":"26h"}`)
	f.until("the clock of the other replica has moved", func() bool { return now(b).Sub(before) >= 26*time.Hour })
	status, _, first, err := b.offer("message", requestID(1))
	if status != http.StatusServiceUnavailable || err != nil || first == "" {
		t.Errorf("a call that a fault of the other replica strikes: %d %v in exchange %q, want 503 in a journal", status, err, first)
	}
	_, decided, _, err := a.offer("message", requestID(2))
	_, again, _, wrong := b.offer("message", requestID(3))
	if diff := cmp.Diff([]string{requestID(2), requestID(2)}, []string{decided, again}); diff != "" || err != nil || wrong != nil {
		t.Errorf("one message on both replicas (-want +got):\n%s%v %v", diff, err, wrong)
	}
	f.until("the webhook is known to both", func() bool { return strings.Contains(fmt.Sprint(b.call("GET", "webhook", "")), "127.0.0.1:9") })
	if one, other := len(a.call("GET", "journal", "")["exchanges"].([]any)), len(b.call("GET", "journal", "")["exchanges"].([]any)); one != 3 || other != 3 {
		t.Errorf("the journal has %d exchanges on one replica and %d on the other, want 3", one, other)
	}
	b.call("POST", "reset", "")
	if n := len(a.call("GET", "journal", "")["exchanges"].([]any)); n != 0 {
		t.Errorf("%d exchanges after the other replica's reset", n)
	}
	if at := now(a); at.Sub(before) < 26*time.Hour {
		t.Errorf("the reset took the clock back to %s", at)
	}
}

// A sandbox that starts on a Redis that is not there says so; another seed than
// the state's is refused.
func TestStoreFlag(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	if code := invoke(t.Context(), nil, "serve", "--addr", "127.0.0.1:0", "--store", "postgres://x").code; code != exitUsage {
		t.Errorf("an unknown store ends with %d, want %d", code, exitUsage)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if o := invoke(done, nil, "serve", "--addr", "127.0.0.1:0", "--store", server.URL(), "--seed", "7"); o.code != 0 {
		t.Errorf("the first start: %+v", o)
	}
	o := invoke(done, nil, "serve", "--addr", "127.0.0.1:0", "--store", server.URL(), "--seed", "8")
	if o.code != exitUsage || !strings.Contains(o.err, "began with --seed 7") {
		t.Errorf("a start with another seed: %+v", o)
	}
	server.Kill()
	o = invoke(done, nil, "serve", "--addr", "127.0.0.1:0", "--store", server.URL())
	if o.code != exitFailed || !strings.Contains(o.err, "nobody answers") {
		t.Errorf("a start without Redis: %+v", o)
	}
}
