package zoko

import _ "embed"

//go:embed openapi.yaml
var document string

// OpenAPI returns the OpenAPI document of Zoko's operations in YAML: their
// routes, their answers and an example of each. It was written for the sandbox
// from Zoko's guide and API reference.
func OpenAPI() []byte { return []byte(document) }
