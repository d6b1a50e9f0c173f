package zoko

import (
	"cmp"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// Config says whom the fake serves and where it differs from its defaults; the
// zero value has no account.
type Config struct {
	Accounts []Account
	// Templates that every account has; DefaultTemplates when nil. Their types
	// follow from their shape, see the package's templates.
	Templates []meta.Template
	// Learn takes a template that the account does not have from the first message
	// that names it, with a remark, instead of refusing it.
	Learn bool
	// Profile is whose sample an accepted message is answered like; ProfileSeed
	// when empty.
	Profile Profile
	// Expired says what becomes of a message that needs the 24-hour window when
	// the customer wrote longer ago; ExpiredRefused when empty.
	Expired Expired
	// Seen makes webhooks say seen, as observed, for the reference's read.
	Seen bool
	// CustomerID adds customerId to the answer, as a compatible host has it.
	CustomerID bool
	// Lenient takes a recipient that is a number and templateArgs that is one
	// string, as older samples show them, with a remark.
	Lenient bool
	// Delays after which steps of an accepted message are reported, in thread
	// time. A negative delay leaves the step out; zero means meta.DefaultDelays.
	Delays meta.Delays
	// CustomerListEvery is how far apart two calls of GET /customer have to be;
	// observed are 300 s, and refused calls count. Zero: no limit.
	CustomerListEvery time.Duration
}

// Account is a Zoko account and the operator it belongs to.
type Account struct {
	ID       string // its name; the account of thread ids
	ClientID string // Encore's clientId of the operator
	Name     string // of the business
	Number   string // its WhatsApp number, digits
	Key      string // the apikey that is its own; may be empty
}

// Profile names the sample that answers are like.
type Profile string

// The two samples of an accepted message differ in the status inside the body.
const (
	ProfileSeed Profile = "seed" // "200": the guide, Response for Send Message
	ProfileDocs Profile = "docs" // "202": the API reference, Send Message
)

// Expired says what becomes of a message outside the 24-hour window.
type Expired string

// Zoko documents the rule and not the answer.
const (
	ExpiredRefused Expired = "refuse" // 409 at once
	ExpiredFails   Expired = "fail"   // accepted, then failed
)

// withDefaults fills in what the zero value stands for.
func (c Config) withDefaults() Config {
	if c.Delays == (meta.Delays{}) {
		c.Delays = meta.DefaultDelays()
	}
	if c.Templates == nil {
		c.Templates = DefaultTemplates()
	}
	c.Profile = cmp.Or(c.Profile, ProfileSeed)
	c.Expired = cmp.Or(c.Expired, ExpiredRefused)
	return c
}
