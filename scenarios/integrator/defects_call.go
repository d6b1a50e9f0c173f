package integrator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// webhookDefects are bugs of what comes in.
func webhookDefects() []Defect {
	return []Defect{
		{"unsupported-call", "R1", "What the platform cannot tell of is taken for a message.", []string{"whatsapp", "messenger", "instagram", "kaleyra", "zoko"}, func(p *policy) {
			was := p.ignores
			p.ignores = func(kind string) bool { return kind != "unsupported" && was(kind) }
		}},
		{"status-call", "R1", "The report of a status is taken for a message.", []string{"whatsapp"}, func(p *policy) { p.statusAsks = true }},
		{"body-encoded-again", "R2", "The signature is compared with the body decoded and encoded again.", []string{"whatsapp", "messenger", "instagram"}, func(p *policy) {
			p.signs = unescaped
		}},
		{"long-text-dropped", "R2", "A message of more than 500 bytes does not fit into the database.", []string{"whatsapp", "kaleyra"}, func(p *policy) {
			p.drops = func(m inbound, _ int) bool { return len(m.text) > 500 }
		}},
		{"crowd-lost", "R2", "Of more than forty conversations at once some are lost.", nil, func(p *policy) {
			p.drops = func(_ inbound, working int) bool { return working >= 40 }
		}},
		{"opt-out-ignored", "R10", "Encore is called for customers who opted out.", []string{"whatsapp"}, func(p *policy) {
			p.spares = func(facts) bool { return false }
		}},
	}
}

var escapes = regexp.MustCompile(`(\\u[0-9a-fA-F]{4})+|\\/`)

// unescaped is a body as most languages encode it: letters beyond ASCII and
// slashes stand for themselves.
func unescaped(body []byte) []byte {
	return escapes.ReplaceAllFunc(body, func(escape []byte) []byte {
		var text string
		if json.Unmarshal([]byte(`"`+string(escape)+`"`), &text) != nil {
			return escape
		}
		return []byte(text)
	})
}

// addressDefects are bugs of whom Encore is asked as, and where.
func addressDefects() []Defect {
	header := func(change func(http.Header)) func(*policy) {
		return func(p *policy) { p.header = func(h http.Header, _ Config, _ inbound) { change(h) } }
	}
	return []Defect{
		{"key-as-bearer", "R11", "The publishable key goes into Authorization.", nil, header(func(h http.Header) {
			h.Set("Authorization", "Bearer "+h.Get("X-Api-Key"))
			h.Del("X-Api-Key")
		})},
		{"live-key", "R12", "The key of production is used with the sandbox.", nil, header(func(h http.Header) { h.Set("X-Api-Key", "pk_live_1") })},
		{"wrong-path", "R13", "The call goes to an address that is not there.", nil, func(p *policy) { p.path = "/v1/offers/message" }},
		{"body-is-text", "R13", "The call says that its body is plain text.", nil, header(func(h http.Header) { h.Set("Content-Type", "text/plain") })},
		{"first-operators-client", "R15", "Encore is asked in the name of the first operator, whoever was written to.", nil, func(p *policy) {
			p.asks = func(_ Operator, all []Operator) Operator { return all[0] }
		}},
		{"client-per-channel", "R15", "An operator has another clientId on every channel.", []string{"whatsapp", "messenger"}, request(func(r *offerRequest, m inbound, _ int) {
			r.ClientID += "-" + m.channel.name
		})},
		{"recipient-without-country", "R18", "The recipient lacks the first digit, which was taken for a prefix.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.Recipient = r.Recipient[1:]
		})},
		{"first-id-again", "R20", "Every call of a thread carries the id of its first message.", nil, firstIDAgain},
		{"chat-after-weeks", "R21", "After 30 days of silence a thread gets a new chatId.", nil, chatAfterWeeks},
		{"request-id-free", "R23", "The requestId is no UUID.", nil, request(func(r *offerRequest, m inbound, attempt int) {
			r.RequestID = "req-" + strconv.Itoa(attempt)
		})},
		{"country-in-lower-case", "R24", "The country code is written in lower case.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.Attributes = map[string]string{"countryCode": "us"}
		})},
		{"raw-user-id", "R25", "The customer's own id is given as userId, not a hash of it.", nil, request(func(r *offerRequest, _ inbound, _ int) {
			r.UserID = r.Recipient
		})},
	}
}

func firstIDAgain(p *policy) {
	var mu sync.Mutex
	first := map[string]string{}
	request(func(r *offerRequest, m inbound, _ int) {
		mu.Lock()
		defer mu.Unlock()
		if first[threadKey(m)] == "" {
			first[threadKey(m)] = m.id
		}
		r.InboundMessageID = first[threadKey(m)]
	})(p)
}

