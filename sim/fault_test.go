package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// arm puts a fault in force.
func (w *world) arm(text string) fault.Armed {
	w.Helper()
	f, err := fault.Parse(text)
	if err != nil {
		w.Fatal(err)
	}
	armed, err := w.ws.Arm(w.Context(), f)
	if err != nil {
		w.Fatal(err)
	}
	return armed
}

// statuses makes n orders and returns what was answered.
func (w *world) statuses(customer string, n int, header ...string) (out []int) {
	w.Helper()
	for range n {
		out = append(out, w.call("POST", "/orders", orderOf(customer, "kite"), header...).Status)
	}
	return out
}

// struck returns the counters of the armed faults by id.
func (w *world) struck() map[string]int {
	w.Helper()
	all, err := w.ws.Faults(w.Context())
	w.diff("error", nil, err)
	out := map[string]int{}
	for _, a := range all {
		out[a.Fault.ID] = a.Struck
	}
	return out
}

func TestHeaderFaultStrikesOneCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.diff("with the header", []int{503}, w.statuses(alice, 1, sim.HeaderFault, "503"))
	w.diff("then", []int{201, 201}, w.statuses(alice, 2))
	w.diff("with times", []int{429, 429, 429}, w.statuses(alice, 3, sim.HeaderFault, "429;times=2"))
	w.diff("armed", map[string]int{}, w.struck())
}

func TestBadHeaderFaultSaysHow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, bad := range []string{"5o3", "latency", "tyme=2", "503;times=0", "503;fake=tpy", "503;operation=toy.ordr", `{"status":503,"tyme":2}`} {
		got := w.call("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, bad)
		w.diff("status of "+bad, 400, got.Status)
		text, _ := got.json(t)["error"].(string)
		if !strings.HasPrefix(text, "header X-Sandbox-Fault: ") || strings.Contains(text, "\n") || !strings.HasSuffix(text, "; how it is written: encore-sandbox help faults") {
			t.Errorf("%s is refused with %q, want the header's name and what to write", bad, text)
		}
		details, _ := got.json(t)["details"].([]any)
		if !slices.ContainsFunc(details, func(line any) bool { text, _ := line.(string); return strings.HasPrefix(text, "when: times=2 | ") }) {
			t.Errorf("%s is refused with details %q, want the grammar", bad, details)
		}
	}
	w.diff("orders", []string(nil), w.orders())
}

// Of two headers neither strikes: which was meant is not for the sandbox to say.
func TestTwoHeaderFaultsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	r := w.request("POST", "/orders", orderOf(alice, "kite"), sim.HeaderFault, "503")
	r.Header.Add(sim.HeaderFault, "latency=1s")
	got := send(w.client(), r)
	w.diff("status", 400, got.Status)
	w.diff("error", "header X-Sandbox-Fault: is given twice; write one, its parts joined by semicolons", got.json(t)["error"])
	w.diff("orders", []string(nil), w.orders())
}

func TestHeaderFaultAsJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.diff("statuses", []int{429}, w.statuses(alice, 1, sim.HeaderFault, `{"status": 429, "match": {"operation": "toy.createOrder"}}`))
}

// A fault about a vendor or an operation that the sandbox does not have would
// wait for ever.
func TestFaultsAboutNothingAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, c := range []struct{ text, want string }{
		{"503;fake=encor", `fake "encor" is none of toy`},
		{"503;operation=createOrdr", `no fake has the operation "createOrdr"; operations are written like encore.offersMessage, and the document of each vendor names them: encore-sandbox openapi`},
		{"503;operation=encore.createOrder", `no fake has the operation "encore.createOrder"; operations are written like encore.offersMessage, and the document of each vendor names them: encore-sandbox openapi`},
	} {
		f, err := fault.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.ws.Arm(t.Context(), f)
		w.diff(c.text, c.want, fmt.Sprint(err))
	}
	w.diff("armed", map[string]int{}, w.struck())
}

// An id that somebody chose is not given again.
func TestIDsOfFaultsAreTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.arm("503;id=fault-2")
	w.diff("ids", []string{"fault-3", "fault-4"}, []string{w.arm("429").Fault.ID, w.arm("429").Fault.ID})
}

