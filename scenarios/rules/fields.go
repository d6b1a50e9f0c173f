package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The checks of single fields of the request (R17 to R25).

var (
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
	digitsPattern  = regexp.MustCompile(`^[0-9]+$`)
)

// context is the message a call is compared with: its own, else the latest.
func (r *Reading) context(a *attempt) *inbound {
	if a.inbound != nil {
		return a.inbound
	}
	return r.latest()
}

func wrongPlatform(r *Reading, a *attempt) string {
	sent := value(a.request.Body.MessagingPlatform)
	want := r.platform()
	if in := r.context(a); in != nil && in.Platform != "" {
		want = in.Platform
	}
	switch {
	case sent == "" || sent == want:
		return ""
	case !slices.Contains([]string{"whatsapp", "instagram", "facebook"}, sent):
		return fmt.Sprintf("messagingPlatform is %q, which is none of whatsapp, instagram, facebook", sent)
	}
	return fmt.Sprintf("messagingPlatform is %q for a message that came from %s", sent, want)
}

func wrongRecipient(r *Reading, a *attempt) string {
	sent, in := value(a.request.Body.Recipient), r.context(a)
	if sent == "" || in == nil || in.Recipient == "" || strings.TrimPrefix(sent, "+") == strings.TrimPrefix(in.Recipient, "+") {
		return ""
	}
	return fmt.Sprintf("recipient is %q, the message came from %q", sent, in.Recipient)
}

// plusInRecipient hints at a plus that the platform accepts and no sample has.
func plusInRecipient(r *Reading, a *attempt) string {
	sent, in := value(a.request.Body.Recipient), r.context(a)
	if in != nil && strings.HasPrefix(sent, "+") && !strings.HasPrefix(in.Recipient, "+") {
		return fmt.Sprintf("recipient %q has a plus that the webhook does not have", sent)
	}
	return ""
}

// identities finds calls by what their inboundMessageId is: from the first
// attempt on, or in a later one.
func identities(kind identity, fromFirst bool) func(*Reading) []Breach {
	return func(r *Reading) []Breach {
		var breaches []Breach
		for _, c := range r.calls {
			if rule, _ := r.forbidden(c); rule == "R1" || rule == "R4" {
				continue // the call itself is the mistake
			}
			i := slices.IndexFunc(c.attempts, func(a *attempt) bool { return a.identity == kind })
			if i < 0 || (i == 0) != fromFirst {
				continue
			}
			breaches = append(breaches, Breach{Inbound: c.inbound.id(), What: r.wordIdentity(c, i), Exchanges: c.numbers()})
		}
		return breaches
	}
}

func (r *Reading) wordIdentity(c *call, i int) string {
	a := c.attempts[i]
	id := value(a.request.Body.InboundMessageID)
	switch {
	case a.identity == idReused:
		return fmt.Sprintf("the call for %s carries inboundMessageId %q of an earlier message", c.inbound.id(), id)
	case i > 0:
		return fmt.Sprintf("inboundMessageId changed from %q to %q in attempt %d",
			value(c.first().request.Body.InboundMessageID), id, i+1)
	case r.sentBefore(id, a):
		return fmt.Sprintf("inboundMessageId %q is the id of a message that you sent; the customer's is %s", id, c.inbound.id())
	}
	return fmt.Sprintf("inboundMessageId %q is no id of a delivered message; the customer's is %s", id, c.inbound.id())
}

// sentBefore tells whether an id belongs to a message of the integrator.
func (r *Reading) sentBefore(id string, a *attempt) bool {
	mine := func(s *send) bool { return s.ID == id && s.start.Tick < a.start.Tick }
	return slices.ContainsFunc(r.replies, mine) || slices.ContainsFunc(r.offers, mine)
}

// tolerance is how far inboundTimestamp may be from the webhook's timestamp:
// enough for rounding and for a clock read on arrival, too little for a wrong
// message or unit.
const tolerance = 5 * time.Second

// milliseconds is the smallest number that is taken for milliseconds; as
// seconds it would be a date 3,000 years ahead.
const milliseconds = 100_000_000_000

func wrongTimestamp(r *Reading, a *attempt) string {
	if mistyped(a, "inboundTimestamp") {
		return "inboundTimestamp is no number"
	}
	if a.request.Body.InboundTimestamp == nil {
		return ""
	}
	text := a.request.Body.InboundTimestamp.String()
	sent, err := strconv.ParseInt(text, 10, 64)
	in := r.context(a)
	switch {
	case err != nil:
		return "inboundTimestamp is no integer: " + text
	case sent >= milliseconds:
		return fmt.Sprintf("inboundTimestamp %d is in milliseconds", sent)
	case in == nil || in.Timestamp == 0:
		return ""
	}
	if off := time.Duration(sent-in.Timestamp/1000) * time.Second; off.Abs() > tolerance {
		return fmt.Sprintf("inboundTimestamp %d is %s away from the time of the message (%d)", sent, brief(off.Abs()), in.Timestamp/1000)
	}
	return ""
}

func wrongRequestID(_ *Reading, a *attempt) string {
	if mistyped(a, "requestId") {
		return "requestId is no string"
	}
	if id := a.request.Body.RequestID; id != nil && !uuidPattern.MatchString(*id) {
		return fmt.Sprintf("requestId %q is no UUID", *id)
	}
	return ""
}

func wrongAttributes(_ *Reading, a *attempt) string {
	if mistyped(a, "attributes") {
		return "attributes have wrong types: " + listed(a.request.WrongType)
	}
	at := a.request.Body.Attributes
	switch {
	case at == nil:
		return ""
	case at.CountryCode != nil && !countryPattern.MatchString(*at.CountryCode):
		return fmt.Sprintf("attributes.countryCode %q is not two capital letters", *at.CountryCode)
	case at.Platform != nil && !slices.Contains([]string{"android", "ios", "web"}, *at.Platform):
		return fmt.Sprintf("attributes.platform %q is none of android, ios, web", *at.Platform)
	case at.Gender != nil && !slices.Contains([]string{"male", "female", "other"}, *at.Gender):
		return fmt.Sprintf("attributes.gender %q is none of male, female, other", *at.Gender)
	}
	return ""
}

func rawUserID(r *Reading, a *attempt) string {
	id := strings.TrimPrefix(value(a.request.Body.UserID), "+")
	recipient := strings.TrimPrefix(value(a.request.Body.Recipient), "+")
	if id != "" && digitsPattern.MatchString(id) && (id == recipient || id == strings.TrimPrefix(r.customer(), "+")) {
		return "userId is the customer's own identifier, not a hash of it"
	}
	return ""
}
