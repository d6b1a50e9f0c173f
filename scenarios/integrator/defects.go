package integrator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Defect is a bug that the integrator can be made to have, to prove that a
// rule bites.
type Defect struct {
	Name  string // as in Config.Defects
	Rule  string // id of the rule that it breaks first, such as R36
	About string // what the integrator then does, in one sentence
	// Channels are those on which it does so; nil means all.
	Channels []string

	spoil func(*policy)
}

// Defects is the table of all of them, by theme in the order of a message's
// way. A new defect is a new row; if no field of policy fits, a new field
// first, asked where the decision falls.
func Defects() []Defect {
	var all []Defect
	for _, theme := range [][]Defect{
		triggerDefects(), webhookDefects(), gapDefects(), capDefects(), addressDefects(), requestDefects(), socialDefects(),
		retryDefects(), outageDefects(), sendDefects(), providerDefects(), routeDefects(), confirmDefects(),
	} {
		all = append(all, theme...)
	}
	return all
}

func triggerDefects() []Defect {
	return []Defect{
		{"signature-unchecked", "R1", "A webhook is believed whatever its signature.", []string{"whatsapp", "messenger", "instagram", "interakt"}, func(p *policy) {
			p.trusts = func(bool) bool { return true }
		}},
		{"no-first-call", "R2", "The first message of a thread does not lead to a call of Encore.", nil, func(p *policy) {
			was := p.triggers
			p.triggers = func(f facts) bool { return !f.first && was(f) }
		}},
		{"mid-thread-call", "R4", "Every message leads to a call of Encore, whether or not the customer was away.", nil, func(p *policy) {
			p.triggers = func(facts) bool { return true }
		}},
		{"reaction-call", "R1", "A reaction is taken for a message.", nil, func(p *policy) {
			was := p.ignores
			p.ignores = func(kind string) bool { return kind != "reaction" && was(kind) }
		}},
		{"redelivery-answered", "R48", "A webhook that comes again is taken for a new message.", nil, func(p *policy) {
			// Many integrators look for messages before this one's timestamp, so to
			// them the repetition of a trigger is a trigger again.
			p.forgetful = true
			was := p.triggers
			p.triggers = func(f facts) bool { return f.repeated || was(f) }
		}},
	}
}

func requestDefects() []Defect {
	return []Defect{
		{"token-to-encore", "R34", "The provider's credential goes to Encore too.", nil, func(p *policy) {
			p.header = func(h http.Header, c Config, m inbound) {
				_, provider := m.channel.address(c, m)
				maps.Copy(h, provider)
				if len(provider) == 0 { // it is in the query there
					h.Set("Authorization", "Bearer "+c.GraphToken)
				}
			}
		}},
		{"no-client-name", "R14", "The required clientName is left out.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.ClientName = ""
		})},
		{"name-is-id", "R16", "The client's id is given as its name.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.ClientName = r.ClientID
		})},
		{"wrong-platform", "R17", "The offer is asked for another platform than the message came from.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			other := map[bool]string{true: "instagram", false: "facebook"}
			r.Platform = other[r.Platform == "facebook"]
		})},
		{"own-message-id", "R19", "An id of our own stands for the platform's message id.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.InboundMessageID = "own-" + fingerprint(r.InboundMessageID)
		})},
		{"new-id-on-retry", "R20", "Every retry carries another inboundMessageId.", nil, request(func(r *offerRequest, _ inbound, attempt int) {
			if attempt > 0 {
				r.InboundMessageID += fmt.Sprintf("-retry-%d", attempt)
			}
		})},
		{"chat-per-message", "R21", "Every message of a thread has a chatId of its own.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.ChatID = chatID(r.ChatID + r.InboundMessageID)
		})},
		{"timestamp-in-ms", "R22", "The inbound timestamp is sent in milliseconds.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.InboundTimestamp *= 1000
		})},
	}
}

// request changes the body of the call to Encore, after whatever changed it before.
func request(change func(r *offerRequest, m inbound, attempt int)) func(*policy) {
	return func(p *policy) {
		was := p.request
		p.request = func(r *offerRequest, m inbound, attempt int) { was(r, m, attempt); change(r, m, attempt) }
	}
}

