package sim_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/sim"
)

// member is one text of a JSON object.
func member(body []byte, name string) string {
	var tree map[string]any
	_ = json.Unmarshal(body, &tree)
	text, _ := tree[name].(string)
	return text
}

func trigger(w *world, t sim.Trigger) sim.Triggered {
	w.Helper()
	done, err := w.ws.Trigger(w.Context(), t)
	if err != nil {
		w.Fatal(err)
	}
	return done
}

func TestTriggerByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	done := trigger(w, sim.Trigger{Event: "toy.message", From: alice, Text: "Hi"})
	x := w.delivered(1)[0]
	w.diff("thread", []string{inAlice, "message", "toy.message"}, []string{x.Thread, x.Operation, done.Event})
	w.diff("notes", []sim.Note{attempted{1}, wrote{done.ID, "Hi"}}, x.Notes)
	thread, _, err := w.ws.Thread(t.Context(), inAlice)
	w.diff("error", nil, err)
	w.diff("the customer wrote", epoch, thread.Inbound)
	first, again := trigger(w, sim.Trigger{Event: "message", Channel: "toy"}), trigger(w, sim.Trigger{Event: "message", Channel: "toy"})
	w.diff("the invented customer stays the same", first.Thread, again.Thread)
	w.diff("the events", "toy.message toy.opened", w.sb.Events()[0].Name+" "+w.sb.Events()[1].Name)
}

// What is set decides the notes and, if it is the customer, the thread.
func TestTriggerWithSetValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	done := trigger(w, sim.Trigger{Event: "toy.message", From: alice, Text: "Hi", Set: map[string]json.RawMessage{
		"text": json.RawMessage(`"Hello"`), "id": json.RawMessage(`"mine"`), "from": json.RawMessage(`"` + bob + `"`),
	}})
	w.diff("what was sent", sim.Sent{ID: "mine", Thread: inBob}, done.Sent)
	x := w.delivered(1)[0]
	w.diff("body", `{"at":"2026-03-02T09:00:00Z","from":"`+bob+`","id":"mine","text":"Hello"}`, string(x.Request.Body))
	w.diff("notes", []sim.Note{attempted{1}, wrote{"mine", "Hello"}}, x.Notes)
	_, known, err := w.ws.Thread(t.Context(), inAlice)
	w.diff("error", nil, err)
	w.diff("nothing happened in the other thread", false, known)
	w.diff("the id is known from now on", nil, w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: "mine", Status: "read"}))
}

func TestTriggerRaw(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	const body = `{ "id": "m1",  "from":"` + bob + `", "text":"by hand" }`
	done := trigger(w, sim.Trigger{Channel: "toy", Raw: json.RawMessage(body)})
	w.diff("what was sent", sim.Sent{ID: "m1", Thread: inBob}, done.Sent)
	x := w.delivered(1)[0]
	w.diff("byte for byte", body, string(x.Request.Body))
	w.diff("signed", "sha256=good", x.Request.Header.Get("X-Toy-Signature-256"))
	w.diff("notes", []sim.Note{attempted{1}, wrote{"m1", "by hand"}}, x.Notes)
	trigger(w, sim.Trigger{Channel: "toy", From: bob, Raw: json.RawMessage(`"no JSON at all"`)})
	x = w.delivered(2)[1]
	w.diff("a text stands for itself", "no JSON at all", string(x.Request.Body))
	w.diff("nothing is known of it", []sim.Note{attempted{1}}, x.Notes)
	w.diff("where it went", []string{inBob, "raw"}, []string{x.Thread, x.Operation})
}

// Print shows the request and leaves everything as it was.
func TestTriggerPrint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	done := trigger(w, sim.Trigger{Event: "toy.message", From: alice, Text: "Hi", Print: true, Deliver: sim.Shape{Signature: sim.SignatureSHA1}})
	body := `{"at":"2026-03-02T09:00:00Z","from":"` + alice + `","id":"` + done.ID + `","text":"Hi"}`
	w.diff("request", &sim.Request{Method: "POST", URL: "http://integrator.example/hook", Body: body, Header: http.Header{
		"Content-Type": {"application/json"}, "X-Toy-Attempt": {"1"}, "X-Toy-Signature": {"sha1=good"},
	}}, done.Request)
	w.diff("exchanges", 0, len(w.journal()))
	threads, err := w.ws.AllThreads(t.Context())
	w.diff("error", nil, err)
	w.diff("threads", 0, len(threads))
	w.diff("and the id is free still", done.ID, trigger(w, sim.Trigger{Event: "toy.message", From: alice, Text: "Hi"}).ID)
}

