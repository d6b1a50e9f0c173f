package rules

import (
	"fmt"
	"slices"
)

// The functions in this file say what a rule lacks. An empty answer means that
// there is an occasion to judge.

// need is one condition of judging.
type need func(*Reading) string

// all joins conditions: the first that is not met is the answer.
func all(needs ...need) func(*Reading) string {
	return func(r *Reading) string {
		for _, lacking := range needs {
			if reason := lacking(r); reason != "" {
				return reason
			}
		}
		return ""
	}
}

func needHead(r *Reading) string {
	if r.Incomplete != "" {
		return "the timeline is incomplete: " + r.Incomplete
	}
	return ""
}

func needMessage(r *Reading) string {
	if reason := needHead(r); reason != "" {
		return reason
	}
	return unless(len(r.inbounds) > 0, "no message of a customer was delivered")
}

func needCall(r *Reading) string {
	if reason := needHead(r); reason != "" {
		return reason
	}
	return needAttempt(r)
}

func needAttempt(r *Reading) string { return unless(len(r.attempts) > 0, "Encore was not called") }

func needReturn(r *Reading) string {
	if reason := needMessage(r); reason != "" {
		return reason
	}
	back := func(g *group) bool { return g.first().occasion == returning && g.gate() != gateFull }
	return unless(slices.ContainsFunc(r.groups, back), "no customer returned after the idle gap while below the cap")
}

func needSkipped(r *Reading) string {
	if reason := needMessage(r); reason != "" {
		return reason
	}
	skipped := func(g *group) bool { return !r.eligible(g) }
	return unless(slices.ContainsFunc(r.groups, skipped), "every message called for an offer")
}

func needEligible(r *Reading) string {
	if reason := needMessage(r); reason != "" {
		return reason
	}
	return unless(slices.ContainsFunc(r.groups, r.eligible), "no message called for an offer")
}

func needOffer(r *Reading) string {
	if reason := needHead(r); reason != "" {
		return reason
	}
	return unless(len(r.offers) > 0, "no offer was sent")
}

func needOptOut(r *Reading) string { return unless(r.optedOut != nil, "no customer opted out") }

func needFill(r *Reading) string {
	if reason := needHead(r); reason != "" {
		return reason
	}
	return unless(slices.ContainsFunc(r.attempts, (*attempt).offered), "Encore gave no offer")
}

func needNoFill(r *Reading) string {
	if reason := needHead(r); reason != "" {
		return reason
	}
	return unless(slices.ContainsFunc(r.attempts, (*attempt).unfilled), "Encore always had an offer")
}

func needCallback(r *Reading) string {
	return unless(len(r.confirmations) > 0, "no delivery was confirmed, which is allowed")
}

func needHomelessCallback(readings []*Reading) string {
	homeless := func(r *Reading) bool { return r.Thread == "" && len(r.confirmations) > 0 }
	return unless(slices.ContainsFunc(readings, homeless), "no delivery was confirmed, which is allowed")
}

func needRetry(r *Reading) string {
	retried := func(c *call) bool { return len(c.attempts) > 1 }
	return unless(slices.ContainsFunc(r.calls, retried), "no call was retried, which is allowed")
}

// needStatus asks for an answer whose retrying a rule forbids.
func needStatus(name string, has func(*attempt) bool) need {
	return func(r *Reading) string {
		return unless(slices.ContainsFunc(r.attempts, has), fmt.Sprintf("Encore never answered %s", name))
	}
}

// needField asks for a call with an optional field.
func needField(name string, has func(*attempt) bool) need {
	return func(r *Reading) string {
		return unless(slices.ContainsFunc(r.attempts, has), fmt.Sprintf("no call carried %s, which is optional", name))
	}
}

func unless(met bool, reason string) string {
	if met {
		return ""
	}
	return reason
}