// socialDefects are bugs that only webhooks of Messenger and Instagram bring out.
func socialDefects() []Defect {
	social := []string{"messenger", "instagram"}
	onSocial := func(change func(r *offerRequest, m inbound)) func(*policy) {
		return request(func(r *offerRequest, m inbound, _ int) {
			if slices.Contains(social, m.channel.name) {
				change(r, m)
			}
		})
	}
	return []Defect{
		{"echo-call", "R1", "An echo of the business's own message is taken for a message of a customer.", social, func(p *policy) {
			was := p.ignores
			p.ignores = func(kind string) bool { return kind != "echo" && was(kind) }
		}},
		{"ms-timestamp-not-divided", "R22", "The webhook's milliseconds are passed on as they are.", social, onSocial(func(r *offerRequest, m inbound) {
			r.InboundTimestamp = m.at.UnixMilli()
		})},
		{"platform-is-messenger", "R17", "The platform is called messenger instead of facebook.", social[:1], onSocial(func(r *offerRequest, m inbound) {
			r.Platform = m.channel.name
		})},
		{"chat-is-page-id", "R21", "The id of the page or Instagram account, which all customers share, is given as chatId.", social, onSocial(func(r *offerRequest, m inbound) {
			r.ChatID = m.channel.account(m.operator)
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
		{"retry-no-fill", "R30", "No offer is taken for an error and asked for again.", nil, also(func(d decision) bool { return d.outcome == noFill })},
		{"retry-400", "R40", "A refused request is sent again as it was.", nil, also(func(d decision) bool { return d.status == http.StatusBadRequest })},
		{"retry-500", "R42", "Failures of Encore other than 503 are retried.", nil, also(func(d decision) bool { return d.status >= 500 })},
		{"retry-401", "R43", "A refused key is tried again.", nil, also(func(d decision) bool { return d.status == http.StatusUnauthorized })},
		{"flat-backoff", "R44", "All retries wait for the same 200 ms.", nil, func(p *policy) {
			p.jitter = 0
			p.waits = func() *backoff.ExponentialBackOff { return waits(1) }
		}},
		{"too-many-retries", "R45", "Six retries are made.", nil, func(p *policy) {
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
	// A template may have words of its own around the text, so that there an
	// addition cannot be told.
	verbatim := []string{"whatsapp", "messenger", "instagram", "kaleyra"}
	return []Defect{
		{"payload-changed", "R31", "A sentence is appended to the text of Encore's payload.", verbatim, func(p *policy) { p.payload = appendText }},
		{"reply-first", "R36", "The reply is sent before the offer.", nil, func(p *policy) {
			p.order = func(_ Clock, offer, reply func()) { reply(); offer() }
		}},
		{"offer-and-reply-together", "R36", "The reply is sent without waiting for the offer's answer.", nil, func(p *policy) {
			p.order = func(c Clock, offer, reply func()) { c.Go(reply); offer() }
		}},
		{"offer-twice", "R9", "The offer is sent twice.", nil, func(p *policy) { p.offerTimes = 2 }},
		{"reply-twice", "R37", "The reply is sent twice.", nil, func(p *policy) { p.replyTimes = 2 }},
		{"reply-changed", "R37", "The reply after an offer is worded otherwise than the operator's.", nil, func(p *policy) {
			p.reply = func(text string, d decision) string {
				if d.outcome == served {
					return text + " And do not miss the offer above!"
				}
				return text
			}
		}},
		{"no-reply-on-outage", "R38", "There is no reply when Encore did not give a usable answer.", nil, func(p *policy) {
			p.silent = func(d decision) bool { return d.outcome == failed }
		}},
		{"slow-fallback", "R46", "The reply is held back for half a minute when Encore fails.", nil, func(p *policy) {
			p.pause = func(d decision) time.Duration {
				if d.outcome == failed {
					return 30 * time.Second
				}
				return 0
			}
		}},
	}
}

// providerDefects are bugs of what lies between a provider and its customer.
func providerDefects() []Defect {
	templates := []string{"interakt", "zoko"}
	failing := []string{"whatsapp", "kaleyra", "interakt", "zoko"} // that report it
	ofOne := []string{"whatsapp", "kaleyra", "interakt", "zoko"}   // whose sends name the account
	carry := func(change func(*carried)) func(*policy) {
		return func(p *policy) { p.carried = func(c carried) carried { change(&c); return c } }
	}
	return []Defect{
		{"template-text-cut", "R31", "The text of the offer is cut to what seemed enough for a template.", templates, carry(func(c *carried) {
			c.text = string([]rune(c.text)[:10]) + "…"
		})},
		{"template-link-tagged", "R31", "A campaign tag is appended to the link of the offer.", templates, carry(func(c *carried) {
			c.link += "?utm_source=whatsapp"
		})},
		{"template-own-image", "R31", "The template shows a picture of our own instead of the offer's.", templates, carry(func(c *carried) {
			c.image = "https://cdn.example/logo.png"
		})},
		{"wrong-sender", "R32", "The offer goes out from another operator's account than the customer wrote to.", ofOne, func(p *policy) {
			p.sender = otherOperator
		}},
		{"encore-key-to-provider", "R34", "The Encore key goes to the provider too.", nil, func(p *policy) {
			p.sending = func(h http.Header, c Config) { h.Set("X-API-Key", c.EncoreKey) }
		}},
		{"silent-after-refusal", "R38", "There is no reply when the provider refused the offer.", nil, func(p *policy) {
			was := p.silent
			p.silent = func(d decision) bool { return d.refused || was(d) }
		}},
		{"failed-offer-again", "R9", "An offer that was accepted and failed later is sent again.", failing, func(p *policy) {
			p.resendsFailed = true
		}},
	}
}

func fingerprint(s string) string {
	sum := sha256.Sum256([]byte("fingerprint of " + s))
	return hex.EncodeToString(sum[:])
}

// appendText changes the text of an interactive message, or the title of a
// generic template, and leaves a payload of another shape alone.
func appendText(payload json.RawMessage) json.RawMessage {
	var msg map[string]any
	if json.Unmarshal(payload, &msg) != nil {
		return payload
	}
	holder, name := members(msg, "interactive", "body"), "text"
	if holder == nil {
		elements, _ := members(msg, "message", "attachment", "payload")["elements"].([]any)
		if len(elements) > 0 {
			holder, _ = elements[0].(map[string]any)
		}
		name = "title"
	}
	text, ok := holder[name].(string)
	if !ok {
		return payload
	}
	holder[name] = text + " Hurry!"
	changed, err := json.Marshal(msg)
	if err != nil {
		return payload
	}
	return changed
}

// members follows names into objects within objects; nil when one is missing.
func members(object map[string]any, names ...string) map[string]any {
	for _, name := range names {
		object, _ = object[name].(map[string]any)
	}
	return object
}
