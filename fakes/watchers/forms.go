package watchers

import "github.com/encore-sandbox/sandbox/sim/store"

// forms are those of the documents of this fake.
func forms() store.Forms {
	return store.Forms{
		kindOffers: store.JSON[catalogue](),
		kindUser:   store.JSON[user](),
		kindEntry:  store.JSON[Entry](),
	}
}
