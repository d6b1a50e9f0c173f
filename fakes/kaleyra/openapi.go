package kaleyra

import _ "embed"

//go:embed openapi.yaml
var document string

// OpenAPI returns the OpenAPI document of Kaleyra's operations in YAML: their
// routes, their answers, an example of each, and the callbacks.
func OpenAPI() []byte { return []byte(document) }
