package integrator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Defect is a bug that the integrator can be made to have, to prove that a
// rule bites.
type Defect struct {
	Name  string // as in Config.Defects
	Rule  string // id of the rule that it breaks first, such as R36
	About string // what the integrator then does, in one sentence

	spoil func(*policy)
}

// Defects is the table of all of them, by theme in the order of a message's
// way. A new defect is a new row; if no field of policy fits, a new field
// first, asked where the decision falls.
func Defects() []Defect {
	var all []Defect
	for _, theme := range [][]Defect{triggerDefects(), requestDefects(), retryDefects(), sendDefects(), confirmDefects()} {
		all = append(all, theme...)
	}
	return all
}

func triggerDefects() []Defect {
	return []Defect{
		{"no-first-call", "R2", "The first message of a thread does not lead to a call of Encore.", func(p *policy) {
			was := p.triggers
			p.triggers = func(f facts) bool { return !f.first && was(f) }
		}},
		{"mid-thread-call", "R4", "Every message leads to a call of Encore, whether or not the customer was away.", func(p *policy) {
			p.triggers = func(facts) bool { return true }
		}},
		{"reaction-call", "R1", "A reaction is taken for a message.", func(p *policy) {
			was := p.ignores
			p.ignores = func(kind string) bool { return kind != "reaction" && was(kind) }
		}},
		{"cap-ignored", "R6", "Encore is called on every trigger, however many offers the thread has had.", func(p *policy) {
			p.hasRoom = func(facts) bool { return true }
		}},
		{"redelivery-answered", "R9", "A webhook that comes again is taken for a new message.", func(p *policy) {
			// Many integrators look for messages before this one's timestamp, so to
			// them the repetition of a trigger is a trigger again.
			p.forgetful = true
			was := p.triggers
			p.triggers = func(f facts) bool { return f.repeated || was(f) }
		}},
	}
}

func requestDefects() []Defect {
	request := func(change func(r *offerRequest, attempt int)) func(*policy) {
		return func(p *policy) {
			was := p.request
			p.request = func(r *offerRequest, attempt int) { was(r, attempt); change(r, attempt) }
		}
	}
	return []Defect{
		{"token-to-encore", "R34", "Meta's access token goes to Encore too.", func(p *policy) {
			p.header = func(h http.Header, c Config) { h.Set("Authorization", "Bearer "+c.GraphToken) }
		}},
		{"no-client-name", "R14", "The required clientName is left out.", request(func(r *offerRequest, _ int) {
			r.ClientName = ""
		})},
		{"name-is-id", "R16", "The client's id is given as its name.", request(func(r *offerRequest, _ int) {
			r.ClientName = r.ClientID
		})},
		{"wrong-platform", "R17", "The offer is asked for Messenger.", request(func(r *offerRequest, _ int) {
			r.Platform = "facebook"
		})},
		{"plus-in-recipient", "R18", "The recipient is written with a plus.", request(func(r *offerRequest, _ int) {
			r.Recipient = "+" + r.Recipient
		})},
		{"own-message-id", "R19", "An id of our own stands for the platform's message id.", request(func(r *offerRequest, _ int) {
			r.InboundMessageID = "own-" + fingerprint(r.InboundMessageID)
		})},
		{"new-id-on-retry", "R20", "Every retry carries another inboundMessageId.", request(func(r *offerRequest, attempt int) {
			if attempt > 0 {
				r.InboundMessageID += fmt.Sprintf("-retry-%d", attempt)
			}
		})},
		{"chat-per-message", "R21", "Every message of a thread has a chatId of its own.", request(func(r *offerRequest, _ int) {
			r.ChatID = chatID(r.ChatID + r.InboundMessageID)
		})},
		{"timestamp-in-ms", "R22", "The inbound timestamp is sent in milliseconds.", request(func(r *offerRequest, _ int) {
			r.InboundTimestamp *= 1000
		})},
	}
}

