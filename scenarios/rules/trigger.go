package rules

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Sections of the guide on triggers.
const (
	guideWhen    = "Encore integration guide, When to call us: "
	guideWhenNot = "Encore integration guide, When not to call: "
)

// triggerRules are the rules about which messages call for an offer.
func triggerRules() []Rule {
	return []Rule{
		{
			ID: "R1", Severity: Must, Scope: ScopeThread, Needs: needCall, Judge: misplaced("R1"),
			Duty:   "Encore is called only for a customer's message that opens a thread or ends a long silence",
			Clause: guideWhen + "there are two triggers, the first message of a thread and the first one after a long idle gap",
			Fix:    "call Encore only from the handler of a customer's message; not for echoes, statuses, reactions or webhooks with a wrong signature",
		},
		{
			ID: "R2", Severity: Must, Scope: ScopeThread, Needs: needMessage, Judge: missing("R2"),
			Duty:   "A new thread always gets a call when the cap is above zero",
			Clause: guideWhen + "the first message of a new thread is always eligible",
			Fix:    "call Encore when the customer writes for the first time, before the normal reply",
		},
		{
			ID: "R3", Severity: Must, Scope: ScopeThread, Needs: needReturn, Judge: missing("R3"),
			Duty:   "A customer who returns after the idle gap gets a call while the thread is below the cap",
			Clause: guideWhen + "the first message after a long idle gap is eligible unless the thread had its maximum of offers",
			Fix:    "compare the time of the message with that of the customer's previous message and call Encore when the idle gap has passed (the gap itself counts)",
		},
		{
			ID: "R4", Severity: Must, Scope: ScopeThread, Needs: needCall, Judge: misplaced("R4"),
			Duty:   "Encore is never called for a message in the middle of a thread",
			Clause: guideWhenNot + "replies in mid-thread do not trigger an offer",
			Fix:    "remember per thread when the customer last wrote; of several quick messages only the first is a trigger",
		},
		{
			ID: "R5", Severity: Must, Scope: ScopeThread, Within: "R6",
			Duty:   "Both triggers pass through the cap check, on the integrator's side",
			Clause: guideWhen + "both triggers are gated by a check of the maximum per thread on your side",
			Fix:    "check the cap before every call, the first one of a thread included",
		},
	}
}

// countRules are the rules about the cap and about messages without a call.
func countRules() []Rule {
	return []Rule{
		{
			ID: "R6", Severity: Must, Scope: ScopeThread, Needs: needMessage,
			Judge:  both(misplaced("R6"), missing("R6")),
			Duty:   "Offers in the thread are counted by outgoing encorekit.com links: below the cap Encore is called, at the cap it is not",
			Clause: guideWhen + "count the outbound links to encorekit.com in the thread and compare with the cap",
			Fix:    "count one per sent message with an Encore link, compare with < and count only what the provider accepted",
		},
		{
			ID: "R7", Severity: Must, Scope: ScopeThread, Needs: needReturn, Judge: missing("R7"),
			Duty:   "Only offers sent in this thread count: not what the customer quotes, not look-alike hosts, not other threads",
			Clause: guideWhen + "what counts are outbound links in the same thread whose domain is encorekit.com",
			Fix:    "count outgoing messages of this thread only, and compare the host of the parsed link with encorekit.com or a subdomain of it",
		},
		{
			ID: "R8", Severity: Must, Scope: ScopeThread, Needs: needSkipped, Judge: repliesAfterSkip,
			Duty:   "When no call is due the customer still gets the normal reply",
			Clause: guideWhenNot + "the offer is an extra message; skipping it leaves the client's own reply as it is",
			Fix:    "send the normal reply outside the branch that handles the offer",
		},
		{
			ID: "R9", Severity: Must, Scope: ScopeThread, Needs: needOffer, Judge: offersPerTrigger,
			Duty:   "A trigger gets at most one offer message, any other message none",
			Clause: "Encore integration guide, Overview: one extra outbound message per conversation, beside the normal reply",
			Fix:    "remember by inbound id that the offer was sent, also when the webhook is delivered again",
		},
		{
			ID: "R10", Severity: Should, Scope: ScopeThread, Needs: needOptOut, Judge: misplaced("R10"),
			Duty:   "A customer who opted out is not offered anything",
			Clause: guideWhenNot + "end users who opted out (named there, yet out of scope of the first version)",
			Fix:    "keep the opt-out with the customer and check it before the call",
		},
	}
}

// misplaced finds the calls that a rule forbids.
func misplaced(id string) func(*Reading) []Breach {
	return func(r *Reading) []Breach {
		var breaches []Breach
		for _, c := range r.calls {
			if rule, what := r.forbidden(c); rule == id {
				breaches = append(breaches, Breach{Inbound: c.inbound.id(), What: what, Exchanges: c.numbers()})
			}
		}
		return breaches
	}
}

// forbidden names the rule that speaks against a call, or nothing.
func (r *Reading) forbidden(c *call) (rule, what string) {
	if c.inbound == nil {
		return "R1", r.orphan(c)
	}
	g, in := c.inbound.group, c.inbound
	switch {
	case g.gate() == gateFull:
		_, most := r.offersBefore(g.first().received)
		return "R6", fmt.Sprintf("Encore was called although the thread had %s and the cap is %d", count(most, "offer"), r.Cap)
	case g.gate() == gateMid:
		return "R4", "Encore was called for a message in the middle of the thread (" + g.first().silence + ")"
	case g.calls()[0].inbound != in:
		return "R4", fmt.Sprintf("Encore was called for %s although it was called for %s, which was not answered yet", in.ID, g.calls()[0].inbound.ID)
	case r.optedOut != nil && r.optedOut.start.Tick < c.first().start.Tick:
		return "R10", "Encore was called for a customer who had opted out"
	}
	return "", ""
}

