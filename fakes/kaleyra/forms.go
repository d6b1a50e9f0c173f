package kaleyra

import (
	"maps"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// forms are those of the documents of this fake.
func forms() store.Forms {
	all := meta.MediaForms()
	maps.Copy(all, store.Forms{
		kindUsage:  store.JSON[usage](),
		kindLearnt: store.JSON[[]meta.Template](),
		kindKept:   store.JSON[kept](),
	})
	return all
}
