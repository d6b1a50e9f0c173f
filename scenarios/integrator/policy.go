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
	// signs is what of a webhook's body its signature is compared with.
	signs func(body []byte) []byte
	// acknowledgesLast does the work of a webhook before it answers it.
	acknowledgesLast bool
	// ignores says which types of inbound message are none for our purposes.
	ignores func(messageType string) bool
	// forgetful takes a redelivered webhook for a new message.
	forgetful bool
	// drops says that a message is lost because so many threads are at work.
	drops func(m inbound, working int) bool
	// triggers says whether a message may lead to an offer, hasRoom whether the
	// cap allows one, given the offers that counted finds.
	triggers, hasRoom func(facts) bool
	spares            func(facts) bool // customers who are not offered to
	counted           func(*thread) int
	// remembersLate enters a message in its thread only once Encore was asked, and
	// works at the messages of a thread all at once.
	remembersLate bool
	// watch is told of what happens in a thread, with the lock held: for bugs that
	// have a memory of their own; may be nil.
	watch func(t *thread, what happening, m inbound, body json.RawMessage)
	// statusAsks takes the report of a status for a message that asks for an offer,
	// answersEchoes an echo for one that wants a reply.
	statusAsks, answersEchoes bool

	// asks is the operator in whose name Encore is asked, path where.
	asks func(own Operator, all []Operator) Operator
	path string
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
	fullJitter bool    // a wait is anything between none and twice itself
	// timeout is the limit of a call, deadline when asking must be over.
	timeout  func(time.Duration) time.Duration
	deadline func(time.Time) time.Time
	// usesLate sends an offer that comes after its call was given up.
	usesLate bool
	// strictType reads nothing that is not announced as JSON.
	strictType bool
	// reads has the last word on what an answer means.
	reads func(d decision, body []byte) decision

	// payload is what is sent as the offer, given what Encore returned.
	payload func(json.RawMessage) json.RawMessage
	// carried is what a template shows of the offer, given what the payload has.
	carried func(carried) carried
	// sender is the operator from whose account the offer goes out, target where to.
	sender func(Operator, []Operator) Operator
	target func(target string, m inbound, all []Operator) string
	// reroute sends the offer otherwise than the channel does; nil: as it does.
	reroute func(in *Integrator, m inbound, payload json.RawMessage) (inbound, json.RawMessage)
	// promo is a text that is sent where there is no offer, or empty.
	promo func(decision) string
	// manners are what is sent to the provider before an answer and is no message.
	manners bool
	// order performs both sends, each of which returns when the provider has answered.
	order                  func(c Clock, offer, reply func())
	offerTimes, replyTimes int
	// silent leaves the reply out, pause delays it, reply words it.
	silent func(decision) bool
	pause  func(decision) time.Duration
	reply  func(text string, d decision) string
	// replies are the messages of a reply, gathers says that one reply answers all
	// messages that came meanwhile.
	replies func(text string) []string
	gathers bool

	// resendsFailed sends an offer again that was accepted and failed later.
	resendsFailed bool
	// confirms makes the delivery callback; confirmsUnsent before the offer is sent,
	// confirmsNoFill where there was none, confirmsAgain at every report.
	confirms, confirmsUnsent, confirmsNoFill, confirmsAgain bool
	// impression is the id that the delivery callback names.
	impression func(string) string
}

// correct is the policy of the Encore integration guide.
func correct() policy {
	return policy{
		trusts: func(signed bool) bool { return signed },
		signs:  func(body []byte) []byte { return body },
		ignores: func(kind string) bool {
			return slices.Contains([]string{"reaction", "unsupported", "system", "echo", "deleted", "postback"}, kind)
		},
		triggers: func(f facts) bool { return f.first || f.gap >= f.idle },
		spares:   func(f facts) bool { return f.optedOut },
		hasRoom:  func(f facts) bool { return f.offers < f.cap },
		counted:  func(t *thread) int { return countOffers(t.sent) },
		drops:    func(inbound, int) bool { return false },

		asks:    func(own Operator, _ []Operator) Operator { return own },
		path:    offersPath,
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
		timeout:    func(d time.Duration) time.Duration { return d },
		deadline:   func(t time.Time) time.Time { return t },
		reads:      func(d decision, _ []byte) decision { return d },

		payload:    func(p json.RawMessage) json.RawMessage { return p },
		carried:    func(c carried) carried { return c },
		sender:     func(own Operator, _ []Operator) Operator { return own },
		target:     func(target string, _ inbound, _ []Operator) string { return target },
		promo:      func(decision) string { return "" },
		order:      func(_ Clock, offer, reply func()) { offer(); reply() },
		offerTimes: 1,
		replyTimes: 1,
		silent:     func(decision) bool { return false },
		pause:      func(decision) time.Duration { return 0 },
		reply:      func(text string, _ decision) string { return text },
		replies:    func(text string) []string { return []string{text} },
		confirms:   true,
		impression: func(id string) string { return id },
	}
}

// spoil applies the named defects and habits in the order of their tables, so
// that a combination means the same however it is written.
func (p *policy) spoil(names []string) error {
	table := append(Habits(), Defects()...)
	for _, name := range names {
		if !slices.ContainsFunc(table, func(d Defect) bool { return d.Name == name }) {
			return fmt.Errorf("there is no defect %q: choose from %s", name, strings.Join(defectNames(Defects()), ", "))
		}
	}
	for _, d := range table {
		if slices.Contains(names, d.Name) {
			d.spoil(p)
		}
	}
	return nil
}

// happening is something that happens in a thread.
type happening int

const (
	wasReceived happening = iota // a message of the customer
	isOffered                    // an offer goes to the provider
	wasAccepted                  // a message was accepted by it
	wasReported                  // a message was reported as delivered or read
)

func defectNames(table []Defect) []string {
	names := make([]string, len(table))
	for i, d := range table {
		names[i] = d.Name
	}
	return names
}
