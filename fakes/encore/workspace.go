package encore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// What a workspace has of its own. Without the documents it offers the
// configured catalog and has learnt nothing, as after a reset.
var (
	catalogKey = store.Key{Kind: kindCatalog, ID: "current"}
	learntKey  = store.Key{Kind: kindLearnt, ID: "snapshot"}
)

// Names of the statistics behind the bandit; the campaign's id follows.
const (
	impressionsOf = "impressions:"
	clicksOf      = "clicks:"
)

// ownCatalog is the document of a workspace's catalog. The hash names the
// content, so that the same catalog is prepared once.
type ownCatalog struct {
	Hash    string   `json:"hash"`
	Catalog *Catalog `json:"catalog"`
}

// SetCatalog makes c the catalog of a workspace. One that Validate refuses
// changes nothing; its error says why. Decisions that are remembered stay as
// they are. The catalog must not change afterwards.
func SetCatalog(ctx context.Context, ws *sim.Workspace, c *Catalog) error {
	if err := c.Validate(); err != nil {
		return err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	own := ownCatalog{Hash: hex.EncodeToString(sum[:]), Catalog: c}
	return ws.Edit(ctx, store.Reads{Own: []store.Key{catalogKey}}, func(tx *sim.Tx) error {
		tx.Put(catalogKey.Kind, catalogKey.ID, own)
		return nil
	})
}

// GetCatalog is the catalog that a workspace was given, or nil when it offers
// the configured one. The caller must not change it.
func GetCatalog(ctx context.Context, ws *sim.Workspace) (*Catalog, error) {
	own, _, err := sim.Look[ownCatalog](ctx, ws, catalogKey.Kind, catalogKey.ID)
	return own.Catalog, err
}

// Learn takes a new snapshot of what the campaigns have achieved in the
// workspace, impressions and first clicks, and returns it. From then on the
// bandit chooses by it; until the next, the same request gets the same offer.
func Learn(ctx context.Context, ws *sim.Workspace) (Counts, error) {
	counters, err := ws.Counters(ctx)
	if err != nil {
		return nil, err
	}
	counts := countsOf(counters)
	return counts, ws.Edit(ctx, store.Reads{Own: []store.Key{learntKey}}, func(tx *sim.Tx) error {
		tx.Put(learntKey.Kind, learntKey.ID, counts)
		return nil
	})
}

// countsOf picks the campaigns' statistics out of a workspace's.
func countsOf(counters map[string]int64) Counts {
	counts := Counts{}
	for name, n := range counters {
		if id, ok := strings.CutPrefix(name, impressionsOf); ok {
			counts[id] = Count{Impressions: n, Clicks: counts[id].Clicks}
		}
		if id, ok := strings.CutPrefix(name, clicksOf); ok {
			counts[id] = Count{Impressions: counts[id].Impressions, Clicks: n}
		}
	}
	return counts
}

// offered is the index of the catalog that the transaction's workspace offers.
func (f *fake) offered(tx *sim.Tx) *Index {
	own, ok := sim.Get[ownCatalog](tx, catalogKey.Kind, catalogKey.ID)
	if !ok {
		return f.index
	}
	return f.indexes.of(own)
}

// indexes are those of workspaces' own catalogs, by content. The oldest go first.
type indexes struct {
	mu    sync.Mutex
	known map[string]*Index
	order []string // hashes, oldest first
}

// indexesAtMost bounds how many catalogs are kept prepared beside the
// configured one.
const indexesAtMost = 16

func (x *indexes) of(own ownCatalog) *Index {
	x.mu.Lock()
	defer x.mu.Unlock()
	if index := x.known[own.Hash]; index != nil {
		return index
	}
	if len(x.order) == indexesAtMost {
		delete(x.known, x.order[0])
		x.order = x.order[1:]
	}
	if x.known == nil {
		x.known = map[string]*Index{}
	}
	index := NewIndex(own.Catalog)
	x.known[own.Hash] = index
	x.order = append(x.order, own.Hash)
	return index
}

// holding is a prepared index that has the campaign, or nil.
func (x *indexes) holding(campaignID string) *Index {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, hash := range x.order {
		if index := x.known[hash]; index.Campaign(campaignID) != nil {
			return index
		}
	}
	return nil
}
