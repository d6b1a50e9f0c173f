package interakt_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// slow is a sandbox whose integrator answers 200 when it is told to, and the
// clock by which Interakt waits for that.
type slow struct {
	*world
	patience *clock.Manual
	arrived  chan *http.Request
	answer   chan bool
}

func newSlow(t *testing.T) *slow {
	t.Helper()
	w := &slow{&world{T: t}, clock.NewManual(at(0)), make(chan *http.Request), make(chan bool)}
	accounts := []interakt.Account{{Name: "tonys", ClientID: "client-42", Operator: "Tony's Pizza", Key: rawKey}}
	s, err := sim.New(sim.Config{
		Fakes: []*sim.Fake{interakt.New(interakt.Config{Accounts: accounts, Secret: secret})},
		Clock: clock.NewManual(at(0)), Patience: w.patience, Seed: 1, Run: "run", Words: fakes.Words(),
		Webhooks: map[string]sim.Target{"": {URL: "http://integrator.example/webhook", Transport: sim.Transport{Handler: http.HandlerFunc(w.take)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.s, w.ws = s, s.Default()
	return w
}

func (w *slow) take(_ http.ResponseWriter, r *http.Request) {
	w.arrived <- r
	select {
	case <-w.answer:
	case <-r.Context().Done():
	}
}

// passes lets time pass for Interakt alone.
func (w *slow) passes(by time.Duration) {
	w.Helper()
	if _, err := w.patience.Advance(by); err != nil {
		w.Fatal(err)
	}
}

// An integrator has three seconds. Whoever takes longer has failed, and at the
// fifth time within ten minutes the webhook is disabled.
func TestI15SlowIntegrator(t *testing.T) {
	t.Parallel()
	w := newSlow(t)
	hear := func() *http.Request {
		w.write(sim.CustomerMessage{Text: "Hi"})
		return <-w.arrived
	}
	hear()
	w.passes(3*time.Second - 1)
	w.answer <- true
	for range 5 {
		r := hear()
		w.passes(3*time.Second - 1)
		diff(t, "waits until the last moment", error(nil), r.Context().Err())
		w.passes(1)
		<-r.Context().Done()
		w.after(thread, time.Minute)
	}
	w.write(sim.CustomerMessage{Text: "Hi"})
	w.after(thread, 0)
	var told []string
	for _, n := range notes[note.WebhookAcked](w.world, thread) {
		told = append(told, http.StatusText(n.Status)+n.Reason)
	}
	diff(t, "what came of each, none of them twice", []string{"OK", "timeout", "timeout", "timeout", "timeout", "timeout", "suspended"}, told)
}
