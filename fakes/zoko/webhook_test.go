package zoko_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// registration is the body of a webhook.
func registration(url any, changes ...any) string {
	all := map[string]any{"url": url, "events": []string{"message:user:in"}}
	for i := 0; i < len(changes); i += 2 {
		if all[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
			delete(all, changes[i].(string))
		}
	}
	doc, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(doc)
}

const own = "http://integrator.example/own"

func (w *world) register(doc string) string {
	w.Helper()
	r := w.call("POST", "/v2/webhook", doc, tonysKey)
	if r.Status != 200 {
		w.Fatalf("answered %d: %s", r.Status, r.Body)
	}
	return r.json(w.TB).(map[string]any)["id"].(string)
}

func TestZ13WebhooksAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	diff(t, "none", any([]any{}), w.get("/v2/webhook").json(t))
	id := w.register(registration(own, "challengeToken", strings.Repeat("é", 200), "events", []string{"message:user:in", "message:delivery:update", "message:user:in"}))
	if !uuid1.MatchString(id) {
		t.Errorf("%q is no UUID", id)
	}
	want := map[string]any{"id": id, "url": own, "challengeToken": strings.Repeat("é", 200), "events": []any{"message:delivery:update", "message:user:in"}}
	diff(t, "one", any(want), w.get("/v2/webhook/"+id).json(t))
	diff(t, "all", any([]any{want}), w.get("/v2/webhook").json(t))
	changed := w.call("PUT", "/v2/webhook/"+id, registration(own, "events", []string{"message:store:out"}), tonysKey)
	want["challengeToken"], want["events"] = "", []any{"message:store:out"}
	diff(t, "changed", any(want), changed.json(t))
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		for _, key := range []string{noorKey, tonysKey} {
			path := "/v2/webhook/" + id
			if key == tonysKey {
				path += "x"
			}
			if r := w.call(method, path, registration("http://integrator.example/x"), key); r.Status != 404 || r.message(t) == "" {
				t.Errorf("%s of what is not there: %d %s", method, r.Status, r.Body)
			}
		}
	}
	r := w.call("DELETE", "/v2/webhook/"+id, "", tonysKey)
	diff(t, "deleted", []any{204, ""}, []any{r.Status, string(r.Body)})
	diff(t, "gone", 404, w.get("/v2/webhook/"+id).Status)
}

func TestZ13WrongWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	id := w.register(registration(own))
	other := w.register(registration(own + "2"))
	for _, c := range []struct {
		doc, says string
		status    int
	}{
		{registration(own, "events", []string{}), "events is missing", 400},
		{registration(own, "events", nil), "events is missing", 400},
		{registration(own, "events", "message:user:in"), "events must be an array", 400},
		{registration(own, "events", []string{"message:user:in", "zoko:chat:closed"}), "events[1] must be one of message:user:in, message:store:out, message:delivery:update", 400},
		{registration(own, "challengeToken", strings.Repeat("é", 201)), "challengeToken has 201 characters; shorten it to 200", 400},
		{registration(own, "challengeToken", 7), "challengeToken must be a string", 400},
		{registration(nil), "url is missing", 400},
		{registration(""), "url is missing", 400},
		{registration("integrator.example"), "must begin with http", 400},
		{registration("http://"), "names no host", 400},
		{registration("http://169.254.169.254/latest"), "link-local", 400},
		{registration(own), "url is registered already as webhook " + id, 409},
	} {
		for _, r := range []reply{w.call("POST", "/v2/webhook", c.doc, tonysKey), w.call("PUT", "/v2/webhook/"+other, c.doc, tonysKey)} {
			if r.Status != c.status || !strings.Contains(r.message(t), c.says) {
				t.Errorf("answered %d %s, want %d with %q, to %s", r.Status, r.Body, c.status, c.says, c.doc)
			}
		}
	}
	diff(t, "its own URL is not taken", 200, w.call("PUT", "/v2/webhook/"+id, registration(own), tonysKey).Status)
	diff(t, "the other account may use it", 200, w.call("POST", "/v2/webhook", registration(own), noorKey).Status)
}

func to(hooks []hook) (out []string) {
	for _, h := range hooks {
		out = append(out, fmt.Sprint(h.To, " ", h.Body["event"]))
	}
	return out
}