// Armed faults count down exactly, however many calls come at once.
func TestArmedFaultCountsDownAtomically(t *testing.T) {
	t.Parallel()
	const calls, times = 50, 7
	w := newWorld(t, nil)
	w.arm("503;times=7;id=busy")
	var wg sync.WaitGroup
	var struck, passed atomic.Int64
	for i := range calls {
		wg.Go(func() {
			customer := "150140060" + itoa(10+i) // each in a thread of its own
			switch got := w.call("POST", "/orders", orderOf(customer, "kite")); {
			case got.Status == 503 && got.Header.Get(sim.HeaderFault) == "busy":
				struck.Add(1)
			case got.Status == 201 && got.Header.Get(sim.HeaderFault) == "":
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	w.diff("struck and passed", []int64{times, calls - times}, []int64{struck.Load(), passed.Load()})
	w.diff("counter", map[string]int{"busy": times}, w.struck())
	w.diff("orders", calls-times, len(w.orders()))
	w.diff("exchanges", calls, len(w.journal()))
}

// Header, then fate, then armed faults in their order; what is shadowed keeps
// its count.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	const fated = "15005550829" // 429 twice, then well
	w := newWorld(t, func(c *sim.Config) {
		c.Fakes[0].Name = "encore" // the name that fates are about
		c.Fakes[0].Document = []byte(strings.Replace(string(toyDocument), "operationId: createOrder", "operationId: offersMessage", 1))
		c.Fakes[0].Operations["offersMessage"] = c.Fakes[0].Operations["createOrder"]
		delete(c.Fakes[0].Operations, "createOrder")
	})
	w.arm("500;times=1;id=first")
	w.arm("502;times=1;id=second")
	w.diff("header first", []int{504}, w.statuses(fated, 1, sim.HeaderFault, "504"))
	w.diff("then fate, then the armed ones, then well", []int{429, 429, 500, 502, 201}, w.statuses(fated, 5))
	w.diff("counters", map[string]int{"first": 1, "second": 1}, w.struck())
	w.diff("another customer with that fate has it anew", []int{429, 429, 201}, w.statuses("15006660829", 3))
	w.diff("no fate on a call that the contract refuses", 400, w.call("POST", "/orders", `{"account":"a1","customer":"15007770829"}`).Status)
	w.diff("so it used nothing up", []int{429, 429, 201}, w.statuses("15007770829", 3))
}

func TestArmAndDisarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx := t.Context()
	w.diff("ids are given in order", []string{"fault-1", "fault-2"}, []string{w.arm("503;customer=" + alice).Fault.ID, w.arm("429").Fault.ID})
	w.diff("each meets its own", []int{503, 429}, append(w.statuses(alice, 1), w.statuses(bob, 1)...))
	_, err := w.ws.Arm(ctx, fault.Fault{ID: "fault-1", Effect: fault.Effect{Status: 500}})
	w.diff("the same id again", `a fault "fault-1" is armed already; disarm it first or choose another id`, err.Error())
	_, err = w.ws.Arm(ctx, fault.Fault{Effect: fault.Effect{Status: 42}})
	w.diff("an impossible status is an error", true, err != nil)
	w.diff("error", nil, w.ws.Disarm(ctx, "fault-1"))
	w.diff("without the first", []int{429}, w.statuses(alice, 1))
	w.diff("one that is not there", `no fault "fault-1" is armed`, w.ws.Disarm(ctx, "fault-1").Error())
	w.diff("error", nil, w.ws.Disarm(ctx, ""))
	w.diff("without any", []int{201}, w.statuses(alice, 1))
}

// Faults live in simulated time: a thread that is ahead has left them behind.
func TestFaultExpiresInThreadTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.statuses(alice, 1)
	w.arm("503;ttl=10m")
	w.advance(inAlice, 11*time.Minute)
	w.diff("ahead and not", []int{201, 503}, append(w.statuses(alice, 1), w.statuses(bob, 1)...))
	w.advance("", 11*time.Minute)
	w.diff("then", []int{201}, w.statuses(bob, 1))
}
