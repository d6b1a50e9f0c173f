package encore

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Statuses of a campaign. Only active ones are offered.
const (
	CampaignActive           = "active"
	CampaignArchived         = "archived"
	CampaignAwaitingApproval = "awaiting_approval"
	CampaignCompleted        = "completed"
	CampaignDraft            = "draft"
)

// Statuses of a creative. Only active ones are shown.
const (
	CreativeActive   = "active"
	CreativeArchived = "archived"
	CreativeDraft    = "draft"
	CreativePaused   = "paused"
)

// How a campaign reads its targetCountries.
const (
	Whitelist = "whitelist" // the listed countries only; an empty list means every country
	Blacklist = "blacklist" // every country but the listed ones
)

// Catalog is everything that can be offered. The shape follows the campaigns
// and creatives of Encore's offers/search, reduced to what decides about an
// offer and what a customer gets to see. In sandbox.yaml it is the key
// "catalog".
type Catalog struct {
	Organizations []Organization `json:"organizations" yaml:"organizations"`
	Campaigns     []Campaign     `json:"campaigns" yaml:"campaigns"`
}

// Organization is an advertiser.
type Organization struct {
	ID   string `json:"id" yaml:"id"` // UUID
	Name string `json:"name" yaml:"name"`
	URL  string `json:"url,omitempty" yaml:"url,omitempty"`
}

// Campaign is one perk of an organization with the people it is meant for.
type Campaign struct {
	ID             string `json:"id" yaml:"id"`                         // UUID; also the offer's id
	OrganizationID string `json:"organizationId" yaml:"organizationId"` // UUID of an organization of the catalog
	Name           string `json:"name" yaml:"name"`                     // for people who read the catalog; customers never see it
	Status         string `json:"status" yaml:"status"`                 // active, archived, awaiting_approval, completed or draft

	// The campaign runs from StartDate up to, but not including, EndDate, on the
	// sandbox clock. A zero StartDate means always; a nil EndDate, for ever.
	StartDate time.Time  `json:"startDate,omitzero" yaml:"startDate,omitempty"`
	EndDate   *time.Time `json:"endDate" yaml:"endDate"`

	// TargetCountries are ISO 3166-1 alpha-2 codes in capitals, read as
	// TargetingMode says (empty means whitelist). TargetCities and TargetRegions
	// narrow the choice further in either mode: when set, the request must name
	// one of them, in any letter case.
	TargetingMode   string   `json:"targetingMode,omitempty" yaml:"targetingMode,omitempty"`
	TargetCountries []string `json:"targetCountries,omitempty" yaml:"targetCountries,omitempty"`
	TargetCities    []string `json:"targetCities,omitempty" yaml:"targetCities,omitempty"`
	TargetRegions   []string `json:"targetRegions,omitempty" yaml:"targetRegions,omitempty"`

	// Weight multiplies the campaign's draw in the choice between campaigns: of
	// two with the same click rate the heavier is shown more often. 0 means 1.
	Weight float64 `json:"weight,omitempty" yaml:"weight,omitempty"`
	// Demo marks a fictional brand.
	Demo           bool       `json:"demo,omitempty" yaml:"demo,omitempty"`
	DestinationURL string     `json:"destinationUrl" yaml:"destinationUrl"` // where the advertiser's page would be
	Creatives      []Creative `json:"creatives" yaml:"creatives"`
}

