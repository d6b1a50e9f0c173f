// Package fakes lists the vendors that the sandbox plays and the operators
// that have accounts with them. A new vendor is a folder beside this file and
// one line in All.
package fakes

import (
	"maps"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/watchers"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
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
	Page          string `json:"page" yaml:"page"`                   // Facebook page, for Messenger
	Instagram     string `json:"instagram" yaml:"instagram"`         // Instagram professional account, linked to the page
	Kaleyra       string `json:"kaleyra" yaml:"kaleyra"`             // Kaleyra sender: the WhatsApp number with its plus
	Interakt      string `json:"interakt" yaml:"interakt"`           // name of the Interakt account
	Zoko          string `json:"zoko" yaml:"zoko"`                   // name of the Zoko account
	// InteraktKey and ZokoKey are the keys that are this operator's account. A key
	// that is nobody's, and does not begin with "invalid", is the first operator's.
	InteraktKey string `json:"interaktKey,omitempty" yaml:"interaktKey"`
	ZokoKey     string `json:"zokoKey,omitempty" yaml:"zokoKey"`
	// PageToken and InstagramToken, when set, are the access tokens for which
	// "me" is the page or the Instagram account.
	PageToken      string `json:"pageToken,omitempty" yaml:"pageToken"`
	InstagramToken string `json:"instagramToken,omitempty" yaml:"instagramToken"`
}

// Accounts are the ids of the operator's accounts by channel, without those that
// it does not have.
func (o Operator) Accounts() map[string]string {
	all := map[string]string{
		"whatsapp": o.PhoneNumberID, "messenger": o.Page, "instagram": o.Instagram, "kaleyra": o.Kaleyra, "interakt": o.Interakt, "zoko": o.Zoko,
	}
	maps.DeleteFunc(all, func(_, id string) bool { return id == "" })
	return all
}

// Operators are the two businesses that every sandbox knows. Their numbers are
// of Meta's fictional range.
func Operators() []Operator {
	return []Operator{
		{
			ClientID: "client-42", Name: "Tony's Pizza", PhoneNumberID: "106540352242922", Number: "15550783881", WABA: "102290129340398",
			Page: "104895545712345", Instagram: "17841405793187218",
			Kaleyra: "+15550783881", Interakt: "tonys", Zoko: "tonys", InteraktKey: "sandbox-interakt-tonys", ZokoKey: "sandbox-zoko-tonys",
		},
		{
			ClientID: "client-43", Name: "Noor Salon", PhoneNumberID: "106540352242923", Number: "15550783882", WABA: "102290129340399",
			Page: "104895545712346", Instagram: "17841405793187219",
			Kaleyra: "+15550783882", Interakt: "noor", Zoko: "noor", InteraktKey: "sandbox-interakt-noor", ZokoKey: "sandbox-zoko-noor",
		},
	}
}

// Secrets that the default configuration uses; they protect nothing.
const (
	AppSecret   = "sandbox-app-secret"
	VerifyToken = "sandbox-verify-token"
	// InteraktSecret signs Interakt's webhooks; KaleyraSID and KaleyraKey are the
	// account that has every Kaleyra sender.
	InteraktSecret = "sandbox-interakt-secret"
	KaleyraSID     = "HXAP1691385017IN"
	KaleyraKey     = "sandbox-kaleyra-key"
)

// Config says how the fakes differ from the default ones; the zero value is
// the default.
type Config struct {
	Seed      uint64
	Operators []Operator      // default Operators()
	Catalog   *encore.Catalog // default encore.Default(Seed)
	Apps      []encore.App    // defaults by Encore key
	Limits    Limits          // none by default
	Templates Templates       // the providers' samples by default
	WhatsApp  WhatsApp        // as documented by default
	Messenger meta.Messenger  // as documented by default
	// KaleyraSettings is an account in good standing by default, the others are
	// as documented.
	KaleyraSettings  Kaleyra
	InteraktSettings Interakt
	ZokoSettings     Zoko
	WatchersSettings Watchers
	AppSecret        string // default AppSecret
	VerifyToken      string // default VerifyToken
	Secret           []byte // signs click links; default one that everybody knows
	// Unlimited switches off the limits that hold where Limits says nothing, for
	// stories and tests, which send fast and mean no harm.
	Unlimited bool
}

// Limits are the vendors' own, which are off unless configured, but for
// Interakt's.
type Limits struct {
	Encore   encore.Limits  `json:"encore" yaml:"encore"`
	Meta     MetaLimits     `json:"meta" yaml:"meta"`
	Kaleyra  KaleyraLimits  `json:"kaleyra" yaml:"kaleyra"`
	Interakt InteraktLimits `json:"interakt" yaml:"interakt"`
	Zoko     ZokoLimits     `json:"zoko" yaml:"zoko"`
}

// Encore is the part of the configuration that is Encore's.
func (c Config) Encore() encore.Config {
	return encore.Config{Seed: c.Seed, Catalog: c.Catalog, Apps: c.Apps, Limits: c.Limits.Encore, Secret: c.Secret}
}

// All builds every fake, Encore first. It fails on a configuration that is not
// valid.
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
	api, advertiser, err := encore.New(c.Encore())
	if err != nil {
		return nil, err
	}
	graph, err := c.Meta()
	if err != nil {
		return nil, err
	}
	reseller, err := c.Kaleyra()
	if err != nil {
		return nil, err
	}
	tracker, err := c.Interakt()
	if err != nil {
		return nil, err
	}
	chat, err := c.Zoko()
	if err != nil {
		return nil, err
	}
	offers, err := c.Watchers()
	if err != nil {
		return nil, err
	}
	return []*sim.Fake{
		api,
		meta.New(graph),
		kaleyra.New(reseller),
		watchers.New(offers),
		advertiser,
		interakt.New(tracker),
		zoko.New(chat),
	}, nil
}

func numbers(operators []Operator) (out []meta.Account) {
	for _, o := range operators {
		if o.PhoneNumberID == "" {
			continue
		}
		out = append(out, meta.Account{
			ClientID: o.ClientID, Name: o.Name,
			Number: meta.Number{WABA: o.WABA, PhoneNumberID: o.PhoneNumberID, Display: o.Number},
		})
	}
	return out
}

func pages(operators []Operator) (out []meta.Page) {
	for _, o := range operators {
		if o.Page+o.Instagram == "" {
			continue
		}
		out = append(out, meta.Page{
			ID: o.Page, Instagram: o.Instagram, ClientID: o.ClientID, Name: o.Name, Token: o.PageToken, InstagramToken: o.InstagramToken,
		})
	}
	return out
}

// Words is the vocabulary by which the engine attaches notes of its own.
func Words() sim.Vocabulary {
	return sim.Vocabulary{
		Read: func(kind string, data, request, answer []byte) (sim.Note, error) {
			return note.Read(kind, data, request, answer)
		},
		Acked: func(status int, reason string) sim.Note { return note.WebhookAcked{Status: status, Reason: reason} },
		Advanced: func(thread string, by time.Duration) sim.Note {
			return note.ClockAdvanced{Thread: thread, By: by}
		},
		Stray: func(host, path, method, reason string) sim.Note {
			return note.StrayCall{Host: host, Path: path, Method: method, Reason: reason}
		},
		Forged: func(n sim.Note, signature string) sim.Note {
			if in, ok := n.(note.InboundMessage); ok {
				in.Forged = signature
				return in
			}
			return n
		},
	}
}
