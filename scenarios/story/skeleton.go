package story

import (
	_ "embed"
	"errors"
	"strings"
)

//go:embed skeleton.yaml
var skeleton string

// Skeleton is a scenario file to begin with: it can be played as it is, and its
// comments show what else may be said. Editors find the language in schema, a
// path or an address.
func Skeleton(name, schema string) ([]byte, error) {
	if !nameForm.MatchString(name) {
		return nil, errors.New("a scenario is called by lower case letters, digits and single dashes, such as closed-on-sunday")
	}
	return []byte(strings.NewReplacer("NAME", name, "SCHEMA", schema).Replace(skeleton)), nil
}