func retryDefects() []Defect {
	also := func(more func(decision) bool) func(*policy) {
		return func(p *policy) {
			was := p.retries
			p.retries = func(d decision) bool { return more(d) || was(d) }
		}
	}
	return []Defect{
		{"retry-no-fill", "R30", "No offer is taken for an error and asked for again.", also(func(d decision) bool { return d.outcome == noFill })},
		{"retry-400", "R40", "A refused request is sent again as it was.", also(func(d decision) bool { return d.status == http.StatusBadRequest })},
		{"retry-500", "R42", "Failures of Encore other than 503 are retried.", also(func(d decision) bool { return d.status >= 500 })},
		{"retry-401", "R43", "A refused key is tried again.", also(func(d decision) bool { return d.status == http.StatusUnauthorized })},
		{"flat-backoff", "R44", "All retries wait for the same 200 ms.", func(p *policy) {
			p.jitter = 0
			p.waits = func() *backoff.ExponentialBackOff { return waits(1) }
		}},
		{"too-many-retries", "R45", "Six retries are made.", func(p *policy) {
			// Doubling from 100 ms keeps six waits within the budget of the reply.
			p.maxRetries = 6
			p.waits = func() *backoff.ExponentialBackOff {
				w := waits(2)
				w.InitialInterval = 100 * time.Millisecond
				return w
			}
		}},
	}
}

func waits(multiplier float64) *backoff.ExponentialBackOff {
	w := newWaits()
	w.Multiplier = multiplier
	return w
}

func sendDefects() []Defect {
	return []Defect{
		{"payload-changed", "R31", "A sentence is appended to the text of Encore's payload.", func(p *policy) { p.payload = appendText }},
		{"reply-first", "R36", "The reply is sent before the offer.", func(p *policy) {
			p.order = func(_ Clock, offer, reply func()) { reply(); offer() }
		}},
		{"offer-and-reply-together", "R36", "The reply is sent without waiting for the offer's answer.", func(p *policy) {
			p.order = func(c Clock, offer, reply func()) { c.Go(offer); reply() }
		}},
		{"offer-twice", "R9", "The offer is sent twice.", func(p *policy) { p.offerTimes = 2 }},
		{"reply-twice", "R37", "The reply is sent twice.", func(p *policy) { p.replyTimes = 2 }},
		{"reply-changed", "R37", "The reply after an offer is worded otherwise than the operator's.", func(p *policy) {
			p.reply = func(text string, d decision) string {
				if d.outcome == served {
					return text + " And do not miss the offer above!"
				}
				return text
			}
		}},
		{"no-reply-on-outage", "R38", "There is no reply when Encore did not give a usable answer.", func(p *policy) {
			p.silent = func(d decision) bool { return d.outcome == failed }
		}},
		{"slow-fallback", "R46", "The reply is held back for half a minute when Encore fails.", func(p *policy) {
			p.pause = func(d decision) time.Duration {
				if d.outcome == failed {
					return 30 * time.Second
				}
				return 0
			}
		}},
	}
}

func confirmDefects() []Defect {
	return []Defect{
		{"confirm-wrong-impression", "R27", "The delivery callback names an impression that Encore never gave.", func(p *policy) {
			p.impression = fingerprint
		}},
		{"confirm-unsent", "R28", "Delivery is confirmed before the offer is sent.", func(p *policy) { p.confirmsUnsent = true }},
	}
}

func fingerprint(s string) string {
	sum := sha256.Sum256([]byte("fingerprint of " + s))
	return hex.EncodeToString(sum[:])
}

// appendText changes the body text of an interactive message and leaves a
// payload of another shape alone.
func appendText(payload json.RawMessage) json.RawMessage {
	var msg map[string]any
	if json.Unmarshal(payload, &msg) != nil {
		return payload
	}
	interactive, _ := msg["interactive"].(map[string]any)
	body, _ := interactive["body"].(map[string]any)
	text, ok := body["text"].(string)
	if !ok {
		return payload
	}
	body["text"] = text + " Hurry!"
	changed, err := json.Marshal(msg)
	if err != nil {
		return payload
	}
	return changed
}
