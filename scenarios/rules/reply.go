package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// replyRules are the rules about order and about the normal reply.
func replyRules() []Rule {
	return []Rule{
		{
			ID: "R36", Severity: Must, Scope: ScopeThread, Needs: needFill, Judge: both(offersOutOfOrder, offersNeverSent),
			Duty:   "The offer message is sent before the normal reply, and the reply waits until the provider has answered",
			Clause: guideWhen + "sequence matters, the offer goes out before the client's reply and not after it",
			Fix:    "await the response of the provider to the offer before you send the reply",
		},
		{
			ID: "R37", Severity: Must, Scope: ScopeThread, Needs: needEligible, Judge: wrongReplies,
			Duty:   "After the offer the normal reply is sent exactly once, as it always is",
			Clause: "Encore integration guide, End-to-end example: then the configured auto-reply goes out normally",
			Fix:    "leave the code of the reply as it was without Encore; the offer is a message of its own",
		},
		{
			ID: "R38", Severity: Must, Scope: ScopeThread, Needs: needEligible, Judge: unansweredTriggers,
			Duty:   "The normal reply is sent whatever Encore answers: any status, a timeout, garbage, no offer",
			Clause: guideRetry + "after the retries drop the call and proceed with the normal reply",
			Fix:    "catch every error of the call, timeouts and JSON errors included, and send the reply outside of it",
		},
		{
			ID: "R39", Severity: Must, Scope: ScopeThread, Judge: offersOnFailure,
			Needs:  all(needHead, needStatus("with a failure", func(a *attempt) bool { return a.ended && !a.usable() })),
			Duty:   "When no usable answer came the offer is skipped and the reply goes out alone",
			Clause: guideRetry + "any answer but 200 is a soft fallback, skip the promo step",
			Fix:    "send an offer only with the answer to this very call; keep no offers for bad days",
		},
	}
}

// offersOutOfOrder finds replies that did not wait for the offer. Of a group of
// several messages all but one may be answered before it, since only one of
// them is the trigger, unless a reply quotes the trigger itself.
func offersOutOfOrder(r *Reading) []Breach {
	var breaches []Breach
	for _, g := range r.groups {
		for _, s := range r.offersIn(g) {
			if s.inbound.answer() == nil {
				continue // R29 or R39 says so
			}
			early := g.repliesBefore(s)
			others := (len(g.inbounds) - 1) * r.size()
			quotes := func(reply *send) bool { return reply.ReplyTo == s.inbound.ID }
			settled := len(early) < len(g.replies) || !s.ended || !r.spent(s.end)
			if len(early) > 0 && (len(early) > others || slices.ContainsFunc(early, quotes) || !settled) {
				breaches = append(breaches, outOfOrder(s, early[0]))
				break
			}
			if s.accepted {
				break // a second offer is the matter of R9 and R48
			}
		}
	}
	return breaches
}

// repliesBefore lists the replies that arrived before an offer was answered,
// without those that quote another message than the offer's.
func (g *group) repliesBefore(s *send) []*send {
	var early []*send
	for _, reply := range g.replies {
		other := reply.ReplyTo != "" && reply.ReplyTo != s.inbound.ID
		overlaps := s.ended && reply.start.Tick < s.end.Tick
		if !other && (reply.start.Tick < s.start.Tick || overlaps) {
			early = append(early, reply)
		}
	}
	return early
}

func outOfOrder(s, reply *send) Breach {
	what := "the reply was sent before the offer"
	if reply.start.Tick > s.start.Tick {
		what = "the reply was sent without waiting until the provider had answered the offer"
	}
	return Breach{Inbound: s.inbound.ID, What: what, Exchanges: []int64{s.n, reply.n}}
}

// patience is how long a client may be expected to wait for Encore. An offer
// that came later may have been dropped on purpose, so that the reply did not
// have to wait.
const patience = time.Second

// offersNeverSent finds offers that reached the integrator in time and were
// never handed to a provider.
func offersNeverSent(r *Reading) []Breach {
	var breaches []Breach
	for _, g := range r.groups {
		for _, c := range g.calls() {
			i := slices.IndexFunc(c.attempts, func(a *attempt) bool { return a.offered() && a.ended })
			if rule, _ := r.forbidden(c); i < 0 || rule != "" || r.optedOut != nil {
				continue
			}
			if a := c.attempts[i]; r.spent(a.end) && r.inTime(g, a) && !r.handedOn(g) {
				breaches = append(breaches, Breach{
					Inbound: c.inbound.ID, What: "Encore's offer was never sent to the customer", Exchanges: []int64{a.n},
				})
				break
			}
		}
	}
	return breaches
}

// inTime tells whether an offer came while the reply could still wait for it, and
// under a content type by which it could be told.
func (r *Reading) inTime(g *group, a *attempt) bool {
	replied := slices.ContainsFunc(g.replies, func(s *send) bool { return s.start.Tick < a.end.Tick })
	return !replied && a.answered.OtherType == "" && r.Elapsed(a.start, a.end) <= patience
}

// handedOn tells whether an offer for a group was sent in whatever form.
func (r *Reading) handedOn(g *group) bool {
	within := slices.ContainsFunc(g.replies, func(s *send) bool { return s.OfferLinks > 0 })
	return within || slices.ContainsFunc(r.offers, func(s *send) bool { return s.inbound != nil && s.inbound.group == g })
}

