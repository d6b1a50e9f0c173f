package fakes

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Templates are the message templates that providers have from the start. Nil
// means the provider's documented samples.
type Templates struct {
	Meta     []meta.Template `json:"meta" yaml:"meta"`         // of every WhatsApp Business Account
	Kaleyra  []meta.Template `json:"kaleyra" yaml:"kaleyra"`   // of every sender
	Interakt []meta.Template `json:"interakt" yaml:"interakt"` // of every account
	Zoko     []meta.Template `json:"zoko" yaml:"zoko"`         // of every account
	// Learn takes a template that Kaleyra, Interakt or Zoko does not have from the
	// first message that names it, with a remark, instead of refusing it.
	Learn bool `json:"learn" yaml:"learn"`
}

// WhatsApp says how the Cloud API differs from its documented behaviour; the
// zero value is that behaviour. Durations are text such as 5s or 3d.
type WhatsApp struct {
	// Failures says how a message is refused that may not reach its customer:
	// async (default), by a failed status, or sync, by an error at once.
	Failures         string `json:"failures" yaml:"failures"`
	BSUID            bool   `json:"bsuid" yaml:"bsuid"`                       // webhooks have business-scoped user ids
	NoWindow         bool   `json:"noWindow" yaml:"noWindow"`                 // anything may be sent outside the customer service window
	RefusePastExpiry bool   `json:"refusePastExpiry" yaml:"refusePastExpiry"` // of limited-time offers
	ApproveAfter     string `json:"approveAfter" yaml:"approveAfter"`         // of a new template, default 5s; or never
	// CountryCode of the business, in digits, is put before recipients without a plus.
	CountryCode string         `json:"countryCode" yaml:"countryCode"`
	IPLinks     bool           `json:"ipLinks" yaml:"ipLinks"` // buttons may lead to numeric addresses
	Delays      WhatsAppDelays `json:"delays" yaml:"delays"`
	// NewestVersion of Graph that calls may name, such as v26.0; default v30.0.
	NewestVersion string `json:"newestVersion" yaml:"newestVersion"`
	// WebhookVersion of Graph that webhooks are subscribed with, such as v23.0:
	// before v24.0 statuses tell their conversation. Default is the newest.
	WebhookVersion string `json:"webhookVersion" yaml:"webhookVersion"`
	// MediaFile is the largest medium, in bytes, whose content is kept for a
	// download, default 16 MiB; MediaBytes how much is kept of all, default 64 MiB.
	MediaFile  int64 `json:"mediaFile" yaml:"mediaFile"`
	MediaBytes int64 `json:"mediaBytes" yaml:"mediaBytes"`
}

// WhatsAppDelays is when the statuses of a message come, counted from its
// acceptance, or never. What is absent comes as it does by default.
type WhatsAppDelays struct {
	Sent      string `json:"sent" yaml:"sent"`           // default 100ms
	Delivered string `json:"delivered" yaml:"delivered"` // default 300ms
	Read      string `json:"read" yaml:"read"`           // default 800ms
}

// MetaLimits are those of the Cloud API (WhatsApp Cloud API, throughput) and the
// Send API (Messenger Platform, rate limiting). Zero is off.
type MetaLimits struct {
	Documented   bool   `json:"documented" yaml:"documented"`     // what is not given is as documented instead of off
	PerSecond    int    `json:"perSecond" yaml:"perSecond"`       // messages of a number each second: 130429
	PairEvery    string `json:"pairEvery" yaml:"pairEvery"`       // one message to one customer each, such as 6s: 131056
	PairBurst    int    `json:"pairBurst" yaml:"pairBurst"`       // messages to one customer at once
	CallsPerHour int    `json:"callsPerHour" yaml:"callsPerHour"` // calls for a WhatsApp Business Account: 80007
	// Of a page or an Instagram account each second: 613.
	PagePerSecond          int `json:"pagePerSecond" yaml:"pagePerSecond"`                   // calls of the Send API
	PageMediaPerSecond     int `json:"pageMediaPerSecond" yaml:"pageMediaPerSecond"`         // those that send audio or video
	ConversationsPerSecond int `json:"conversationsPerSecond" yaml:"conversationsPerSecond"` // reads of conversations

	PrivateRepliesPerHour int `json:"privateRepliesPerHour" yaml:"privateRepliesPerHour"` // answers to comments of one account: 613
}

const never = "never"

