package integrator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// policy is every decision of the integrator that a defect can spoil. correct
// fills all of it; the rest of the package asks it and knows no defect by name.
type policy struct {
	// trusts says whether a webhook is taken whose signature fits or does not.
	trusts func(signed bool) bool
	// ignores says which types of inbound message are none for our purposes.
	ignores func(messageType string) bool
	// forgetful takes a redelivered webhook for a new message.
	forgetful bool
	// triggers says whether a message may lead to an offer, hasRoom whether the
	// cap allows one.
	triggers, hasRoom func(facts) bool

	// request has the last word on the body of a call to Encore, header on its headers.
	request func(r *offerRequest, m inbound, attempt int)
	header  func(h http.Header, c Config, m inbound)
	// sending has the last word on the headers of a message to the provider.
	sending func(h http.Header, c Config)
	// retries says whether this end of an attempt (status 0: no answer) calls for another.
	retries    func(decision) bool
	maxRetries int
	waits      func() *backoff.ExponentialBackOff
	jitter     float64 // share of a wait by which it may be longer or shorter

	// payload is what is sent as the offer, given what Encore returned.
	payload func(json.RawMessage) json.RawMessage
	// carried is what a template shows of the offer, given what the payload has.
	carried func(carried) carried
	// sender is the operator from whose account the offer goes out.
	sender func(Operator, []Operator) Operator
	// order performs both sends, each of which returns when the provider has answered.
	order                  func(c Clock, offer, reply func())
	offerTimes, replyTimes int
	// silent leaves the reply out, pause delays it, reply words it.
	silent func(decision) bool
	pause  func(decision) time.Duration
	reply  func(text string, d decision) string

	// resendsFailed sends an offer again that was accepted and failed later.
	resendsFailed bool
	// confirmsUnsent makes the delivery callback before the offer is sent, too.
	confirmsUnsent bool
	// impression is the id that the delivery callback names.
	impression func(string) string
}

// correct is the policy of the Encore integration guide.
func correct() policy {
	return policy{
		trusts: func(signed bool) bool { return signed },
		ignores: func(kind string) bool {
			return slices.Contains([]string{"reaction", "unsupported", "system", "echo", "deleted", "postback"}, kind)
		},
		triggers: func(f facts) bool { return (f.first || f.gap >= f.idle) && !f.optedOut },
		hasRoom:  func(f facts) bool { return f.offers < f.cap },

		request: func(*offerRequest, inbound, int) {},
		header:  func(http.Header, Config, inbound) {},
		sending: func(http.Header, Config) {},
		retries: func(d decision) bool {
			// A whole 200 is an answer even where its body is useless.
			return slices.Contains([]int{0, http.StatusTooManyRequests, http.StatusServiceUnavailable}, d.status)
		},
		maxRetries: 3,
		waits:      newWaits,
		jitter:     0.3,

		payload:    func(p json.RawMessage) json.RawMessage { return p },
		carried:    func(c carried) carried { return c },
		sender:     func(own Operator, _ []Operator) Operator { return own },
		order:      func(_ Clock, offer, reply func()) { offer(); reply() },
		offerTimes: 1,
		replyTimes: 1,
		silent:     func(decision) bool { return false },
		pause:      func(decision) time.Duration { return 0 },
		reply:      func(text string, _ decision) string { return text },
		impression: func(id string) string { return id },
	}
}

// spoil applies the named defects in the order of the table, so that a
// combination means the same however it is written.
func (p *policy) spoil(names []string) error {
	table := Defects()
	for _, name := range names {
		if !slices.ContainsFunc(table, func(d Defect) bool { return d.Name == name }) {
			return fmt.Errorf("there is no defect %q: choose from %s", name, strings.Join(defectNames(table), ", "))
		}
	}
	for _, d := range table {
		if slices.Contains(names, d.Name) {
			d.spoil(p)
		}
	}
	return nil
}

func defectNames(table []Defect) []string {
	names := make([]string, len(table))
	for i, d := range table {
		names[i] = d.Name
	}
	return names
}
