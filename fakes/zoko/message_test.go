package zoko_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
)

// history is what GET history tells, state and time.
func (w *world) history(id string) (out []string) {
	w.Helper()
	for _, e := range w.get("/v2/message/" + id + "/history").json(w.TB).(map[string]any)["history"].([]any) {
		entry := e.(map[string]any)
		if len(entry) != 4 || entry["deliveryChannel"] != "whatsapp" || entry["details"].(map[string]any)["message"] == "" {
			w.Errorf("not as documented: %v", entry)
		}
		out = append(out, fmt.Sprint(entry["state"], " ", entry["happendAt"]))
	}
	return out
}

func (w *world) status(id string) string {
	w.Helper()
	return fmt.Sprint(w.get("/v2/message/" + id).json(w.TB).(map[string]any)["deliveryStatus"])
}

func TestZ12ProgressOfAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{Delays: meta.Delays{Sent: time.Second, Delivered: 2 * time.Second, Read: time.Minute}})
	id := w.send(offer())
	steps := []string{"sent 2026-05-13T18:06:44Z", "delivered 2026-05-13T18:06:45Z", "read 2026-05-13T18:07:43Z"}
	for i, by := range []time.Duration{0, time.Second, time.Second, 58 * time.Second} {
		w.after(by)
		diff(t, fmt.Sprint("history after ", i), append([]string(nil), steps[:i]...), w.history(id))
		diff(t, fmt.Sprint("status after ", i), []string{"sent", "sent", "delivered", "read"}[i], w.status(id))
	}
	if err := w.ws.SetStatus(t.Context(), sim.StatusChange{MessageID: id, Status: "failed"}); err != nil {
		t.Fatal(err)
	}
	diff(t, "status by hand", "failed", w.status(id))
}

func TestZ12MessageOfEitherSide(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	in := w.write(sim.CustomerMessage{Text: "Look", Extra: sim.Extra{Kind: "image", Media: "https://example.com/cat.png"}})
	out := w.send(body(map[string]any{"type": "image", "message": creative, "caption": "The menu"}))
	goldentest.Check(t, "message-in.json", w.get("/v2/message/"+in).Body)
	got := w.get("/v2/message/" + out).json(t).(map[string]any)
	diff(t, "the store's", []any{"FROM_STORE", customer, "image", "", creative, "The menu"},
		[]any{got["direction"], got["platformSenderId"], got["type"], got["text"], got["fileUrl"], got["fileCaption"]})
	r := w.get("/v2/message/068a169a-f1fe-11ea-9b75-42010a67e00f")
	diff(t, "unknown", 404, r.Status)
	r.message(t)
	diff(t, "another account's", 404, w.call("GET", "/v2/message/"+out, "", noorKey).Status)
	diff(t, "history of another account's", 404, w.call("GET", "/v2/message/"+out+"/history", "", noorKey).Status)
}

func TestDeletedMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	id := w.send(shipping())
	diff(t, "another account's", 404, w.call("DELETE", "/v2/message/"+id, "", noorKey).Status)
	r := w.call("DELETE", "/v2/message/"+id, "", tonysKey)
	diff(t, "deleted", []any{204, ""}, []any{r.Status, string(r.Body)})
	diff(t, "again", 404, w.call("DELETE", "/v2/message/"+id, "", tonysKey).Status)
	diff(t, "history", 404, w.get("/v2/message/"+id+"/history").Status)
}

func TestDeletedMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	a, b, other := w.send(shipping()), w.send(shipping()), w.call("POST", "/v2/message", shipping(), noorKey).json(t).(map[string]any)["messageId"]
	batch := func(ids ...any) reply {
		doc, err := json.Marshal(map[string]any{"messages": ids})
		if err != nil {
			t.Fatal(err)
		}
		return w.call("DELETE", "/v2/message/batch", string(doc), tonysKey)
	}
	got := batch(a, b, a, other).json(t).(map[string]any)
	var each []any
	for _, m := range got["messages"].([]any) {
		each = append(each, m.(map[string]any)["status"])
	}
	diff(t, "a message is there once, another account's is not", []any{2.0, 2.0, []any{"deleted", "deleted", "failed", "failed"}}, []any{got["deleted"], got["failed"], each})
	diff(t, "gone", 404, w.get("/v2/message/"+b).Status)
	fifty := make([]any, 50)
	for i := range fifty {
		fifty[i] = fmt.Sprint(i)
	}
	diff(t, "fifty", 200, batch(fifty...).Status)
	for name, r := range map[string]reply{"fifty-one": batch(append(fifty, "x")...), "none": batch(), "numbers": batch(1, 2)} {
		if r.Status != 400 || !strings.Contains(r.message(t), "messages") {
			t.Errorf("%s: answered %d %s", name, r.Status, r.Body)
		}
	}
}

func TestCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{})
	w.write(sim.CustomerMessage{Text: "Hi", Name: "Ada Lovelace"})
	w.send(shipping("recipient", "919876543210"))
	w.call("POST", "/v2/message", shipping("recipient", "919876543211"), noorKey)
	list := w.get("/v2/customer?channel=whatsapp").json(t).(map[string]any)
	diff(t, "counts", []any{1.0, 2.0}, []any{list["totalPages"], list["totalCustomers"]})
	all := list["customers"].([]any)
	ada := all[0].(map[string]any)
	diff(t, "who wrote", []any{"Ada Lovelace", "whatsapp", customer, "2026-05-13T18:06:43Z"}, []any{ada["name"], ada["channel"], ada["channelId"], ada["lastIncomingMessageAt"]})
	diff(t, "who did not", []any{"", "919876543210", nil}, []any{all[1].(map[string]any)["name"], all[1].(map[string]any)["channelId"], all[1].(map[string]any)["lastIncomingMessageAt"]})
	diff(t, "one", any(ada), w.get("/v2/customer/"+ada["id"].(string)).json(t))
	diff(t, "another account's", 404, w.call("GET", "/v2/customer/"+ada["id"].(string), "", noorKey).Status)
	second := w.get("/v2/customer?channel=whatsapp&page=2&pageSize=1").json(t).(map[string]any)
	diff(t, "pages", []any{2.0, []any{all[1]}}, []any{second["totalPages"], second["customers"]})
	diff(t, "beyond", []any{}, w.get("/v2/customer?channel=whatsapp&page=9").json(t).(map[string]any)["customers"].([]any))
	for _, query := range []string{"", "?channel=sms", "?channel=whatsapp&page=0", "?channel=whatsapp&pageSize=x", "?channel=whatsapp&page=99999999999999999999"} {
		if r := w.get("/v2/customer" + query); r.Status != 400 || r.message(t) == "" {
			t.Errorf("%q: answered %d %s", query, r.Status, r.Body)
		}
	}
}

// The list may be asked for once in a while, and asking too soon counts.
func TestZ18CustomerListIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{CustomerListEvery: 300 * time.Second})
	ask := func(key string) int { return w.call("GET", "/v2/customer?channel=whatsapp", "", key).Status }
	pass := func(by time.Duration) {
		t.Helper()
		if err := w.ws.Advance(t.Context(), "", by); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, "first", 200, ask(tonysKey))
	diff(t, "the other account's", 200, ask(noorKey))
	pass(300*time.Second - 1)
	r := w.get("/v2/customer?channel=whatsapp")
	diff(t, "too soon", 429, r.Status)
	r.message(t)
	pass(300*time.Second - 1)
	diff(t, "too soon after the refused one", 429, ask(tonysKey))
	pass(300 * time.Second)
	diff(t, "in time", 200, ask(tonysKey))
	free := newWorld(t, zoko.Config{})
	for range 3 {
		diff(t, "no limit unless configured", 200, free.get("/v2/customer?channel=whatsapp").Status)
	}
}
