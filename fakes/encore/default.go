package encore

import (
	"cmp"
	"strings"
	"time"

	"github.com/brianvoe/gofakeit/v7"
)

// offering is one row of the default catalog. Countries and languages are
// separated by spaces; English copy for everyone else comes on top, unless the
// row is local.
type offering struct {
	brand     string
	perk      perk
	countries string
	languages string
	device    string // the only one, or empty for all
	local     bool   // in its own languages only
	status    string // active when empty
	from      int    // first year, 2020 when 0
	until     int    // last year, or 0 for ever
}

// offerings are fictional brands for forty-eight countries. With them every
// reason for no offer can be had without a catalog of one's own: country AQ
// (geo), country IS on android (platform), country KR in any language but
// Korean (language), any time before 2020 (no active campaign).
var offerings = []offering{
	{brand: "Kinovale", perk: streaming, countries: "US CA GB IE AU NZ", languages: "fr"},
	{brand: "Tonewillow", perk: music, countries: "US CA MX", languages: "es fr"},
	{brand: "Pulsefern", perk: fitness, countries: "US GB AU", languages: "es"},
	{brand: "Parlowise", perk: learning, countries: "US CA", languages: "es fr"},
	{brand: "Basketfern", perk: groceries, countries: "US", languages: "es"},
	{brand: "Wanderquill", perk: travel, countries: "US CA GB IE AU NZ", languages: "es fr"},
	{brand: "Pageharbor", perk: reading, countries: "US GB"},
	{brand: "Albumoor", perk: photos, countries: "GB IE"},
	{brand: "Lichtspur", perk: streaming, countries: "DE AT CH", languages: "de fr it"},
	{brand: "Klangmoos", perk: music, countries: "DE AT CH", languages: "de"},
	{brand: "Voltaille", perk: fitness, countries: "FR BE CH", languages: "fr nl de"},
	{brand: "Lirebleue", perk: reading, countries: "FR BE", languages: "fr nl"},
	{brand: "Cinebrisa", perk: streaming, countries: "ES MX CO AR CL PE", languages: "es"},
	{brand: "Canastela", perk: groceries, countries: "ES MX", languages: "es"},
	{brand: "Ritmovela", perk: music, countries: "BR PT", languages: "pt"},
	{brand: "Falandu", perk: learning, countries: "BR PT", languages: "pt"},
	{brand: "Passolento", perk: fitness, countries: "IT", languages: "it"},
	{brand: "Sostarella", perk: travel, countries: "IT CH", languages: "it de fr"},
	{brand: "Grachtlied", perk: music, countries: "NL BE", languages: "nl fr"},
	{brand: "Fotoduin", perk: photos, countries: "NL BE", languages: "nl fr"},
	{brand: "Ekranova", perk: streaming, countries: "PL", languages: "pl"},
	{brand: "Masalgece", perk: reading, countries: "TR", languages: "tr"},
	{brand: "Nagmati", perk: music, countries: "AE SA EG MA JO KW QA", languages: "ar"},
	{brand: "Safarnoor", perk: travel, countries: "AE SA EG MA", languages: "ar fr"},
	{brand: "Gyanvriksh", perk: learning, countries: "IN", languages: "hi"},
	{brand: "Thelabazaar", perk: groceries, countries: "IN", languages: "hi"},
	{brand: "Kazemori", perk: streaming, countries: "JP", languages: "ja"},
	{brand: "Otonagi", perk: music, countries: "JP", languages: "ja"},
	{brand: "Kotabaca", perk: reading, countries: "ID MY SG", languages: "id"},
	{brand: "Lagurasa", perk: music, countries: "ID", languages: "id"},
	{brand: "Byeolbit", perk: photos, countries: "KR", languages: "ko", local: true},
	{brand: "Nordlydt", perk: music, countries: "SE NO DK FI"},
	{brand: "Savannote", perk: music, countries: "ZA NG KE GH"},
	{brand: "Islandoro", perk: travel, countries: "SG MY PH TH VN", languages: "id"},
	{brand: "Fjallferd", perk: travel, countries: "IS", device: "ios"},
	{brand: "Oldmarigold", perk: reading, countries: "US GB AQ", status: CampaignArchived},
	{brand: "Summerlark", perk: photos, countries: "US AQ", status: CampaignCompleted, until: 2024},
	{brand: "Winterlark", perk: travel, countries: "US AQ", until: 2024},
	{brand: "Draftwick", perk: groceries, countries: "US AQ", status: CampaignDraft},
	{brand: "Patientia", perk: learning, countries: "US AQ", status: CampaignAwaitingApproval},
	{brand: "Morrowlark Lane", perk: streaming, countries: "US AQ", from: 2090},
}

// Default is the catalog that a sandbox starts with: thirty-five running
// campaigns and six that do not run. The seed decides ids and weights, nothing
// else; the same seed gives the same catalog.
func Default(seed uint64) *Catalog {
	// gofakeit takes seed 0 as a wish for surprise.
	faker := gofakeit.New(max(hash(seed, "catalog"), 1))
	c := &Catalog{}
	for _, row := range offerings {
		organization := Organization{ID: faker.UUID(), Name: row.brand, URL: "https://" + slug(row.brand) + ".example"}
		c.Organizations = append(c.Organizations, organization)
		c.Campaigns = append(c.Campaigns, row.campaign(faker, organization))
	}
	return c
}

func (o offering) campaign(faker *gofakeit.Faker, by Organization) Campaign {
	c := Campaign{
		ID:              faker.UUID(),
		OrganizationID:  by.ID,
		Name:            o.brand + " " + string(o.perk),
		Status:          cmp.Or(o.status, CampaignActive),
		StartDate:       newYear(cmp.Or(o.from, 2020)),
		TargetingMode:   Whitelist,
		TargetCountries: strings.Fields(o.countries),
		Weight:          float64(faker.IntRange(2, 5)) / 2,
		Demo:            true,
		DestinationURL:  by.URL + "/welcome",
	}
	if o.until != 0 {
		end := newYear(o.until + 1)
		c.EndDate = &end
	}
	if !o.local {
		c.Creatives = o.creatives(faker, "en", nil)
	}
	for _, language := range strings.Fields(o.languages) {
		c.Creatives = append(c.Creatives, o.creatives(faker, language, []string{language})...)
	}
	return c
}

// creatives are the two of a language: one whose text names the operator and
// one whose text does not.
func (o offering) creatives(faker *gofakeit.Faker, language string, only []string) []Creative {
	words := copyIn(language)
	perk := o.brand + words.colon + words.perks[o.perk]
	creative := func(name, subtitle, body string) Creative {
		c := Creative{
			ID: faker.UUID(), Name: language + " " + name, Status: CreativeActive, Languages: only,
			Title: perk, Subtitle: subtitle, Body: strings.ReplaceAll(body, "{perk}", perk), CTA: words.cta,
			Weight: float64(faker.IntRange(1, 3)),
		}
		if o.device != "" {
			c.SupportedPlatforms = []string{o.device}
		}
		return c
	}
	return []Creative{
		creative("plain", words.subtitle, words.body),
		creative("named", words.namedSubtitle, words.namedBody),
	}
}

func newYear(year int) time.Time {
	return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
}

func slug(brand string) string {
	return strings.ReplaceAll(strings.ToLower(brand), " ", "-")
}
