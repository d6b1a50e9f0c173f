package encore

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// choice is the answer of Choose in short.
func choice(x *Index, q Query, seed uint64, counts Counts) string {
	campaign, creative, noFill := x.Choose(q, seed, counts)
	if campaign == nil || creative == nil {
		return noFill
	}
	return campaign.ID + "/" + creative.ID + noFill
}

// seedQuery is the request of the Encore integration guide.
func seedQuery() Query {
	return Query{
		Country: "US", Language: "en", Platform: "ios", MessagingPlatform: WhatsApp,
		ChatID: "8b3f7c10-9d4e-4d2a-91a1-3f0e8a1c0b5d", Now: noon,
	}
}

func TestTheGuidesRequestIsServed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		campaign, creative, noFill := NewIndex(Default(seed)).Choose(seedQuery(), seed, nil)
		if noFill != "" || campaign == nil || creative == nil {
			t.Fatalf("seed %d: no offer (%s)", seed, noFill)
		}
		if len(creative.Languages) != 0 {
			t.Errorf("seed %d: an English request gets %v", seed, creative.Languages)
		}
	}
}

// TestDefaultNoFill holds what the comment of the default catalog promises.
func TestDefaultNoFill(t *testing.T) {
	t.Parallel()
	x := NewIndex(Default(0))
	for name, c := range map[string]struct {
		change func(*Query)
		want   string
	}{
		"a country that nobody targets":       {func(q *Query) { q.Country = "AQ" }, NoFillGeo},
		"no country":                          {func(q *Query) { q.Country = "" }, NoFillGeo},
		"an offer for iPhones only":           {func(q *Query) { q.Country, q.Platform = "IS", "android" }, NoFillPlatform},
		"an offer in Korean only":             {func(q *Query) { q.Country = "KR" }, NoFillLanguage},
		"before everything":                   {func(q *Query) { q.Now = time.Date(2019, 12, 31, 23, 59, 59, 0, time.UTC) }, NoFillNoCampaign},
		"before everything and nobody's land": {func(q *Query) { q.Now, q.Country = time.Time{}, "AQ" }, NoFillNoCampaign},
	} {
		q := seedQuery()
		c.change(&q)
		if diff := cmp.Diff(c.want, choice(x, q, 1, nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEligibility(t *testing.T) {
	t.Parallel()
	const served = idCampaign + "/" + idCreative
	day := 24 * time.Hour
	end := noon.Add(day)
	for name, c := range map[string]struct {
		change func(*Campaign, *Creative)
		query  func(*Query)
		want   string
	}{
		"for everybody":               {nil, nil, served},
		"paused campaign":             {func(c *Campaign, _ *Creative) { c.Status = CampaignDraft }, nil, NoFillNoCampaign},
		"not begun":                   {func(c *Campaign, _ *Creative) { c.StartDate = end }, nil, NoFillNoCampaign},
		"begins now":                  {func(c *Campaign, _ *Creative) { c.StartDate = noon }, nil, served},
		"ends now":                    {func(c *Campaign, _ *Creative) { c.EndDate = &noon }, nil, NoFillNoCampaign},
		"ends tomorrow":               {func(c *Campaign, _ *Creative) { c.EndDate = &end }, nil, served},
		"listed country":              {func(c *Campaign, _ *Creative) { c.TargetCountries = []string{"CA", "US"} }, nil, served},
		"other country":               {func(c *Campaign, _ *Creative) { c.TargetCountries = []string{"CA"} }, nil, NoFillGeo},
		"blacklisted":                 {func(c *Campaign, _ *Creative) { c.TargetingMode, c.TargetCountries = Blacklist, []string{"US"} }, nil, NoFillGeo},
		"blacklist of another":        {func(c *Campaign, _ *Creative) { c.TargetingMode, c.TargetCountries = Blacklist, []string{"CA"} }, nil, served},
		"city":                        {func(c *Campaign, _ *Creative) { c.TargetCities = []string{"Austin"} }, func(q *Query) { q.City = "AUSTIN" }, served},
		"other city":                  {func(c *Campaign, _ *Creative) { c.TargetCities = []string{"Austin"} }, func(q *Query) { q.City = "Boston" }, NoFillGeo},
		"no city":                     {func(c *Campaign, _ *Creative) { c.TargetCities = []string{"Austin"} }, nil, NoFillGeo},
		"region":                      {func(c *Campaign, _ *Creative) { c.TargetRegions = []string{"TX"} }, func(q *Query) { q.Region = "tx" }, served},
		"no region":                   {func(c *Campaign, _ *Creative) { c.TargetRegions = []string{"TX"} }, nil, NoFillGeo},
		"device":                      {func(_ *Campaign, k *Creative) { k.SupportedPlatforms = []string{"android", "ios"} }, nil, served},
		"other device":                {func(_ *Campaign, k *Creative) { k.SupportedPlatforms = []string{"web"} }, nil, NoFillPlatform},
		"unknown device":              {func(_ *Campaign, k *Creative) { k.SupportedPlatforms = []string{"web"} }, func(q *Query) { q.Platform = "" }, served},
		"other messenger":             {func(_ *Campaign, k *Creative) { k.MessagingPlatforms = []string{Instagram} }, nil, NoFillPlatform},
		"paused creative":             {func(_ *Campaign, k *Creative) { k.Status = CreativePaused }, nil, NoFillPlatform},
		"language":                    {func(_ *Campaign, k *Creative) { k.Languages = []string{"en"} }, nil, served},
		"regional request":            {func(_ *Campaign, k *Creative) { k.Languages = []string{"en"} }, func(q *Query) { q.Language = "en-US" }, served},
		"regional copy":               {func(_ *Campaign, k *Creative) { k.Languages = []string{"en-US"} }, func(q *Query) { q.Language = "EN-us" }, served},
		"only for another region":     {func(_ *Campaign, k *Creative) { k.Languages = []string{"en-GB"} }, func(q *Query) { q.Language = "en-US" }, NoFillLanguage},
		"other language":              {func(_ *Campaign, k *Creative) { k.Languages = []string{"de"} }, nil, NoFillLanguage},
		"no language: any will do":    {func(_ *Campaign, k *Creative) { k.Languages = []string{"de"} }, func(q *Query) { q.Language = "" }, served},
		"platform goes before speech": {func(_ *Campaign, k *Creative) { k.Languages, k.SupportedPlatforms = []string{"de"}, []string{"web"} }, nil, NoFillPlatform},
	} {
		catalog, q := smallCatalog(), seedQuery()
		if c.change != nil {
			c.change(&catalog.Campaigns[0], &catalog.Campaigns[0].Creatives[0])
		}
		if c.query != nil {
			c.query(&q)
		}
		if diff := cmp.Diff(c.want, choice(NewIndex(catalog), q, 1, nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTheFarthestCampaignGivesTheReason(t *testing.T) {
	t.Parallel()
	catalog := smallCatalog()
	french := catalog.Campaigns[0]
	french.Creatives = []Creative{{ID: "fr", Status: CreativeActive, Languages: []string{"fr"}}}
	catalog.Campaigns[0].Status = CampaignArchived
	catalog.Campaigns = append(catalog.Campaigns, french, catalog.Campaigns[0])
	if got := choice(NewIndex(catalog), seedQuery(), 1, nil); got != NoFillLanguage {
		t.Errorf("one campaign is over, one speaks French: %q, want %q", got, NoFillLanguage)
	}
}

func TestTheBestLanguageWins(t *testing.T) {
	t.Parallel()
	catalog := smallCatalog()
	for _, tag := range []string{"pt", "pt-BR", "en"} {
		catalog.Campaigns[0].Creatives = append(catalog.Campaigns[0].Creatives,
			Creative{ID: tag, Status: CreativeActive, Languages: []string{tag}})
	}
	x := NewIndex(catalog)
	for tag, want := range map[string]string{
		"pt-BR": "pt-BR", "pt-BR-x-lisp": "pt-BR", "pt-PT": "pt", "pt": "pt", "sw": idCreative, "": "en",
	} {
		q := seedQuery()
		q.Language = tag
		if _, creative, _ := x.Choose(q, 1, nil); creative == nil || creative.ID != want {
			t.Errorf("a request in %q gets %v, want %s", tag, creative, want)
		}
	}
}

// TestTimeMovesOn asks one index at several times, in both directions: threads
// have clocks of their own.
func TestTimeMovesOn(t *testing.T) {
	t.Parallel()
	catalog := smallCatalog()
	start, end := noon.Add(500*time.Millisecond), noon.Add(time.Second)
	catalog.Campaigns[0].StartDate, catalog.Campaigns[0].EndDate = start, &end
	x := NewIndex(catalog)
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{0, false}, {500 * time.Millisecond, true}, {999 * time.Millisecond, true}, {time.Second, false}, {600 * time.Millisecond, true}, {0, false}} {
		q := seedQuery()
		q.Now = noon.Add(c.after)
		if _, _, noFill := x.Choose(q, 1, nil); (noFill == "") != c.want {
			t.Errorf("%v after noon: no-fill %q, want an offer: %v", c.after, noFill, c.want)
		}
	}
}

func TestChooseIsRepeatable(t *testing.T) {
	t.Parallel()
	one, other := NewIndex(Default(0)), NewIndex(Default(0))
	seen := map[string]bool{}
	for i := range 200 {
		q := seedQuery()
		q.ChatID = fmt.Sprint("chat ", i)
		want := choice(one, q, 1, nil)
		if got := choice(other, q, 1, nil); got != want {
			t.Fatalf("chat %d gets %s, then %s", i, want, got)
		}
		seen[want] = true
	}
	if len(seen) < 10 {
		t.Errorf("200 chats get only %d different offers", len(seen))
	}
	for name, change := range map[string]func(*Query, *uint64){
		"seed":      func(_ *Query, seed *uint64) { *seed = 2 },
		"requestId": func(q *Query, _ *uint64) { q.RequestID = "11111111-1111-4111-8111-111111111111" },
	} {
		if changes(change) == 0 {
			t.Errorf("%s makes no difference to 100 chats", name)
		}
	}
	if n := changes(func(q *Query, _ *uint64) { q.City, q.Language = "Austin", "en-US" }); n != 0 {
		t.Errorf("what decides about eligibility only changed %d choices", n)
	}
}

// changes counts the chats that get another offer when something changes.
func changes(change func(*Query, *uint64)) (n int) {
	x := NewIndex(Default(0))
	for i := range 100 {
		q, seed := seedQuery(), uint64(1)
		q.ChatID = fmt.Sprint(i)
		before := choice(x, q, seed, nil)
		if change(&q, &seed); choice(x, q, seed, nil) != before {
			n++
		}
	}
	return n
}

// bigCatalog has n campaigns for everybody.
func bigCatalog(n int) *Catalog {
	c := &Catalog{}
	for i := range n {
		c.Campaigns = append(c.Campaigns, Campaign{
			ID: UUID(uint64(i)), Status: CampaignActive,
			Creatives: []Creative{{ID: UUID(uint64(i), "creative"), Status: CreativeActive}},
		})
	}
	return c
}

// shares plays many chats and says how often each campaign was offered.
func shares(catalog *Catalog, counts Counts, chats int) []float64 {
	x, won := NewIndex(catalog), map[string]float64{}
	for i := range chats {
		q := seedQuery()
		q.ChatID = fmt.Sprint(i)
		campaign, _, _ := x.Choose(q, 9, counts)
		won[campaign.ID] += 1 / float64(chats)
	}
	var all []float64
	for _, c := range catalog.Campaigns {
		all = append(all, won[c.ID])
	}
	return all
}

func TestBanditShares(t *testing.T) {
	t.Parallel()
	id := func(i int) string { return UUID(uint64(i)) }
	for name, c := range map[string]struct {
		catalog *Catalog
		counts  Counts
		want    []float64
	}{
		"nothing is known: equal shares":                {bigCatalog(4), nil, []float64{.25, .25, .25, .25}},
		"twice the weight wins 3 of 4 uniform draws":    {heavySecond(), nil, []float64{.25, .75}},
		"much more clicked wins nearly always":          {bigCatalog(2), Counts{id(0): {1000, 20}, id(1): {1000, 100}}, []float64{0, 1}},
		"impressions without clicks count against":      {bigCatalog(2), Counts{id(0): {99, 0}}, []float64{.01, .99}},
		"clicks without misses count for":               {bigCatalog(2), Counts{id(0): {9, 9}}, []float64{10. / 11, 1. / 11}},
		"more clicks than impressions do no harm":       {bigCatalog(2), Counts{id(0): {0, 9}}, []float64{10. / 11, 1. / 11}},
		"equal evidence gives equal shares, small":      {bigCatalog(2), Counts{id(0): {5, 2}, id(1): {5, 2}}, []float64{.5, .5}},
		"weight evens out a click rate half as high":    {heavySecond(), Counts{id(0): {20000, 4000}, id(1): {20000, 2000}}, []float64{.5, .5}},
		"Beta(3,4) beats a uniform draw 3 of 7 times":   {bigCatalog(2), Counts{id(0): {5, 2}}, []float64{3. / 7, 4. / 7}},
		"Beta(2,20) beats a uniform draw 1 of 11 times": {bigCatalog(2), Counts{id(0): {20, 1}}, []float64{1. / 11, 10. / 11}},
	} {
		for i, got := range shares(c.catalog, c.counts, 10000) {
			if math.Abs(got-c.want[i]) > 0.02 {
				t.Errorf("%s: campaign %d gets %.3f of the chats, want %.3f", name, i, got, c.want[i])
			}
		}
	}
}

// heavySecond has two campaigns, the second with twice the weight.
func heavySecond() *Catalog {
	c := bigCatalog(2)
	c.Campaigns[1].Weight = 2
	return c
}

func TestManyCampaignsAllHaveAChance(t *testing.T) {
	t.Parallel()
	const n = 100 // not a multiple of compareAtMost
	for i, got := range shares(bigCatalog(n), nil, 50000) {
		if got < 0.006 || got > 0.0145 {
			t.Errorf("campaign %d of %d gets %.4f of the chats, want about 0.01", i, n, got)
		}
	}
}

func TestCreativesShareByWeight(t *testing.T) {
	t.Parallel()
	catalog := smallCatalog()
	catalog.Campaigns[0].Creatives = []Creative{
		{ID: "a", Status: CreativeActive, Weight: 3}, {ID: "off", Status: CreativePaused, Weight: 100}, {ID: "b", Status: CreativeActive},
	}
	x, shown := NewIndex(catalog), map[string]int{}
	for i := range 10000 {
		q := seedQuery()
		q.ChatID = fmt.Sprint(i)
		_, creative, _ := x.Choose(q, 1, nil)
		shown[creative.ID]++
	}
	if a := shown["a"]; a < 7300 || a > 7700 || shown["a"]+shown["b"] != 10000 {
		t.Errorf("weights 3 and 1 give %v of 10000", shown)
	}
}

// TestIndexForgets checks that no flood of odd requests makes the index grow,
// and that forgetting changes no choice.
func TestIndexForgets(t *testing.T) {
	t.Parallel()
	x := NewIndex(Default(0))
	want := choice(x, seedQuery(), 1, nil)
	for i := range 1000 {
		q := seedQuery()
		q.City, q.Region, q.Language, q.ChatID = fmt.Sprint(i), fmt.Sprint(i), "x"+strings.Repeat("x", i%8), fmt.Sprint(i)
		choice(x, q, 1, nil)
	}
	if len(x.groups) > 2 {
		t.Errorf("names that the catalog does not have made %d groups", len(x.groups))
	}
	x.kept = keepAtMost
	q := seedQuery()
	q.Country = "DE"
	choice(x, q, 1, nil)
	if len(x.groups) != 1 {
		t.Errorf("%d groups are left after the bound was reached", len(x.groups))
	}
	if got := choice(x, seedQuery(), 1, nil); got != want {
		t.Errorf("after forgetting %s is chosen, before it was %s", got, want)
	}
}

func TestIndexServesManyAtOnce(t *testing.T) {
	t.Parallel()
	x := NewIndex(Default(0))
	var all sync.WaitGroup
	for _, country := range []string{"US", "DE", "FR", "US", "AQ", "JP"} {
		all.Go(func() {
			for i := range 200 {
				q := seedQuery()
				q.Country, q.ChatID = country, fmt.Sprint(i)
				if got := choice(x, q, 1, nil); got == "" {
					t.Errorf("%s: neither offer nor reason", country)
				}
			}
		})
	}
	all.Wait()
}

func TestLookUps(t *testing.T) {
	t.Parallel()
	x := NewIndex(smallCatalog())
	campaign := x.Campaign(idCampaign)
	if campaign == nil || campaign.Creative(idCreative) == nil || x.Organization(campaign.OrganizationID).Name != "Tonewillow" {
		t.Errorf("campaign %v, its creative or its organization is not found", campaign)
	}
	if x.Campaign("x") != nil || campaign.Creative("x") != nil || x.Organization("x") != (Organization{}) {
		t.Error("an unknown id finds something")
	}
}

func BenchmarkChoose(b *testing.B) {
	learned := func(c *Catalog) Counts {
		counts := Counts{}
		for i, campaign := range c.Campaigns {
			counts[campaign.ID] = Count{Impressions: 1000, Clicks: int64(i % 90)}
		}
		return counts
	}
	for name, c := range map[string]*Catalog{"default": Default(0), "100": bigCatalog(100), "10000": bigCatalog(10000)} {
		for state, counts := range map[string]Counts{"fresh": nil, "learned": learned(c)} {
			b.Run(name+"/"+state, func(b *testing.B) {
				x, q := NewIndex(c), seedQuery()
				b.ReportAllocs()
				for b.Loop() {
					x.Choose(q, 1, counts)
				}
			})
		}
	}
}