// What concerns no customer is in a thread of the account, which lists of
// threads leave out unless asked.
func TestTriggerOfAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	done := trigger(w, sim.Trigger{Event: "toy.opened", Account: "client-2"})
	w.diff("thread", "toy:a2:account", done.Thread)
	w.delivered(1)
	w.write(alice, "Hi")
	list := func(query string) string { return w.call("GET", "/_sandbox/v1/threads"+query, "").Body }
	for query, want := range map[string]bool{"": false, "?all=false": false, "?all=true": true} {
		w.diff("listed with "+query, want, strings.Contains(list(query), "toy:a2:account"))
		w.diff("customers are always", true, strings.Contains(list(query), inAlice))
	}
}

func TestTriggersThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, triggerable)
	set := func(path string) map[string]json.RawMessage {
		return map[string]json.RawMessage{path: json.RawMessage(`"x"`)}
	}
	for _, c := range []struct {
		trigger sim.Trigger
		want    string
	}{
		{sim.Trigger{Event: "toy.massage"}, `no event "toy.massage"; list them with GET /_sandbox/v1/trigger; did you mean toy.message?`},
		{sim.Trigger{Event: "smoke.message"}, `no channel "smoke"; use one of toy`},
		{sim.Trigger{Event: "toy.message", Channel: "smoke"}, `event toy.message is not of channel smoke; leave channel out`},
		{sim.Trigger{Event: "toy.message", Account: "a9"}, `no account "a9" on channel toy; use one of a1, a2`},
		{sim.Trigger{Event: "toy.message", From: "x"}, `"x" is no number; use digits such as ` + alice},
		{sim.Trigger{Event: "toy.message", Set: set("txt")}, `the body of this event has no txt; did you mean text?`},
		{sim.Trigger{Event: "toy.message", Set: set("text.body")}, `the body of this event has no text.body; it has at, from, id, text`},
		{sim.Trigger{Channel: "toy", Raw: json.RawMessage(`"x"`), Set: set("id")}, `the body is not JSON, so that id cannot be set in it`},
	} {
		_, err := w.ws.Trigger(t.Context(), c.trigger)
		if err == nil {
			t.Fatalf("%+v is taken", c.trigger)
		}
		w.diff("error", c.want, err.Error())
	}
	w.ws.SetWebhook("", sim.Target{})
	_, err := w.ws.Trigger(t.Context(), sim.Trigger{Event: "toy.message"})
	w.diff("no target", true, errors.Is(err, sim.ErrNoWebhook))
	w.diff("nothing was sent", 0, len(w.journal()))
}

// Identical calls outside every thread mint ids of their own, and the same
// sandbox started again repeats them, whatever comes in between.
func TestIdsOutsideThreads(t *testing.T) {
	t.Parallel()
	play := func(others int) (ids []string) {
		w := newWorld(t, nil)
		for range others {
			w.call("POST", "/orders", `{"item":"ball"}`)
		}
		for range 3 {
			ids = append(ids, w.call("POST", "/orders", `{"item":"kite"}`).json(t)["id"].(string))
		}
		return ids
	}
	alone, busy := play(0), play(2)
	if alone[0] == alone[1] || alone[1] == alone[2] || alone[0] == alone[2] {
		t.Errorf("ids repeat: %v", alone)
	}
	newWorld(t, nil).diff("ids of another start", alone, busy)
}

// The journal keeps of a large answer its hash and its size.
func TestLargeAnswersAreHashed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *sim.Config) {
		op := c.Fakes[0].Operations["getOrder"]
		op.Handle = func(*sim.Tx, *sim.Call) (sim.Answer, error) {
			return sim.Answer{Status: 200, Body: map[string]string{"id": "x", "item": strings.Repeat("x", 1<<20)}}, nil
		}
		c.Fakes[0].Operations["getOrder"] = op
	})
	a := w.call("GET", "/orders/x", "")
	kept := w.last().Response
	w.diff("size", int64(len(a.Body)), kept.Size)
	w.diff("body and length of the hash", []int{0, 64}, []int{len(kept.Body), len(kept.SHA256)})
}
