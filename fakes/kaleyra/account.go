package kaleyra

import (
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// usage is what an account has sent: in all, and on a day.
type usage struct {
	Sent  int    `json:"sent"`
	Day   string `json:"day"` // UTC, 2006-01-02
	Today int    `json:"today"`
}

const kindUsage = "kaleyra.usage" // usage by SID

// on is the usage as of a moment: a new day begins at nothing.
func (u usage) on(at time.Time) usage {
	if day := at.UTC().Format(time.DateOnly); u.Day != day {
		u.Day, u.Today = day, 0
	}
	return u
}

// counts tells whether the account has a limit at all; without one, no message
// waits for another's count.
func (f *fake) counts() bool { return f.Balance != nil || f.PerDay > 0 }

// bar is one reason why an account may not send, with its error. The table is in
// the order in which they are looked for.
type bar struct {
	error  Error
	stands func(f *fake, sender string, u usage, effect string) bool
}

var bars = []bar{
	{errAccount, func(f *fake, _ string, _ usage, effect string) bool {
		return f.Unavailable || effect == fault.ProviderAccount
	}},
	{errSender, func(f *fake, sender string, _ usage, _ string) bool { _, known := f.sender(sender); return !known }},
	{errVersion, func(f *fake, sender string, _ usage, effect string) bool {
		s, _ := f.sender(sender)
		return slices.Contains(f.V1, s.ID()) || effect == fault.ProviderVersion
	}},
	{errBalance, func(f *fake, _ string, u usage, effect string) bool {
		return f.Balance != nil && u.Sent >= *f.Balance || effect == fault.ProviderBalance
	}},
	{errDaily, func(f *fake, _ string, u usage, effect string) bool {
		return f.PerDay > 0 && u.Today >= f.PerDay || effect == fault.ProviderDaily || effect == fault.ProviderRate
	}},
}

// barred is the first reason why the account may not send, nil without one.
func (f *fake) barred(sender string, u usage, effect string) error {
	for _, b := range bars {
		if b.stands(f, sender, u, effect) {
			return b.error
		}
	}
	return nil
}

// used is what the account has sent so far.
func (f *fake) used(tx *sim.Tx) usage {
	if !f.counts() {
		return usage{}
	}
	u, _ := sim.Get[usage](tx, kindUsage, f.SID)
	return u.on(tx.Workspace.Clock.Now())
}

// count adds a message to an account that has a limit.
func (f *fake) count(tx *sim.Tx, u usage) {
	if f.counts() {
		u.Sent, u.Today = u.Sent+1, u.Today+1
		tx.Put(kindUsage, f.SID, u)
	}
}

// readsUsage is the account's part of a send's read set.
func (f *fake) readsUsage() (own []store.Key) {
	if f.counts() {
		own = append(own, store.Key{Kind: kindUsage, ID: f.SID})
	}
	return own
}
