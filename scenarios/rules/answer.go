package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// answerRules are the rules about what Encore answered: impressions, delivery
// callbacks, no-fills.
func answerRules() []Rule {
	const response = "Encore integration guide, Response: "
	const noOffer = "Encore integration guide, When there's no eligible offer: "
	return []Rule{
		{
			ID: "R27", Severity: Must, Scope: ScopeThread, Needs: needCallback, Judge: unknownImpressions,
			NeedsRun: needHomelessCallback, JudgeRun: homelessCallbacks,
			Duty:   "The delivery callback names the impressionId that came with the offer",
			Clause: response + "store the impressionId, the delivery callback refers to it",
			Fix:    "keep impressionId with the sent message and use exactly that value",
		},
		{
			ID: "R28", Severity: Must, Scope: ScopeThread, Needs: all(needHead, needCallback),
			Judge:  both(earlyCallbacks, weigh(Should, repeatedCallbacks)),
			Duty:   "Delivery is confirmed once, after the provider accepted the offer message",
			Clause: response + "the impressionId is referenced on the delivery callback once the offer is sent",
			Fix:    "make the callback when the provider has answered the send, or on its delivered status, and only once",
		},
		{
			ID: "R29", Severity: Must, Scope: ScopeThread, Needs: needNoFill, Judge: both(offersOnNoFill, callbacksOnNoFill),
			Duty:   "Without an offer no offer message is sent and nothing is confirmed",
			Clause: noOffer + "when offer and message are null, skip the promo step and send only the normal reply",
			Fix:    "check message for null before sending, and keep no offers for later",
		},
		{
			ID: "R30", Severity: Must, Scope: ScopeThread, Needs: needNoFill, Judge: retriedAfter((*attempt).unfilled),
			Duty:   "A no-fill is an answer, not an error, and is not retried",
			Clause: noOffer + "it is a normal 200, never a 404, and nothing more is to be done",
			Fix:    "treat success with a null offer as final",
		},
	}
}

// decision is the first attempt that decided an impression and told it to the
// integrator, else the first that decided it, or nil.
func (r *Reading) decision(impression string) (first *attempt) {
	for _, a := range r.attempts {
		if a.decided == nil || a.decided.ImpressionID != impression {
			continue
		}
		if a.usable() {
			return a
		}
		first = cmp.Or(first, a)
	}
	return first
}

func unknownImpressions(r *Reading) []Breach {
	var breaches []Breach
	for _, c := range r.confirmations {
		if r.decision(c.ImpressionID) != nil || c.Known && r.Incomplete != "" {
			continue
		}
		breaches = append(breaches, Breach{
			What:      fmt.Sprintf("delivery was confirmed for %q, which is no impression of this thread", c.ImpressionID),
			Exchanges: []int64{c.n},
		})
	}
	return breaches
}

// homelessCallbacks finds confirmations that no thread can claim: their
// impression was given to nobody. They come as evidence without a thread.
func homelessCallbacks(readings []*Reading) []Breach {
	var breaches []Breach
	for _, r := range readings {
		if r.Thread != "" {
			continue
		}
		for _, c := range r.confirmations {
			breaches = append(breaches, Breach{
				What:      fmt.Sprintf("delivery was confirmed for %q, which is no impression that this sandbox gave", c.ImpressionID),
				Exchanges: []int64{c.n},
			})
		}
	}
	return breaches
}

// earlyCallbacks finds confirmations that arrived before the provider had
// answered that it accepted the offer.
func earlyCallbacks(r *Reading) []Breach {
	var breaches []Breach
	for _, c := range r.confirmations {
		a := r.decision(c.ImpressionID)
		if a == nil || a.decided.Link == "" {
			continue // R27 or R29 says so
		}
		sent := r.acceptedFor(a)
		before := func(s *send) bool { return !s.ended || s.end.Tick <= c.start.Tick }
		if slices.ContainsFunc(sent, before) {
			continue
		}
		what := "delivery was confirmed for an offer that no provider had accepted"
		if len(sent) > 0 {
			what = "delivery was confirmed before the provider had accepted the offer"
		}
		breaches = append(breaches, Breach{Inbound: a.inbound.id(), What: what, Exchanges: append([]int64{c.n}, numbers(sent)...)})
	}
	return breaches
}