// Registered webhooks take the place of the sandbox's own target.
func TestZ13RegisteredWebhooksAreUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	first := w.register(registration(own))
	second := w.register(registration(own+"2", "events", []string{"message:user:in", "message:store:out"}))
	w.opened()
	w.send(text())
	diff(t, "each what it takes", []string{"/own message:user:in", "/own2 message:user:in", "/own2 message:store:out"}, to(w.after(time.Second)))
	if _, err := w.ws.Write(t.Context(), sim.CustomerMessage{Channel: "zoko", Account: "noor", From: customer, Text: "Hi"}); err != nil {
		t.Fatal(err)
	}
	if err := w.ws.Advance(t.Context(), "zoko:noor:"+customer, 0); err != nil {
		t.Fatal(err)
	}
	w.call("DELETE", "/v2/webhook/"+first, "", tonysKey)
	w.call("DELETE", "/v2/webhook/"+second, "", tonysKey)
	w.opened()
	diff(t, "the target again, and all along for the other account", []string{"/webhook message:user:in", "/webhook message:user:in"}, to(w.after(0)))
	events, _, err := w.ws.Timeline(t.Context(), thread)
	if err != nil {
		t.Fatal(err)
	}
	inbound := 0
	for _, e := range events {
		if _, is := e.Note.(note.InboundMessage); is {
			inbound++
		}
	}
	diff(t, "two messages of the customer, each delivered once for the rules", 2, inbound)
}

func TestZ14WebhooksOfASend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	id := w.send(offer())
	hooks := w.after(time.Second)
	diff(t, "in order", []string{
		"message:store:out accepted", "message:delivery:update sent", "message:delivery:update delivered", "message:delivery:update read",
	}, events(hooks))
	for i, h := range hooks {
		diff(t, "id", any(id), h.Body["id"])
		if _, told := h.Body["customer"]; told != (i == 0) {
			t.Errorf("customer told by webhook %d: %t", i, told)
		}
	}
	goldentest.Check(t, "store-out.json", hooks[0].Raw)
	goldentest.Check(t, "delivery-update.json", hooks[1].Raw)
}

func TestZ14SeenInsteadOfRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{Seen: true})
	id := w.send(offer())
	hooks := w.after(time.Second)
	diff(t, "in webhooks", any("seen"), hooks[3].Body["deliveryStatus"])
	diff(t, "in the API", "read", w.status(id))
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: id, Status: "seen"}); err != nil {
		t.Errorf("by hand: %v", err)
	}
}

// The inbound webhook is the observed sample's, member by member.
func TestInboundWebhook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	id := w.write(sim.CustomerMessage{Text: "Hello", Name: "Ayurdan"})
	h := w.after(0)[0]
	goldentest.Check(t, "user-in.json", h.Raw)
	diff(t, "no signature", []string{"application/json", ""}, []string{h.Header.Get("Content-Type"), h.Header.Get("X-Signature")})
	diff(t, "what a conforming integrator tells Encore", note.InboundMessage{
		ID: id, Thread: thread, Delivery: 1, Text: "Hello", Timestamp: at(0).Unix() * 1000, Platform: "whatsapp", Recipient: customer,
		ChatIDs: []string{h.Body["customer"].(map[string]any)["id"].(string)},
	}, w.newest().(note.InboundMessage))
}

func TestZ15RetriesAndZ16TheirBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	w.answers = []int{500, 204, 404, 301, 500}
	w.opened()
	var gaps []time.Duration
	hooks := w.after(0)
	for waited := time.Duration(0); waited < time.Hour; waited += time.Second {
		if more := w.after(time.Second); len(more) > 0 {
			hooks, gaps = append(hooks, more...), append(gaps, waited)
		}
	}
	diff(t, "attempts: 204 is not 200", 5, len(hooks))
	for i := 1; i < len(gaps); i++ {
		if gaps[i]-gaps[i-1] <= gaps[i-1]/2 {
			t.Errorf("the gaps do not grow: %v", gaps)
		}
	}
	for _, h := range hooks[1:] {
		diff(t, "identical bytes", string(hooks[0].Raw), string(h.Raw))
	}
}

// retried is everything that comes until Zoko has given up.
func (w *world) retried() (hooks []hook) {
	for range 20 {
		hooks = append(hooks, w.after(10*time.Second)...)
	}
	return hooks
}

func TestZ15DisabledAfterSixFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	id := w.register(registration(own))
	w.answers = []int{500, 500, 500, 500, 500, 500}
	w.opened()
	diff(t, "five attempts", 5, len(w.retried()))
	w.opened()
	diff(t, "the sixth failure is the last", 1, len(w.retried()))
	w.opened()
	diff(t, "disabled", 0, len(w.retried()))
	diff(t, "still listed", 200, w.get("/v2/webhook/"+id).Status)
	w.call("PUT", "/v2/webhook/"+id, registration(own), tonysKey)
	w.opened()
	diff(t, "set again", 1, len(w.after(0)))
}

// A success in between begins the count anew.
func TestZ15SixFailuresInARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	w.answers = []int{500, 500, 500, 500, 500, 200, 500, 500, 500, 500, 500, 200}
	for range 4 {
		w.opened().retried()
	}
	diff(t, "answers that are left", 0, len(w.answers))
	off, err := w.ws.Suspended(t.Context())
	diff(t, "suspended", []any{0, error(nil)}, []any{len(off), err})
}
