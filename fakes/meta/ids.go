package meta

import (
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// Ids of media and templates are 16 digits, as Meta's are. Their first digits
// say what they name, so that /{object} can be routed without a look-up; phone
// numbers, accounts and people do not begin so.
const (
	mediaPrefix    = "10033"
	templatePrefix = "11923"
	idLength       = 16
)

func mediaID(r *sim.Rand) string    { return numericID(mediaPrefix, r) }
func templateID(r *sim.Rand) string { return numericID(templatePrefix, r) }

func numericID(prefix string, r *sim.Rand) string {
	return fmt.Sprintf("%s%0*d", prefix, idLength-len(prefix), r.Uint64()%1e11)
}

func isMediaID(id string) bool { return len(id) == idLength && strings.HasPrefix(id, mediaPrefix) }

// isTemplate tells a template by its id: one of this run, or of the configuration.
func (f *fake) isTemplate(id string) bool {
	return len(id) == idLength && strings.HasPrefix(id, templatePrefix) || slices.ContainsFunc(f.Templates, func(t Template) bool { return t.ID == id })
}
