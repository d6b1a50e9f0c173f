package meta

import _ "embed"

//go:embed openapi.yaml
var document string

// OpenAPI returns the OpenAPI document of Meta's operations in YAML: their
// routes, their answers and an example of each. Paths have no version; Graph
// accepts /v22.0 and the like before them, which is removed before routing.
func OpenAPI() []byte { return []byte(document) }
