package integrator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	messagesPath = "/v22.0/%s/messages"
	maxAnswer    = 1 << 20
)

// textMessage is the reply (WhatsApp Cloud API, text messages). Recipient is
// for customers that are known by user id only.
type textMessage struct {
	Product       string `json:"messaging_product"`
	RecipientType string `json:"recipient_type"`
	To            string `json:"to,omitempty"`
	Recipient     string `json:"recipient,omitempty"`
	Type          string `json:"type"`
	Text          struct {
		Body string `json:"body"`
	} `json:"text"`
}

// receipt is the body of the delivery callback, in Unix seconds.
type receipt struct {
	Delivered int64 `json:"deliveredTimestamp"`
	Read      int64 `json:"readTimestamp,omitempty"`
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
		left := in.offersBy(m).Sub(in.clock.Now())
		id := in.send(t, m, in.policy.payload(d.payload), max(left, in.reserve()))
		if id != "" {
			in.await(id, d.impression)
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
	msg := textMessage{Product: platform, RecipientType: "individual", To: m.phone, Type: "text"}
	if m.phone == "" {
		msg.Recipient = m.userID
	}
	msg.Text.Body = in.policy.reply(in.cfg.Reply, d)
	body, err := json.Marshal(msg)
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
	target := in.cfg.GraphURL + fmt.Sprintf(messagesPath, m.operator.PhoneNumberID)
	h := http.Header{"Authorization": {"Bearer " + in.cfg.GraphToken}}
	status, answer, err := in.post(target, h, body, timeout)
	if status != http.StatusOK {
		in.cfg.Log("%s: graph did not take the message: status %d, %v, %.300s", m.id, status, err, answer)
		return ""
	}
	in.accepted(t, body)
	var a struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || len(a.Messages) == 0 {
		in.cfg.Log("%s: graph's answer names no message id: %.300s", m.id, answer)
		return ""
	}
	return a.Messages[0].ID
}

// await remembers whose delivery is to be confirmed. Meta's status may have
// overtaken the answer to the send.
func (in *Integrator) await(messageID, impression string) {
	in.mu.Lock()
	r, early := in.early.take(messageID)
	if !early {
		in.offers.add(messageID, impression)
	}
	in.mu.Unlock()
	if early {
		in.clock.Go(func() { in.confirm(in.policy.impression(impression), r) })
	}
}

// reported takes a status of an outgoing message. A read message was
// delivered, and Meta may skip saying so (WhatsApp Cloud API, status webhooks).
func (in *Integrator) reported(s status) {
	if s.Status != "delivered" && s.Status != "read" {
		return
	}
	_, at := instant(s.Timestamp, in.clock.Now())
	r := receipt{Delivered: at.Unix()}
	if s.Status == "read" {
		r.Read = r.Delivered
	}
	in.mu.Lock()
	impression, ours := in.offers.take(s.ID)
	if !ours {
		in.early.add(s.ID, r)
	}
	in.mu.Unlock()
	if ours {
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
	req.Header = h.Clone()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := in.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return resp.StatusCode, answer, err
}