// Creative is what a customer sees of a campaign: in WhatsApp the image, the
// body and the button, in Messenger and Instagram the image, the title, the
// subtitle and the button. "{clientName}" in a text is replaced by the
// operator's name.
type Creative struct {
	ID     string `json:"id" yaml:"id"` // UUID
	Name   string `json:"name" yaml:"name"`
	Status string `json:"status" yaml:"status"` // active, archived, draft or paused

	// SupportedPlatforms are device platforms (android, ios, web), as in
	// Encore's SDKs; empty means all. MessagingPlatforms are the sandbox's
	// addition: whatsapp, instagram, facebook; empty means all. With both, "all
	// eligible creatives filtered by recipient platform" can be produced.
	SupportedPlatforms []string `json:"supportedPlatforms,omitempty" yaml:"supportedPlatforms,omitempty"`
	MessagingPlatforms []string `json:"messagingPlatforms,omitempty" yaml:"messagingPlatforms,omitempty"`
	// Languages are BCP 47 tags; empty means all, but a creative that names the
	// request's language goes before one that names none.
	Languages []string `json:"languages,omitempty" yaml:"languages,omitempty"`

	Title    string  `json:"title" yaml:"title"`                           // at most 80 characters
	Subtitle string  `json:"subtitle,omitempty" yaml:"subtitle,omitempty"` // at most 80 characters
	Body     string  `json:"body" yaml:"body"`                             // at most 1024 characters
	CTA      string  `json:"cta" yaml:"cta"`                               // text of the button, at most 20 characters
	Image    string  `json:"image,omitempty" yaml:"image,omitempty"`       // URL; empty means the one of ImageURL
	Weight   float64 `json:"weight,omitempty" yaml:"weight,omitempty"`     // share among a campaign's creatives; 0 means 1
}

// assetsHost is where Encore keeps the images of creatives, imageBase what
// their links begin with.
const (
	assetsHost = "storage.googleapis.com"
	imageBase  = "https://" + assetsHost + "/encore-assets-prod/creatives/"
)

// Weight is how many bytes of memory the catalog takes, about.
func (c *Catalog) Weight() (bytes int64) {
	texts := func(all ...string) {
		for _, text := range all {
			bytes += int64(len(text))
		}
	}
	lists := func(all ...[]string) {
		for _, list := range all {
			bytes += 16 * int64(len(list)) // a string's header
			texts(list...)
		}
	}
	for _, o := range c.Organizations {
		texts(o.ID, o.Name, o.URL)
	}
	for _, campaign := range c.Campaigns {
		bytes += int64(reflect.TypeOf(campaign).Size())
		texts(campaign.ID, campaign.OrganizationID, campaign.Name, campaign.DestinationURL)
		lists(campaign.TargetCountries, campaign.TargetRegions, campaign.TargetCities)
		for _, creative := range campaign.Creatives {
			bytes += int64(reflect.TypeOf(creative).Size())
			texts(creative.ID, creative.Name, creative.Title, creative.Subtitle, creative.Body, creative.CTA, creative.Image)
			lists(creative.SupportedPlatforms, creative.MessagingPlatforms, creative.Languages)
		}
	}
	return bytes
}

// ImageURL is the link under which a creative's image is served:
// …/creatives/<campaignId>/primary-<ms>.png, as in the Encore integration
// guide's sample. A creative without an image of its own gets a stamp in the
// spring of 2026 that depends on its id.
func ImageURL(campaignID string, creative *Creative) string {
	if creative.Image != "" {
		return creative.Image
	}
	const first, spread = 1772323200000, 90 * 24 * 3600 * 1000 // 2026-03-01, 90 days, in milliseconds
	stamp := first + hash(0, "image", creative.ID)%spread
	return imageBase + campaignID + "/primary-" + strconv.FormatUint(stamp, 10) + ".png"
}

// ImageCampaign is the campaign whose image a URL path names, with or without
// the bucket's name in front: "/encore-assets-prod/creatives/<id>/primary-<ms>.png".
func ImageCampaign(path string) (campaignID string, ok bool) {
	_, rest, found := strings.Cut(path, "creatives/")
	if !found {
		return "", false
	}
	campaignID, file, found := strings.Cut(rest, "/")
	stamp, prefixed := strings.CutPrefix(file, "primary-")
	stamp, suffixed := strings.CutSuffix(stamp, ".png")
	if !found || !prefixed || !suffixed || campaignID == "" || !digits(stamp) {
		return "", false
	}
	return campaignID, true
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// runs says whether the campaign may be offered at that time.
func (c *Campaign) runs(now time.Time) bool {
	return c.Status == CampaignActive && !now.Before(c.StartDate) && (c.EndDate == nil || now.Before(*c.EndDate))
}
