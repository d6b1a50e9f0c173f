package sim_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

// registering makes a world whose vendor has an API for addresses: an order
// leaves them as the test set them.
func registering(t *testing.T, change func(*sim.Channel)) (w *world, set func(...sim.Endpoint)) {
	t.Helper()
	var next []sim.Endpoint
	w = newWorld(t, func(c *sim.Config) {
		f := c.Fakes[0]
		ch := &f.Channels[0]
		ch.Registry = &sim.Registry{Kind: "addresses", Endpoints: func(doc any) []sim.Endpoint { return doc.([]sim.Endpoint) }}
		op := f.Operations["createOrder"]
		handle := op.Handle
		op.Handle = func(tx *sim.Tx, call *sim.Call) (sim.Answer, error) {
			tx.Put("addresses", "a1", next)
			return handle(tx, call)
		}
		f.Operations["createOrder"] = op
		if change != nil {
			change(ch)
		}
	})
	return w, func(all ...sim.Endpoint) {
		next = all
		if a := w.call("POST", "/orders", `{"item":"kite"}`); a.Status != http.StatusCreated {
			t.Fatalf("the addresses were not set: %d %s", a.Status, a.Body)
		}
	}
}

func endpoint(id, path string, events ...string) sim.Endpoint {
	return sim.Endpoint{ID: id, URL: "http://integrator.example/" + path, Events: events}
}

// to are the URLs that deliveries from one on went to, and how they ended.
func (w *world) to(from, until int) (urls []string) {
	w.Helper()
	for _, x := range w.delivered(until)[from:] {
		urls = append(urls, strings.TrimPrefix(x.Request.URL, "http://integrator.example/")+" "+x.Ended.Outcome)
	}
	return urls
}

func TestRegisteredAddresses(t *testing.T) {
	t.Parallel()
	w, set := registering(t, nil)
	w.write(alice, "Hi")
	w.diff("nothing registered", []string{"hook completed"}, w.to(0, 1))
	set(endpoint("1", "one", "message"), endpoint("2", "two", "status"), endpoint("3", "three", "status", "message"))
	w.write(alice, "Hi")
	w.diff("those that take the event", []string{"one completed", "three completed"}, w.to(1, 3))
	w.ws.SetWebhook("", sim.Target{})
	set(endpoint("2", "two", "status"))
	w.write(alice, "Hi")
	due, _, err := w.ws.Due(t.Context(), "toy:a1:"+alice)
	w.diff("none takes it", []any{0, error(nil), 3}, []any{due, err, len(w.delivered(3))})
	set()
	_, err = w.ws.Write(t.Context(), sim.CustomerMessage{Channel: "toy", From: alice, Text: "Hi"})
	w.diff("nobody is there", true, errors.Is(err, sim.ErrNoWebhook))
	_, err = w.ws.Trigger(t.Context(), sim.Trigger{Event: "toy.x", From: alice})
	w.diff("nobody is there for a trigger", true, err != nil)
}

// What waits for its next attempt goes where the address is then, and nowhere
// once it is deleted.
func TestRegisteredAddressIsLookedUpByEachAttempt(t *testing.T) {
	t.Parallel()
	w, set := registering(t, nil)
	set(endpoint("1", "one", "message"))
	w.in.answers = append(w.in.answers, status(500), status(500))
	w.write(alice, "Hi")
	w.diff("first", []string{"one completed"}, w.to(0, 1))
	set(endpoint("1", "moved", "message"))
	if _, err := w.ws.Flush(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	w.diff("moved", []string{"moved completed"}, w.to(1, 2))
	set(endpoint("2", "two", "message"))
	fired, err := w.ws.Flush(t.Context(), "")
	w.diff("deleted", []any{0, error(nil)}, []any{len(fired), err})
}

// A vendor that takes 200 alone is not content with 204, and an address that is
// switched off leaves the others on until it is set again.
func TestRegisteredAddressIsSuspendedAlone(t *testing.T) {
	t.Parallel()
	w, set := registering(t, func(ch *sim.Channel) {
		ch.Takes = func(status int) bool { return status == http.StatusOK }
		ch.Retry = func(int) time.Duration { return 0 }
		ch.Suspend = func(latest []sim.Attempted) bool { return !latest[len(latest)-1].Taken }
	})
	set(endpoint("1", "one", "message"), endpoint("2", "two", "message"))
	w.in.answers = append(w.in.answers, status(204), status(200))
	w.write(alice, "Hi")
	w.diff("the first time", []string{"one completed", "two completed"}, w.to(0, 2))
	w.write(alice, "Hi again")
	w.diff("the second time", []string{"one dropped", "two completed"}, w.to(2, 4))
	off, err := w.ws.Suspended(t.Context())
	if _, is := off["toy:a1/1"]; err != nil || !is || len(off) != 1 {
		t.Errorf("suspended: %v %v", off, err)
	}
}