// wrongReplies finds replies that differ from the normal one, at most one
// breach a group of messages.
func wrongReplies(r *Reading) []Breach {
	var breaches []Breach
	for _, g := range r.groups {
		for _, judge := range []func(*Reading, *group) (string, []int64){
			linkedReply, emptyReply, repeatedReply, partialReply, changedReply,
		} {
			if what, proof := judge(r, g); what != "" {
				breaches = append(breaches, Breach{Inbound: g.first().ID, What: what, Exchanges: proof})
				break
			}
		}
	}
	return append(breaches, r.unanswered(func(g *group) (string, bool) {
		return "after the offer the customer got " + r.noReply(), r.eligible(g) && r.offerAccepted(g)
	})...)
}

func (r *Reading) offerAccepted(g *group) bool { return len(accepted(r.offersIn(g))) > 0 }

func linkedReply(_ *Reading, g *group) (string, []int64) {
	i := slices.IndexFunc(g.replies, func(s *send) bool { return s.OfferLinks > 0 })
	if i < 0 {
		return "", nil
	}
	return "an Encore link is in the normal reply: " + listed(g.replies[i].Content.Links), []int64{g.replies[i].n}
}

func emptyReply(_ *Reading, g *group) (string, []int64) {
	i := slices.IndexFunc(g.replies, func(s *send) bool {
		return strings.EqualFold(s.Type, "text") && strings.TrimSpace(s.Content.Text) == ""
	})
	if i < 0 {
		return "", nil
	}
	return "the reply is empty", []int64{g.replies[i].n}
}

// repeatedReply finds more replies than messages; without a known baseline it
// counts the same text sent more often than messages came.
func repeatedReply(r *Reading, g *group) (string, []int64) {
	sent := withoutUnseen(accepted(g.replies))
	most := len(g.inbounds) * r.size()
	if len(r.Reply) > 0 && len(sent) > most {
		return fmt.Sprintf("%s were sent where the normal reply has %d", count(len(sent), "message"), most), numbers(sent)
	}
	byText := map[string][]*send{}
	for _, s := range sent {
		byText[s.Content.Text] = append(byText[s.Content.Text], s)
	}
	for _, s := range sent {
		if same := byText[s.Content.Text]; len(r.Reply) == 0 && s.Content.Text != "" && len(same) > len(g.inbounds) {
			return fmt.Sprintf("the same reply was sent %s", times(len(same))), numbers(same)
		}
	}
	return "", nil
}

func partialReply(r *Reading, g *group) (string, []int64) {
	if n := len(g.replies); n > 0 && n < len(r.Reply) && r.spent(g.replies[n-1].start) {
		return fmt.Sprintf("only %d of the %d messages of the normal reply were sent", n, len(r.Reply)), numbers(g.replies)
	}
	return "", nil
}

// changedReply compares with the baseline. Only replies to triggers are
// compared: what follows in mid-thread may well answer what was asked.
func changedReply(r *Reading, g *group) (string, []int64) {
	if len(r.Reply) == 0 || !r.eligible(g) {
		return "", nil
	}
	for _, s := range accepted(g.replies) {
		known := func(t ReplyText) bool { return t.Varies || t.Text == s.Content.Text }
		if !slices.ContainsFunc(r.Reply, known) {
			return fmt.Sprintf("the reply is %q instead of %s", s.Content.Text, quoted(texts(r.Reply))), []int64{s.n}
		}
	}
	return "", nil
}

func texts(reply []ReplyText) []string {
	var list []string
	for _, t := range reply {
		list = append(list, t.Text)
	}
	return list
}

// unanswered finds groups that got no reply at all, as far as a rule words them.
func (r *Reading) unanswered(word func(*group) (string, bool)) []Breach {
	var breaches []Breach
	for _, g := range r.groups {
		what, mine := word(g)
		if mine && len(g.replies) == 0 && r.spent(g.last().received) {
			breaches = append(breaches, Breach{Inbound: g.first().ID, What: what, Exchanges: []int64{g.first().proof()}})
		}
	}
	return breaches
}

// noReply words an absence that was proven by waiting.
func (r *Reading) noReply() string { return "no reply within " + r.ReplyBudget.String() }

// unansweredTriggers finds triggers that got neither offer nor reply.
func unansweredTriggers(r *Reading) []Breach {
	return r.unanswered(func(g *group) (string, bool) {
		what := "the customer got " + r.noReply()
		if calls := g.calls(); len(calls) > 0 {
			what += "; Encore had answered " + calls[len(calls)-1].last().describe()
		}
		if offers := r.offersIn(g); len(offers) > 0 { // none was accepted, or R37 would say so
			what += fmt.Sprintf(", and the provider had refused that (#%d) %s", offers[0].n, offers[0].refusal)
		}
		return what, r.eligible(g) && !r.offerAccepted(g)
	})
}

// offersOnFailure finds offers for messages for which no usable answer came.
func offersOnFailure(r *Reading) []Breach {
	var breaches []Breach
	for _, s := range r.offers {
		if s.inbound == nil || s.foreign || len(s.inbound.calls) == 0 || s.inbound.attemptThat((*attempt).usable) != nil {
			continue
		}
		last := s.inbound.calls[len(s.inbound.calls)-1].last()
		breaches = append(breaches, Breach{
			Inbound: s.inbound.ID, Exchanges: []int64{s.n, last.n},
			What: "an offer was sent although Encore had answered " + last.describe(),
		})
	}
	return breaches
}
