package encore

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// noon is a time at which the default catalog runs.
var noon = time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC)

func TestDefaultCatalog(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		if err := Default(seed).Validate(); err != nil {
			t.Fatalf("the default catalog of seed %d is invalid:\n%v", seed, err)
		}
	}
	running := 0
	countries, languages, brands := map[string]bool{}, map[string]bool{}, map[string]bool{}
	c := Default(0)
	for i := range c.Campaigns {
		campaign := &c.Campaigns[i]
		brands[c.Organizations[i].Name] = true
		if !campaign.runs(noon) {
			continue
		}
		running++
		for _, country := range campaign.TargetCountries {
			countries[country] = true
		}
		for _, creative := range campaign.Creatives {
			addLower(languages, append(creative.Languages, "en"))
		}
	}
	if running != 35 || len(countries) != 48 || len(languages) != 14 || len(brands) != len(c.Campaigns) {
		t.Errorf("%d running campaigns, %d countries, %d languages, %d brands of %d campaigns; documented are 35, 48, 14, one each",
			running, len(countries), len(languages), len(brands), len(c.Campaigns))
	}
}

func TestDefaultDependsOnTheSeedAlone(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{0, 1, 1 << 63} {
		if diff := cmp.Diff(Default(seed), Default(seed)); diff != "" {
			t.Errorf("seed %d gives two catalogs:\n%s", seed, diff)
		}
	}
	if Default(0).Campaigns[0].ID == Default(1).Campaigns[0].ID {
		t.Error("two seeds give the same ids")
	}
	// Ids that users copy into their tests must survive an upgrade.
	if got, want := Default(0).Campaigns[0].ID, "ffe4475b-07db-4644-8b5a-4f8fa73cfee0"; got != want {
		t.Errorf("first campaign of seed 0 is %s, want %s", got, want)
	}
}

// TestDefaultHasBothKindsOfText: the guide's table shows a text that names the
// operator, its sample one that does not.
func TestDefaultHasBothKindsOfText(t *testing.T) {
	t.Parallel()
	for _, campaign := range Default(0).Campaigns {
		named := 0
		for _, creative := range campaign.Creatives {
			if strings.Contains(creative.Body, clientNameMark) {
				named++
			}
			if strings.Contains(creative.Title+creative.Body, "{perk}") {
				t.Errorf("%s %s: a mark was left in the text", campaign.Name, creative.Name)
			}
		}
		if named == 0 || named == len(campaign.Creatives) {
			t.Errorf("%s: %d of %d creatives name the operator", campaign.Name, named, len(campaign.Creatives))
		}
	}
}

func TestCopyIsComplete(t *testing.T) {
	t.Parallel()
	perks := []perk{streaming, music, fitness, learning, groceries, travel, reading, photos}
	for _, w := range wordings {
		for _, p := range perks {
			if w.perks[p] == "" {
				t.Errorf("%s has no words for %s", w.language, p)
			}
		}
		marks := []int{
			strings.Count(w.body, clientNameMark), strings.Count(w.body, "{perk}"),
			strings.Count(w.namedBody, clientNameMark), strings.Count(w.namedBody, "{perk}"),
			strings.Count(w.namedSubtitle, clientNameMark), strings.Count(w.subtitle, "{"),
		}
		if diff := cmp.Diff([]int{0, 1, 1, 1, 1, 0}, marks); diff != "" {
			t.Errorf("%s: marks in body, named body, named subtitle, subtitle (-want +got):\n%s", w.language, diff)
		}
	}
}

func TestCatalogSurvivesJSONAndYAML(t *testing.T) {
	t.Parallel()
	want := Default(0)
	asJSON, err1 := json.Marshal(want)
	asYAML, err2 := yaml.Marshal(want)
	var fromJSON, fromYAML Catalog
	err3, err4 := json.Unmarshal(asJSON, &fromJSON), yaml.Unmarshal(asYAML, &fromYAML)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		t.Fatal(err1, err2, err3, err4)
	}
	if diff := cmp.Diff(want, &fromJSON); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, &fromYAML); diff != "" {
		t.Errorf("YAML (-want +got):\n%s", diff)
	}
}

