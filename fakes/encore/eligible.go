package encore

import (
	"slices"
	"strings"
	"time"
)

// build works out what is eligible for a key. The time is any moment within
// the key's epoch.
func (x *Index) build(key groupKey, now time.Time) *group {
	g := &group{noFill: NoFillNoCampaign}
	for i := range x.catalog.Campaigns {
		c := &x.catalog.Campaigns[i]
		creatives, missing := c.eligible(key, now)
		switch {
		case missing == "":
			g.candidates = append(g.candidates, candidate{c, creatives, hash(0, "campaign", c.ID)})
		case obstacle(missing) > obstacle(g.noFill):
			g.noFill = missing
		}
	}
	if len(g.candidates) > 0 {
		g.noFill = ""
	}
	return g
}

// obstacle is how far a campaign came before the reason stopped it. The reason
// of the campaign that came farthest is the one to tell.
func obstacle(noFill string) int {
	return slices.Index([]string{NoFillNoCampaign, NoFillGeo, NoFillPlatform, NoFillLanguage}, noFill)
}

// eligible is the creatives of a campaign that may be shown, or why none may.
func (c *Campaign) eligible(key groupKey, now time.Time) (creatives []*Creative, missing string) {
	if !c.runs(now) {
		return nil, NoFillNoCampaign
	}
	if !c.targets(key) {
		return nil, NoFillGeo
	}
	for i := range c.Creatives {
		if c.Creatives[i].fits(key) {
			creatives = append(creatives, &c.Creatives[i])
		}
	}
	if len(creatives) == 0 {
		return nil, NoFillPlatform
	}
	if creatives = spoken(creatives, key); len(creatives) == 0 {
		return nil, NoFillLanguage
	}
	return creatives, ""
}

func (c *Campaign) targets(key groupKey) bool {
	listed := slices.Contains(c.TargetCountries, key.country)
	if c.TargetingMode == Blacklist && listed {
		return false
	}
	if c.TargetingMode != Blacklist && !listed && len(c.TargetCountries) > 0 {
		return false
	}
	return lists(c.TargetRegions, key.region) && lists(c.TargetCities, key.city)
}

func (c *Creative) fits(key groupKey) bool {
	return c.Status == CreativeActive &&
		(key.device == "" || lists(c.SupportedPlatforms, key.device)) &&
		(key.messaging == "" || lists(c.MessagingPlatforms, key.messaging))
}

// lists says whether an optional list admits a value: an empty one admits all.
func lists(list []string, value string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, value) })
}

// spoken keeps the creatives that suit the language best: those that name the
// tag or the longest beginning of it, else those that name no language. When
// the request names none, English serves as the tag and any copy will do in the end.
func spoken(creatives []*Creative, key groupKey) []*Creative {
	tag := key.language
	if !key.spoken {
		tag = "en"
	}
	for tag != "" {
		if named := naming(creatives, tag); len(named) > 0 {
			return named
		}
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	if general := naming(creatives, ""); len(general) > 0 || key.spoken {
		return general
	}
	return creatives
}

// naming is the creatives that list the language; those without a list for "".
func naming(creatives []*Creative, tag string) (named []*Creative) {
	for _, c := range creatives {
		lists := slices.ContainsFunc(c.Languages, func(s string) bool { return strings.EqualFold(s, tag) })
		if lists || tag == "" && len(c.Languages) == 0 {
			named = append(named, c)
		}
	}
	return named
}
