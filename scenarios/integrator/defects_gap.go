package integrator

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// gapDefects are bugs of telling when a customer has come back.
func gapDefects() []Defect {
	return []Defect{
		{"no-return-call", "R3", "A customer who comes back does not lead to a call of Encore.", nil, func(p *policy) {
			p.triggers = func(f facts) bool { return f.first }
		}},
		{"gap-exceeded-only", "R3", "The idle gap itself does not count, only what is longer.", nil, func(p *policy) {
			p.triggers = func(f facts) bool { return f.first || f.gap > f.idle }
		}},
		{"gap-from-own-message", "R3", "The silence is measured from the last message of either side.", nil, watching(func(t *thread, what happening, m inbound, _ json.RawMessage) {
			if what == wasAccepted {
				t.last = later(t.last, m.at.Add(time.Second))
			}
		})},
		{"gap-from-receipt", "R3", "A receipt begins the silence anew.", nil, watching(func(t *thread, what happening, m inbound, _ json.RawMessage) {
			if what == wasReported {
				t.last = later(t.last, m.at)
			}
		})},
		{"gap-in-hours", "R4", "The silence is rounded to whole hours.", nil, func(p *policy) {
			p.triggers = func(f facts) bool { return f.first || f.gap.Round(time.Hour) >= f.idle }
		}},
		{"others-forgotten", "R4", "Only the customer who wrote last is remembered.", nil, func(p *policy) {
			var last *thread
			watching(func(t *thread, what happening, _ inbound, _ json.RawMessage) {
				if what == wasReceived && last != t {
					t.known, last = false, t
				}
			})(p)
		}},
		{"no-lock", "R4", "Two quick messages are looked at before either is remembered.", nil, func(p *policy) { p.remembersLate = true }},
		{"breaker-stays-open", "R3", "After a failed call Encore is never asked for this customer again.", nil, brokenFor(503)},
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// watching adds to what is told of events.
func watching(also func(*thread, happening, inbound, json.RawMessage)) func(*policy) {
	return func(p *policy) {
		was := p.watch
		p.watch = func(t *thread, what happening, m inbound, body json.RawMessage) {
			if was != nil {
				was(t, what, m, body)
			}
			also(t, what, m, body)
		}
	}
}

// brokenFor stops to call for good once a call has ended with a status.
func brokenFor(status int) func(*policy) {
	return func(p *policy) {
		var mu sync.Mutex
		broken := false
		reads, triggers := p.reads, p.triggers
		p.reads = func(d decision, body []byte) decision {
			mu.Lock()
			defer mu.Unlock()
			broken = broken || d.status == status
			return reads(d, body)
		}
		p.triggers = func(f facts) bool {
			mu.Lock()
			defer mu.Unlock()
			return !broken && triggers(f)
		}
	}
}

// capDefects are bugs of counting offers.
func capDefects() []Defect {
	return []Defect{
		{"cap-ignored", "R6", "Encore is called on every trigger, however many offers the thread has had.", nil, func(p *policy) {
			p.hasRoom = func(facts) bool { return true }
		}},
		{"cap-exceeded-by-one", "R6", "At the cap there is room for one more offer.", nil, func(p *policy) {
			p.hasRoom = func(f facts) bool { return f.offers <= f.cap }
		}},
		{"cap-zero-unset", "R6", "A cap of 0 is taken for one that nobody has set.", nil, func(p *policy) {
			p.hasRoom = func(f facts) bool { return f.cap == 0 || f.offers < f.cap }
		}},
		{"cap-forgets", "R6", "Offers of more than 30 days ago are forgotten.", nil, capForgets},
		{"cap-counts-attempts", "R6", "An offer counts that the provider refused.", nil, counting(func(_ *thread, what happening, _ inbound, _ json.RawMessage) int {
			return one(what == isOffered)
		}, func(tried, _ int) int { return tried })},
		{"cap-counts-quotes", "R7", "Links to Encore count that the customer wrote.", []string{"whatsapp", "kaleyra"}, counting(func(_ *thread, what happening, m inbound, _ json.RawMessage) int {
			return one(what == wasReceived && linksToEncore(m.text))
		}, plus)},
		{"cap-counts-look-alikes", "R7", "Links count whose host only looks like Encore's.", nil, counting(func(_ *thread, what happening, _ inbound, body json.RawMessage) int {
			return one(what == wasAccepted && !carriesLink(body) && strings.Contains(string(body), "encorekit.com"))
		}, plus)},
		{"cap-of-all-threads", "R2", "The offers of all customers count towards one cap.", nil, capOfAll},
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func plus(extra, sent int) int { return extra + sent }

// counting counts something else in each thread, and joins it with the offers
// that were sent.
func counting(what func(*thread, happening, inbound, json.RawMessage) int, join func(extra, sent int) int) func(*policy) {
	return func(p *policy) {
		extra := map[*thread]int{}
		watching(func(t *thread, e happening, m inbound, body json.RawMessage) { extra[t] += what(t, e, m, body) })(p)
		p.counted = func(t *thread) int { return join(extra[t], countOffers(t.sent)) }
	}
}

func capForgets(p *policy) {
	forgotten, newest := map[*thread]int{}, map[*thread]time.Time{}
	watching(func(t *thread, what happening, m inbound, _ json.RawMessage) {
		if what != wasReceived {
			return
		}
		if last, known := newest[t]; known && m.at.Sub(last) > 30*24*time.Hour {
			forgotten[t] = countOffers(t.sent)
		}
		newest[t] = m.at
	})(p)
	p.counted = func(t *thread) int { return countOffers(t.sent) - forgotten[t] }
}

func capOfAll(p *policy) {
	all := 0
	watching(func(_ *thread, what happening, _ inbound, body json.RawMessage) {
		all += one(what == wasAccepted && carriesLink(body))
	})(p)
	p.counted = func(*thread) int { return all }
}