// orphan words a call for which there is no message.
func (r *Reading) orphan(c *call) string {
	id := value(c.first().request.Body.InboundMessageID)
	if event := r.announced[id]; event != "" {
		return fmt.Sprintf("Encore was called for %s, which a webhook reported as %s", id, event)
	}
	switch aside := r.aside(id); {
	case aside == nil:
		return fmt.Sprintf("Encore was called with inboundMessageId %q when no message of the customer waited for an answer", id)
	case aside.Forged != "":
		return fmt.Sprintf("Encore was called for %s, whose webhook had a signature that is %s", id, aside.Forged)
	default:
		return fmt.Sprintf("Encore was called for %s, which is no message of the customer (%s)", id, aside.NotAnInbound)
	}
}

// missing finds the triggers without a call whose absence a rule explains.
func missing(id string) func(*Reading) []Breach {
	return func(r *Reading) []Breach {
		var breaches []Breach
		for i, g := range r.groups {
			if g.gate() != gateOpen || len(g.calls()) > 0 || len(r.strayOffers()) > 0 || r.spared(g) {
				continue
			}
			if rule, what := r.explain(i); rule == id && r.spent(g.last().received) {
				breaches = append(breaches, Breach{Inbound: g.first().ID, What: what, Exchanges: []int64{g.first().proof()}})
			}
		}
		return breaches
	}
}

// spared tells of a customer who opted out before: no call is due.
func (r *Reading) spared(g *group) bool {
	return r.optedOut != nil && r.optedOut.start.Tick < g.first().received.Tick
}

// explain names the rule that a missing call breaks.
func (r *Reading) explain(i int) (rule, what string) {
	first := r.groups[i].first()
	if first.occasion == newThread {
		return "R2", "Encore was not called for the first message of a new thread"
	}
	_, sent := r.offersBefore(first.received)
	what = fmt.Sprintf("Encore was not called for a returning customer (%s) although the thread had %s and the cap is %d",
		first.silence, count(sent, "offer"), r.Cap)
	if decoys := r.decoys(first.received); decoys > 0 && sent+decoys >= r.Cap {
		return "R7", what + fmt.Sprintf("; the thread also holds %s that must not count", count(decoys, "link"))
	}
	calledAgain := func(g *group) bool { return g.first().occasion == returning && len(g.calls()) > 0 }
	if slices.ContainsFunc(r.groups[:i], calledAgain) {
		return "R6", what
	}
	return "R3", what
}

// decoys counts messages before a moment that a careless counter may take for
// offers: Encore links that the customer wrote, outgoing links to hosts that
// only look like Encore's.
func (r *Reading) decoys(m Moment) int {
	n := 0
	for _, in := range r.inbounds {
		if in.received.Tick < m.Tick && strings.Contains(strings.ToLower(in.Text), "encorekit") {
			n++
		}
	}
	for _, s := range r.replies {
		if s.accepted && s.start.Tick < m.Tick && slices.ContainsFunc(s.Content.Links, lookalike) {
			n++
		}
	}
	return n
}

// lookalike tells of a link that mentions Encore's domain without being on it.
func lookalike(link string) bool {
	u, err := url.Parse(link)
	if err != nil || !strings.Contains(strings.ToLower(link), "encorekit") {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return host != "encorekit.com" && !strings.HasSuffix(host, ".encorekit.com")
}

// repliesAfterSkip finds messages without a reply for which no call was due.
func repliesAfterSkip(r *Reading) []Breach {
	return r.unanswered(func(g *group) (string, bool) {
		if r.eligible(g) {
			return "", false
		}
		switch g.gate() {
		case gateFull:
			return "at the cap the customer's message got " + r.noReply(), true
		case gateMid:
			return "a message in the middle of the thread got " + r.noReply(), true
		default:
			return "the customer's message got " + r.noReply(), true
		}
	})
}

// eligible tells whether Encore was, or should have been, called for a group.
func (r *Reading) eligible(g *group) bool {
	return g.gate() == gateOpen && !r.spared(g) || len(g.calls()) > 0
}

// offersPerTrigger finds second offers, and offers that no trigger explains.
func offersPerTrigger(r *Reading) []Breach {
	var breaches []Breach
	for _, in := range r.inbounds {
		offers := r.offersFor(in)
		switch {
		case len(offers) > 1 && !in.repeatedAnswer():
			what := fmt.Sprintf("%d offer messages were sent for one message", len(offers))
			if len(in.deliveries) > 1 {
				what += fmt.Sprintf(", whose webhook was delivered %d times", len(in.deliveries))
			}
			breaches = append(breaches, Breach{Inbound: in.ID, What: what, Exchanges: numbers(offers)})
		case len(offers) == 1 && len(in.group.calls()) == 0 && in.group.gate() != gateOpen:
			breaches = append(breaches, Breach{
				Inbound: in.ID, Exchanges: numbers(offers),
				What: "an Encore offer was sent for a message for which Encore was not asked",
			})
		}
	}
	return breaches
}

// repeatedAnswer tells whether an offer reached the integrator more than once
// for a message: then R48 says what is wrong with two offer messages.
func (in *inbound) repeatedAnswer() bool {
	offered := 0
	for _, c := range in.calls {
		for _, a := range c.attempts {
			if a.offered() {
				offered++
			}
		}
	}
	return offered > 1
}

// count words a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
