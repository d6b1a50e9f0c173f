package encore

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	uuidForm     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	languageForm = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
)

var (
	campaignStatuses   = []string{CampaignActive, CampaignArchived, CampaignAwaitingApproval, CampaignCompleted, CampaignDraft}
	creativeStatuses   = []string{CreativeActive, CreativeArchived, CreativeDraft, CreativePaused}
	targetingModes     = []string{"", Whitelist, Blacklist}
	devicePlatforms    = []string{"android", "ios", "web"}
	messagingPlatforms = []string{WhatsApp, Instagram, Facebook}
)

// Problem is one thing that is wrong with a Catalog or a Config. The errors of
// their Validate are joined Problems.
type Problem struct {
	Path string // of the field: "campaigns[3].creatives[0].cta"
	Text string // what is wrong and what to write instead
}

// Error implements error.
func (p Problem) Error() string { return p.Path + ": " + p.Text }

// problems collects what is wrong.
type problems []error

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, Problem{path, fmt.Sprintf(format, args...)})
}

func (p *problems) uuid(path, id string, seen map[string]string) {
	if !uuidForm.MatchString(id) {
		p.add(path, "%q is not a UUID; use the form 2c643fc5-91cb-4b0a-ba0a-0536c2c4f871", id)
		return
	}
	key := strings.ToLower(id)
	if first, again := seen[key]; again {
		p.add(path, "the same id as %s; give each its own", first)
		return
	}
	seen[key] = path
}

func (p *problems) oneOf(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		named := slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" })
		p.add(path, "%q is not one of %s", value, strings.Join(named, ", "))
	}
}

func (p *problems) each(path string, values []string, check func(path, value string)) {
	for i, value := range values {
		check(fmt.Sprintf("%s[%d]", path, i), value)
	}
}

func (p *problems) text(path, value string, limit int) {
	switch n := utf8.RuneCountInString(value); {
	case strings.TrimSpace(value) == "":
		p.add(path, "is empty; customers see it")
	case n > limit:
		p.add(path, "has %d characters; Meta allows %d", n, limit)
	}
}

func (p *problems) url(path, value string) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		p.add(path, "%q is not a web address; use an absolute https URL", value)
	}
}

func (p *problems) weight(path string, weight float64) {
	if !(weight >= 0 && weight <= 1e6) {
		p.add(path, "%v is not between 0 and 1000000", weight)
	}
}

// Validate says what keeps the catalog from being served, one line per field:
// "campaigns[3].creatives[0].cta: has 27 characters; Meta allows 20". Nil
// means that everything in it can be offered as it stands.
func (c *Catalog) Validate() error {
	var p problems
	organizations, seen := map[string]string{}, map[string]string{}
	for i, o := range c.Organizations {
		path := fmt.Sprintf("organizations[%d]", i)
		p.uuid(path+".id", o.ID, organizations)
		if strings.TrimSpace(o.Name) == "" {
			p.add(path+".name", "is empty; the image and the landing page show it")
		}
		if o.URL != "" {
			p.url(path+".url", o.URL)
		}
	}
	for i := range c.Campaigns {
		campaign, path := &c.Campaigns[i], fmt.Sprintf("campaigns[%d]", i)
		p.uuid(path+".id", campaign.ID, seen)
		if _, known := organizations[strings.ToLower(campaign.OrganizationID)]; !known {
			p.add(path+".organizationId", "%q is no organization of this catalog", campaign.OrganizationID)
		}
		p.campaign(path, campaign)
		if len(campaign.Creatives) == 0 {
			p.add(path+".creatives", "is empty; add at least one")
		}
		for j := range campaign.Creatives {
			p.creative(fmt.Sprintf("%s.creatives[%d]", path, j), &campaign.Creatives[j], seen)
		}
	}
	return errors.Join(p...)
}

func (p *problems) campaign(path string, c *Campaign) {
	p.oneOf(path+".status", c.Status, campaignStatuses)
	p.oneOf(path+".targetingMode", c.TargetingMode, targetingModes)
	p.each(path+".targetCountries", c.TargetCountries, func(path, country string) {
		if !countryForm.MatchString(country) {
			p.add(path, "%q is not an ISO 3166-1 alpha-2 code in capitals, such as US", country)
		}
	})
	if c.EndDate != nil && !c.StartDate.Before(*c.EndDate) {
		p.add(path+".endDate", "is not after startDate; the campaign would never run")
	}
	p.weight(path+".weight", c.Weight)
	p.url(path+".destinationUrl", c.DestinationURL)
}

func (p *problems) creative(path string, c *Creative, seen map[string]string) {
	p.uuid(path+".id", c.ID, seen)
	p.oneOf(path+".status", c.Status, creativeStatuses)
	p.each(path+".supportedPlatforms", c.SupportedPlatforms, func(path, platform string) {
		p.oneOf(path, platform, devicePlatforms)
	})
	p.each(path+".messagingPlatforms", c.MessagingPlatforms, func(path, platform string) {
		p.oneOf(path, platform, messagingPlatforms)
	})
	p.each(path+".languages", c.Languages, func(path, tag string) {
		if !languageForm.MatchString(tag) {
			p.add(path, "%q is not a BCP 47 language tag, such as pt-BR", tag)
		}
	})
	p.text(path+".title", c.Title, titleLimit)
	if c.Subtitle != "" {
		p.text(path+".subtitle", c.Subtitle, titleLimit)
	}
	p.text(path+".body", c.Body, bodyLimit)
	p.text(path+".cta", c.CTA, buttonLimit)
	if c.Image != "" {
		p.url(path+".image", c.Image)
	}
	p.weight(path+".weight", c.Weight)
}
