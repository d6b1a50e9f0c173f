package kaleyra

import (
	"cmp"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// DefaultSID is the account SID of a sandbox that names none.
const DefaultSID = "HXAP1691385017IN"

// Config says whom the fake serves and where the account differs from one in
// good standing; the zero value has no sender.
type Config struct {
	SID     string // DefaultSID when empty
	Senders []Sender
	// Templates that every sender has from the start; DefaultTemplates when nil.
	Templates []meta.Template
	// Learn takes a template that a sender does not have from the first message
	// that names it, with a remark, instead of reporting 132001.
	Learn bool
	// Delays after which statuses of an accepted message are reported, in thread
	// time. A negative delay leaves that status out; zero means meta.DefaultDelays.
	Delays meta.Delays
	// Balance is how many messages the account has paid for, nil without end: E110.
	Balance *int
	// PerDay is how many messages the account may send in a day (UTC), 0 without
	// end: WAV2101.
	PerDay int
	// Unavailable accounts may not use the API: WA-401.
	Unavailable bool
	// V1 are senders, with their plus, that API v1 serves and this one does not: WA-401.
	V1 []string
	// RefusePastExpiry refuses limited-time offers that have ended. The page's own
	// sample sends a date in 1970, so the default is to accept it with a remark.
	RefusePastExpiry bool
	// NoWindow delivers messages of every type outside the customer service window.
	NoWindow bool
	// MessageIDs is the form of the 202's message_id; IDUUID when empty.
	MessageIDs IDForm
}

// IDForm is a form of message ids.
type IDForm string

// The reply_to of callbacks looks like a UUID; the page's sample of a 202 has an
// A and nineteen letters.
const (
	IDUUID  IDForm = "uuid"
	IDShort IDForm = "short"
)

// Sender is a business number and the operator it belongs to.
type Sender struct {
	meta.Number
	ClientID string // Encore's clientId of the operator
	Name     string
}

// ID is the number with its plus, which is the account of thread ids.
func (s Sender) ID() string { return "+" + s.Display }

// DefaultTemplates is the template of the page's sample: an image, two values in
// the body, an end, a code to copy and a link, which leads to an Encore offer.
func DefaultTemplates() []meta.Template {
	return []meta.Template{{
		Name: "LTO_template", Language: "en_US", Category: "MARKETING",
		Header:           &meta.TemplateHeader{Format: "IMAGE"},
		Body:             "Good news, {{1}}! Your code {{2}} is waiting.",
		LimitedTimeOffer: &meta.LimitedTimeOffer{Text: "Limited time offer!", HasExpiration: true},
		Buttons: []meta.TemplateButton{
			{Type: "COPY_CODE", Text: "Copy offer code", Example: "CARIBE25"},
			{Type: "URL", Text: "Claim now", URL: "https://api.encorekit.com/encore/click/{{1}}"},
		},
	}}
}

// withDefaults fills in what the zero value stands for.
func (c Config) withDefaults() Config {
	if c.Delays == (meta.Delays{}) {
		c.Delays = meta.DefaultDelays()
	}
	if c.Templates == nil {
		c.Templates = DefaultTemplates()
	}
	c.Templates = slices.Clone(c.Templates)
	for i := range c.Templates {
		c.Templates[i].Status = cmp.Or(c.Templates[i].Status, meta.TemplateApproved)
	}
	c.SID, c.MessageIDs = cmp.Or(c.SID, DefaultSID), cmp.Or(c.MessageIDs, IDUUID)
	return c
}

// sender finds a business number, with or without its plus, which a form makes
// a blank where it was not escaped.
func (c Config) sender(number string) (Sender, bool) {
	digits := strings.TrimLeft(number, "+ ")
	i := slices.IndexFunc(c.Senders, func(s Sender) bool { return s.Display == digits })
	if i < 0 {
		return Sender{}, false
	}
	return c.Senders[i], true
}