const (
	idOrganization = "00000000-0000-4000-8000-000000000001"
	idCampaign     = "00000000-0000-4000-8000-000000000002"
	idCreative     = "00000000-0000-4000-8000-000000000003"
)

// smallCatalog has one campaign for everybody.
func smallCatalog() *Catalog {
	return &Catalog{
		Organizations: []Organization{{ID: idOrganization, Name: "Tonewillow"}},
		Campaigns: []Campaign{{
			ID: idCampaign, OrganizationID: idOrganization, Status: CampaignActive, DestinationURL: "https://tonewillow.example",
			Creatives: []Creative{{ID: idCreative, Status: CreativeActive, Title: "T", Body: "B", CTA: "Claim"}},
		}},
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := smallCatalog().Validate(); err != nil {
		t.Fatalf("the smallest catalog is refused: %v", err)
	}
	if err := (&Catalog{}).Validate(); err != nil {
		t.Fatalf("an empty catalog, which is all no-fill, is refused: %v", err)
	}
	long := strings.Repeat("ä", 1025)
	for name, c := range map[string]struct {
		change func(*Catalog, *Campaign, *Creative)
		want   string
	}{
		"organization id":     {func(c *Catalog, _ *Campaign, _ *Creative) { c.Organizations[0].ID = "x" }, `organizations[0].id: "x" is not a UUID`},
		"organization name":   {func(c *Catalog, _ *Campaign, _ *Creative) { c.Organizations[0].Name = " " }, "organizations[0].name: is empty"},
		"organization url":    {func(c *Catalog, _ *Campaign, _ *Creative) { c.Organizations[0].URL = "x" }, "organizations[0].url: \"x\" is not"},
		"dangling":            {func(_ *Catalog, c *Campaign, _ *Creative) { c.OrganizationID = idCreative }, "campaigns[0].organizationId: "},
		"campaign id":         {func(_ *Catalog, c *Campaign, _ *Creative) { c.ID = "" }, "campaigns[0].id: "},
		"id used twice":       {func(_ *Catalog, c *Campaign, _ *Creative) { c.ID = idCreative }, "campaigns[0].creatives[0].id: the same id as campaigns[0].id"},
		"campaign status":     {func(_ *Catalog, c *Campaign, _ *Creative) { c.Status = "on" }, `campaigns[0].status: "on" is not one of active, archived`},
		"mode":                {func(_ *Catalog, c *Campaign, _ *Creative) { c.TargetingMode = "x" }, "campaigns[0].targetingMode: \"x\" is not one of whitelist"},
		"small country":       {func(_ *Catalog, c *Campaign, _ *Creative) { c.TargetCountries = []string{"US", "us"} }, `campaigns[0].targetCountries[1]: "us"`},
		"dates":               {func(_ *Catalog, c *Campaign, _ *Creative) { c.StartDate, c.EndDate = noon, &noon }, "campaigns[0].endDate: is not after"},
		"weight":              {func(_ *Catalog, c *Campaign, _ *Creative) { c.Weight = -1 }, "campaigns[0].weight: -1"},
		"destination":         {func(_ *Catalog, c *Campaign, _ *Creative) { c.DestinationURL = "/x" }, "campaigns[0].destinationUrl: "},
		"no creative":         {func(_ *Catalog, c *Campaign, _ *Creative) { c.Creatives = nil }, "campaigns[0].creatives: is empty"},
		"creative id":         {func(_ *Catalog, _ *Campaign, k *Creative) { k.ID = "1" }, "campaigns[0].creatives[0].id: "},
		"creative status":     {func(_ *Catalog, _ *Campaign, k *Creative) { k.Status = "" }, "campaigns[0].creatives[0].status: "},
		"device":              {func(_ *Catalog, _ *Campaign, k *Creative) { k.SupportedPlatforms = []string{"iOS"} }, "campaigns[0].creatives[0].supportedPlatforms[0]: "},
		"messaging":           {func(_ *Catalog, _ *Campaign, k *Creative) { k.MessagingPlatforms = []string{"messenger"} }, "campaigns[0].creatives[0].messagingPlatforms[0]: "},
		"language":            {func(_ *Catalog, _ *Campaign, k *Creative) { k.Languages = []string{"pt_BR"} }, "campaigns[0].creatives[0].languages[0]: "},
		"empty title":         {func(_ *Catalog, _ *Campaign, k *Creative) { k.Title = "" }, "campaigns[0].creatives[0].title: is empty"},
		"long subtitle":       {func(_ *Catalog, _ *Campaign, k *Creative) { k.Subtitle = long }, "campaigns[0].creatives[0].subtitle: has 1025 characters; Meta allows 80"},
		"long body":           {func(_ *Catalog, _ *Campaign, k *Creative) { k.Body = long }, "campaigns[0].creatives[0].body: has 1025 characters; Meta allows 1024"},
		"long button":         {func(_ *Catalog, _ *Campaign, k *Creative) { k.CTA = "Claim before midnight" }, "campaigns[0].creatives[0].cta: has 21 characters; Meta allows 20"},
		"image":               {func(_ *Catalog, _ *Campaign, k *Creative) { k.Image = "ftp://x/y" }, "campaigns[0].creatives[0].image: "},
		"weight of creatives": {func(_ *Catalog, _ *Campaign, k *Creative) { k.Weight = 1e7 }, "campaigns[0].creatives[0].weight: "},
	} {
		catalog := smallCatalog()
		c.change(catalog, &catalog.Campaigns[0], &catalog.Campaigns[0].Creatives[0])
		err := catalog.Validate()
		if err == nil || !strings.HasPrefix(withoutConsequence(err.Error()), c.want) || strings.Contains(withoutConsequence(err.Error()), "\n") {
			t.Errorf("%s: got\n%v\nwant one problem: %s", name, err, c.want)
		}
	}
}

// withoutConsequence drops the line on the dangling reference that a broken
// organization id leaves behind.
func withoutConsequence(text string) string {
	first, rest, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(first, "organizations[0].id") && strings.HasPrefix(rest, "campaigns[0].organizationId") {
		return first
	}
	return text
}

func TestValidateNamesEveryProblem(t *testing.T) {
	t.Parallel()
	c := smallCatalog()
	c.Campaigns[0].Creatives[0].Title, c.Campaigns[0].Creatives[0].CTA, c.Campaigns[0].Status = "", "", ""
	if got := strings.Count(c.Validate().Error(), "\n") + 1; got != 3 {
		t.Errorf("three empty fields give %d lines:\n%v", got, c.Validate())
	}
}

func TestImageURL(t *testing.T) {
	t.Parallel()
	derived := ImageURL(idCampaign, &Creative{ID: idCreative})
	if id, ok := ImageCampaign(strings.TrimPrefix(derived, "https://storage.googleapis.com")); !ok || id != idCampaign {
		t.Errorf("the campaign of %s is read as %q, %v", derived, id, ok)
	}
	if other := ImageURL(idCampaign, &Creative{ID: idCampaign}); other == derived {
		t.Error("two creatives of a campaign share an image link")
	}
	if got := ImageURL(idCampaign, &Creative{Image: "https://a.example/b.png"}); got != "https://a.example/b.png" {
		t.Errorf("a creative's own image is replaced by %s", got)
	}
	for _, path := range []string{
		"", "/creatives/", "/creatives/a", "/creatives//primary-1.png", "/creatives/a/primary-.png",
		"/creatives/a/primary-x.png", "/creatives/a/primary-1.jpg", "/creatives/a/b/primary-1.png", "/a/primary-1.png",
	} {
		if id, ok := ImageCampaign(path); ok {
			t.Errorf("%q is read as the image of %q", path, id)
		}
	}
}
