package rules

import (
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// identity says what the inboundMessageId of an attempt is.
type identity int

const (
	idOwn     identity = iota // of the message it belongs to
	idMissing                 // absent or empty
	idForeign                 // of no message in the thread
	idReused                  // of an earlier message that is over and done with
	idAside                   // of something that is no message of the customer
)

// placeAttempt finds the message and the call an attempt belongs to.
func (r *Reading) placeAttempt(x *exchange, request note.OfferRequested) {
	a := &attempt{
		exchange: x, request: request,
		decided: pointerTo[note.OfferDecided](x), answered: pointerTo[note.OfferAnswered](x),
	}
	a.inbound, a.identity = r.owner(a)
	r.attempts = append(r.attempts, a)
	if a.inbound == nil {
		r.placeOrphan(a)
		return
	}
	if c := openCall(a); c != nil {
		c.attempts = append(c.attempts, a)
		return
	}
	c := &call{inbound: a.inbound, attempts: []*attempt{a}}
	a.inbound.calls = append(a.inbound.calls, c)
	r.calls = append(r.calls, c)
}

// placeOrphan collects attempts without a message by the id they carry, so
// that the retries of one wrong call are one breach.
func (r *Reading) placeOrphan(a *attempt) {
	for _, c := range r.calls {
		if c.inbound == nil && value(c.first().request.Body.InboundMessageID) == value(a.request.Body.InboundMessageID) {
			c.attempts = append(c.attempts, a)
			return
		}
	}
	r.calls = append(r.calls, &call{attempts: []*attempt{a}})
}

// openCall is the call that an attempt continues: the latest for its message,
// unless the webhook was redelivered since.
func openCall(a *attempt) *call {
	if len(a.inbound.calls) == 0 {
		return nil
	}
	c := a.inbound.calls[len(a.inbound.calls)-1]
	if redelivered(a.inbound, c.last().start, a.start) {
		return nil
	}
	return c
}

// redelivered tells whether a message was delivered again between two moments.
func redelivered(in *inbound, after, before Moment) bool {
	return slices.ContainsFunc(in.deliveries, func(x *exchange) bool {
		return after.Tick < x.start.Tick && x.start.Tick < before.Tick
	})
}

// owner finds the message an attempt belongs to.
func (r *Reading) owner(a *attempt) (*inbound, identity) {
	id := value(a.request.Body.InboundMessageID)
	if in := r.find(id); in != nil {
		if later := r.successor(in, a.start); later != nil {
			return later, idReused
		}
		return in, idOwn
	}
	if id == "" {
		return r.pending(), idMissing
	}
	if r.aside(id) != nil {
		return nil, idAside
	}
	in := r.pending()
	if _, event := r.announced[id]; event && (in == nil || in.group.gate() == gateMid || len(in.calls) > 0) {
		return nil, idAside
	}
	return in, idForeign
}

// successor is the later message for which a call with an old id must be
// meant: the old one was answered before the later one came, its calls are
// over, and its webhook did not come again.
func (r *Reading) successor(old *inbound, m Moment) *inbound {
	latest := r.latest()
	switch {
	case latest.group == old.group, redelivered(old, latest.received, m), len(old.group.replies) == 0:
		return nil
	case len(old.calls) == 0 || !r.over(old.calls[len(old.calls)-1], m):
		return nil
	}
	return latest
}

// over tells whether a call came to an end before a moment: with an answer
// that could be used, or because nothing followed for long.
func (r *Reading) over(c *call, m Moment) bool {
	a := c.last()
	if a.start.Tick >= m.Tick {
		return false
	}
	quiet := a.ended && (r.Elapsed(a.end, m) > r.ReplyBudget || r.advanced(a.end, m))
	return a.usable() && a.ended || quiet
}

// pending is the message that a call without a usable id is for: the oldest
// trigger without a reply, else the oldest message without one, else a latest
// trigger for which no call was made.
func (r *Reading) pending() *inbound {
	var waiting *inbound
	for _, g := range r.groups {
		if len(g.replies) > 0 {
			continue
		}
		if g.gate() != gateMid {
			return g.first()
		}
		if waiting == nil {
			waiting = g.first()
		}
	}
	if latest := r.latest(); waiting == nil && latest != nil {
		if g := latest.group; g.gate() != gateMid && len(g.calls()) == 0 {
			return g.first()
		}
	}
	return waiting
}

// status is the HTTP status that reached the integrator, or 0.
func (a *attempt) status() int {
	if a.answered == nil || !a.answered.Complete || !a.ended || !a.arrived() {
		return 0
	}
	return a.answered.Status
}

// usable tells of an answer with which the integrator could work.
func (a *attempt) usable() bool {
	return a.answered != nil && a.answered.Usable && a.arrived() && a.decided != nil
}

// offered and unfilled are the two usable answers.
func (a *attempt) offered() bool  { return a.usable() && a.decided.Link != "" }
func (a *attempt) unfilled() bool { return a.usable() && a.decided.Link == "" }

// retryable tells of an answer after which the guide allows another attempt:
// 429, 503, or nothing that could be read.
func (a *attempt) retryable() bool {
	switch a.status() {
	case 0, 200, 429, 503:
		return !a.usable()
	default:
		return false
	}
}

// answer is the first offer that reached the integrator for a message, or nil.
func (in *inbound) answer() *attempt { return in.attemptThat((*attempt).offered) }

// attemptThat is the first attempt for a message with a property, or nil.
func (in *inbound) attemptThat(has func(*attempt) bool) *attempt {
	for _, c := range in.calls {
		if i := slices.IndexFunc(c.attempts, has); i >= 0 {
			return c.attempts[i]
		}
	}
	return nil
}

// value reads an optional field, "" when absent.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
