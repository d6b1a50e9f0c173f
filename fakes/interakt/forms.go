package interakt

import (
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// forms are those of the documents of this fake.
func forms() store.Forms {
	return store.Forms{
		kindCustomer:  store.JSON[customer](),
		kindUser:      store.JSON[customer](),
		kindRate:      store.JSON[minute](),
		kindTemplates: store.JSON[[]meta.Template](),
		kindMessage:   store.Plain(),
	}
}
