package scenarios

import (
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

// Quotas are what one workspace may hold and use. What it may hold bounds every
// workspace, the rest those that are made over the control API. 0 is without
// bound, but for what it may hold, where it means the default.
type Quotas struct {
	Exchanges         int    `yaml:"exchanges"`         // of its journal; default 10,000
	Megabytes         int    `yaml:"megabytes"`         // of its journal; default 64
	PerOwner          *int   `yaml:"perOwner"`          // workspaces of one owner
	Idle              string `yaml:"idle"`              // dropped after that time without a call, or never; default 24h
	RequestsPerSecond *int   `yaml:"requestsPerSecond"` // on each replica
	WebhooksPerMinute *int   `yaml:"webhooksPerMinute"` // on each replica
}

// Defaults of a sandbox that takes minted credentials only; others have no bound
// but the one on idleness.
const (
	strictPerOwner = 100
	strictRequests = 200
	strictWebhooks = 6000
	usualIdle      = 24 * time.Hour
)

// never says that nothing ends.
const never = "never"

// engine are the quotas as the engine has them.
func (q Quotas) engine(strict bool) sim.Quotas {
	pick := func(set *int, otherwise int) int {
		if set != nil {
			return *set
		}
		if strict {
			return otherwise
		}
		return 0
	}
	idle, _ := q.idle() // LoadConfig has read it
	return sim.Quotas{
		Workspaces: pick(q.PerOwner, strictPerOwner), Requests: pick(q.RequestsPerSecond, strictRequests),
		Webhooks: pick(q.WebhooksPerMinute, strictWebhooks), Idle: idle,
	}
}

func (q Quotas) idle() (time.Duration, error) {
	switch q.Idle {
	case "":
		return usualIdle, nil
	case never:
		return 0, nil
	}
	return story.ParseDuration(q.Idle)
}

// problems is what cannot be put to use.
func (q Quotas) problems() (all []encore.Problem) {
	add := func(field, text string) {
		all = append(all, encore.Problem{Path: "workspaces." + field, Text: text})
	}
	if _, err := q.idle(); err != nil {
		add("idle", strings.TrimSuffix(err.Error(), ".")+"; or write never")
	}
	for field, n := range map[string]*int{
		"exchanges": &q.Exchanges, "megabytes": &q.Megabytes, "perOwner": q.PerOwner, "requestsPerSecond": q.RequestsPerSecond, "webhooksPerMinute": q.WebhooksPerMinute,
	} {
		if n != nil && *n < 0 {
			add(field, "is negative; write 0 for no bound")
		}
	}
	return all
}
