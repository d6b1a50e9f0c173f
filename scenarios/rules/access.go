package rules

import (
	"fmt"
	"slices"
	"strings"
)

// accessRules are the rules about keys and projects.
func accessRules() []Rule {
	const auth = "Encore integration guide, Authentication: "
	return []Rule{
		{
			ID: "R11", Severity: Must, Scope: ScopeThread, Needs: needAttempt,
			Judge:  both(eachCall(wrongKey), weigh(Should, eachCall(needlessAuth))),
			Duty:   "X-API-Key holds a publishable key; nothing else is needed",
			Clause: auth + "the publishable key goes in X-API-Key, the only header for authentication",
			Fix:    "send X-API-Key: pk_test_… and no Authorization header",
		},
		{
			ID: "R12", Severity: Must, Scope: ScopeThread, Needs: needAttempt, Judge: eachCall(liveKey),
			Duty:   "pk_test_ keys are used with the sandbox project, pk_live_ keys with production",
			Clause: auth + "test keys belong to the sandbox project, live keys to production",
			Fix:    "take the key from the environment: a pk_test_ key here, a pk_live_ key in production",
		},
	}
}

func wrongKey(_ *Reading, a *attempt) string {
	switch a.request.Credential {
	case "pk_test", "pk_live":
		return ""
	case "none", "":
		return "Encore was called without X-API-Key"
	default:
		return "X-API-Key holds no publishable key (pk_test_…)"
	}
}

func needlessAuth(r *Reading, a *attempt) string {
	if len(a.request.OtherAuth) == 0 || r.ofProvider(a.request.OtherAuth) {
		return ""
	}
	return "the call carries further credentials: " + strings.Join(a.request.OtherAuth, ", ")
}

func liveKey(r *Reading, a *attempt) string {
	production := r.Live && a.request.Host == productionHost
	switch {
	case production && a.request.Credential == "pk_test":
		return "a pk_test_ key was used against production, " + productionHost
	case !production && a.request.Credential == "pk_live":
		return "a pk_live_ key was used against the sandbox"
	}
	return ""
}

// productionHost is where Encore serves live keys.
const productionHost = "api.encorekit.com"

// ofProvider tells whether one of the extra credentials of a call is the
// provider's: a Meta token by its look, or one of a kind that the thread's
// messages were sent with, unless it is the Encore key under another name.
func (r *Reading) ofProvider(credentials []string) bool {
	marks := []string{"eaa", "iga", "meta", "graph", "access_token"}
	for _, s := range slices.Concat(r.offers, r.replies) {
		if kind := strings.ToLower(s.Credential); !slices.Contains(common, kind) {
			marks = append(marks, kind)
		}
	}
	return slices.ContainsFunc(credentials, func(c string) bool {
		c = strings.ToLower(c)
		if strings.Contains(c, "pk_") {
			return false
		}
		return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(c, mark) })
	})
}

// common are kinds of credentials that tell nothing of whose they are.
var common = []string{"", "bearer", "query", "form", "header"}

// check looks at one attempt and says what is wrong with it, or nothing.
type check func(*Reading, *attempt) string

// eachCall applies a check to every attempt and reports the first one of a
// call that fails it, so that retries do not repeat a finding.
func eachCall(wrong check) func(*Reading) []Breach {
	return func(r *Reading) []Breach {
		var breaches []Breach
		for _, c := range r.calls {
			for _, a := range c.attempts {
				if what := wrong(r, a); what != "" {
					breaches = append(breaches, Breach{Inbound: a.inbound.id(), What: what, Exchanges: []int64{a.n}})
					break
				}
			}
		}
		return breaches
	}
}

// both joins the breaches of several judges.
func both(judges ...func(*Reading) []Breach) func(*Reading) []Breach {
	return func(r *Reading) []Breach {
		var breaches []Breach
		for _, judge := range judges {
			breaches = append(breaches, judge(r)...)
		}
		return breaches
	}
}

// weigh gives breaches another severity than their rule has.
func weigh(severity Severity, judge func(*Reading) []Breach) func(*Reading) []Breach {
	return func(r *Reading) []Breach {
		breaches := judge(r)
		for i := range breaches {
			breaches[i].Severity = severity
		}
		return breaches
	}
}

// listed joins names for a sentence.
func listed(names []string) string { return strings.Join(names, ", ") }

// quoted prints values for a sentence.
func quoted(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(out, ", ")
}
