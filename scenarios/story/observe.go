package story

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/expect"
)

// Observation is one thing an integrator did, in the words of expectations.
type Observation struct {
	Word     Word
	Exchange int64  // number of the exchange that proves it
	Text     string // what the customer reads; empty for an offer request
	Detail   string // why a provider refused: "status 400, code 131047"
}

// Observe reads what an integrator did out of the events of one step of one
// thread. The order is that of arrival (Event.Tick). Delivery callbacks,
// clicks and everything that a fake did are no observations.
func Observe(events []sim.Event) []Observation {
	arrived := slices.SortedStableFunc(slices.Values(events), func(a, b sim.Event) int {
		return cmp.Compare(a.Tick, b.Tick)
	})
	var out []Observation
	for _, e := range arrived {
		if o, ok := observe(e.Note); ok {
			o.Exchange = e.N
			out = append(out, o)
		}
	}
	return out
}

// Terms are the words of expectations as patterns of the journal have them: an
// exchange fits a term just when Observe sees the word in it.
func Terms() []expect.Term {
	message := func(word Word, kind string, links any) expect.Term {
		return expect.Term{Words: string(word), Kind: kind, Fields: map[string]any{"offerLinks": links}, Text: "content.text"}
	}
	const some = "*" // no field at all stands for zero links
	return []expect.Term{
		{Words: string(OfferRequested), Kind: note.OfferRequested{}.NoteKind()},
		message(OfferSent, note.MessageSent{}.NoteKind(), some),
		message(OfferRefused, note.SendRefused{}.NoteKind(), some),
		message(ReplySent, note.MessageSent{}.NoteKind(), nil),
		message(ReplyRefused, note.SendRefused{}.NoteKind(), nil),
	}
}

func observe(n sim.Note) (Observation, bool) {
	switch n := n.(type) {
	case note.OfferRequested:
		return Observation{Word: OfferRequested}, true
	case note.MessageSent:
		return Observation{Word: either(n.Outgoing, OfferSent, ReplySent), Text: n.Content.Text}, true
	case note.SendRefused:
		return Observation{Word: either(n.Outgoing, OfferRefused, ReplyRefused), Text: n.Content.Text, Detail: refusal(n)}, true
	}
	return Observation{}, false
}

// either tells an offer from a reply by its link, as the Encore integration
// guide counts offers.
func either(m note.Outgoing, offer, reply Word) Word {
	if m.OfferLinks > 0 {
		return offer
	}
	return reply
}

func refusal(n note.SendRefused) string {
	out := fmt.Sprintf("status %d", n.Status)
	if n.Status == 0 {
		out = "no answer"
	}
	if n.Code != "" {
		out += ", code " + n.Code
	}
	return out
}
