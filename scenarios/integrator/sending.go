package integrator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	messagesPath = "/v22.0/%s/messages"
	maxAnswer    = 1 << 20
)

// receipt is the body of the delivery callback, in Unix seconds.
type receipt struct {
	Delivered int64 `json:"deliveredTimestamp"`
	Read      int64 `json:"readTimestamp,omitempty"`
}

// newReceipt is of a message that was delivered, or read and so delivered by
// then: vendors may skip saying so.
func newReceipt(at time.Time, read bool) receipt {
	r := receipt{Delivered: at.Unix()}
	if read {
		r.Read = r.Delivered
	}
	return r
}

// sendOffer sends Encore's payload as the channel carries it (Encore
// integration guide, Sending the message) and waits for the answer. It is false
// when there was an offer and the provider did not take it.
func (in *Integrator) sendOffer(t *thread, m inbound, d decision) (taken bool) {
	if d.outcome == noFill && in.policy.confirmsNoFill {
		in.confirm(d.impression, receipt{Delivered: in.clock.Now().Unix()})
	}
	if text := in.policy.promo(d); text != "" {
		in.sendText(t, m, text, true)
	}
	if d.outcome != served {
		return true
	}
	if in.policy.confirmsUnsent {
		in.confirm(d.impression, receipt{Delivered: in.clock.Now().Unix()})
	}
	body, err := m.channel.offer(in, m, in.policy.payload(d.payload))
	if err != nil {
		in.cfg.Log("%s: the offer cannot be sent: %v", m.id, err)
		return false
	}
	in.happens(t, isOffered, m, body)
	as := m
	if in.policy.reroute != nil {
		as, body = in.policy.reroute(in, m, d.payload)
	}
	as.operator = in.policy.sender(m.operator, in.cfg.Operators)
	for range in.policy.offerTimes {
		now := in.clock.Now()
		left := in.offersBy(m).Sub(now)
		id, accepted := in.send(t, as, body, true, max(left, in.reserve()))
		taken = taken || accepted
		if id != "" && m.channel.tracked != nil {
			id = m.channel.tracked(m, id)
		}
		if id != "" {
			// The message's own time and what passed since is the vendor's time.
			in.await(t, sentOffer{id, m.at.Add(now.Sub(m.received))}, awaited{
				d.impression, d.resent, func() { d.resent = true; in.sendOffer(t, m, d) },
			})
		}
	}
	return taken
}

func (in *Integrator) sendReply(t *thread, m inbound, d decision) {
	if in.policy.silent(d) {
		return
	}
	if pause := in.policy.pause(d); pause > 0 {
		_ = in.clock.Sleep(context.Background(), pause)
	}
	for _, text := range in.policy.replies(in.policy.reply(in.cfg.Reply, d)) {
		for range in.policy.replyTimes {
			in.sendText(t, m, text, false)
		}
	}
}

// sendText sends a message of our own.
func (in *Integrator) sendText(t *thread, m inbound, text string, offer bool) {
	body, err := json.Marshal(m.channel.reply(m, text))
	if err != nil {
		in.cfg.Log("%s: %q: %v", m.id, text, err)
		return
	}
	in.send(t, m, body, offer || carriesLink(body), in.cfg.ReplyBudget)
}

// happens tells the policy of an event.
func (in *Integrator) happens(t *thread, what happening, m inbound, body json.RawMessage) {
	if in.policy.watch == nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.policy.watch(t, what, m, body)
}

// beSeen marks the customer's message as read and shows that somebody types,
// where the channel has that. No answer is waited for.
func (in *Integrator) beSeen(m inbound) {
	if m.channel.seen == nil {
		return
	}
	target, h := m.channel.address(in.cfg, m)
	for _, body := range m.channel.seen(m) {
		data, err := json.Marshal(body)
		if err == nil {
			_, _, err = in.post(target, h, data, in.cfg.CallTimeout)
		}
		if err != nil {
			in.cfg.Log("%s: not marked as read: %v", m.id, err)
		}
	}
}

// send posts one message and says whether it was accepted and under which id,
// if the answer has one. Only what the provider accepted enters the history.
// Nothing is sent twice: without an answer nobody knows whether the customer
// has it.
func (in *Integrator) send(t *thread, m inbound, body json.RawMessage, offer bool, timeout time.Duration) (id string, accepted bool) {
	target, h := m.channel.address(in.cfg, m)
	if offer {
		target = in.policy.target(target, m, in.cfg.Operators)
	}
	in.policy.sending(h, in.cfg)
	status, answer, err := in.post(target, h, body, timeout)
	if status/100 != 2 {
		in.cfg.Log("%s: %s did not take the message: status %d, %v, %.300s", m.id, m.channel.name, status, err, answer)
		return "", false
	}
	id = m.channel.sentID(answer)
	in.accept(t, id, offer)
	in.happens(t, wasAccepted, m, body)
	if id == "" {
		in.cfg.Log("%s: the answer of %s names no message id: %.300s", m.id, m.channel.name, answer)
	}
	return id, true
}

