package sim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// toyIntegrator is an integrator in process: for every message of a customer it
// makes an order, trying again after one second, then two, then four. All its
// time is the clock's.
type toyIntegrator struct {
	clock    *clock.Virtual
	client   *http.Client
	patience time.Duration // of one call; zero: for ever

	mu    sync.Mutex
	lines []string // what it did and when, in order
}

// ServeHTTP takes a webhook and answers at once; the work goes on behind it.
func (in *toyIntegrator) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var m struct{ From, Text string }
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		in.say("unreadable webhook: %v", err)
	}
	in.clock.Go(func() { in.serve(m.From, m.Text) })
}

func (in *toyIntegrator) say(format string, args ...any) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.lines = append(in.lines, fmt.Sprintf("%v ", in.clock.Now().Sub(epoch))+fmt.Sprintf(format, args...))
}

func (in *toyIntegrator) serve(customer, fault string) {
	for wait := time.Second; ; wait *= 2 {
		outcome, again := in.try(customer, fault)
		in.say("%s %s", customer, outcome)
		if !again || wait > 4*time.Second {
			return
		}
		_ = in.clock.Sleep(context.Background(), wait)
	}
}

// try makes one order, struck by a fault of its own.
func (in *toyIntegrator) try(customer, fault string) (outcome string, again bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if in.patience > 0 {
		defer in.clock.AfterFunc(in.patience, cancel)()
	}
	r, err := http.NewRequestWithContext(ctx, "POST", "http://api.toy.example/orders", strings.NewReader(orderOf(customer, "kite")))
	if err != nil {
		return err.Error(), false
	}
	r.Header.Set("X-Api-Key", toyKey)
	if fault != "well" {
		r.Header.Set(sim.HeaderFault, fault)
	}
	got := send(in.client, r)
	if got.Err != nil {
		return "gave up", true
	}
	return itoa(got.Status), got.Status == 503 || got.Status == 429
}

// play lets customers write at once and returns what happened, and when all
// was over.
func play(t *testing.T, messages map[string]string, armed ...string) (lines []string, elapsed time.Duration) {
	v := clock.NewVirtual(epoch)
	in := &toyIntegrator{clock: v, patience: 3 * time.Second}
	w := newWorld(t, func(c *sim.Config) {
		c.Clock = v
		c.Webhooks = map[string]sim.Target{"": {URL: "http://in.process/hook", Transport: sim.Transport{Handler: in}}}
	})
	in.client = w.client()
	for _, text := range armed {
		w.arm(text)
	}
	v.Run(func() {
		for _, customer := range sorted(messages) {
			w.write(customer, messages[customer])
		}
		v.Quiet(clock.Forever)
	})
	for _, e := range w.journal() {
		in.lines = append(in.lines, fmt.Sprintf("%d %s %s %s %v %s", e.N, e.Direction, e.Operation, e.Thread, e.At.Sub(epoch), e.Ended.Outcome))
	}
	return in.lines, v.Now().Sub(epoch)
}

// Waiting costs no time, and what passes of virtual time is exact.
func TestVirtualTimeIsExact(t *testing.T) {
	t.Parallel()
	lines, elapsed := play(t, map[string]string{alice: "latency=2s"}, "503;times=2")
	want := []string{
		"2s " + alice + " 201",
		"1 out message " + inAlice + " 0s completed",
		"2 in createOrder " + inAlice + " 0s completed",
	}
	if diff := cmp.Diff(want, lines); diff != "" || elapsed != 2*time.Second {
		t.Errorf("a latency: %v elapsed, want 2s (-want +got):\n%s", elapsed, diff)
	}
	lines, elapsed = play(t, map[string]string{alice: "well"}, "503+latency=500ms,503,latency=250ms")
	want = []string{
		"500ms " + alice + " 503", // then it waits a second
		"1.5s " + alice + " 503",  // then two
		"3.75s " + alice + " 201",
		"1 out message " + inAlice + " 0s completed",
		"2 in createOrder " + inAlice + " 0s completed",
		"3 in createOrder " + inAlice + " 1.5s completed",
		"4 in createOrder " + inAlice + " 3.5s completed",
	}
	if diff := cmp.Diff(want, lines); diff != "" || elapsed != 3750*time.Millisecond {
		t.Errorf("a sequence with retries: %v elapsed, want 3.75s (-want +got):\n%s", elapsed, diff)
	}
}

// Many customers at once, with every kind of waiting: the same program does the
// same in the same order, every time.
func TestVirtualTimeRepeatsItself(t *testing.T) {
	t.Parallel()
	messages := map[string]string{
		"15014005001": "well", "15014005002": "latency=2s", "15014005003": "503;latency=1s", "15014005004": "hang", "15014005005": "429",
		"15014005006": "drip=10/100ms", "15014005007": "reset", "15014005008": "well", "15014005009": "latency=100ms..2s", "15014005010": "truncate=3",
	}
	first, elapsed := play(t, messages, "503;every=3")
	// The longest: four calls that hang for the client's patience of 3 s each, and
	// waits of 1, 2 and 4 s between them.
	if elapsed != 19*time.Second {
		t.Errorf("%v elapsed, want 19s:\n%s", elapsed, strings.Join(first, "\n"))
	}
	for run := range 50 {
		lines, again := play(t, messages, "503;every=3")
		if diff := cmp.Diff(first, lines); diff != "" || again != elapsed {
			t.Fatalf("run %d took %v, the first %v (-first +this):\n%s", run+2, again, elapsed, diff)
		}
	}
}
