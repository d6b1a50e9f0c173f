package fakes

import (
	"cmp"
	"errors"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// Interakt says how Interakt differs from its documented behaviour; the zero
// value is that behaviour.
type Interakt struct {
	Secret string `json:"secret" yaml:"secret"` // of webhooks, default InteraktSecret
	// Profile is documented (default), or live-2026: the words and members of
	// answers and webhooks as the live API has them.
	Profile     string `json:"profile" yaml:"profile"`
	StrictKeys  bool   `json:"strictKeys" yaml:"strictKeys"`   // keys of no operator are refused
	StrictSlash bool   `json:"strictSlash" yaml:"strictSlash"` // a path without the slash at its end is not found
	// LegacyTrack200 answers the track APIs with 200, as old packages want, instead
	// of 202 and 201.
	LegacyTrack200 bool `json:"legacyTrack200" yaml:"legacyTrack200"`
	NoWindow       bool `json:"noWindow" yaml:"noWindow"` // anything may be sent outside the 24 hours
	// Failures says how a session message outside the 24 hours is refused: sync
	// (default), by an error at once, or async, by message_api_failed.
	Failures string         `json:"failures" yaml:"failures"`
	Delays   WhatsAppDelays `json:"delays" yaml:"delays"` // of the webhooks that tell a message's status
}

// InteraktLimits is how many messages a key may send in a minute. It is the one
// limit that holds by default: 40, as Interakt's help page has it.
type InteraktLimits struct {
	// Plan is help (default, 40 a minute), growth (300), advanced (600) or none.
	Plan      string `json:"plan" yaml:"plan"`
	PerMinute int    `json:"perMinute" yaml:"perMinute"` // instead of the plan's
}

// Interakt's plans by name.
var interaktPlans = map[string]int{
	"help": interakt.DefaultPerMinute, "growth": interakt.GrowthPerMinute, "advanced": interakt.AdvancedPerMinute, "none": -1,
}

// Interakt is the part of the configuration that is Interakt's. Its error
// joins an encore.Problem for everything that cannot be put to use, with its
// path in sandbox.yaml.
func (c Config) Interakt() (interakt.Config, error) {
	var r settingReader
	i, d := c.InteraktSettings, meta.DefaultDelays()
	profile := r.oneOf("interakt.profile", i.Profile, "", "documented", string(interakt.Live2026))
	out := interakt.Config{
		Secret: cmp.Or(i.Secret, InteraktSecret), StrictKeys: i.StrictKeys, StrictSlash: i.StrictSlash, LegacyTrack: i.LegacyTrack200,
		PerMinute: r.interaktLimit(c.Limits.Interakt, c.Unlimited), Templates: r.templates("interakt", c.Templates.Interakt), Learn: c.Templates.Learn,
		NoWindow: i.NoWindow, LateFailures: r.oneOf("interakt.failures", i.Failures, "", "sync", "async") == "async",
		Delays: meta.Delays{
			Sent:      r.delay("interakt.delays.sent", i.Delays.Sent, d.Sent),
			Delivered: r.delay("interakt.delays.delivered", i.Delays.Delivered, d.Delivered),
			Read:      r.delay("interakt.delays.read", i.Delays.Read, d.Read),
		},
	}
	if profile == string(interakt.Live2026) {
		out.Profile = interakt.Live2026
	}
	for _, o := range c.Operators {
		if o.Interakt != "" {
			out.Accounts = append(out.Accounts, interakt.Account{Name: o.Interakt, ClientID: o.ClientID, Operator: o.Name, Key: o.InteraktKey})
		}
	}
	return out, errors.Join(r.problems...)
}

// interaktLimit is how many messages a minute has room for, negative for no limit.
func (r *settingReader) interaktLimit(l InteraktLimits, unlimited bool) int {
	most, known := interaktPlans[l.Plan]
	switch {
	case l.PerMinute < 0:
		r.fail("limits.interakt.perMinute", "%d is negative; write plan: none for no limit", l.PerMinute)
	case l.PerMinute > 0:
		return l.PerMinute
	case known:
		return most
	case l.Plan != "":
		r.fail("limits.interakt.plan", "%q is not known; write help, growth, advanced or none", l.Plan)
	case unlimited:
		return -1
	}
	return interakt.DefaultPerMinute
}
