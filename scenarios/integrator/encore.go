package integrator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	offersPath    = "/encore/publisher/sdk/v1/offers/message"
	deliveredPath = "/encore/publisher/sdk/v1/offers/impressions/%s/delivered"
)

// offerRequest is the body of the offers call (Encore integration guide, Request).
type offerRequest struct {
	ClientID         string `json:"clientId,omitempty"`
	ClientName       string `json:"clientName,omitempty"`
	Platform         string `json:"messagingPlatform"`
	Recipient        string `json:"recipient"`
	InboundMessageID string `json:"inboundMessageId"`
	ChatID           string `json:"chatId"`
	InboundTimestamp int64  `json:"inboundTimestamp,omitempty"` // seconds
	// The rest is optional, and left out but for defects.
	UserID     string            `json:"userId,omitempty"`
	RequestID  string            `json:"requestId,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// offerAnswer is the part of a 200 that the integrator reads (Encore
// integration guide, Response). The payload stays the bytes that came.
type offerAnswer struct {
	Success      bool   `json:"success"`
	ImpressionID string `json:"impressionId"`
	Message      *struct {
		Platform string          `json:"platform"`
		Payload  json.RawMessage `json:"payload"`
	} `json:"message"`
}

// outcome is how asking for an offer went.
type outcome string

const (
	notAsked outcome = "not asked"
	served   outcome = "served"
	noFill   outcome = "no fill"
	failed   outcome = "failed"
)

// decision is what came of asking Encore. Status is 0 when no whole answer
// came; payload is set when an offer was served, impression with every answer; refused says
// that the provider did not take it, resent that it is sent again.
type decision struct {
	outcome    outcome
	status     int
	payload    json.RawMessage
	impression string
	refused    bool
	resent     bool
	err        error
}

// after is the decision once its offer was sent.
func (d decision) after(refused bool) decision {
	d.refused = refused
	return d
}

// ask calls Encore until it has an answer that counts, the retries are used up
// or the budget is (Encore integration guide, Status codes and Retry guidance).
func (in *Integrator) ask(m inbound) decision {
	deadline := in.policy.deadline(in.offersBy(m))
	waits := in.policy.waits()
	for attempt := 0; ; attempt++ {
		left := deadline.Sub(in.clock.Now())
		if left <= 0 {
			return decision{outcome: failed, err: errors.New("the reply budget is spent")}
		}
		d := in.attempt(m, attempt, in.policy.timeout(min(left, in.cfg.CallTimeout)))
		if attempt >= in.policy.maxRetries || !in.policy.retries(d) {
			return d
		}
		wait := in.jitter(waits.NextBackOff(), m.id, attempt)
		if !in.clock.Now().Add(wait).Before(deadline) || in.clock.Sleep(context.Background(), wait) != nil {
			return d
		}
	}
}

// offersBy is when asking for and sending an offer must be over so that the
// reply still goes out within its budget.
func (in *Integrator) offersBy(m inbound) time.Time {
	return m.received.Add(in.cfg.ReplyBudget - in.reserve())
}

// reserve is the part of the budget kept for sending: for an offer that came
// at the last moment, and for the reply.
func (in *Integrator) reserve() time.Duration {
	return min(in.cfg.CallTimeout, in.cfg.ReplyBudget/5)
}

// newWaits is the documented example schedule: 200 ms, 1 s, 5 s. The library's
// own jitter is off, because it draws from a global source and retries are to
// be the same in every run; see jitter.
func newWaits() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: 200 * time.Millisecond,
		Multiplier:      5,
		MaxInterval:     time.Minute,
	}
}

// jitter moves the interval by up to 30 % either way, by a hash of seed,
// message and attempt.
func (in *Integrator) jitter(interval time.Duration, messageID string, attempt int) time.Duration {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d", in.cfg.Seed, messageID, attempt))
	unit := float64(binary.BigEndian.Uint64(sum[:8])) / (1 << 64) // [0, 1]
	if in.policy.fullJitter {
		return time.Duration(float64(2*interval) * unit)
	}
	return time.Duration(float64(interval) * (1 + in.policy.jitter*(2*unit-1)))
}

// attempt makes one call, and goes on listening for its answer where a defect
// does so.
func (in *Integrator) attempt(m inbound, attempt int, timeout time.Duration) decision {
	if in.policy.usesLate {
		return in.callLate(m, attempt, timeout)
	}
	return in.call(m, attempt, timeout)
}

func (in *Integrator) call(m inbound, attempt int, timeout time.Duration) decision {
	op := in.policy.asks(m.operator, in.cfg.Operators)
	req := offerRequest{
		ClientID: op.ClientID, ClientName: op.ClientName, Platform: m.channel.platform,
		Recipient: m.address, InboundMessageID: m.id, ChatID: m.channel.chatID(m), InboundTimestamp: m.unix,
	}
	in.policy.request(&req, m, attempt)
	body, err := json.Marshal(req)
	if err != nil {
		return decision{outcome: failed, err: err}
	}
	status, answer, err := in.post(in.cfg.EncoreURL+in.policy.path, in.encoreHeader(m), body, timeout)
	return in.policy.reads(read(m.channel.platform, status, answer, err), answer)
}

// chatID is a UUID (version 8: custom) made of the thread's key, so that a
// thread keeps its own for ever without anything having to be stored.
func chatID(thread string) string {
	b := sha256.Sum256([]byte("chat of thread " + thread))
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func (in *Integrator) encoreHeader(m inbound) http.Header {
	h := http.Header{"X-Api-Key": {in.cfg.EncoreKey}}
	in.policy.header(h, in.cfg, m)
	return h
}

// read judges an answer. A 200 that broke off counts as no answer, since its
// repetition gives the same offer; a whole one of the wrong shape does not get
// better by repeating.
func read(platform string, status int, body []byte, err error) decision {
	d := decision{outcome: failed, status: status, err: err}
	switch {
	case status == http.StatusOK && err != nil:
		d.status = 0
	case err != nil: // the status line came, so it decides
	case status != http.StatusOK:
		d.err = fmt.Errorf("encore answered %d", status)
	default:
		readOffer(&d, platform, body)
	}
	return d
}

func readOffer(d *decision, platform string, body []byte) {
	var a offerAnswer
	switch err := json.Unmarshal(body, &a); {
	case err != nil:
		d.err = fmt.Errorf("encore's answer is not the documented JSON: %w", err)
	case !a.Success || a.ImpressionID == "":
		d.err = errors.New("encore's answer lacks success or impressionId")
	case a.Message == nil:
		d.outcome, d.impression = noFill, a.ImpressionID
	case a.Message.Platform != platform || !bytes.HasPrefix(a.Message.Payload, []byte("{")):
		d.err = fmt.Errorf("encore's message is for platform %q or has no payload", a.Message.Platform)
	default:
		d.outcome, d.payload, d.impression = served, a.Message.Payload, a.ImpressionID
	}
}

// confirm makes the delivery callback, once and without retries, because
// Encore counts every call.
func (in *Integrator) confirm(impression string, r receipt) {
	body, err := json.Marshal(r)
	if err != nil {
		in.cfg.Log("delivery of %s: %v", impression, err)
		return
	}
	target := in.cfg.EncoreURL + fmt.Sprintf(deliveredPath, url.PathEscape(impression))
	status, _, err := in.post(target, http.Header{"X-Api-Key": {in.cfg.EncoreKey}}, body, in.cfg.CallTimeout)
	if err != nil || status/100 != 2 {
		in.cfg.Log("delivery of %s was not taken: status %d, %v", impression, status, err)
	}
}
