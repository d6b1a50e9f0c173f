package rules

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// maxAttempts is the first attempt and the three retries that the guide allows.
const maxAttempts = 4

// dedupWindow is how long Encore takes a repeated call for the same one.
const dedupWindow = 60 * time.Second

// Sections of the guide on errors.
const (
	guideRetry = "Encore integration guide, Retry guidance: "
	guideCodes = "Encore integration guide, Status codes: "
)

// statusRules are the rules about what may be retried.
func statusRules() []Rule {
	return []Rule{
		{
			ID: "R40", Severity: Must, Scope: ScopeThread, Judge: retriedAfter(answered400),
			Needs:  needStatus("400", answered400),
			Duty:   "A 400 is never retried",
			Clause: guideCodes + "400 is a malformed request, do not retry it but fix it",
			Fix:    "treat 400 as final, log the details and send the reply",
		},
		{
			ID: "R41", Severity: Must, Scope: ScopeThread, Needs: needRetry, Judge: hurriedRetries,
			Duty:   "429 and 503 are retried after a pause, if at all",
			Clause: guideCodes + "back off and retry with the same inboundMessageId",
			Fix:    "wait before each retry, for example 200 ms, 1 s and 5 s with jitter; not retrying at all is fine too",
		},
		{
			ID: "R42", Severity: Must, Scope: ScopeThread, Judge: retriedAfter(answered5xx),
			Needs:  needStatus("with a 5xx other than 503", answered5xx),
			Duty:   "Other 5xx are not retried",
			Clause: guideCodes + "any other 5xx is a failure at Encore, proceed without the promo message",
			Fix:    "retry 429 and 503 only",
		},
		{
			ID: "R43", Severity: Should, Scope: ScopeThread, Judge: retriedAfter(answered4xx),
			Needs:  needStatus("with a 4xx other than 400 and 429", answered4xx),
			Duty:   "401, 409 and other 4xx are not retried",
			Clause: guideCodes + "only 429 and 503 are named as worth another attempt",
			Fix:    "treat 401 and 409 as final and tell whoever runs the integration",
		},
	}
}

// outageRules are the rules about the course of a whole call.
func outageRules() []Rule {
	return []Rule{
		{
			ID: "R44", Severity: Must, Scope: ScopeRun, NeedsRun: needRetriedThreads, JudgeRun: backoffOfRun,
			Duty:   "The pauses between attempts grow exponentially and carry jitter",
			Clause: guideRetry + "exponential backoff with jitter, such as 200 ms, 1 s, 5 s",
			Fix:    "multiply the pause with every retry and draw each at random around it",
		},
		{
			ID: "R45", Severity: Must, Scope: ScopeThread, Needs: needRetry, Judge: tooManyAttempts,
			Duty:   "A call is retried at most three times",
			Clause: guideRetry + "at most 3 retries, then drop the call",
			Fix:    "stop after the fourth attempt and send the reply",
		},
		{
			ID: "R46", Severity: Must, Scope: ScopeThread, Needs: needTrouble, Judge: lateReplies,
			Duty:   "Trouble at Encore does not make the customer wait",
			Clause: guideRetry + "an outage of Encore must never degrade the end user's experience",
			Fix:    "give each attempt a timeout of about 2 s and all of them together a deadline",
		},
		{
			ID: "R47", Severity: Should, Scope: ScopeThread, Needs: needRetry, Judge: retriesOutsideWindow,
			Duty:   "Retries fall into the 60 seconds in which Encore recognises them",
			Clause: guideRetry + "the server deduplicates within a window of 60 seconds",
			Fix:    "give up after a few seconds instead of retrying from a queue",
		},
		{
			ID: "R48", Severity: Must, Scope: ScopeThread, Needs: needOffer, Judge: offersPerImpression,
			Duty:   "An impression that Encore returns again does not cause a second offer message",
			Clause: guideRetry + "a retry returns the same impressionId and the same offer",
			Fix:    "remember by impressionId or inbound id that the offer was sent",
		},
	}
}

func answered400(a *attempt) bool { return a.status() == 400 }
func answered5xx(a *attempt) bool { return a.status() >= 500 && a.status() != 503 }
func answered4xx(a *attempt) bool {
	s := a.status()
	return s > 400 && s < 500 && s != 429
}

// allowed tells whether every retry of a call follows an answer that may be
// retried; else another rule reports the call.
func (c *call) allowed() bool {
	for i, a := range c.attempts[:len(c.attempts)-1] {
		if !a.retryable() && !a.offered() && c.retriedPast(i) {
			return false
		}
	}
	return true
}

