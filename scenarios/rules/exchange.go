package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// exchange is one HTTP exchange put together again from the events of a timeline.
type exchange struct {
	n       int64
	start   Moment // arrival; departure of a webhook
	end     Moment // just before the last byte of the answer; zero while in flight
	ended   bool
	outcome string
	notes   []sim.Note
}

// assemble groups events by exchange, in order of arrival. An end record whose
// exchange is gone says nothing and is left out.
func assemble(events []sim.Event) []*exchange {
	byNumber := map[int64]*exchange{}
	var all []*exchange
	for _, event := range events {
		x := byNumber[event.N]
		if x == nil {
			x = &exchange{n: event.N, start: Moment{event.Tick, event.At}}
			byNumber[event.N] = x
			all = append(all, x)
		}
		x.take(event)
	}
	all = slices.DeleteFunc(all, func(x *exchange) bool { return len(x.notes) == 0 })
	slices.SortStableFunc(all, func(a, b *exchange) int {
		return cmp.Or(cmp.Compare(a.start.Tick, b.start.Tick), cmp.Compare(a.n, b.n))
	})
	return all
}

func (x *exchange) take(event sim.Event) {
	if event.Tick < x.start.Tick {
		x.start = Moment{event.Tick, event.At}
	}
	if event.Note != nil {
		x.notes = append(x.notes, event.Note)
	}
	if event.Outcome != "" {
		x.end, x.ended, x.outcome = Moment{event.Tick, event.At}, true, event.Outcome
	}
}

// arrived tells whether the answer may have reached the caller as a whole. An
// exchange in flight gets the benefit of the doubt.
func (x *exchange) arrived() bool { return !x.ended || x.outcome == sim.Completed }

// noteOf returns the exchange's note of one type.
func noteOf[T sim.Note](x *exchange) (T, bool) {
	for _, n := range x.notes {
		if found, ok := n.(T); ok {
			return found, true
		}
	}
	var none T
	return none, false
}

// pointerTo is noteOf for notes that may be missing.
func pointerTo[T sim.Note](x *exchange) *T {
	if found, ok := noteOf[T](x); ok {
		return &found
	}
	return nil
}

// lost tells of a webhook that the integrator cannot have seen.
func (x *exchange) lost() bool {
	ack, ok := noteOf[note.WebhookAcked](x)
	return ok && ack.Status == 0 && slices.ContainsFunc([]string{"refused", "unknown host", "no webhook"}, func(why string) bool {
		return strings.Contains(ack.Reason, why)
	})
}
