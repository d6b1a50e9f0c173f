package story

import _ "embed"

//go:embed schema.json
var schema string

// Schema gives the JSON Schema (draft 2020-12) of a scenario file, for editors
// and for `encore-sandbox schema scenario`. What Parse accepts, the schema
// accepts; Parse also refuses what a schema cannot express, such as a range
// that runs backwards.
func Schema() []byte { return []byte(schema) }
