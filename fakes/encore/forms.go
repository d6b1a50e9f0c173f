package encore

import "github.com/encore-sandbox/sandbox/sim/store"

// forms are those of the documents of the API and of the advertiser's pages, which share
// them.
func forms() store.Forms {
	return store.Forms{
		kindDecision:    store.Plain(),
		kindTransaction: store.JSON[transaction](),
		kindCatalog:     store.JSON[ownCatalog](),
		kindLearnt:      store.JSON[Counts](),
		kindTrial:       store.JSON[trial](),
		kindBucket:      store.JSON[bucket](),
	}
}