func chatAfterWeeks(p *policy) {
	var mu sync.Mutex
	last, renewed := map[string]time.Time{}, map[string]int{}
	request(func(r *offerRequest, m inbound, _ int) {
		mu.Lock()
		defer mu.Unlock()
		key := threadKey(m)
		if seen, known := last[key]; known && m.at.Sub(seen) > 30*24*time.Hour {
			renewed[key]++
		}
		last[key] = m.at
		r.ChatID = chatID(r.ChatID + strconv.Itoa(renewed[key]))
	})(p)
}

// outageDefects are bugs that show when Encore is in trouble.
func outageDefects() []Defect {
	return []Defect{
		{"no-pause", "R41", "Retries follow at once.", nil, func(p *policy) {
			p.waits = func() *backoff.ExponentialBackOff {
				w := newWaits()
				w.InitialInterval, w.MaxInterval = time.Microsecond, time.Microsecond
				return w
			}
		}},
		{"no-jitter", "R44", "All customers' retries come after the same pauses.", nil, func(p *policy) { p.jitter = 0 }},
		{"retry-429-on-and-on", "R45", "A call that was limited is repeated until it is let in, or time is over.", nil, func(p *policy) {
			p.maxRetries = 40
			was := p.retries
			attempts := p.waits
			p.waits = func() *backoff.ExponentialBackOff {
				w := attempts()
				w.InitialInterval, w.Multiplier = 250*time.Millisecond, 1.05
				return w
			}
			p.retries = func(d decision) bool { return d.status == http.StatusTooManyRequests && was(d) }
		}},
		{"patient-client", "R46", "A call may take twenty seconds.", nil, func(p *policy) {
			p.timeout = func(time.Duration) time.Duration { return 20 * time.Second }
		}},
		{"no-timeout", "R38", "A call may take as long as it takes.", nil, func(p *policy) {
			p.timeout = func(time.Duration) time.Duration { return time.Hour }
		}},
		{"retry-for-minutes", "R47", "Retries come half a minute apart.", nil, func(p *policy) {
			p.deadline = func(t time.Time) time.Time { return t.Add(time.Hour) }
			p.waits = func() *backoff.ExponentialBackOff {
				w := waits(1.2)
				w.InitialInterval = 30 * time.Second
				return w
			}
		}},
		{"page-of-html-crashes", "R38", "A body that is no JSON ends the handler, and nobody sends the reply.", nil, func(p *policy) {
			reads, silent := p.reads, p.silent
			p.reads = func(d decision, body []byte) decision {
				if d = reads(d, body); strings.HasPrefix(string(body), "<") {
					d.err = errCrash
				}
				return d
			}
			p.silent = func(d decision) bool { return errors.Is(d.err, errCrash) || silent(d) }
		}},
		{"late-answer-used", "R36", "An answer that comes after its call was given up is sent all the same.", nil, func(p *policy) {
			p.usesLate, p.maxRetries = true, 0
		}},
		{"promo-on-failure", "R39", "Where Encore fails, an offer of our own is sent.", nil, promo(failed)},
		{"promo-on-no-fill", "R29", "Where Encore has no offer, one of our own is sent.", nil, promo(noFill)},
	}
}

var errCrash = errors.New("unexpected token < in JSON")

// promo sends a text with a link to Encore after an outcome.
func promo(after outcome) func(*policy) {
	return func(p *policy) {
		p.promo = func(d decision) string {
			if d.outcome != after {
				return ""
			}
			return "Meanwhile, have a look at https://www.encorekit.com/deals"
		}
	}
}

// callLate gives a call up after the timeout and goes on listening: an offer
// that comes then is sent, once.
func (in *Integrator) callLate(m inbound, attempt int, timeout time.Duration) decision {
	ctx, answered := context.WithCancel(context.Background())
	var mu sync.Mutex
	var answer *decision
	givenUp := false
	in.clock.Go(func() {
		d := in.call(m, attempt, 10*timeout)
		mu.Lock()
		answer = &d
		late := givenUp
		mu.Unlock()
		answered()
		if late {
			in.useLate(m, d)
		}
	})
	_ = in.clock.Sleep(ctx, timeout) // ends early when the answer comes
	mu.Lock()
	defer mu.Unlock()
	if answer != nil {
		return *answer
	}
	givenUp = true
	return decision{outcome: failed, err: errors.New("given up, and not called off")}
}

func (in *Integrator) useLate(m inbound, d decision) {
	in.mu.Lock()
	t, first := in.threadOf(m), in.seen.add("late "+m.id, true)
	in.mu.Unlock()
	if first {
		in.sendOffer(t, m, d)
	}
}