// Meta is the part of the configuration that is Meta's. Its error joins an
// encore.Problem for everything that cannot be put to use, with its path in
// sandbox.yaml.
func (c Config) Meta() (meta.Config, error) {
	var r settingReader
	w := c.WhatsApp
	version := r.version("whatsapp.webhookVersion", w.WebhookVersion)
	out := meta.Config{
		Numbers: numbers(c.Operators), Pages: pages(c.Operators), Messenger: c.Messenger, AppSecret: c.AppSecret, VerifyToken: c.VerifyToken,
		Templates: r.templates("meta", c.Templates.Meta), Rates: r.rates(c.Limits.Meta),
		Limits:   meta.Limits{CountryCode: r.matching("whatsapp.countryCode", w.CountryCode, "^[1-9][0-9]{0,2}$", "1"), AllowIPHosts: w.IPLinks},
		Failures: meta.Failures(r.oneOf("whatsapp.failures", w.Failures, "", string(meta.FailAsync), string(meta.FailSync))),
		BSUID:    w.BSUID, NoWindow: w.NoWindow, RefusePastExpiry: w.RefusePastExpiry,
		ApproveAfter: r.delay("whatsapp.approveAfter", w.ApproveAfter, 0),
		Delays:       r.delays("whatsapp.delays", w.Delays),
		Newest:       r.version("whatsapp.newestVersion", w.NewestVersion),
		MediaFile:    r.bytes("whatsapp.mediaFile", w.MediaFile), MediaBytes: r.bytes("whatsapp.mediaBytes", w.MediaBytes),
	}
	for i := range out.Numbers {
		out.Numbers[i].Version = version
	}
	return out, errors.Join(r.problems...)
}

// settingReader reads settings and gathers what is wrong with them.
type settingReader struct{ problems []error }

func (r *settingReader) fail(path, format string, args ...any) {
	r.problems = append(r.problems, encore.Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// delay reads a duration, or never, which is negative.
func (r *settingReader) delay(path, text string, absent time.Duration) time.Duration {
	switch text {
	case "":
		return absent
	case never:
		return -1
	}
	return r.duration(path, text, "5s, or never")
}

func (r *settingReader) duration(path, text, example string) time.Duration {
	d, err := fault.ParseDuration(text)
	if err != nil {
		r.fail(path, "%q is no duration; write one such as %s", text, example)
	}
	return d.Std()
}

// version reads the major of a version of Graph.
func (r *settingReader) version(path, text string) int {
	text = r.matching(path, text, `^v[1-9][0-9]?\.0$`, "v26.0")
	major, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(text, "v"), ".0"))
	return major
}

func (r *settingReader) bytes(path string, n int64) int64 {
	if n < 0 {
		r.fail(path, "%d is negative; leave it out for the default", n)
	}
	return n
}

func (r *settingReader) oneOf(path, text string, choices ...string) string {
	if !slices.Contains(choices, text) {
		r.fail(path, "%q is not known; write %s or %s", text, choices[1], choices[2])
	}
	return text
}

func (r *settingReader) matching(path, text, pattern, example string) string {
	if text != "" && !regexp.MustCompile(pattern).MatchString(text) {
		r.fail(path, "%q cannot be; write one such as %s", text, example)
	}
	return text
}

// rates are the limits as the fake has them.
func (r *settingReader) rates(l MetaLimits) meta.Rates {
	var out meta.Rates
	if l.Documented {
		out = meta.DocumentedRates()
	}
	for _, n := range []struct {
		path  string
		given int
		to    *int
	}{
		{"perSecond", l.PerSecond, &out.PerSecond}, {"pairBurst", l.PairBurst, &out.PairBurst}, {"callsPerHour", l.CallsPerHour, &out.CallsPerHour},
		{"pagePerSecond", l.PagePerSecond, &out.PagePerSecond}, {"pageMediaPerSecond", l.PageMediaPerSecond, &out.PageMediaPerSecond},
		{"conversationsPerSecond", l.ConversationsPerSecond, &out.ConversationsPerSecond}, {"privateRepliesPerHour", l.PrivateRepliesPerHour, &out.PrivateRepliesPerHour},
	} {
		if n.given < 0 {
			r.fail("limits.meta."+n.path, "%d is negative; leave it out for no limit", n.given)
		}
		if n.given > 0 {
			*n.to = n.given
		}
	}
	if l.PairEvery != "" {
		out.PairEvery = r.duration("limits.meta.pairEvery", l.PairEvery, "6s")
	}
	return out
}

// templates checks what a send names a vendor's template by.
func (r *settingReader) templates(vendor string, all []meta.Template) []meta.Template {
	seen := map[string]bool{}
	for i, t := range all {
		path, key := fmt.Sprintf("templates.%s[%d].", vendor, i), t.Name+" "+t.Language
		switch {
		case t.Name == "":
			r.fail(path+"name", "is missing; it is what a send calls the template")
		case t.Language == "":
			r.fail(path+"language", "is missing; write a code such as en_US")
		case t.Body == "":
			r.fail(path+"body", "is missing; it is the template's text, with {{1}} for a parameter")
		case seen[key]:
			r.fail(path+"name", "%s is there twice in %s; give each template a name of its own", t.Name, t.Language)
		}
		seen[key] = true
	}
	return all
}
