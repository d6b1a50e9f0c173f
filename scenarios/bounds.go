package scenarios

import "github.com/encore-sandbox/sandbox/sim/store"

// Bounds are what one workspace may hold: what is remembered by an id is small,
// a thread with its timeline is not. The ids that name a thread are remembered
// for at least as long as the decisions, each of which mints one.
func (c Config) Bounds() store.Bounds {
	const remembered, threads = 100_000, 10_000
	decisions := c.Decisions
	if decisions == 0 {
		decisions = remembered
	}
	return store.Bounds{Exchanges: c.Workspaces.Exchanges, Bytes: int64(c.Workspaces.Megabytes) << 20, Docs: map[string]int{
		"decision": decisions, "minted": max(decisions, remembered),
		"recent": remembered, "thread": threads, "outbox": threads, "fate": remembered,
		"transaction": remembered, "ordinal": remembered, "trial": remembered, "bucket": remembered,
		"meta.rate": remembered, "meta.optout": remembered, "meta.media": threads, "metaUpload": threads,
		"interakt.message": remembered, "interakt.customer": threads, "interakt.user": threads, "interakt.rate": threads,
		"kaleyra.message": remembered, "zoko.message": remembered,
		"watchers.user": remembered, "watchers.entry": threads,
	}, Lists: map[string]string{"thread": "timeline"}, Stays: []string{"shared", "listener"}}
}
