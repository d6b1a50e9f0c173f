package zoko

import (
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// forms are those of the documents of this fake.
func forms() store.Forms {
	return store.Forms{
		kindListed:    store.JSON[time.Time](),
		kindTemplates: store.JSON[[]template](),
		kindWebhooks:  store.JSON[[]registered](),
		kindMessage:   store.JSON[message](),
	}
}
