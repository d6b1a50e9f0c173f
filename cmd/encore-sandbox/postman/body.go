package postman

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// sample is one body of an operation. Kind is its content type, empty for none.
type sample struct {
	Body
	kind, summary string
}

// kinds are the content types that are sent, the best first.
var kinds = []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}

// bodiesOf are the bodies that an operation documents: the examples of the first
// of its content types that has some, else what its schema has. An operation
// without a body has one that is empty.
func bodiesOf(op *openapi3.Operation) []sample {
	if op.RequestBody == nil {
		return []sample{{}}
	}
	content := op.RequestBody.Value.Content
	for _, kind := range kinds {
		if media := content[kind]; media != nil {
			if all := examplesOf(kind, media); len(all) > 0 {
				return all
			}
		}
	}
	for _, kind := range kinds {
		if media := content[kind]; media != nil && media.Schema != nil {
			return []sample{bodyOf(kind, "", media.Schema.Value.Example, media.Schema.Value)}
		}
	}
	return []sample{{}}
}

func examplesOf(kind string, media *openapi3.MediaType) (all []sample) {
	var schema *openapi3.Schema
	if media.Schema != nil {
		schema = media.Schema.Value
	}
	for _, name := range exampleNames(media.Examples) {
		example := media.Examples[name].Value
		all = append(all, bodyOf(kind, cmp.Or(example.Summary, name), example.Value, schema))
	}
	if len(all) == 0 && media.Example != nil {
		all = append(all, bodyOf(kind, "", media.Example, schema))
	}
	return all
}

// bodyOf writes a value as a body of a content type.
func bodyOf(kind, summary string, value any, schema *openapi3.Schema) sample {
	s := sample{kind: kind, summary: summary}
	switch kind {
	case "multipart/form-data":
		s.Mode, s.Formdata = "formdata", fields(value, schema)
	case "application/x-www-form-urlencoded":
		s.Mode, s.Urlencoded = "urlencoded", fields(value, schema)
	default:
		s.Mode, s.Raw, s.Options = "raw", indented(value), &Options{}
		s.Options.Raw.Language = "json"
	}
	return s
}

// fields are the parts of a form: of an example, else what the schema says of
// each. A part of bytes is a file, which whoever sends it has to choose.
func fields(value any, schema *openapi3.Schema) (all []Field) {
	object, _ := value.(map[string]any)
	if object == nil && schema != nil {
		object = map[string]any{}
		for name, property := range schema.Properties {
			object[name] = property.Value.Example
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		f := Field{Key: name, Value: text(object[name]), Type: "text"}
		if schema != nil {
			if property := schema.Properties[name]; property != nil {
				f.Description = property.Value.Description
				f.Disabled = !slices.Contains(schema.Required, name) && object[name] == nil
				if property.Value.Format == "binary" {
					f.Type, f.Value = "file", ""
				}
			}
		}
		all = append(all, f)
	}
	return all
}

func indented(v any) string {
	data, _ := json.MarshalIndent(v, "", "  ") // what a document was read from can be written
	return string(data)
}
