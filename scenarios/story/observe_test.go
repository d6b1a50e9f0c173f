package story

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

func message(text string, links int) note.Outgoing {
	return note.Outgoing{Content: note.Content{Text: text}, OfferLinks: links}
}

type observeCase struct {
	name, why string
	events    []sim.Event
	want      []Observation
}

func (c observeCase) run(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(c.want, Observe(c.events)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", c.why, diff)
	}
}

func TestObserveWords(t *testing.T) {
	t.Parallel()
	for _, c := range []observeCase{
		{
			"a good integrator", "offer first, then the reply; everything a fake did is left out",
			[]sim.Event{
				{N: 1, Tick: 1, Note: note.InboundMessage{ID: "wamid.1"}},
				{N: 1, Tick: 2, Outcome: sim.Completed},
				{N: 1, Tick: 2, Note: note.WebhookAcked{Status: 200}},
				{N: 2, Tick: 3, Note: note.OfferRequested{}},
				{N: 2, Tick: 3, Note: note.OfferDecided{Link: "https://api.encorekit.com/encore/click/x"}},
				{N: 2, Tick: 3, Note: note.OfferAnswered{Status: 200}},
				{N: 3, Tick: 5, Note: note.MessageSent{Outgoing: message("Free music", 1)}},
				{N: 4, Tick: 7, Note: note.MessageSent{Outgoing: message("Thanks!", 0)}},
				{N: 5, Tick: 8, Note: note.StatusDelivered{Status: "delivered"}},
				{N: 6, Tick: 9, Note: note.DeliveryConfirmed{Status: 202}},
				{N: 7, Tick: 10, Note: note.OfferClicked{}},
			},
			[]Observation{
				{Word: OfferRequested, Exchange: 2},
				{Word: OfferSent, Exchange: 3, Text: "Free music"},
				{Word: ReplySent, Exchange: 4, Text: "Thanks!"},
			},
		},
		{
			"refused messages", "the provider's reason helps to read a mismatch",
			[]sim.Event{
				{N: 3, Tick: 1, Note: note.SendRefused{Outgoing: message("Free music", 2), Status: 400, Code: "131047"}},
				{N: 4, Tick: 2, Note: note.SendRefused{Outgoing: message("Thanks!", 0), Status: 500}},
				{N: 5, Tick: 3, Note: note.SendRefused{Outgoing: message("Thanks!", 0)}},
			},
			[]Observation{
				{Word: OfferRefused, Exchange: 3, Text: "Free music", Detail: "status 400, code 131047"},
				{Word: ReplyRefused, Exchange: 4, Text: "Thanks!", Detail: "status 500"},
				{Word: ReplyRefused, Exchange: 5, Text: "Thanks!", Detail: "no answer"},
			},
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestObserveOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []observeCase{
		{
			"every attempt counts", "retries are offer requests of their own",
			[]sim.Event{
				{N: 2, Tick: 1, Note: note.OfferRequested{}},
				{N: 3, Tick: 2, Note: note.OfferRequested{NotJSON: true}},
			},
			[]Observation{{Word: OfferRequested, Exchange: 2}, {Word: OfferRequested, Exchange: 3}},
		},
		{
			"the order is that of arrival", "a slow exchange is written after a quick one that arrived later",
			[]sim.Event{
				{N: 2, Tick: 9, Note: note.MessageSent{Outgoing: message("Thanks!", 0)}},
				{N: 3, Tick: 4, Note: note.MessageSent{Outgoing: message("Free music", 1)}},
			},
			[]Observation{
				{Word: OfferSent, Exchange: 3, Text: "Free music"},
				{Word: ReplySent, Exchange: 2, Text: "Thanks!"},
			},
		},
		{"nothing", "silence is no observation", nil, nil},
	} {
		t.Run(c.name, c.run)
	}
}
