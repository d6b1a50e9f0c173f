package integrator

import (
	"encoding/json"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// thread is one customer with one account of an operator.
type thread struct {
	queue   []inbound
	working bool        // a worker is draining the queue
	known   bool        // the customer has written before
	last    time.Time   // newest timestamp of the customer's messages
	sent    []sent      // messages to the customer, oldest first
	offers  []sentOffer // whose delivery nobody has reported yet
	// optedOut says that the customer wants no marketing messages.
	optedOut bool
}

// sent is a message to the customer: the id where it is known, and whether it
// carries a link to Encore.
type sent struct {
	id    string
	offer bool
}

// sentOffer is an offer by the id of its message, and when it was sent in the
// time of the webhooks.
type sentOffer struct {
	id string
	at time.Time
}

// facts are what the decision to call Encore rests on.
type facts struct {
	first    bool          // no message of this customer came before
	gap      time.Duration // since the customer's previous message, by webhook timestamps
	idle     time.Duration // the configured idle gap
	offers   int           // messages with an Encore link in the thread's outbound history
	cap      int
	repeated bool // see inbound
	optedOut bool // the customer wants no marketing messages
}

// enqueue hands the message to its thread's worker, starting one if none runs.
// One worker a thread keeps offers and replies in the order of the messages.
func (in *Integrator) enqueue(m inbound) {
	in.mu.Lock()
	m.repeated = !in.seen.add(m.id, true)
	if m.repeated && !in.policy.forgetful {
		in.mu.Unlock()
		in.cfg.Log("%s came again: ignored", m.id)
		return
	}
	t := in.threadOf(m)
	if in.policy.drops(m, in.working) {
		in.mu.Unlock()
		return
	}
	if in.policy.watch != nil {
		in.policy.watch(t, wasReceived, m, nil)
	}
	t.queue = append(t.queue, m)
	start := !t.working
	if t.working = true; start {
		in.working++
	}
	in.mu.Unlock()
	in.begin(t, m, start)
}

// begin starts the thread's worker if none runs.
func (in *Integrator) begin(t *thread, m inbound, start bool) {
	switch {
	case in.policy.remembersLate: // no worker, no order
		in.next(t)
		in.clock.Go(func() { in.answer(t, m) })
	case start && in.policy.acknowledgesLast:
		in.drain(t)
	case start:
		in.clock.Go(func() { in.drain(t) })
	}
}

// threadOf finds or makes the thread; the caller holds the lock.
func (in *Integrator) threadOf(m inbound) *thread {
	key := threadKey(m)
	if in.threads[key] == nil {
		in.threads[key] = &thread{}
	}
	return in.threads[key]
}

func threadKey(m inbound) string {
	return m.channel.name + ":" + m.channel.account(m.operator) + ":" + m.customer()
}

func (in *Integrator) drain(t *thread) {
	for m, ok := in.next(t); ok; m, ok = in.next(t) {
		in.answer(t, m)
	}
}

func (in *Integrator) next(t *thread) (inbound, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(t.queue) == 0 {
		t.working, t.queue = false, nil
		in.working--
		return inbound{}, false
	}
	m := t.queue[0]
	t.queue = t.queue[1:]
	return m, true
}

// answer does everything for one message: the offer where one is due, then the
// reply, whatever became of the offer (Encore integration guide, Retry guidance).
func (in *Integrator) answer(t *thread, m inbound) {
	d := decision{outcome: failed}
	in.guard("asking Encore", func() { d = in.decide(t, m) })
	if d.err != nil {
		in.cfg.Log("%s: no offer: %v", m.id, d.err)
	}
	if in.policy.manners {
		in.beSeen(m)
	}
	var refused atomic.Bool // a defect sends both at once
	in.policy.order(in.clock,
		func() { in.guard("sending the offer", func() { refused.Store(!in.sendOffer(t, m, d)) }) },
		func() {
			in.guard("sending the reply", func() {
				if in.policy.gathers {
					in.gather(t)
				}
				in.sendReply(t, m, d.after(refused.Load()))
			})
		})
}

// gather takes what the customer wrote meanwhile: one reply is to answer it all.
func (in *Integrator) gather(t *thread) {
	in.mu.Lock()
	waiting := t.queue
	t.queue = nil
	in.mu.Unlock()
	for _, m := range waiting {
		in.observe(t, m)
	}
}

// guard keeps a bug of one step from costing the customer the steps after it.
func (in *Integrator) guard(what string, step func()) {
	defer func() {
		if p := recover(); p != nil {
			in.cfg.Log("%s: panic: %v\n%s", what, p, debug.Stack())
		}
	}()
	step()
}

// decide asks Encore if this message is a trigger and the cap leaves room
// (Encore integration guide, When to call us).
func (in *Integrator) decide(t *thread, m inbound) decision {
	f := in.observe(t, m)
	// Encore wants an address; a customer known by WhatsApp's user id only has none.
	if m.address == "" || !in.policy.triggers(f) || !in.policy.hasRoom(f) || in.policy.spares(f) {
		return decision{outcome: notAsked}
	}
	d := in.ask(m)
	if in.policy.remembersLate {
		in.mu.Lock()
		t.remember(m)
		in.mu.Unlock()
	}
	return d
}

// observe tells what is known of the thread at this message and then adds the
// message to it. Webhooks may come out of order: an older timestamp never
// moves the thread's last one back.
func (in *Integrator) observe(t *thread, m inbound) facts {
	in.mu.Lock()
	defer in.mu.Unlock()
	f := facts{
		first: !t.known, gap: m.at.Sub(t.last), idle: in.cfg.IdleGap,
		offers: in.policy.counted(t), cap: in.cap, repeated: m.repeated, optedOut: t.optedOut,
	}
	if f.first {
		f.gap = 0
	}
	if !in.policy.remembersLate {
		t.remember(m)
	}
	return f
}

// remember enters a message of the customer.
func (t *thread) remember(m inbound) {
	if !t.known || m.at.After(t.last) {
		t.last = m.at
	}
	t.known = true
}

// accept adds a message to the history, once: its echo may come before the
// answer to its send, or after it.
func (in *Integrator) accept(t *thread, id string, offer bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	i := slices.IndexFunc(t.sent, func(s sent) bool { return id != "" && s.id == id })
	if i < 0 {
		t.sent = append(t.sent, sent{id, offer})
		return
	}
	// An echo may show less of a template than was sent.
	t.sent[i].offer = t.sent[i].offer || offer
}

// countOffers counts the messages that carry a link to Encore. A message whose
// link stands in it twice is one offer.
func countOffers(history []sent) int {
	n := 0
	for _, message := range history {
		if message.offer {
			n++
		}
	}
	return n
}

// carriesLink looks for a link to Encore in a message's body.
func carriesLink(body json.RawMessage) bool {
	var v any
	return json.Unmarshal(body, &v) == nil && linksToEncore(v)
}

// linksToEncore looks into every string of a decoded JSON value, since a link
// may stand in a button as well as in text.
func linksToEncore(v any) bool {
	switch v := v.(type) {
	case string:
		for _, link := range links.FindAllString(v, -1) {
			if isEncore(link) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if linksToEncore(item) {
				return true
			}
		}
	case map[string]any:
		for _, item := range v {
			if linksToEncore(item) {
				return true
			}
		}
	}
	return false
}

// links finds as much of a link as shows its host. It ends at a bracket or a
// comma, which around a link in a sentence belong to the sentence.
var links = regexp.MustCompile(`(?i)https?://[^\s"'<>()\[\],;!]+`)

// isEncore holds for encorekit.com and its subdomains, not for look-alikes.
func isEncore(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	// The full stop of a sentence, or of a rooted domain name.
	host := strings.TrimRight(strings.ToLower(u.Hostname()), ".")
	return host == "encorekit.com" || strings.HasSuffix(host, ".encorekit.com")
}
