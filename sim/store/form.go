package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Form says how the values of one kind of documents or lists become bytes and
// values again, for stores that are another process. Bytes and texts are kept
// as they are, whatever the form of their kind.
type Form struct {
	Pack func(value any) ([]byte, error)
	Read func(data []byte) (any, error)
}

// Forms are the forms of all kinds that a store keeps, by kind.
type Forms map[string]Form

// Plain is the form of a kind whose values are bytes and texts only.
func Plain() Form { return Form{} }

// JSON is the form of values of type T that equal themselves after a round
// trip through JSON.
func JSON[T any]() Form {
	return Form{
		Pack: func(value any) ([]byte, error) {
			v, ok := value.(T)
			if !ok {
				return nil, fmt.Errorf("it is a %T, not a %T", value, v)
			}
			return json.Marshal(v)
		},
		Read: func(data []byte) (any, error) {
			var v T
			err := json.Unmarshal(data, &v)
			return v, err
		},
	}
}

// Marks of how a value was laid down, before its bytes.
const (
	asBytes = 'b'
	asText  = 't'
	asForm  = 'f'
)

// Append lays a value of a kind down behind b. A kind without form, or a value
// that its form does not take, is an error: a bug of whoever writes it.
func (f Forms) Append(b []byte, kind string, value any) ([]byte, error) {
	form, known := f[kind]
	if !known {
		return b, fmt.Errorf("kind %q has no form; the kinds are: %s", kind, strings.Join(slices.Sorted(maps.Keys(f)), " "))
	}
	switch v := value.(type) {
	case []byte:
		return append(append(b, asBytes), v...), nil
	case string:
		return append(append(b, asText), v...), nil
	}
	if form.Pack == nil {
		return b, fmt.Errorf("a %s is bytes or text, not a %T", kind, value)
	}
	data, err := form.Pack(value)
	if err != nil {
		return b, fmt.Errorf("a %s cannot be kept: %w", kind, err)
	}
	return append(append(b, asForm), data...), nil
}

// Read gives a value back that Append laid down. Bytes share the memory of data.
func (f Forms) Read(kind string, data []byte) (any, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("a %s is empty", kind)
	}
	mark, data := data[0], data[1:len(data):len(data)]
	form := f[kind]
	switch {
	case mark == asBytes:
		return data, nil
	case mark == asText:
		return string(data), nil
	case mark == asForm && form.Read != nil:
		v, err := form.Read(data)
		if err != nil {
			return nil, fmt.Errorf("a %s cannot be read: %w", kind, err)
		}
		return v, nil
	}
	return nil, fmt.Errorf("a %s was laid down in a form that is not known; another version of the sandbox wrote it", kind)
}
