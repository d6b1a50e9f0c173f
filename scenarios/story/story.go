package story

import (
	"encoding/json"
	"slices"
)

// Pos is a place in a scenario file, counted from 1. The zero value means
// nowhere.
type Pos struct{ Line, Column int }

// Story is one scenario file as its author meant it.
type Story struct {
	File     string // as given to Parse
	Name     string
	About    string   // one sentence, or empty
	Channels []string // where it may be played; nil: on every channel
	Needs    Needs
	Limits   bool   // the vendors' rate limits hold
	Fault    *Fault // holds from the first step to the last; nil: none
	Steps    []Step // at least one
}

// On tells whether the story may be played on a channel.
func (s *Story) On(channel string) bool {
	return len(s.Channels) == 0 || slices.Contains(s.Channels, channel)
}

// Needs is what an integrator must be configured to for the story to make
// sense.
type Needs struct {
	Cap *Range // offers per thread; nil: any
	// Reply is the text of the normal reply; empty: any. The built-in integrator
	// is given it.
	Reply string
}

// Step is one thing that happens. Exactly one of Customer, Wait, Repeat and
// Given is set, or none of them and Deliver alone.
type Step struct {
	Pos      Pos
	As       string // name of the acting customer; empty: the story's own
	Operator int    // number of the operator written to, from 1
	Customer *Message
	Burst    int // with Customer: so many fresh customers at once; 0: no burst
	// Meanwhile lets the next step follow at once: what both lead to is waited
	// for together, and a fault of this step holds until then.
	Meanwhile bool
	Wait      *Wait
	Repeat    *Repeat
	Given     *Given
	Deliver   *Delivery
	Fault     *Fault // holds for this step
	// Expect is what must be observed, exactly and in this order. nil: the
	// story does not say; empty: nothing may come.
	Expect []Expectation
}

// Message is what a customer writes.
type Message struct {
	Text string
	Name string // of the customer's profile, where the platform tells it; empty: the channel's default
}

// Repeat plays its steps several times.
type Repeat struct {
	Times Count
	Steps []Step // at least one
}

// Given is the past of a thread. The runner plays it through the integrator
// before going on, so that nobody has to be told about it.
type Given struct {
	Offers Count // offers already sent in this thread, one a session
	Quiet  *Wait // silence since then; nil: none
}

// Statuses of an outgoing message that `deliver: {status: …}` can report
// (WhatsApp Cloud API, status webhooks; the other channels' receipts mean the
// same).
const (
	StatusSent      = "sent"
	StatusDelivered = "delivered"
	StatusRead      = "read"
	StatusFailed    = "failed"
)

// Whose status `deliver: {status: …, of: …}` reports: the last message's of
// that kind.
const (
	OfOffer = "offer"
	OfReply = "reply"
)

// What `deliver: {signature: …}` can do to a webhook's signature.
const (
	SignatureWrong   = "wrong"   // does not fit the body
	SignatureMissing = "missing" // no signature header at all
	SignatureSHA1    = "sha1"    // the outdated one alone
)

// Delivery shapes webhooks. Beside a customer's message it says how that message
// arrives. Alone in its step it is a webhook of another kind and says how that
// one does: about the last message sent in the thread, its Status, its Echo or
// the customer's Reaction to it, or about the customer, Unsupported or OptOut.
type Delivery struct {
	Twice    bool   // the same webhook comes a second time
	Late     *Wait  // it comes so much later in thread time; the story goes on when it has come
	Drop     bool   // it is lost on its way; with Twice the second one comes
	Reorder  bool   // it comes behind the customer's next message
	Batch    int    // so many messages of this customer in one webhook; 0: one
	Status   string // one of the Status constants, or empty
	Of       string // with Status, whose: one of the Of constants; empty: the last message's
	Echo     bool   // the platform reports the integrator's own message back
	Reaction bool   // the customer reacts to the integrator's message with an emoji
	// Unsupported is a message that the platform cannot tell of, OptOut the
	// customer's wish for no more marketing.
	Unsupported, OptOut bool
	Signature           string // one of the Signature constants; empty: a good one
}

// ByItself tells a webhook that is no message of the customer's.
func (d *Delivery) ByItself() bool { return len(d.kinds()) > 0 }

// kinds are the words that make a webhook of another kind than a message.
func (d *Delivery) kinds() (words []string) {
	for _, k := range []struct {
		word string
		set  bool
	}{{"status", d.Status != ""}, {"echo", d.Echo}, {"reaction", d.Reaction}, {"unsupported", d.Unsupported}, {"optout", d.OptOut}} {
		if k.set {
			words = append(words, k.word)
		}
	}
	return words
}

// Lost tells a webhook that never comes.
func (d *Delivery) Lost() bool { return d != nil && d.Drop && !d.Twice }

// Fault is what goes wrong, kept as written. The runner decodes it into the
// same struct that the control API takes and aims it at the story's own
// customers. As there, one that names no operation strikes the calls of every
// fake. Exactly one of Text and Fields is set.
type Fault struct {
	Pos    Pos
	Text   string         // grammar of the X-Sandbox-Fault header, for example 503;operation=encore.offersMessage
	Fields map[string]any // the struct's fields; fit for encoding/json
}

// MarshalJSON gives the fault as the control API takes it: a string of the
// grammar or an object.
func (f Fault) MarshalJSON() ([]byte, error) {
	if f.Fields == nil {
		return json.Marshal(f.Text)
	}
	return json.Marshal(f.Fields)
}

// Word is what expectations are made of and what observations are counted as.
type Word string

// The words of an expectation.
const (
	OfferRequested Word = "offer requested" // one call to Encore, answered or not; a retry is another
	OfferSent      Word = "offer sent"      // the provider accepted a message with an Encore link
	OfferRefused   Word = "offer refused"   // the provider did not
	ReplySent      Word = "reply sent"      // the provider accepted a message without an Encore link
	ReplyRefused   Word = "reply refused"   // the provider did not
	// AnyReply stands in expectations only (`reply: any`) and covers ReplySent and ReplyRefused.
	AnyReply Word = "reply"
)

// Expectation is one thing that must be observed.
type Expectation struct {
	Pos   Pos
	Word  Word
	Times Range
	// Text is what the customer must read: /a regular expression/ (RE2) or
	// the whole text exactly. Empty: anything.
	Text string
}
