package scenarios

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/encore-sandbox/sandbox/sim"
)

// OpenAPI is the document of the whole control API in YAML: the engine's part
// (sim.ControlDocument) with this floor's (ControlDocument) behind it. It is
// what GET /_sandbox/v1/openapi.yaml answers.
func OpenAPI() []byte {
	merged, err := merge(sim.ControlDocument(), controlDocument)
	if err != nil {
		panic(err) // both are compiled in, and a test merges them
	}
	return merged
}

// merge lays a second OpenAPI document over a first one, whose title and
// servers stay: tags and paths come behind its own, components beside them. It
// fails where both describe something differently.
func merge(first, second []byte) ([]byte, error) {
	var base, more yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(first, &base, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalWithOptions(second, &more, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	for _, item := range more {
		at, known := position(base, item.Key)
		switch item.Key {
		case "tags":
			tags, _ := base[at].Value.([]any)
			further, _ := item.Value.([]any)
			base[at].Value = slices.Concat(tags, further)
		case "paths", "components":
			if !known {
				return nil, fmt.Errorf("the first document has no %v", item.Key)
			}
			both, err := united(fmt.Sprint(item.Key), base[at].Value, item.Value)
			if err != nil {
				return nil, err
			}
			base[at].Value = both
		}
	}
	var out bytes.Buffer
	err := yaml.NewEncoder(&out, yaml.Indent(2), yaml.IndentSequence(true)).Encode(base)
	return out.Bytes(), err
}

// united is a mapping with the fields of both, in order; any other value must
// be the same in both. Where names the value in errors.
func united(where string, a, b any) (any, error) {
	base, isMap := a.(yaml.MapSlice)
	more, alsoMap := b.(yaml.MapSlice)
	if !isMap || !alsoMap {
		if !reflect.DeepEqual(a, b) {
			return nil, fmt.Errorf("%s is %v in one document and %v in the other", where, a, b)
		}
		return a, nil
	}
	for _, item := range more {
		at, known := position(base, item.Key)
		if !known {
			base = append(base, item)
			continue
		}
		both, err := united(fmt.Sprintf("%s.%v", where, item.Key), base[at].Value, item.Value)
		if err != nil {
			return nil, err
		}
		base[at].Value = both
	}
	return base, nil
}

// position finds a field of a mapping.
func position(m yaml.MapSlice, key any) (int, bool) {
	i := slices.IndexFunc(m, func(item yaml.MapItem) bool { return item.Key == key })
	return max(i, 0), i >= 0
}
