package meta

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// Template is a message template (WhatsApp Cloud API, templates). Texts hold
// placeholders: {{1}}, {{2}} or {{first_name}}.
type Template struct {
	ID       string `json:"id,omitempty" yaml:"id"` // made from account, name and language when empty
	Name     string `json:"name" yaml:"name"`
	Language string `json:"language" yaml:"language"` // code, such as en_US
	Category string `json:"category" yaml:"category"` // MARKETING, UTILITY or AUTHENTICATION; MARKETING when empty
	Status   string `json:"status,omitempty" yaml:"status"`
	// Header is nil for none.
	Header *TemplateHeader `json:"header,omitempty" yaml:"header"`
	Body   string          `json:"body" yaml:"body"`
	// BodyKinds are the kinds of the body's parameters in their order: text,
	// currency or date_time. Where it is shorter any of the three will do.
	BodyKinds        []string          `json:"bodyKinds,omitempty" yaml:"bodyKinds"`
	Footer           string            `json:"footer,omitempty" yaml:"footer"`
	LimitedTimeOffer *LimitedTimeOffer `json:"limitedTimeOffer,omitempty" yaml:"limitedTimeOffer"`
	Buttons          []TemplateButton  `json:"buttons,omitempty" yaml:"buttons"`

	// ApprovedAt is the Unix millisecond from which a PENDING template of this
	// run is APPROVED; 0 never.
	ApprovedAt int64 `json:"approvedAt,omitempty" yaml:"-"`
}

// TemplateHeader is what stands above the body.
type TemplateHeader struct {
	Format string `json:"format" yaml:"format"` // TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION
	Text   string `json:"text,omitempty" yaml:"text"`
}

// LimitedTimeOffer is the line that tells until when an offer lasts (WhatsApp
// Cloud API, limited-time offer templates).
type LimitedTimeOffer struct {
	Text          string `json:"text" yaml:"text"`
	HasExpiration bool   `json:"hasExpiration" yaml:"hasExpiration"`
}

// TemplateButton is a button below the body; its place in the list is its index.
type TemplateButton struct {
	Type    string `json:"type" yaml:"type"` // QUICK_REPLY, URL, COPY_CODE, PHONE_NUMBER, CATALOG, FLOW …
	Text    string `json:"text,omitempty" yaml:"text"`
	URL     string `json:"url,omitempty" yaml:"url"` // may end in {{1}}
	Example string `json:"example,omitempty" yaml:"example"`
	Phone   string `json:"phone,omitempty" yaml:"phone"`
}

// Statuses of a template (WhatsApp Cloud API, template status).
const (
	TemplateApproved = "APPROVED"
	TemplatePending  = "PENDING"
	TemplatePaused   = "PAUSED"
	TemplateDisabled = "DISABLED"
	TemplateRejected = "REJECTED"
)

// DefaultTemplates is the template of Meta's page on limited-time offers, with
// its name and its shape; its link leads to an Encore offer.
func DefaultTemplates() []Template {
	return []Template{{
		Name: "limited_time_offer_caribbean_pkg_2023", Language: "en_US", Category: "MARKETING",
		Header:           &TemplateHeader{Format: "IMAGE"},
		Body:             "Good news, {{1}}! Your code {{2}} is waiting.",
		BodyKinds:        []string{"text", "text"},
		LimitedTimeOffer: &LimitedTimeOffer{Text: "Expiring offer!", HasExpiration: true},
		Buttons: []TemplateButton{
			{Type: "COPY_CODE", Text: "Copy offer code", Example: "CARIBE25"},
			{Type: "URL", Text: "Claim now", URL: "https://api.encorekit.com/encore/click/{{1}}"},
		},
	}}
}

var placeholder = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// placeholders lists the distinct names of a text's placeholders in their order.
func placeholders(text string) (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// fill puts parameters in the place of a text's placeholders: by name where
// they have one, else in their order.
func fill(text string, parameters []parameter) string {
	names := placeholders(text)
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := placeholder.FindStringSubmatch(found)[1]
		for i, p := range parameters {
			if p.Name == name || p.Name == "" && i == slices.Index(names, name) {
				return p.Text
			}
		}
		return found
	})
}

// templateBook is every template of an account once one was made, changed or
// deleted; until then an account has those of the configuration.
type templateBook struct {
	Templates []Template `json:"templates"`
}

const kindTemplates = "meta.templates" // templateBook by WhatsApp Business Account

// templates are an account's as they are now.
func (f *fake) templates(tx *sim.Tx, waba string) []Template {
	book, changed := sim.Get[templateBook](tx, kindTemplates, waba)
	if !changed {
		return f.configured(waba)
	}
	out := slices.Clone(book.Templates)
	now := tx.Now.UnixMilli()
	for i, t := range out {
		if t.Status == TemplatePending && t.ApprovedAt > 0 && t.ApprovedAt <= now {
			out[i].Status = TemplateApproved
		}
	}
	return out
}

// configured are the templates that an account has from the start.
func (f *fake) configured(waba string) []Template {
	out := slices.Clone(f.Templates)
	for i := range out {
		t := &out[i]
		t.Category, t.Status = cmp.Or(t.Category, "MARKETING"), cmp.Or(t.Status, TemplateApproved)
		t.ID = cmp.Or(t.ID, templateID(sim.NewRand(0, "template", waba, t.Name, t.Language)))
	}
	return out
}

// findTemplate finds a template by name and language.
func findTemplate(all []Template, name, language string) (Template, bool) {
	i := slices.IndexFunc(all, func(t Template) bool {
		return t.Name == name && strings.EqualFold(t.Language, language)
	})
	if i < 0 {
		return Template{}, false
	}
	return all[i], true
}
