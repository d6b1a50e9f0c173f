package integrator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
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
// then: Meta may skip saying so.
func newReceipt(at time.Time, read bool) receipt {
	r := receipt{Delivered: at.Unix()}
	if read {
		r.Read = r.Delivered
	}
	return r
}

// sendOffer sends Encore's payload as it came (Encore integration guide,
// Sending the message) and waits for the answer. Without an offer it does nothing.
func (in *Integrator) sendOffer(t *thread, m inbound, d decision) {
	if d.outcome != served {
		return
	}
	if in.policy.confirmsUnsent {
		in.confirm(d.impression, receipt{Delivered: in.clock.Now().Unix()})
	}
	for range in.policy.offerTimes {
		now := in.clock.Now()
		left := in.offersBy(m).Sub(now)
		id := in.send(t, m, in.policy.payload(d.payload), max(left, in.reserve()))
		if id != "" {
			// The message's own time and what passed since is Meta's time.
			in.await(t, sentOffer{id, m.at.Add(now.Sub(m.received))}, d.impression)
		}
	}
}

func (in *Integrator) sendReply(t *thread, m inbound, d decision) {
	if in.policy.silent(d) {
		return
	}
	if pause := in.policy.pause(d); pause > 0 {
		_ = in.clock.Sleep(context.Background(), pause)
	}
	body, err := json.Marshal(m.channel.reply(m, in.policy.reply(in.cfg.Reply, d)))
	if err != nil {
		in.cfg.Log("%s: reply: %v", m.id, err)
		return
	}
	for range in.policy.replyTimes {
		in.send(t, m, body, in.cfg.ReplyBudget)
	}
}

// send posts one message and gives its id, or "" if it was not accepted. Only
// what Graph accepted enters the history. Nothing is sent twice: without an
// answer nobody knows whether the customer has it.
func (in *Integrator) send(t *thread, m inbound, body json.RawMessage, timeout time.Duration) string {
	target, h := m.channel.address(in.cfg, m)
	status, answer, err := in.post(target, h, body, timeout)
	if status != http.StatusOK {
		in.cfg.Log("%s: graph did not take the message: status %d, %v, %.300s", m.id, status, err, answer)
		return ""
	}
	id := m.channel.sentID(answer)
	in.accepted(t, id, body)
	if id == "" {
		in.cfg.Log("%s: graph's answer names no message id: %.300s", m.id, answer)
	}
	return id
}

// await remembers whose delivery is to be confirmed. Meta's report may have
// overtaken the answer to the send.
func (in *Integrator) await(t *thread, offer sentOffer, impression string) {
	in.mu.Lock()
	r, early := in.early.take(offer.id)
	if !early {
		in.offers.add(offer.id, impression)
		t.offers = append(t.offers, offer)
	}
	in.mu.Unlock()
	if early {
		in.confirmBeside(impression, r)
	}
}

// reported takes the news that a message of ours arrived.
func (in *Integrator) reported(id string, r receipt) {
	in.mu.Lock()
	impression, ours := in.offers.take(id)
	if !ours {
		in.early.add(id, r)
	}
	in.mu.Unlock()
	if ours {
		in.confirmBeside(impression, r)
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
		if impression, open := in.offers.take(o.id); open {
			arrived = append(arrived, impression)
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
	in.clock.Go(func() { in.confirm(in.policy.impression(impression), r) })
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
	req.Header = h.Clone()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := in.client.Do(req)
	if err != nil {
		return 0, nil, withoutURL(err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
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
