package rules

import (
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// Reading is evidence in which everything has found its place: which message
// a call, an offer, a reply belongs to. Rules only look things up in it.
type Reading struct {
	Evidence
	inbounds      []*inbound // in order of receipt
	asides        []*inbound // what arrived like a message and may trigger nothing
	groups        []*group
	attempts      []*attempt
	calls         []*call // calls that belong to no message are the ones with inbound nil
	offers        []*send
	replies       []*send
	confirmations []*confirmation
	strays        []*stray
	optedOut      *exchange
	announced     map[string]string // kind of event by the message id it reports
	failed        map[string]bool   // message ids whose delivery failed later
}

// inbound is one message of the customer, delivered once or more often.
type inbound struct {
	note.InboundMessage
	received   Moment // first delivery that reached the integrator
	deliveries []*exchange
	gate       gate
	occasion   occasion
	silence    string // what was compared with the idle gap, in words
	group      *group
	calls      []*call
}

// group is a run of messages of which each arrived before the previous one was answered.
type group struct {
	inbounds []*inbound
	replies  []*send
}

// attempt is one request to the offers endpoint.
type attempt struct {
	*exchange
	request  note.OfferRequested
	decided  *note.OfferDecided
	answered *note.OfferAnswered
	inbound  *inbound
	identity identity
}

// call is what an integrator thinks of as one call: a first attempt and its retries.
type call struct {
	inbound  *inbound
	attempts []*attempt
}

// send is one message that the integrator handed to a provider.
type send struct {
	*exchange
	note.Outgoing
	accepted bool
	refusal  string   // why it was not, in words
	inbound  *inbound // of an offer; nil when none fits
	group    *group   // of a reply
	foreign  bool     // an offer that this thread never got
	stale    bool     // an offer of an earlier message, sent for a later one
}

// confirmation is one delivery callback.
type confirmation struct {
	*exchange
	note.DeliveryConfirmed
}

// stray is a request that no operation takes.
type stray struct {
	*exchange
	note.StrayCall
}

// Read puts evidence in order. The result is not changed afterwards and may be
// judged by several goroutines.
func Read(e Evidence) *Reading {
	r := &Reading{Evidence: e.withDefaults(), announced: map[string]string{}, failed: map[string]bool{}}
	exchanges := assemble(e.Events)
	for _, x := range exchanges {
		if s, ok := noteOf[note.StatusDelivered](x); ok && s.Status == "failed" {
			r.failed[s.MessageID] = true
		}
	}
	for _, x := range exchanges {
		r.place(x)
	}
	return r
}

// place adds one exchange. Exchanges come in order of arrival, so that each
// finds what it can belong to already in place.
func (r *Reading) place(x *exchange) {
	if !x.lost() {
		for _, n := range x.notes {
			switch n := n.(type) {
			case note.InboundMessage:
				r.receive(x, n)
			case note.EventDelivered:
				r.announced[n.MessageID] = n.Event
			}
		}
	}
	if n, ok := noteOf[note.OfferRequested](x); ok {
		r.placeAttempt(x, n)
	}
	if n, ok := noteOf[note.MessageSent](x); ok {
		r.placeSend(&send{exchange: x, Outgoing: n.Outgoing, accepted: true})
	}
	if n, ok := noteOf[note.SendRefused](x); ok {
		r.placeSend(&send{exchange: x, Outgoing: n.Outgoing, refusal: refusal(n)})
	}
	if n, ok := noteOf[note.DeliveryConfirmed](x); ok {
		r.confirmations = append(r.confirmations, &confirmation{x, n})
	}
	if n, ok := noteOf[note.StrayCall](x); ok {
		r.strays = append(r.strays, &stray{x, n})
	}
	if _, ok := noteOf[note.OptedOut](x); ok && r.optedOut == nil {
		r.optedOut = x
	}
}

// find returns the customer's message with an id, or nil.
func (r *Reading) find(id string) *inbound { return byID(r.inbounds, id) }

// aside returns what is no message of the customer but has the id of one, or nil.
func (r *Reading) aside(id string) *inbound { return byID(r.asides, id) }

func byID(list []*inbound, id string) *inbound {
	i := slices.IndexFunc(list, func(in *inbound) bool { return in.ID == id })
	if i < 0 || id == "" {
		return nil
	}
	return list[i]
}

// latest is the message received last, or nil.
func (r *Reading) latest() *inbound {
	if len(r.inbounds) == 0 {
		return nil
	}
	return r.inbounds[len(r.inbounds)-1]
}

// size is how many messages the normal reply has, as far as known.
func (r *Reading) size() int { return max(len(r.Reply), 1) }

func (g *group) first() *inbound { return g.inbounds[0] }
func (g *group) last() *inbound  { return g.inbounds[len(g.inbounds)-1] }

// calls are the calls made for any message of the group, in order.
func (g *group) calls() []*call {
	var calls []*call
	for _, in := range g.inbounds {
		calls = append(calls, in.calls...)
	}
	slices.SortStableFunc(calls, func(a, b *call) int { return int(a.first().start.Tick - b.first().start.Tick) })
	return calls
}

func (c *call) first() *attempt { return c.attempts[0] }
func (c *call) last() *attempt  { return c.attempts[len(c.attempts)-1] }

// numbers lists the exchanges of a call's attempts.
func (c *call) numbers() []int64 {
	list := make([]int64, len(c.attempts))
	for i, a := range c.attempts {
		list[i] = a.n
	}
	return list
}

// id is the id of a message that may be nil.
func (in *inbound) id() string {
	if in == nil {
		return ""
	}
	return in.ID
}

// proof is the number of the first delivery of a message.
func (in *inbound) proof() int64 { return in.deliveries[0].n }
