package main

import _ "embed"

// exampleConfig is a sandbox.yaml with everything that people change. A test
// loads it.
//
//go:embed sandbox.example.yaml
var exampleConfig string

// configIntroduction stands before the example on the page of the manual.
const configIntroduction = `Settings that are not for the command line stand in sandbox.yaml, which every
command reads from the working directory, or from where --config says. Flags and
environment variables beat it. Copy what you need of this example.

Editors complete and check the file by its schema, made once with
"encore-sandbox schema config > sandbox.schema.json", and this as its first line:

    # yaml-language-server: $schema=sandbox.schema.json

`
