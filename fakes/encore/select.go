package encore

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Why a well-formed request gets no offer. When several hold, the first of
// this order is given: each presupposes that the ones before it do not hold.
const (
	NoFillNoCampaign = fault.NoFillNoCampaign // none is active and in its dates
	NoFillGeo        = fault.NoFillGeo        // none of those targets the country, region and city
	NoFillPlatform   = fault.NoFillPlatform   // none of those has an active creative for the device and the messaging platform
	NoFillLanguage   = fault.NoFillLanguage   // none of those is in the language asked for
)

// Query is what the choice of an offer depends on. An empty Platform,
// MessagingPlatform or Language does not narrow the choice; an empty Country,
// Region or City is one that no campaign lists.
type Query struct {
	Country           string // ISO 3166-1 alpha-2
	City              string
	Region            string
	Language          string // BCP 47
	Platform          string // device: android, ios or web
	MessagingPlatform string // whatsapp, instagram or facebook
	ChatID            string
	RequestID         string    // as sent; empty when the server made it up, lest it decide
	Now               time.Time // on the sandbox clock
}

// Index answers which offer a query gets. What is eligible is worked out once
// for each kind of query and kept, so that a request costs the same with ten
// campaigns or ten thousand. It may be used by many goroutines.
type Index struct {
	catalog   *Catalog
	places    map[string]int // campaign id → place in the catalog
	limits    []time.Time    // every start and end, ascending: between two, nothing begins or ends
	countries map[string]bool
	regions   map[string]bool // lower case, as are cities and languages
	cities    map[string]bool
	languages map[string]bool

	mu     sync.RWMutex
	groups map[groupKey]*group
	kept   int // candidates in all groups
}

// keepAtMost bounds the memory of an Index: beyond so many candidates in all,
// what is known is forgotten and worked out again. It is a few tens of MiB.
const keepAtMost = 1 << 19

// groupKey is a query reduced to what the catalog can tell apart: a country
// that no campaign lists is "", and so on. So its values are as many as the
// catalog has, whatever callers send.
type groupKey struct {
	country, region, city string
	language              string // a tag that some creative names, else its base, else ""
	spoken                bool   // a language was asked for
	device, messaging     string
	epoch                 int // how many of the limits have passed
}

// group is what is eligible for one key, in the catalog's order.
type group struct {
	candidates []candidate
	noFill     string
}

type candidate struct {
	campaign  *Campaign
	creatives []*Creative // never empty
	hash      uint64      // of the campaign's id
}

// NewIndex prepares a catalog for Choose. The catalog must not change afterwards.
func NewIndex(catalog *Catalog) *Index {
	x := &Index{
		catalog: catalog, places: map[string]int{}, groups: map[groupKey]*group{},
		countries: map[string]bool{}, regions: map[string]bool{}, cities: map[string]bool{}, languages: map[string]bool{},
	}
	for i := range catalog.Campaigns {
		c := &catalog.Campaigns[i]
		x.places[c.ID] = i
		addLower(x.regions, c.TargetRegions)
		addLower(x.cities, c.TargetCities)
		for _, country := range c.TargetCountries {
			x.countries[country] = true
		}
		for j := range c.Creatives {
			addLower(x.languages, c.Creatives[j].Languages)
		}
		x.limits = append(x.limits, c.StartDate)
		if c.EndDate != nil {
			x.limits = append(x.limits, *c.EndDate)
		}
	}
	slices.SortFunc(x.limits, time.Time.Compare)
	x.limits = slices.CompactFunc(x.limits, time.Time.Equal)
	return x
}

func addLower(set map[string]bool, names []string) {
	for _, name := range names {
		set[strings.ToLower(name)] = true
	}
}

// Campaign is the campaign with that id, or nil.
func (x *Index) Campaign(id string) *Campaign {
	if i, known := x.places[id]; known {
		return &x.catalog.Campaigns[i]
	}
	return nil
}

// Creative is the creative of a campaign with that id, or nil.
func (c *Campaign) Creative(id string) *Creative {
	for i := range c.Creatives {
		if c.Creatives[i].ID == id {
			return &c.Creatives[i]
		}
	}
	return nil
}

// Organization is the advertiser with that id, or the zero value.
func (x *Index) Organization(id string) Organization {
	for _, o := range x.catalog.Organizations {
		if o.ID == id {
			return o
		}
	}
	return Organization{}
}

// Choose finds the offer for a query: a campaign and one of its creatives, or
// the reason why there is none. Counts are a snapshot; as long as they are the
// same, the same query and seed give the same offer, in any process (the Encore
// integration guide calls chatId the bandit's seed and requestId that of A/B tests).
func (x *Index) Choose(q Query, seed uint64, counts Counts) (campaign *Campaign, creative *Creative, noFill string) {
	g := x.group(q)
	if g.noFill != "" {
		return nil, nil, g.noFill
	}
	base := hash(seed, "offer", q.ChatID, q.RequestID)
	best := pick(g.candidates, base, counts)
	return best.campaign, best.creative(base), ""
}

func (x *Index) group(q Query) *group {
	key := x.key(q)
	x.mu.RLock()
	g := x.groups[key]
	x.mu.RUnlock()
	if g != nil {
		return g
	}
	g = x.build(key, q.Now)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.kept += len(g.candidates) + 1; x.kept > keepAtMost {
		clear(x.groups)
		x.kept = len(g.candidates) + 1
	}
	x.groups[key] = g
	return g
}

func (x *Index) key(q Query) groupKey {
	return groupKey{
		country:   known(x.countries, strings.ToUpper(q.Country)),
		region:    known(x.regions, strings.ToLower(q.Region)),
		city:      known(x.cities, strings.ToLower(q.City)),
		language:  x.language(q.Language),
		spoken:    q.Language != "",
		device:    known(platformSet, q.Platform),
		messaging: known(platformSet, q.MessagingPlatform),
		epoch:     sort.Search(len(x.limits), func(i int) bool { return x.limits[i].After(q.Now) }),
	}
}

// platformSet holds the values that narrow a choice. The API refuses others
// before they get here.
var platformSet = map[string]bool{
	"android": true, "ios": true, "web": true,
	WhatsApp: true, Instagram: true, Facebook: true,
}

func known(set map[string]bool, name string) string {
	if set[name] {
		return name
	}
	return ""
}

// language is the longest beginning of the tag that some creative names:
// "pt-BR" is looked up as pt-br, then as pt.
func (x *Index) language(tag string) string {
	for tag = strings.ToLower(tag); tag != ""; {
		if x.languages[tag] {
			return tag
		}
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	return ""
}
