package watchers

import (
	_ "embed"
	"strings"
)

//go:embed openapi.yaml
var document string

// paging marks in the document what the profile decides.
const paging = "required: true # with profile seed"

// OpenAPI is the document of the fake, OpenAPI in YAML, as the default profile
// has it. The caller owns the copy.
func OpenAPI() []byte { return []byte(document) }

// documentOf is the document as a profile has it.
func documentOf(p Profile) []byte {
	if p == Current {
		return []byte(strings.ReplaceAll(document, paging, "required: false"))
	}
	return OpenAPI()
}