// acceptedFor lists the accepted sends of the offer that an attempt decided.
func (r *Reading) acceptedFor(a *attempt) []*send {
	var sent []*send
	for _, s := range r.offers {
		if s.accepted && (s.Impression == a.decided.ImpressionID || s.Impression == "" && s.inbound != nil && s.inbound == a.inbound) {
			sent = append(sent, s)
		}
	}
	return sent
}

// repeatedCallbacks finds impressions that were confirmed again. Trying again
// after a failure is no repetition, and neither is adding when it was read.
func repeatedCallbacks(r *Reading) []Breach {
	var breaches []Breach
	for i, c := range r.confirmations {
		repeats := func(earlier *confirmation) bool {
			return earlier.ImpressionID == c.ImpressionID && earlier.Status/100 == 2 && earlier.arrived() &&
				(c.ReadTimestamp == nil || earlier.ReadTimestamp != nil)
		}
		if j := slices.IndexFunc(r.confirmations[:i], repeats); j >= 0 {
			breaches = append(breaches, Breach{
				What:      "delivery of the same offer was confirmed again, and Encore counts it again",
				Exchanges: []int64{c.n, r.confirmations[j].n},
			})
		}
	}
	return breaches
}

// offersOnNoFill finds offers for messages to which Encore answered that it had none.
func offersOnNoFill(r *Reading) []Breach {
	var breaches []Breach
	for _, s := range r.offers {
		if s.inbound == nil || s.foreign || s.inbound.answer() != nil {
			continue
		}
		if a := s.inbound.attemptThat((*attempt).unfilled); a != nil && a.start.Tick < s.start.Tick {
			breaches = append(breaches, Breach{
				Inbound: s.inbound.ID, Exchanges: []int64{s.n, a.n},
				What: fmt.Sprintf("an offer message was sent although Encore had no offer (%s)", a.decided.NoFill),
			})
		}
	}
	return breaches
}

func callbacksOnNoFill(r *Reading) []Breach {
	var breaches []Breach
	for _, c := range r.confirmations {
		if a := r.decision(c.ImpressionID); a != nil && a.decided.Link == "" {
			breaches = append(breaches, Breach{
				Inbound: a.inbound.id(), Exchanges: []int64{c.n, a.n},
				What: "delivery was confirmed although Encore had no offer",
			})
		}
	}
	return breaches
}

// retriedAfter finds attempts that follow an answer after which none is
// allowed, within one call: a redelivered webhook begins a new one.
func retriedAfter(final func(*attempt) bool) func(*Reading) []Breach {
	return func(r *Reading) []Breach {
		var breaches []Breach
		for _, c := range r.calls {
			i := slices.IndexFunc(c.attempts, func(a *attempt) bool { return a.ended && final(a) })
			if i < 0 || !c.retriedPast(i) {
				continue
			}
			breaches = append(breaches, Breach{
				Inbound: c.inbound.id(), Exchanges: c.numbers()[i:],
				What: fmt.Sprintf("Encore was called again %s after it had answered %s", times(len(c.attempts)-1-i), c.attempts[i].describe()),
			})
		}
		return breaches
	}
}

// retriedPast tells whether an attempt began after the answer to attempt i went out.
func (c *call) retriedPast(i int) bool {
	return slices.ContainsFunc(c.attempts[i+1:], func(a *attempt) bool { return a.start.Tick > c.attempts[i].end.Tick })
}

// describe words the answer to an attempt.
func (a *attempt) describe() string {
	switch {
	case a.unfilled():
		return "that there is no offer"
	case a.offered():
		return "with an offer"
	case a.status() == 200:
		return "200 with a body that is not the documented JSON"
	case a.status() > 0:
		return fmt.Sprint(a.status())
	case a.ended:
		return "nothing that arrived"
	default:
		return "nothing yet"
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
