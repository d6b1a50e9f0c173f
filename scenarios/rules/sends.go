package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// placeSend tells offers from replies and finds what each belongs to.
func (r *Reading) placeSend(s *send) {
	if silent(s.Type) {
		return
	}
	if r.isOffer(s) {
		r.placeOffer(s)
		return
	}
	s.group = r.groupOf(s)
	if s.group != nil {
		s.group.replies = append(s.group.replies, s)
	}
	r.replies = append(r.replies, s)
}

// silent tells of what goes to a provider without being a message to the
// customer: read receipts, typing indicators, reactions.
func silent(kind string) bool {
	return slices.Contains([]string{
		"read", "typing", "typing_on", "typing_off", "mark_seen", "react", "unreact", "reaction", "sender_action",
	}, kind)
}

// isOffer recognises an offer by its link, or, when the link was taken out, by
// its picture or its text. The normal reply stays a reply even when somebody
// put an Encore link in it.
func (r *Reading) isOffer(s *send) bool {
	alike := slices.ContainsFunc(r.attempts, func(a *attempt) bool {
		if a.decided == nil {
			return false
		}
		offer := a.decided.Content
		return offer.Image != "" && offer.Image == s.Content.Image || offer.Text != "" && offer.Text == s.Content.Text
	})
	linked := s.Impression != "" || s.OfferLinks > 0
	return alike || linked && !r.holdsReply(s)
}

// holdsReply tells whether the text of the normal reply is in a message.
func (r *Reading) holdsReply(s *send) bool {
	return slices.ContainsFunc(r.Reply, func(t ReplyText) bool {
		return t.Text != "" && strings.Contains(s.Content.Text, t.Text)
	})
}

// placeOffer finds the message an offer was sent for: by its link, unless a
// later message had its own call without an offer and got this old one
// instead; by position when there is no link to go by.
func (r *Reading) placeOffer(s *send) {
	r.offers = append(r.offers, s)
	owner := r.composedFor(s.Impression)
	s.foreign = s.Impression != "" && owner == nil
	switch later := r.disappointed(s); {
	case owner != nil && later != nil && later.group != owner.group && r.gotOffer(owner):
		s.inbound, s.stale = later, true
	case owner != nil:
		s.inbound = owner
	case !s.foreign:
		s.inbound = r.inTurn()
	}
}

// composedFor is the latest message for which an impression was decided, or nil.
func (r *Reading) composedFor(impression string) *inbound {
	for _, a := range slices.Backward(r.attempts) {
		if impression != "" && a.decided != nil && a.decided.ImpressionID == impression && a.inbound != nil {
			return a.inbound
		}
	}
	return nil
}

// gotOffer tells whether an accepted offer was sent for a message already.
func (r *Reading) gotOffer(in *inbound) bool {
	return slices.ContainsFunc(r.offers, func(s *send) bool { return s.inbound == in && s.accepted })
}

// disappointed is the latest message, if Encore was asked for it and gave no
// offer before the send began.
func (r *Reading) disappointed(s *send) *inbound {
	latest := r.latest()
	if latest == nil || len(latest.calls) == 0 || latest.answer() != nil {
		return nil
	}
	if a := latest.calls[len(latest.calls)-1].last(); !a.ended || a.end.Tick > s.start.Tick {
		return nil
	}
	return latest
}

// inTurn is the message whose offer is due by position: the oldest one with a
// call and neither offer nor reply, else the latest.
func (r *Reading) inTurn() *inbound {
	for _, in := range r.inbounds {
		if len(in.calls) > 0 && len(in.group.replies) == 0 && !r.gotOffer(in) {
			return in
		}
	}
	return r.latest()
}

// groupOf finds the group a reply answers: that of the message it quotes; else
// the oldest one that still waits for it; else one of several messages that
// may get another reply; else the last one. A reply to what is no message of
// the customer (a reaction, say) belongs nowhere.
func (r *Reading) groupOf(s *send) *group {
	if quoted := r.find(s.ReplyTo); quoted != nil {
		return quoted.group
	}
	if r.aside(s.ReplyTo) != nil || len(r.groups) == 0 {
		return nil
	}
	if waiting := r.waiting(s); len(waiting) > 0 {
		for _, g := range waiting {
			if r.fits(g, s) {
				return g
			}
		}
		return waiting[0]
	}
	if n := len(r.asides); n > 0 && r.asides[n-1].received.Tick > r.latest().received.Tick {
		return nil
	}
	for _, g := range r.groups {
		if len(g.replies) < r.size()*len(g.inbounds) && !r.givenUp(g, s) {
			return g
		}
	}
	return r.groups[len(r.groups)-1]
}

// waiting lists the groups whose reply is not complete, oldest first.
func (r *Reading) waiting(s *send) []*group {
	var waiting []*group
	for _, g := range r.groups {
		if len(g.replies) < r.size() && !r.givenUp(g, s) {
			waiting = append(waiting, g)
		}
	}
	return waiting
}

// givenUp tells that a group will not be answered any more: another one came
// after it, and the budget is spent or time was made to pass in between.
func (r *Reading) givenUp(g *group, s *send) bool {
	i := slices.Index(r.groups, g)
	if i == len(r.groups)-1 {
		return false
	}
	next := r.groups[i+1].first().received
	return r.advanced(g.last().received, next) || r.Elapsed(g.last().received, s.start) > r.ReplyBudget
}

// fits tells whether a text is the next one of the reply to a group.
func (r *Reading) fits(g *group, s *send) bool {
	if len(r.Reply) == 0 || len(g.replies) >= len(r.Reply) {
		return true
	}
	next := r.Reply[len(g.replies)]
	return next.Varies || next.Text == s.Content.Text
}

// offersIn lists the offers of a group's messages, accepted or refused, in
// order, without those that were composed for another thread or message.
func (r *Reading) offersIn(g *group) []*send {
	var offers []*send
	for _, s := range r.offers {
		if s.inbound != nil && s.inbound.group == g && !s.stale {
			offers = append(offers, s)
		}
	}
	return offers
}

// offersFor lists the accepted offers of one message. One whose answer never
// reached the integrator is left out when another follows: sending again was
// the only way to be sure.
func (r *Reading) offersFor(in *inbound) []*send {
	var offers []*send
	for _, s := range r.offers {
		if s.inbound == in && s.accepted && !s.stale {
			offers = append(offers, s)
		}
	}
	return withoutUnseen(offers)
}

// withoutUnseen drops sends whose acceptance got lost, but for the last.
func withoutUnseen(sends []*send) []*send {
	var seen []*send
	for i, s := range sends {
		if s.arrived() || i == len(sends)-1 {
			seen = append(seen, s)
		}
	}
	return seen
}

// refusal words why a provider did not take a message.
func refusal(n note.SendRefused) string {
	words := fmt.Sprintf("with status %d", n.Status)
	if n.Status == 0 {
		words = "without an answer"
	}
	if n.Code != "" {
		words += ", code " + n.Code
	}
	return words
}

// accepted keeps the sends that the provider took.
func accepted(sends []*send) []*send {
	var kept []*send
	for _, s := range sends {
		if s.accepted {
			kept = append(kept, s)
		}
	}
	return kept
}

// numbers lists the exchanges of sends.
func numbers(sends []*send) []int64 {
	list := make([]int64, len(sends))
	for i, s := range sends {
		list[i] = s.n
	}
	return list
}
