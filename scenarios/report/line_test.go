package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
)

// An exchange and the time between two are told in the words of the terminal,
// in order of arrival.
func TestLines(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	entry := func(n int64, direction, fake, operation string, status int, fault *sim.FaultHit, ended *sim.Ended, notes ...sim.Note) sim.Entry {
		x := &sim.Exchange{N: n, Tick: 10 * n, At: at, Direction: direction, Fake: fake, Operation: operation, Thread: "t", Notes: notes, Fault: fault}
		if status > 0 {
			x.Response = &sim.Message{Status: status}
		}
		return sim.Entry{Exchange: x, Ended: ended}
	}
	end := func(outcome string, notes ...sim.Note) *sim.Ended { return &sim.Ended{Outcome: outcome, Notes: notes} }
	offer := note.MessageSent{Outgoing: note.Outgoing{ID: "m1", OfferLinks: 1, Content: note.Content{Text: "Six months"}}}
	picture := entry(4, sim.In, "advertiser", "creativeImage", 200, nil, end(sim.Aborted))
	picture.Request = sim.Message{Method: "GET", URL: "/a.png?v=1"}
	entries := []sim.Entry{
		entry(1, sim.In, "encore", "offersMessage", 503, &sim.FaultHit{ID: "f", Effect: "503"}, end(sim.Completed), note.OfferRequested{}, note.OfferAnswered{Status: 503, Complete: true}),
		entry(2, sim.In, "meta", "whatsappMessages", 200, nil, end(sim.Completed), offer),
		entry(3, sim.Out, "meta", "status", 0, nil, end(sim.Completed, note.WebhookAcked{Status: 500}), note.StatusDelivered{MessageID: "m1", Status: "read"}),
		picture,
		entry(5, sim.In, "encore", "offersMessage", 0, nil, nil, note.OfferRequested{}),
	}
	passed := []sim.Event{{Tick: 25, At: at, Note: note.ClockAdvanced{By: 26 * time.Hour}}, {Tick: 26, At: at, Note: offer}}
	want := []Line{
		{N: 1, Tick: 10, At: at, Thread: "t", Operation: "encore.offersMessage", From: "integrator", To: "Encore", Said: "offersMessage 503", Trouble: "fault f: 503", Kind: "ask", Status: 503, Fault: "f"},
		{N: 2, Tick: 20, At: at, Thread: "t", Operation: "meta.whatsappMessages", From: "integrator", To: "Meta", Said: `offer "Six months"`, Kind: "offer", Status: 200},
		{Tick: 25, At: at, Pause: "26h"},
		{N: 3, Tick: 30, At: at, Thread: "t", Operation: "meta.status", Out: true, From: "Meta", To: "integrator", Said: "offer read", Trouble: "answered 500", Kind: "hook", Status: 500},
		{N: 4, Tick: 40, At: at, Thread: "t", Operation: "advertiser.creativeImage", From: "customer", To: "Advertiser", Said: "GET /a.png 200", Trouble: "the caller went away", Kind: "hook", Status: 200, Broken: true},
		{N: 5, Tick: 50, At: at, Thread: "t", Operation: "encore.offersMessage", From: "integrator", To: "Encore", Said: "offersMessage …", Kind: "ask", Flight: true},
	}
	if diff := cmp.Diff(want, Lines(entries, passed)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e := rules.Evidence{Thread: "t", Channel: "whatsapp", Events: []sim.Event{
		{N: 1, Tick: 1, At: at, Note: note.InboundMessage{Text: "Hi"}}, {N: 1, Tick: 2, At: at, Note: note.WebhookAcked{Status: 0}}, {Tick: 3, At: at, Note: note.ClockAdvanced{By: time.Hour}},
	}}
	told := []Line{
		{Tick: 0, N: 1, At: at, Thread: "t", From: "customer", To: "integrator", Said: `"Hi"`, Trouble: "not delivered: ", Kind: "hook", Broken: true},
		{Tick: 1, At: at, Pause: "1h"},
	}
	if diff := cmp.Diff(told, LinesOf(e)); diff != "" {
		t.Errorf("of a timeline (-want +got):\n%s", diff)
	}
}

// A list says who spoke last, and counts the offers that were accepted.
func TestBriefOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	inbound := sim.Event{At: at, Note: note.InboundMessage{Text: "Hi"}}
	offer := sim.Event{At: at, Note: note.MessageSent{Outgoing: note.Outgoing{OfferLinks: 1, Content: note.Content{Text: "Six months"}}}}
	refused := sim.Event{At: at, Note: note.SendRefused{Outgoing: note.Outgoing{OfferLinks: 1}, Status: 400, Code: "131008"}}
	for name, c := range map[string]struct {
		events []sim.Event
		want   Brief
	}{
		"nobody":   {nil, Brief{}},
		"customer": {[]sim.Event{inbound}, Brief{"customer", "Hi", at, "message", 0}},
		"offer":    {[]sim.Event{inbound, offer}, Brief{"integrator", "Six months", at, "offer", 1}},
		"refused":  {[]sim.Event{inbound, offer, refused}, Brief{"integrator", "400 code 131008", at, "refused", 1}},
		"reaction": {[]sim.Event{offer, {At: at, Note: note.InboundMessage{NotAnInbound: "reaction"}}}, Brief{"customer", "reaction", at, "message", 1}},
	} {
		if diff := cmp.Diff(c.want, BriefOf(c.events)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
