package meta

import (
	"maps"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// forms are those of the documents of this fake.
func forms() store.Forms {
	all := MediaForms()
	maps.Copy(all, store.Forms{
		kindSubscription:     store.JSON[subscription](),
		kindTemplates:        store.JSON[templateBook](),
		kindNumber:           store.JSON[numberState](),
		kindPageFields:       store.JSON[[]string](),
		kindUpload:           store.JSON[upload](),
		kindAppSubscriptions: store.JSON[[]appSubscription](),
		kindRate:             store.JSON[bucket](),
		kindOptOut:           store.JSON[bool](),
		kindSettings:         store.JSON[map[string]any](),
	})
	return all
}

// MediaForms are the forms of the documents in which media are kept, for fakes
// that keep theirs with this package.
func MediaForms() store.Forms {
	return store.Forms{kindMedia: store.JSON[medium](), kindMediaIndex: store.JSON[mediaIndex]()}
}
