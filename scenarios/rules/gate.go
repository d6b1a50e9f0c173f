package rules

import (
	"fmt"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// occasion is why a message may be worth an offer.
type occasion int

const (
	midThread occasion = iota
	newThread
	returning
	nearGap // thread time and webhook timestamps disagree about the idle gap, or what was before is not known
)

// gate says whether Encore is to be called for a message.
type gate int

const (
	gateMid    gate = iota // must not: mid-thread
	gateFull               // must not: cap reached
	gateOpen               // must
	gateUnsure             // either conforms
)

// receive takes one delivery of a message.
func (r *Reading) receive(x *exchange, n note.InboundMessage) {
	if n.NotAnInbound != "" || n.Forged != "" {
		r.asides = append(r.asides, &inbound{InboundMessage: n, received: x.start, deliveries: []*exchange{x}})
		return
	}
	if known := r.find(n.ID); known != nil {
		known.deliveries = append(known.deliveries, x)
		return
	}
	in := &inbound{InboundMessage: n, received: x.start, deliveries: []*exchange{x}}
	r.judgeGate(in)
	r.join(in)
	r.inbounds = append(r.inbounds, in)
}

// join puts a message in the open group, or opens a new one: for every
// occasion of its own, and once the previous message was answered or will
// not be any more because its budget is spent or the clock was advanced.
func (r *Reading) join(in *inbound) {
	if prev := r.latest(); prev != nil && in.occasion == midThread && len(prev.group.replies) == 0 {
		quick := r.Elapsed(prev.received, in.received) <= r.ReplyBudget
		if quick && !r.advanced(prev.received, in.received) {
			in.group = prev.group
			in.group.inbounds = append(in.group.inbounds, in)
			return
		}
	}
	in.group = &group{inbounds: []*inbound{in}}
	r.groups = append(r.groups, in.group)
}

// judgeGate decides whether a message is a trigger and whether the cap allows it.
func (r *Reading) judgeGate(in *inbound) {
	in.occasion = r.occasionOf(in)
	least, most := r.offersBefore(in.received)
	switch {
	case in.occasion == midThread:
		in.gate = gateMid
	case least >= r.Cap:
		in.gate = gateFull
	case in.occasion == nearGap || most >= r.Cap || r.Headless:
		in.gate = gateUnsure
	default:
		in.gate = gateOpen
	}
}

// occasionOf compares the silence before a message with the idle gap, the gap
// itself included. An integrator may go by the webhook's timestamps or by the
// time of arrival; where these disagree both choices conform.
func (r *Reading) occasionOf(in *inbound) occasion {
	prev := r.latest()
	if prev == nil {
		if r.Headless {
			return nearGap
		}
		return newThread
	}
	arrival := in.received.At.Sub(prev.received.At)
	stamped := time.Duration(in.Timestamp-prev.Timestamp) * time.Millisecond
	if in.Timestamp == 0 || prev.Timestamp == 0 {
		stamped = arrival
	}
	in.silence = fmt.Sprintf("%s after the previous one, idle gap %s", brief(stamped), brief(r.IdleGap))
	switch long, longStamped := arrival >= r.IdleGap, stamped >= r.IdleGap; {
	case long && longStamped:
		return returning
	case long || longStamped:
		return nearGap
	default:
		return midThread
	}
}

// offersBefore counts the offers in the thread before a moment: outgoing
// messages with an Encore link that the provider accepted, one a message. An
// integrator that learnt of a failed delivery, or never learnt of an accepted
// message, may count it or not, hence two numbers.
func (r *Reading) offersBefore(m Moment) (least, most int) {
	count := func(s *send) {
		if !s.accepted || s.OfferLinks == 0 || s.start.Tick >= m.Tick {
			return
		}
		most++
		if s.arrived() && !r.failed[s.ID] {
			least++
		}
	}
	for _, s := range r.offers {
		count(s)
	}
	for _, s := range r.replies {
		count(s)
	}
	return least, most
}

// gate of a group is that of its first message: the others follow too closely.
func (g *group) gate() gate { return g.first().gate }

// brief prints a duration without needless digits.
func brief(d time.Duration) string {
	switch {
	case d >= time.Minute:
		d = d.Round(time.Second)
	case d >= time.Second:
		d = d.Round(time.Millisecond)
	default:
		d = d.Round(10 * time.Microsecond)
	}
	return d.String()
}