// pauses are the times between the end of an attempt that may be retried and
// the beginning of the next. Attempts that overlap have no pause.
func (r *Reading) pauses(c *call) []time.Duration {
	var list []time.Duration
	for i, a := range c.attempts[:len(c.attempts)-1] {
		if next := c.attempts[i+1]; a.ended && a.retryable() && next.start.Tick > a.end.Tick {
			list = append(list, r.Elapsed(a.end, next.start))
		}
	}
	return list
}

// hurry is the longest pause that still counts as none, by the number of
// pauses in a call. Full jitter may draw a short pause by chance, so one pause
// proves nothing, and two must be shorter than three: with the documented
// backoff fewer than one honest call in ten thousand looks like this.
func hurry(pauses int) time.Duration {
	switch {
	case pauses < 2:
		return -1
	case pauses == 2:
		return 3 * time.Millisecond
	default:
		return 20 * time.Millisecond
	}
}

func hurriedRetries(r *Reading) []Breach {
	var breaches []Breach
	for _, c := range r.calls {
		pauses := r.pauses(c)
		if len(pauses) == 0 || !c.allowed() || slices.Max(pauses) > hurry(len(pauses)) {
			continue
		}
		breaches = append(breaches, Breach{
			Inbound: c.inbound.id(), Exchanges: c.numbers(),
			What: fmt.Sprintf("Encore was called again %s without a pause (the longest was %s) after it had answered %s",
				times(len(pauses)), brief(slices.Max(pauses)), c.first().describe()),
		})
	}
	return breaches
}

// tooManyAttempts counts attempts a call. Where the webhook was redelivered
// while a call was still open, its remaining retries may fall into the next.
func tooManyAttempts(r *Reading) []Breach {
	var breaches []Breach
	var previous *call
	left := 0
	for _, c := range r.calls {
		if previous == nil || previous.inbound != c.inbound || previous.last().usable() {
			left = 0
		}
		limit := maxAttempts + left
		left, previous = max(limit-len(c.attempts), 0), c
		if len(c.attempts) > limit && c.allowed() {
			breaches = append(breaches, Breach{
				Inbound: c.inbound.id(), Exchanges: c.numbers(),
				What: fmt.Sprintf("Encore was called %d times for one message, %d attempts are allowed", len(c.attempts), limit),
			})
		}
	}
	return breaches
}

func needTrouble(r *Reading) string {
	if reason := needCall(r); reason != "" {
		return reason
	}
	return unless(slices.ContainsFunc(r.attempts, r.troubled), "Encore answered every call in time")
}

// troubled tells of an attempt that failed or took long.
func (r *Reading) troubled(a *attempt) bool {
	return !a.usable() || a.ended && r.Elapsed(a.start, a.end) > patience
}

// lateReplies finds replies that came after the budget to messages for which
// Encore was in trouble. Of several quick messages the last one before the
// reply counts.
func lateReplies(r *Reading) []Breach {
	var breaches []Breach
	for _, g := range r.groups {
		if len(g.replies) == 0 || !r.inTrouble(g) {
			continue
		}
		reply, asked := g.replies[0], g.first()
		for _, in := range g.inbounds {
			if in.received.Tick < reply.start.Tick {
				asked = in
			}
		}
		if waited := r.Elapsed(asked.received, reply.start); waited > r.ReplyBudget {
			breaches = append(breaches, Breach{
				Inbound: asked.ID, Exchanges: []int64{reply.n, asked.proof()},
				What: fmt.Sprintf("the customer waited %s for the reply while Encore was in trouble, at most %s are allowed",
					brief(waited), brief(r.ReplyBudget)),
			})
		}
	}
	return breaches
}

func (r *Reading) inTrouble(g *group) bool {
	return slices.ContainsFunc(g.calls(), func(c *call) bool { return slices.ContainsFunc(c.attempts, r.troubled) })
}

func retriesOutsideWindow(r *Reading) []Breach {
	var breaches []Breach
	for _, c := range r.calls {
		if d := r.Elapsed(c.first().start, c.last().start); d > dedupWindow && c.allowed() {
			breaches = append(breaches, Breach{
				Inbound: c.inbound.id(), Exchanges: []int64{c.first().n, c.last().n},
				What: fmt.Sprintf("the last retry came %s after the first attempt, Encore recognises it for %s", brief(d), brief(dedupWindow)),
			})
		}
	}
	return breaches
}

func offersPerImpression(r *Reading) []Breach {
	var breaches []Breach
	for _, in := range r.inbounds {
		if offers := r.offersFor(in); len(offers) > 1 && in.repeatedAnswer() {
			breaches = append(breaches, Breach{
				Inbound: in.ID, Exchanges: numbers(offers),
				What: fmt.Sprintf("%d offer messages were sent for impression %s, which Encore had returned more than once",
					len(offers), cmp.Or(offers[0].Impression, in.answer().decided.ImpressionID)),
			})
		}
	}
	return breaches
}
