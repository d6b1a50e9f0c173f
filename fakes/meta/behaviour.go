package meta

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Kinds of documents by which a send is judged.
const (
	kindRate   = "meta.rate"   // bucket by phone_number_id, by thread and by account
	kindOptOut = "meta.optout" // true by thread id
)

// bucket is a token bucket: Tokens were in it at At.
type bucket struct {
	Tokens float64   `json:"tokens"`
	At     time.Time `json:"at"`
}

// take takes a token out of a bucket that fills by one token each every and
// holds burst. The zero bucket is full. It is false when there is none.
func (b bucket) take(now time.Time, every time.Duration, burst int) (bucket, bool) {
	full := float64(burst)
	if b.At.IsZero() {
		b = bucket{full, now}
	}
	b.Tokens = min(full, b.Tokens+float64(now.Sub(b.At))/float64(every))
	b.At = now
	if b.Tokens < 1 {
		return b, false
	}
	b.Tokens--
	return b, true
}

// rate is one limit as a bucket: where it is kept and how it fills.
type rate struct {
	id    string
	every time.Duration
	burst int
	now   time.Time
	code  int
}

// rates are the limits that are on for a send of a number to a thread. Limits
// of a number run in the workspace's time, those of a pair in the thread's.
func (f *fake) rates(from Account, thread string, workspace, own time.Time) (out []rate) {
	if n := f.Rates.PerSecond; n > 0 {
		out = append(out, rate{from.PhoneNumberID, time.Second / time.Duration(n), n, workspace, 130429})
	}
	if every := f.Rates.PairEvery; every > 0 {
		out = append(out, rate{thread, every, f.Rates.PairBurst, own, 131056})
	}
	if n := f.Rates.CallsPerHour; n > 0 {
		out = append(out, rate{from.WABA, time.Hour / time.Duration(n), n, workspace, 80007})
	}
	return out
}

// throttle takes a token of every limit that is on and says which was empty.
func (f *fake) throttle(tx *sim.Tx, from Account) *Error {
	return spend(tx, f.rates(from, tx.Thread.ID, tx.Workspace.Clock.Now(), tx.Now))
}

// spend takes a token of each limit, or says which was empty.
func spend(tx *sim.Tx, limits []rate) *Error {
	for _, r := range limits {
		b, _ := sim.Get[bucket](tx, kindRate, r.id)
		left, granted := b.take(r.now, r.every, r.burst)
		if !granted {
			return NewError(r.code, "")
		}
		tx.Put(kindRate, r.id, left)
	}
	return nil
}

// readsSend is the read set of a send.
func (f *fake) readsSend(c *sim.Call, d sim.Description) (r store.Reads) {
	from, known := f.number(c.Params["object"])
	if !known {
		return r
	}
	r.See = append(r.See, store.Key{Kind: kindNumber, ID: from.PhoneNumberID})
	thread := ""
	if s, ok := d.Parsed.(*Send); !ok || s.Template != nil || f.Rates.PairEvery > 0 {
		thread = sim.ThreadID("whatsapp", d.Account, d.Customer)
		r.See = append(r.See, store.Key{Kind: kindTemplates, ID: from.WABA}, store.Key{Kind: kindOptOut, ID: thread})
	}
	for _, limit := range f.rates(from, thread, time.Time{}, time.Time{}) {
		r.Own = append(r.Own, store.Key{Kind: kindRate, ID: limit.id})
	}
	return r
}

// barred is why a number may not send this at all, nil when it may.
func (f *fake) barred(tx *sim.Tx, from Account, s *Send) *Error {
	state, _ := sim.Get[numberState](tx, kindNumber, from.PhoneNumberID)
	switch {
	case state.Deregistered:
		return NewError(133010, "")
	case s.To == from.Display:
		return NewError(131021, "")
	case slices.Contains(state.Blocked, s.To):
		return NewError(131026, "The business has blocked this customer; unblock with DELETE block_users")
	}
	return f.throttle(tx, from)
}

// filled finds the template of a send and fills it; nil for other messages.
func (f *fake) filled(tx *sim.Tx, from Account, s *Send) (*Template, *Error) {
	if s.Template == nil {
		return nil, nil
	}
	t, found := findTemplate(f.templates(tx, from.WABA), s.Template.Name, s.Template.Language)
	if !found {
		return nil, NewError(132001, fmt.Sprintf("template name (%s) does not exist in %s", s.Template.Name, s.Template.Language))
	}
	problem := t.usable()
	if problem == nil {
		problem = t.check(s.Template)
	}
	if problem == nil && s.marketing && t.Category != "MARKETING" {
		problem = NewError(134100, "")
	}
	if problem == nil && f.RefusePastExpiry && s.Template.expired(tx.Now) {
		problem = NewError(132018, "expiration_time_ms lies in the past; send a Unix time in milliseconds that is to come")
	}
	if problem == nil {
		s.Content = t.render(s.Template)
	}
	return &t, problem
}

// unreachable is the code of why an accepted message will not reach its
// customer, 0 when it will.
func (f *fake) unreachable(tx *sim.Tx, t *Template) int {
	stopped := false
	if t != nil {
		stopped, _ = sim.Get[bool](tx, kindOptOut, tx.Thread.ID)
	}
	switch {
	case tx.Effect.Provider == fault.ProviderLater:
		return 131026
	case stopped && t.Category == "MARKETING":
		return 131050
	case t == nil && !f.NoWindow && !provider.InWindow(tx.Thread.Inbound, tx.Now):
		return 131047
	}
	return 0
}

// businessUsage is the X-Business-Use-Case-Usage header of a call for an
// account: how much of its hour is used, in percent.
func (f *fake) businessUsage(tx *sim.Tx, waba string) string {
	calls := 1
	if n := f.Rates.CallsPerHour; n > 0 {
		calls = rate{waba, time.Hour / time.Duration(n), n, tx.Workspace.Clock.Now(), 80007}.used(tx)
	}
	return usageHeader(waba, "whatsapp", calls)
}

// used is how much of a limit a call that takes its token uses, in percent.
func (r rate) used(tx *sim.Tx) int {
	b, _ := sim.Get[bucket](tx, kindRate, r.id)
	left, _ := b.take(r.now, r.every, r.burst)
	return 100 - int(100*left.Tokens)/r.burst
}

// usageHeader is written by hand, since every send has one.
func usageHeader(account, product string, used int) string {
	return "{" + strconv.Quote(account) + `:[{"type":"` + product + `","call_count":` + strconv.Itoa(used) +
		`,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":0}]}`
}
