package story

import (
	"testing"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/expect"
)

// An exchange fits a word in a pattern just when a story would see it there, so
// that whoever asks the journal and whoever writes a scenario mean the same.
func TestTermsAreWhatStoriesObserve(t *testing.T) {
	t.Parallel()
	terms := Terms()
	if want := []Word{OfferRequested, OfferSent, OfferRefused, ReplySent, ReplyRefused}; len(terms) != len(want) {
		t.Fatalf("%d terms, want one for each of %v", len(terms), want)
	}
	seen := map[Word]bool{}
	for _, n := range []sim.Note{
		note.OfferRequested{}, note.OfferDecided{Link: "x"}, note.InboundMessage{Text: "Hi"}, note.StatusDelivered{Status: "sent"},
		note.MessageSent{Outgoing: message("Free music", 1)}, note.MessageSent{Outgoing: message("Free music", 2)},
		note.MessageSent{Outgoing: message("Thanks!", 0)}, note.MessageSent{},
		note.SendRefused{Outgoing: message("Free music", 1), Status: 400}, note.SendRefused{Outgoing: message("Thanks!", 0)},
	} {
		observed := Observe([]sim.Event{{N: 1, Note: n}})
		for _, term := range terms {
			q, err := expect.New([]expect.Pattern{{What: term.Words}}, false, terms)
			if err != nil {
				t.Fatal(err)
			}
			e := &expect.Exchange{N: 1, Notes: []expect.Note{{Kind: n.NoteKind(), Data: n}}}
			want := len(observed) == 1 && string(observed[0].Word) == term.Words
			if got := q.Ask([]*expect.Exchange{e}).Held(); got != want {
				t.Errorf("%#v fits %q: %v, want %v", n, term.Words, got, want)
			}
			if want {
				seen[observed[0].Word] = true
			}
			if want && observed[0].Text != "" {
				p := expect.Pattern{What: term.Words + ": " + observed[0].Text}
				if q, err = expect.New([]expect.Pattern{p}, false, terms); err != nil || !q.Ask([]*expect.Exchange{e}).Held() {
					t.Errorf("%#v does not fit %q: %v", n, p.What, err)
				}
			}
		}
	}
	if len(seen) != len(terms) {
		t.Errorf("only %v were tried", seen)
	}
}
