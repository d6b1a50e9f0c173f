// Package fakes lists the vendors that the sandbox plays and the operators
// that have accounts with them. A new vendor is a folder beside this file and
// one line in All.
package fakes

import (
	"time"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// Operator is a business on whose behalf the integrator answers, with its
// accounts. Ids follow the vendors' forms.
type Operator struct {
	ClientID      string `json:"clientId" yaml:"clientId"`           // Encore's stable operator id
	Name          string `json:"name" yaml:"name"`                   // for people
	PhoneNumberID string `json:"phoneNumberId" yaml:"phoneNumberId"` // WhatsApp Cloud API
	Number        string `json:"number" yaml:"number"`               // display number, digits
	WABA          string `json:"waba" yaml:"waba"`                   // WhatsApp Business Account
}

// Operators are the two businesses that every sandbox knows. Their numbers are
// of Meta's fictional range.
func Operators() []Operator {
	return []Operator{
		{"client-42", "Tony's Pizza", "106540352242922", "15550783881", "102290129340398"},
		{"client-43", "Noor Salon", "106540352242923", "15550783882", "102290129340399"},
	}
}

// Secrets that the default configuration uses; they protect nothing.
const (
	AppSecret   = "sandbox-app-secret"
	VerifyToken = "sandbox-verify-token"
)

// Config says how the fakes differ from the default ones; the zero value is
// the default.
type Config struct {
	Seed        uint64
	Operators   []Operator      // default Operators()
	Catalog     *encore.Catalog // default encore.Default(Seed)
	AppSecret   string          // default AppSecret
	VerifyToken string          // default VerifyToken
}

// All builds every fake, Encore first. It fails on a catalog that is not valid.
func All(c Config) ([]*sim.Fake, error) {
	if len(c.Operators) == 0 {
		c.Operators = Operators()
	}
	if c.AppSecret == "" {
		c.AppSecret = AppSecret
	}
	if c.VerifyToken == "" {
		c.VerifyToken = VerifyToken
	}
	first, err := encore.New(encore.Config{Seed: c.Seed, Catalog: c.Catalog})
	if err != nil {
		return nil, err
	}
	return []*sim.Fake{
		first,
		meta.New(meta.Config{Numbers: numbers(c.Operators), AppSecret: c.AppSecret, VerifyToken: c.VerifyToken}),
	}, nil
}

func numbers(operators []Operator) (out []meta.Account) {
	for _, o := range operators {
		out = append(out, meta.Account{
			ClientID: o.ClientID, Name: o.Name,
			Number: meta.Number{WABA: o.WABA, PhoneNumberID: o.PhoneNumberID, Display: o.Number},
		})
	}
	return out
}

// Words is the vocabulary by which the engine attaches notes of its own.
func Words() sim.Vocabulary {
	return sim.Vocabulary{
		Acked: func(status int, reason string) sim.Note { return note.WebhookAcked{Status: status, Reason: reason} },
		Advanced: func(thread string, by time.Duration) sim.Note {
			return note.ClockAdvanced{Thread: thread, By: by}
		},
		Stray: func(host, path, method, reason string) sim.Note {
			return note.StrayCall{Host: host, Path: path, Method: method, Reason: reason}
		},
	}
}
