package meta

import (
	"cmp"
	"time"
)

// Config says whom the fake serves and how strictly; the zero value has no
// account and behaves as Meta documents, but for the limits in Rates.
type Config struct {
	Numbers     []Account
	Pages       []Page // with their Instagram accounts
	Messenger   Messenger
	AppSecret   string
	VerifyToken string
	Limits      Limits
	// Delays after which statuses of an accepted message are reported, in
	// thread time. A negative delay leaves that status out; a zero Delays means
	// DefaultDelays.
	Delays Delays
	// Templates that every WhatsApp Business Account has from the start;
	// DefaultTemplates when nil.
	Templates []Template
	// Failures says how a message is refused that was well formed but may not
	// reach the customer; FailAsync when empty.
	Failures Failures
	// NoWindow delivers messages of every type outside the customer service window.
	NoWindow bool
	// BSUID adds business-scoped user ids to webhooks. Sends by such an id are
	// understood without it too.
	BSUID bool
	// RefusePastExpiry refuses limited-time offers that have ended. Meta's own
	// sample sends a date in 1970, so the default is to accept it.
	RefusePastExpiry bool
	// ApproveAfter is how long a new template stays PENDING; 5 s when zero, for
	// ever when negative.
	ApproveAfter time.Duration
	Rates        Rates
	// Newest is the major of the newest version of Graph that calls may name; 30
	// when zero, which leaves room beyond the v26.0 of the pages of 2026.
	Newest int
	// MediaLimits are what an upload may weigh; those that WhatsApp documents, the
	// function MediaLimits, when nil.
	MediaLimits []MediaLimit
	// MediaFile is the largest medium whose bytes are kept for a download, 16 MiB
	// when zero: every documented image, sticker, audio and video. Of a larger
	// document size and hash are kept.
	MediaFile int64
	// MediaBytes bounds the bytes of all media that a workspace keeps, oldest out;
	// 64 MiB when zero.
	MediaBytes int64
}

// Failures says how WhatsApp tells that a message cannot reach a customer.
type Failures string

// WhatsApp Cloud API, Error codes, names both ways for most of these codes.
const (
	// FailAsync answers 200 and reports a failed status, as WhatsApp mostly does.
	FailAsync Failures = "async"
	// FailSync answers 400 at once.
	FailSync Failures = "sync"
)

// Rates are the limits of WhatsApp Cloud API, throughput, and Messenger Platform,
// rate limiting. Zero is off, which is
// the default: a test that sends fast means no harm.
type Rates struct {
	PerSecond    int           // messages of a number each second, documented 80: 130429
	PairEvery    time.Duration // one message to one customer each, documented 6 s: 131056
	PairBurst    int           // messages to one customer at once, documented 45
	CallsPerHour int           // calls for a WhatsApp Business Account: 80007
	// Of a page or an Instagram account each second, 613: calls of the Send API,
	// documented 300; those that send audio or video, 10; reads of conversations, 2.
	PagePerSecond, PageMediaPerSecond, ConversationsPerSecond int
	PrivateRepliesPerHour                                     int // answers to comments each hour, documented 750: 613
}

// DocumentedRates are the limits that Meta documents for a new number, a page
// and an Instagram account.
func DocumentedRates() Rates {
	return Rates{PerSecond: 80, PairEvery: 6 * time.Second, PairBurst: 45, PagePerSecond: 300, PageMediaPerSecond: 10, ConversationsPerSecond: 2, PrivateRepliesPerHour: 750}
}

// Account is a business number and the operator it belongs to.
type Account struct {
	Number
	ClientID string // Encore's clientId of the operator
	Name     string
}

// Delays is when the statuses of an outgoing message come, counted from its acceptance.
type Delays struct{ Sent, Delivered, Read time.Duration }

// DefaultDelays report a message as sent, delivered and read within a second.
func DefaultDelays() Delays {
	return Delays{Sent: 100 * time.Millisecond, Delivered: 300 * time.Millisecond, Read: 800 * time.Millisecond}
}

// withDefaults fills in what the zero value stands for.
func (c Config) withDefaults() Config {
	if c.Delays == (Delays{}) {
		c.Delays = DefaultDelays()
	}
	if c.Templates == nil {
		c.Templates = DefaultTemplates()
	}
	c.Failures = cmp.Or(c.Failures, FailAsync)
	c.ApproveAfter = cmp.Or(c.ApproveAfter, 5*time.Second)
	c.Newest = cmp.Or(c.Newest, 30)
	c.MediaFile, c.MediaBytes = cmp.Or(c.MediaFile, 16<<20), cmp.Or(c.MediaBytes, 64<<20)
	if c.MediaLimits == nil {
		c.MediaLimits = MediaLimits()
	}
	c.Rates.PairBurst = max(c.Rates.PairBurst, 1)
	return c
}
