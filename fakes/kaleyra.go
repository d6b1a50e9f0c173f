package fakes

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// Kaleyra says how the Kaleyra account differs from one in good standing; the
// zero value is such an account. Durations are text such as 5s or 3d.
type Kaleyra struct {
	SID              string   `json:"sid" yaml:"sid"`                           // default HXAP1691385017IN
	Balance          *int     `json:"balance" yaml:"balance"`                   // messages that are paid for, default without end: E110
	Unavailable      bool     `json:"unavailable" yaml:"unavailable"`           // the account may not use the API: WA-401
	V1               []string `json:"v1" yaml:"v1"`                             // senders that belong to API v1: WA-401
	RefusePastExpiry bool     `json:"refusePastExpiry" yaml:"refusePastExpiry"` // of limited-time offers: WA400
	NoWindow         bool     `json:"noWindow" yaml:"noWindow"`                 // anything may be sent outside the customer service window
	// MessageIDs is the form of the answered message_id: uuid (default), or short
	// as the sample of Kaleyra's page has it.
	MessageIDs string         `json:"messageIds" yaml:"messageIds"`
	Delays     WhatsAppDelays `json:"delays" yaml:"delays"` // when the statuses of a message come
}

// KaleyraLimits are those of a Kaleyra account. Zero is off.
type KaleyraLimits struct {
	PerDay int `json:"perDay" yaml:"perDay"` // messages of the account in a day (UTC): WAV2101
}

// Kaleyra is the part of the configuration that is Kaleyra's. Its error joins an
// encore.Problem for everything that cannot be put to use, with its path in
// sandbox.yaml.
func (c Config) Kaleyra() (kaleyra.Config, error) {
	var r settingReader
	k := c.KaleyraSettings
	out := kaleyra.Config{
		SID: r.matching("kaleyra.sid", k.SID, "^[A-Za-z0-9]+$", kaleyra.DefaultSID), Senders: r.senders(c.Operators),
		Templates: r.templates("kaleyra", c.Templates.Kaleyra), Learn: c.Templates.Learn, Balance: k.Balance, PerDay: c.Limits.Kaleyra.PerDay,
		Unavailable: k.Unavailable, RefusePastExpiry: k.RefusePastExpiry, NoWindow: k.NoWindow, Delays: r.delays("kaleyra.delays", k.Delays),
		MessageIDs: kaleyra.IDForm(r.oneOf("kaleyra.messageIds", k.MessageIDs, "", string(kaleyra.IDUUID), string(kaleyra.IDShort))),
	}
	r.notNegative("kaleyra.balance", k.Balance)
	r.notNegative("limits.kaleyra.perDay", &out.PerDay)
	for i, number := range k.V1 {
		out.V1 = append(out.V1, r.v1(i, number, out.Senders))
	}
	return out, errors.Join(r.problems...)
}

func (r *settingReader) notNegative(path string, n *int) {
	if n != nil && *n < 0 {
		r.fail(path, "%d is negative; leave it out for no limit", *n)
	}
}

// v1 is a sender that another version of the API serves, with its plus.
func (r *settingReader) v1(i int, number string, senders []kaleyra.Sender) string {
	id := "+" + strings.TrimPrefix(number, "+")
	if !slices.ContainsFunc(senders, func(s kaleyra.Sender) bool { return s.ID() == id }) {
		r.fail(fmt.Sprintf("kaleyra.v1[%d]", i), "%q is no operator's Kaleyra sender", number)
	}
	return id
}

var senderForm = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// senders are the operators' numbers with Kaleyra; an operator may have none.
func (r *settingReader) senders(operators []Operator) (all []kaleyra.Sender) {
	for i, o := range operators {
		if o.Kaleyra == "" {
			continue
		}
		if !senderForm.MatchString(o.Kaleyra) {
			r.fail(fmt.Sprintf("operators[%d].kaleyra", i), "%q is no number with its plus; write one such as +15550783881", o.Kaleyra)
		}
		all = append(all, kaleyra.Sender{
			ClientID: o.ClientID, Name: o.Name,
			Number: meta.Number{WABA: o.WABA, PhoneNumberID: o.PhoneNumberID, Display: strings.TrimPrefix(o.Kaleyra, "+")},
		})
	}
	return all
}

// delays reads when statuses come, counted from a message's acceptance.
func (r *settingReader) delays(path string, d WhatsAppDelays) meta.Delays {
	usual := meta.DefaultDelays()
	return meta.Delays{
		Sent:      r.delay(path+".sent", d.Sent, usual.Sent),
		Delivered: r.delay(path+".delivered", d.Delivered, usual.Delivered),
		Read:      r.delay(path+".read", d.Read, usual.Read),
	}
}