// awaited is a sent offer of which a report is due: its impression, and how it
// would be sent again, unless it was already.
type awaited struct {
	impression string
	resent     bool
	resend     func()
}

// await remembers whose delivery is to be confirmed. The report may have
// overtaken the answer to the send.
func (in *Integrator) await(t *thread, offer sentOffer, a awaited) {
	in.mu.Lock()
	r, early := in.early.take(offer.id)
	if !early {
		in.offers.add(offer.id, a)
		t.offers = append(t.offers, offer)
	}
	in.mu.Unlock()
	if early {
		in.confirmBeside(a.impression, r)
	}
}

// became takes the news of what became of a message of ours, in Meta's words.
func (in *Integrator) became(status string, at time.Time, id string) {
	switch {
	case id == "":
	case status == "delivered" || status == "read":
		in.reported(id, newReceipt(at, status == "read"))
	case status == "failed":
		in.failed(id)
	}
}

// reported takes the news that a message of ours arrived.
func (in *Integrator) reported(id string, r receipt) {
	in.mu.Lock()
	a, ours := in.offers.take(id)
	if ours && in.policy.confirmsAgain {
		in.offers.add(id, a)
	}
	if !ours {
		in.early.add(id, r)
	}
	if in.policy.watch != nil {
		if t := in.threadThatSent(id); t != nil {
			in.policy.watch(t, wasReported, inbound{at: time.Unix(r.Delivered, 0)}, nil)
		}
	}
	in.mu.Unlock()
	if ours {
		in.confirmBeside(a.impression, r)
	}
}

// threadThatSent finds the thread of a message of ours, or nil; the caller holds
// the lock.
func (in *Integrator) threadThatSent(id string) *thread {
	for _, t := range in.threads {
		if slices.ContainsFunc(t.sent, func(s sent) bool { return s.id == id }) {
			return t
		}
	}
	return nil
}

// failed takes the news that a message of ours will not arrive. An offer is not
// sent again: the customer was answered meanwhile, and an offer comes before
// the reply or not at all.
func (in *Integrator) failed(id string) {
	in.mu.Lock()
	a, ours := in.offers.take(id)
	in.mu.Unlock()
	if !ours {
		return
	}
	in.cfg.Log("the offer %s was accepted and failed later", id)
	if in.policy.resendsFailed && !a.resent {
		in.clock.Go(a.resend)
	}
}

// reportedUpTo takes the news that what was sent to a customer up to a moment
// arrived.
func (in *Integrator) reportedUpTo(m inbound, moment time.Time, r receipt) {
	in.mu.Lock()
	var arrived []string
	t := in.threadOf(m)
	t.offers = slices.DeleteFunc(t.offers, func(o sentOffer) bool {
		if o.at.After(moment) {
			return false
		}
		if a, open := in.offers.take(o.id); open {
			arrived = append(arrived, a.impression)
		}
		return true
	})
	in.mu.Unlock()
	for _, impression := range arrived {
		in.confirmBeside(impression, r)
	}
}

// confirmBeside makes the delivery callback beside whatever else goes on.
func (in *Integrator) confirmBeside(impression string, r receipt) {
	if in.policy.confirms {
		in.clock.Go(func() { in.confirm(in.policy.impression(impression), r) })
	}
}

// post makes one call and reads its answer. Status is 0 when no answer began;
// an error beside a status means that the answer broke off. The timeout is the
// clock's, over the whole call.
func (in *Integrator) post(target string, h http.Header, body []byte, timeout time.Duration) (status int, answer []byte, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := in.clock.AfterFunc(timeout, cancel)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	maps.Copy(req.Header, h)
	resp, err := in.client.Do(req)
	if err != nil {
		return 0, nil, withoutURL(err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	if kind := resp.Header.Get("Content-Type"); err == nil && in.policy.strictType && !strings.Contains(kind, "json") {
		err = fmt.Errorf("the answer is %s and no JSON", kind)
	}
	return resp.StatusCode, answer, err
}

// withoutURL takes the address out of a client's error: it may hold a token,
// and errors are logged.
func withoutURL(err error) error {
	var with *url.Error
	if errors.As(err, &with) {
		return with.Err
	}
	return err
}
