package sim_test

import (
	"net/http"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// What a handler keeps stays when it refuses the call, and nothing else of what
// it did; so a limit counts refused calls too.
func TestKeptPutsOutliveARefusal(t *testing.T) {
	t.Parallel()
	count := store.Key{Kind: "count", ID: "calls"}
	var seen []int
	w := newWorld(t, func(c *sim.Config) {
		op := c.Fakes[0].Operations["createOrder"]
		op.Reads = func(*sim.Call, sim.Description) store.Reads { return store.Reads{Own: []store.Key{count}} }
		op.Handle = func(tx *sim.Tx, _ *sim.Call) (sim.Answer, error) {
			n, _ := sim.Get[int](tx, count.Kind, count.ID)
			seen = append(seen, n)
			tx.Put(count.Kind, count.ID, n+1)
			tx.Keep()
			tx.Put(count.Kind, count.ID, 100)
			return sim.Answer{}, toyError{"sold out"}
		}
		c.Fakes[0].Operations["createOrder"] = op
	})
	for range 3 {
		w.call("POST", "/orders", `{"item":"kite"}`)
	}
	w.diff("what each call found", []int{0, 1, 2}, seen)
}

// A handler that judges the body itself is given every body, but the credential
// and the size are still the engine's to check.
func TestHandlersThatJudgeBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		op := c.Fakes[0].Operations["createOrder"]
		op.Judges = true
		op.Handle = func(_ *sim.Tx, c *sim.Call) (sim.Answer, error) {
			return toyRefusal(http.StatusConflict, string(c.Body), nil), nil
		}
		c.Fakes[0].Operations["createOrder"] = op
	})
	for _, body := range []string{"", "{“item”", `{"item":1}`, `[]`} {
		if a := w.call("POST", "/orders", body); a.Status != http.StatusConflict {
			t.Errorf("%q is answered with %d, not by the handler", body, a.Status)
		}
	}
	if a := w.call("POST", "/orders", string(make([]byte, 1<<20+1))); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body that is too large is answered with %d", a.Status)
	}
}

// A vendor may take 200 alone for success: it is told the status.
func TestSuspendKnowsTheStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		c.Fakes[0].Channels[0].Suspend = func(latest []sim.Attempted) bool { return latest[len(latest)-1].Status != http.StatusOK }
	})
	w.in.answers = append(w.in.answers, status(200), status(204))
	w.diff("204 is the end", []string{"completed ", "completed ", "dropped suspended"}, w.writeAll(3))
}
