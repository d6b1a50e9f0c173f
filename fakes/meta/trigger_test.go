package meta_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/goldentest"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

// triggerWorld is a sandbox with a number, a page and an Instagram account.
// Its integrator answers as told, 200 by default.
func triggerWorld(t *testing.T, status int) *sim.Sandbox {
	t.Helper()
	config := sim.Config{
		Fakes: []*sim.Fake{meta.New(meta.Config{
			Numbers: []meta.Account{{Number: tonys(), ClientID: "client-42", Name: "Tony's Pizza"}},
			Pages:   []meta.Page{{ID: "104895545712345", Instagram: "17841405793187218", ClientID: "client-42"}}, AppSecret: "sandbox-app-secret",
		})},
		Clock: clock.NewManual(at(0)), Seed: 1, Run: "run",
		Words:    fakes.Words(),
		Webhooks: map[string]sim.Target{"": {URL: "http://integrator.example/webhook", Transport: answering(status)}},
	}
	config.Store = storetest.Coded(t, config.Forms(), store.Bounds{})
	s, err := sim.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// answering is an integrator in this process that answers every webhook alike.
func answering(status int) sim.Transport {
	return sim.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })}
}

// webhook is what a trigger sent.
func webhook(t *testing.T, ws *sim.Workspace, trigger sim.Trigger) sim.Entry {
	t.Helper()
	done, err := ws.Trigger(t.Context(), trigger)
	if err != nil {
		t.Fatalf("%s: %v", trigger.Event, err)
	}
	if _, err := ws.Flush(t.Context(), done.Thread); err != nil {
		t.Fatal(err)
	}
	all, err := ws.Journal(t.Context(), 1, 0)
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: nothing was sent: %v", trigger.Event, err)
	}
	return all[len(all)-1]
}

// Every event is signed, has a body of its own and is read back from that body
// as what it was made as.
func TestEveryEvent(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	s := triggerWorld(t, 200)
	ws := s.Default()
	for _, o := range s.Events() {
		made := webhook(t, ws, sim.Trigger{Event: o.Name})
		body := string(made.Request.Body)
		if got := made.Request.Header.Get("X-Hub-Signature-256"); got != meta.Sign("sandbox-app-secret", made.Request.Body) {
			t.Errorf("%s is signed %s", o.Name, got)
		}
		channel, _, _ := strings.Cut(o.Name, ".")
		_, customer, _ := strings.Cut(strings.TrimPrefix(made.Thread, channel+":"), ":")
		trigger := sim.Trigger{Channel: channel, Raw: json.RawMessage(body)}
		if customer != sim.AccountCustomer {
			trigger.From = customer
		} else {
			trigger.Event = o.Name
		}
		read := webhook(t, ws, trigger)
		// Words that are in no member of the body are lost, and of a receipt
		// Messenger tells the moment and not the message.
		lost := cmp.Options{cmpopts.IgnoreFields(note.InboundMessage{}, "Text", "Delivery"), cmpopts.EquateEmpty()}
		if o.Name == "messenger.status_read" {
			lost = append(lost, cmpopts.IgnoreFields(note.EventDelivered{}, "MessageID"), cmpopts.IgnoreFields(note.StatusDelivered{}, "MessageID"))
		}
		if diff := cmp.Diff(made.Notes, read.Notes, lost); diff != "" {
			t.Errorf("%s: notes of its making and of its body (-want: as made, +got: as read):\n%s", o.Name, diff)
		}
		fmt.Fprintf(&shown, "%s\n    %s\n    %s\n", o.Name, o.About, body)
	}
	goldentest.Check(t, "events.txt", []byte(shown.String()))
}

// A value that is set is written as Meta writes it, and rules see it.
func TestTriggerSet(t *testing.T) {
	t.Parallel()
	ws := triggerWorld(t, 200).Default()
	x := webhook(t, ws, sim.Trigger{Event: "whatsapp.text", From: customer, Set: map[string]json.RawMessage{
		"entry[0].changes[0].value.messages[0].text.body": json.RawMessage(`"Grüße/"`),
		"entry[0].changes[0].value.messages[0].timestamp": json.RawMessage(`"1700000000"`),
	}})
	if !strings.Contains(string(x.Request.Body), `"text":{"body":"Gr\u00fc\u00dfe\/"}`) {
		t.Errorf("the body is %s", x.Request.Body)
	}
	in := x.Notes[0].(note.InboundMessage)
	diff(t, "text and time", []any{"Grüße/", int64(1700000000000), thread}, []any{in.Text, in.Timestamp, in.Thread})
	_, err := ws.Trigger(t.Context(), sim.Trigger{Event: "whatsapp.text", Set: map[string]json.RawMessage{
		"entry[0].changes[0].value.messages[0].text.bdy": json.RawMessage(`"x"`),
	}})
	diff(t, "a path that is not there", "the body of this event has no entry[0].changes[0].value.messages[0].text.bdy"+
		"; did you mean entry[0].changes[0].value.messages[0].text.body?", fmt.Sprint(err))
}

