package interakt

import _ "embed"

//go:embed openapi.yaml
var document string

// OpenAPI returns the OpenAPI document of Interakt's operations in YAML: their
// routes, their answers and an example of each.
func OpenAPI() []byte { return []byte(document) }
