package fakes

import (
	"errors"

	"github.com/encore-sandbox/sandbox/fakes/zoko"
)

// Zoko says how the Zoko API differs from its defaults, which the package zoko
// explains. Durations are text such as 5s.
type Zoko struct {
	Profile    string         `json:"profile" yaml:"profile"`       // seed (default): "status":"200" as the guide prints; docs: "202"
	Expired    string         `json:"expired" yaml:"expired"`       // outside the 24 hours: refuse (default), 409 at once; fail: accepted, then failed
	Seen       bool           `json:"seen" yaml:"seen"`             // webhooks say seen for read
	CustomerID bool           `json:"customerId" yaml:"customerId"` // answers have a customerId
	Lenient    bool           `json:"lenient" yaml:"lenient"`       // a recipient may be a number, templateArgs one string
	Delays     WhatsAppDelays `json:"delays" yaml:"delays"`
}

// ZokoLimits are those of the Zoko API. Empty is off.
type ZokoLimits struct {
	CustomerList string `json:"customerList" yaml:"customerList"` // one GET /customer each, observed 300s; refused calls count
}

// Zoko is the part of the configuration that is Zoko's. Its error joins an
// encore.Problem for everything that cannot be put to use, with its path in
// sandbox.yaml.
func (c Config) Zoko() (zoko.Config, error) {
	var r settingReader
	z := c.ZokoSettings
	out := zoko.Config{
		Templates: r.templates("zoko", c.Templates.Zoko), Learn: c.Templates.Learn,
		Profile: zoko.Profile(r.oneOf("zoko.profile", z.Profile, "", string(zoko.ProfileSeed), string(zoko.ProfileDocs))),
		Expired: zoko.Expired(r.oneOf("zoko.expired", z.Expired, "", string(zoko.ExpiredRefused), string(zoko.ExpiredFails))),
		Seen:    z.Seen, CustomerID: z.CustomerID, Lenient: z.Lenient,
		Delays: r.delays("zoko.delays", z.Delays),
	}
	if every := c.Limits.Zoko.CustomerList; every != "" {
		out.CustomerListEvery = r.duration("limits.zoko.customerList", every, "300s")
	}
	for _, o := range c.Operators {
		if o.Zoko != "" {
			out.Accounts = append(out.Accounts, zoko.Account{ID: o.Zoko, ClientID: o.ClientID, Name: o.Name, Number: o.Number, Key: o.ZokoKey})
		}
	}
	return out, errors.Join(r.problems...)
}