// A body may be moved to another customer of another number; one with several
// customers is the first one's, and the others' messages are none of its inbounds.
func TestTriggerOfSeveralCustomers(t *testing.T) {
	t.Parallel()
	ws := triggerWorld(t, 200).Default()
	one := meta.TextMessage{ID: "wamid.one", From: customer, Name: "Ann", At: at(0), Text: "Hi"}
	two := meta.TextMessage{ID: "wamid.two", From: "15014005002", Name: "Bob", At: at(0), Text: "Hello"}
	x := webhook(t, ws, sim.Trigger{Raw: meta.WebhookBody(meta.TextMessages(tonys(), one, two)), Channel: "whatsapp"})
	diff(t, "thread", thread, x.Thread)
	diff(t, "inbounds", "wamid.one", x.Notes[0].(note.InboundMessage).ID)
	diff(t, "others", note.EventDelivered{Event: "message of another customer", MessageID: "wamid.two"}, x.Notes[1].(note.EventDelivered))
}

// A forged webhook has a note that says so, and no good signature.
func TestForgedWebhooks(t *testing.T) {
	t.Parallel()
	for how, want := range map[string][]bool{"wrong": {true, true}, "missing": {false, false}, "sha1": {true, false}} {
		ws := triggerWorld(t, 200).Default()
		x := webhook(t, ws, sim.Trigger{Event: "instagram.text", Deliver: sim.Shape{Signature: how}})
		h := x.Request.Header
		diff(t, how+": headers that are there", want, []bool{h.Get("X-Hub-Signature") != "", h.Get("X-Hub-Signature-256") != ""})
		diff(t, how+": a good SHA-256", false, h.Get("X-Hub-Signature-256") == meta.Sign("sandbox-app-secret", x.Request.Body))
		diff(t, how+": a good SHA-1", how == "sha1", h.Get("X-Hub-Signature") == meta.SignSHA1("sandbox-app-secret", x.Request.Body))
		diff(t, how+": the note", how, x.Notes[0].(note.InboundMessage).Forged)
	}
}

// Batches hold the same messages however they are gathered.
func TestBatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		channel, gather string
		want            [3]int // entries, changes or events of the first, messages of its first
	}{
		{"whatsapp", "", [3]int{3, 1, 1}},
		{"whatsapp", sim.GatherEntries, [3]int{3, 1, 1}},
		{"whatsapp", sim.GatherChanges, [3]int{1, 3, 1}},
		{"whatsapp", sim.GatherMessages, [3]int{1, 1, 3}},
		{"messenger", "", [3]int{3, 1, 0}},
		{"instagram", sim.GatherMessages, [3]int{1, 3, 0}},
	} {
		t.Run(c.channel+" "+c.gather, func(t *testing.T) {
			t.Parallel()
			ws := triggerWorld(t, 200).Default()
			x := webhook(t, ws, sim.Trigger{Event: c.channel + ".text", Deliver: sim.Shape{Batch: 3, Gather: c.gather}})
			tree := decoded(t, x.Request.Body)
			count := func(steps ...any) int { l, _ := dig(tree, steps...).([]any); return len(l) }
			got := [3]int{count("entry"), count("entry", 0, "changes") + count("entry", 0, "messaging"), count("entry", 0, "changes", 0, "value", "messages")}
			diff(t, "entries, events, messages", c.want, got)
			ids := map[string]bool{}
			for _, n := range x.Notes {
				ids[n.(note.InboundMessage).ID] = true
			}
			diff(t, "messages of their own", 3, len(ids))
			diff(t, "contacts once", min(1, c.want[2]), count("entry", 0, "changes", 0, "value", "contacts"))
		})
	}
	ws := triggerWorld(t, 200).Default()
	for event, want := range map[string]string{
		"messenger.text":       "webhooks of pages have no changes; gather messages or entries",
		"whatsapp.status_read": "",
	} {
		_, err := ws.Trigger(t.Context(), sim.Trigger{Event: event, Deliver: sim.Shape{Batch: 2, Gather: sim.GatherChanges}})
		diff(t, event, want, strings.TrimPrefix(fmt.Sprint(err), "<nil>"))
	}
}

// WhatsApp repeats for seven days, the others for 36 hours.
func TestRetriesOfTheChannels(t *testing.T) {
	t.Parallel()
	for event, most := range map[string]time.Duration{"whatsapp.text": 7 * 24 * time.Hour, "messenger.text": 36 * time.Hour, "instagram.text": 36 * time.Hour} {
		ws := triggerWorld(t, 500).Default()
		x := webhook(t, ws, sim.Trigger{Event: event})
		for waiting := 1; waiting > 0; {
			n, due, err := ws.Due(t.Context(), x.Thread)
			if waiting = n; n > 0 && err == nil {
				err = ws.Advance(t.Context(), x.Thread, due.Sub(ws.Now(t.Context(), x.Thread)))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		all, err := ws.Journal(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		last := all[len(all)-1].At
		if took := last.Sub(x.At); took > most || took < most*8/10 {
			t.Errorf("%s is repeated for %v, want nearly %v", event, took, most)
		}
	}
}
