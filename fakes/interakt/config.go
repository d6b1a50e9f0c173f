package interakt

import (
	"cmp"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// Account is an Interakt account and the operator it belongs to.
type Account struct {
	Name     string // the account's, which thread ids have
	ClientID string // Encore's clientId of the operator
	Operator string // the operator's name, for people
	Key      string // the API key that is this account; may be empty
}

// Config says whom the fake serves and how strictly; the zero value has no
// account and behaves as Interakt documents.
type Config struct {
	Accounts []Account
	// Secret signs webhooks.
	Secret string
	// StrictKeys refuses keys that are no account's. Otherwise they are the first
	// account's, unless they begin with "invalid".
	StrictKeys bool
	// PerMinute is how many messages a key may send in each minute of the clock;
	// DefaultPerMinute when zero, without limit when negative.
	PerMinute int
	// Templates that every account has from the start; DefaultTemplates when nil.
	Templates []meta.Template
	// Learn takes a template that the account does not have from the first message
	// that names it, instead of refusing that.
	Learn bool
	// Profile picks between what the documents say and what the live API has been
	// seen to do.
	Profile Profile
	// StrictSlash answers paths without the slash at their end with 404.
	StrictSlash bool
	// LegacyTrack answers the track APIs with 200, which Interakt's own Python
	// package wants, instead of the documented 202 and 201.
	LegacyTrack bool
	// NoWindow sends messages of every type outside the 24 hours.
	NoWindow bool
	// LateFailures accepts a session message outside the 24 hours and reports it as
	// failed, instead of refusing it.
	LateFailures bool
	// Delays after which statuses of an accepted message are reported, in thread
	// time. A negative delay leaves that status out; zero Delays are meta's.
	Delays meta.Delays
}

// Profile is a set of wordings.
type Profile string

// Interakt's documents and its live API answer a send with different words, and
// live webhooks have a few more members.
const (
	Documented Profile = ""
	Live2026   Profile = "live-2026"
)

// Messages a minute by plan (Interakt's help page; its Postman collection).
const (
	DefaultPerMinute  = 40
	GrowthPerMinute   = 300
	AdvancedPerMinute = 600
)

// webhookTimeout is how long Interakt waits for the answer to a webhook.
const webhookTimeout = 3 * time.Second

// withDefaults fills in what the zero value stands for.
func (c Config) withDefaults() Config {
	c.PerMinute = cmp.Or(c.PerMinute, DefaultPerMinute)
	if c.Templates == nil {
		c.Templates = DefaultTemplates()
	}
	if c.Delays == (meta.Delays{}) {
		c.Delays = meta.DefaultDelays()
	}
	return c
}
