package sim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

// threeInARow suspends after three failures in a row.
func threeInARow(latest []sim.Attempted) bool {
	if len(latest) < 3 {
		return false
	}
	for _, a := range latest[len(latest)-3:] {
		if a.Taken {
			return false
		}
	}
	return true
}

// suspending is a world whose vendor does not retry and switches a webhook off
// after three failures in a row, with an integrator that answers with the codes
// in turn.
func suspending(t *testing.T, codes ...int) *world {
	w := newWorld(t, func(c *sim.Config) {
		ch := &c.Fakes[0].Channels[0]
		ch.Suspend, ch.Retry = threeInARow, func(int) time.Duration { return 0 }
	})
	for _, code := range codes {
		w.in.answers = append(w.in.answers, status(code))
	}
	return w
}

// writeAll lets Alice write n messages, each after the one before was attempted.
func (w *world) writeAll(n int) (outcomes []string) {
	w.Helper()
	before := len(w.delivered(0))
	for i := range n {
		w.write(alice, itoa(i))
		x := w.delivered(before + i + 1)[before+i]
		outcomes = append(outcomes, x.Ended.Outcome+" "+ackOf(x).Reason)
	}
	return outcomes
}

func TestSuspendedAfterFailures(t *testing.T) {
	t.Parallel()
	w := suspending(t, 500, 500, 200, 500, 500, 500)
	w.diff("a success in between starts the count anew; the sixth failure switches it off",
		[]string{"completed ", "completed ", "completed ", "completed ", "completed ", "completed ", "dropped suspended", "dropped suspended"}, w.writeAll(8))
	w.diff("what reached the integrator", []string{"0", "1", "2", "3", "4", "5"}, w.in.got("text"))
	w.diff("why the journal has it", "suspended", w.last().Fault.Effect)
	got := w.call("GET", "/_sandbox/v1/webhook", "").json(t)["suspended"]
	w.diff("the control API says so", map[string]any{"toy:a1": "2026-03-02T09:00:00Z"}, got)
}

func TestSuspensionIsOneAccounts(t *testing.T) {
	t.Parallel()
	w := suspending(t, 500, 500, 500, 200)
	w.writeAll(3)
	if _, err := w.ws.Write(w.Context(), sim.CustomerMessage{Channel: "toy", Account: "a2", From: alice, Text: "other"}); err != nil {
		t.Fatal(err)
	}
	w.diff("the other account's webhook is on", 200, ackOf(w.delivered(4)[3]).Status)
}

func TestSetAgainResumes(t *testing.T) {
	t.Parallel()
	w := suspending(t, 500, 500, 500, 200)
	w.writeAll(4)
	w.ws.SetWebhook("toy", sim.Target{})
	if a := w.call("PUT", "/_sandbox/v1/webhook", `{"channel":"toy","url":"http://127.0.0.1:1/hook"}`); a.Status != http.StatusOK {
		t.Fatalf("PUT webhook: %d %s", a.Status, a.Body)
	}
	w.ws.SetWebhook("toy", sim.Target{})
	w.diff("what is written after that is sent", []string{"completed "}, w.writeAll(1))
	w.in.answers = append(w.in.answers, status(500), status(500), status(500))
	w.writeAll(4)
	w.call("PUT", "/_sandbox/v1/webhook", `{"channel":"toy","account":"client-2","url":"http://127.0.0.1:1/hook"}`)
	w.diff("another account's stays off", []string{"dropped suspended"}, w.writeAll(1))
	a := w.call("PUT", "/_sandbox/v1/webhook", `{"channel":"toy","account":"a1","url":"http://127.0.0.1:1/hook"}`)
	w.diff("targets of accounts", map[string]any{"*": "http://integrator.example/hook", "toy:a1": "http://127.0.0.1:1/hook", "toy:a2": "http://127.0.0.1:1/hook"}, a.json(t)["webhooks"])
	w.ws.SetWebhook("toy:a1", sim.Target{})
	w.diff("an account's own target resumes too", []string{"completed "}, w.writeAll(1))
}

// A webhook with a bad signature, or one that was lost on purpose, says nothing
// about the integrator.
func TestSpoiltWebhooksDoNotCount(t *testing.T) {
	t.Parallel()
	w := suspending(t, 500, 500, 200)
	w.writeAll(2)
	for range 3 {
		if _, err := w.ws.Write(w.Context(), sim.CustomerMessage{Channel: "toy", From: alice, Text: "lost", Deliver: sim.Shape{Drop: true}}); err != nil {
			t.Fatal(err)
		}
	}
	w.delivered(5)
	w.diff("still on", []string{"completed "}, w.writeAll(1))
}
