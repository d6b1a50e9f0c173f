package scenarios

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// ConfigSchema is the JSON Schema (draft 2020-12) of sandbox.yaml, for editors
// and for `encore-sandbox schema config`. It is made from Config itself, so that
// a new field is in it at once; what fields mean is in configWords. A file that
// it accepts may still be refused by LoadConfig, which also compares fields with
// each other.
func ConfigSchema() []byte {
	d := definitions{}
	root := d.structure(reflect.TypeFor[Config]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://github.com/encore-sandbox/sandbox/scenarios/config.schema.json"
	root["title"] = "Encore Sandbox configuration (sandbox.yaml)"
	root["description"] = "How the sandbox and the businesses in it differ from the default ones. Everything may be left out."
	root["$defs"] = d
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		panic(err) // maps and texts alone
	}
	return []byte(out.String())
}

// schema is a JSON Schema as a tree.
type schema map[string]any

// definitions are the schemas of structs by the names of their types, such as
// meta.Template.
type definitions map[string]schema

// reference makes a definition of a struct and points at it.
func (d definitions) reference(t reflect.Type) schema {
	if _, made := d[t.String()]; !made {
		d[t.String()] = schema{} // so that a type may hold itself
		d[t.String()] = d.definition(t)
	}
	return schema{"$ref": "#/$defs/" + t.String()}
}

// definition is a struct, with the other forms that some are written in.
func (d definitions) definition(t reflect.Type) schema {
	s := d.structure(t)
	switch t {
	case reflect.TypeFor[fault.Fault]():
		s["minProperties"] = 1
		return schema{
			"description": `A fault: text in the grammar of the X-Sandbox-Fault header, such as "503;times=2" (encore-sandbox help faults), a status alone, or fields.`,
			"anyOf":       []schema{{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 200, "maximum": 599}, s},
		}
	case reflect.TypeFor[fault.Effect]():
		return schema{
			"description": "A step: text of the grammar, such as ok or 503+html, a status alone, or fields.",
			"anyOf":       []schema{{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 200, "maximum": 599}, s},
		}
	}
	return s
}

// structure is an object with the fields of a struct and no others.
func (d definitions) structure(t reflect.Type) schema {
	properties := schema{}
	d.fields(t, properties)
	s := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if required := requiredFields()[t.String()]; len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (d definitions) fields(t reflect.Type, into schema) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case strings.Contains(options, "inline"):
			d.fields(f.Type, into)
		case name != "" && name != "-":
			into[name] = d.field(t.String()+"."+name, f.Type)
		}
	}
}

// field is what may stand for a field: its type, narrowed and described.
func (d definitions) field(key string, t reflect.Type) schema {
	s := d.of(t)
	words := configWords()[key]
	s["description"] = words.about
	for name, value := range words.narrows {
		s[name] = value
	}
	return s
}

// of is the schema of a type.
func (d definitions) of(t reflect.Type) schema {
	switch {
	case t.Kind() == reflect.Pointer:
		return d.of(t.Elem())
	case t == reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return schema{"type": "string", "minLength": 1}
	case t == reflect.TypeFor[fault.Sequence]():
		steps := schema{"type": "array", "minItems": 2, "items": d.reference(t.Elem())}
		return schema{"anyOf": []schema{{"type": "string", "minLength": 1}, steps}}
	case t == reflect.TypeFor[fault.Values]():
		return schema{"type": "object", "additionalProperties": schema{"type": []string{"string", "number", "boolean", "null"}}}
	}
	return d.plain(t)
}

func (d definitions) plain(t reflect.Type) schema {
	switch t.Kind() {
	case reflect.Struct:
		return d.reference(t)
	case reflect.Slice:
		return schema{"type": "array", "items": d.of(t.Elem())}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": d.of(t.Elem())}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return schema{"type": "number"}
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return schema{"type": "integer", "minimum": 0}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return schema{"type": "integer"}
	}
	return schema{"type": "string"}
}
