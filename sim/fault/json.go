package fault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// UnmarshalJSON reads a fault as an object, as text of the grammar
// ("503;times=2") or as a bare status. A member that is unknown, of a wrong
// type, or at odds with another is an error, and f then keeps its old value.
func (f *Fault) UnmarshalJSON(data []byte) error {
	if text, ok := scalar(data); ok {
		parsed, err := Parse(text)
		if err == nil {
			*f = parsed
		}
		return err
	}
	type plain Fault // without this method
	var fresh plain
	if err := strict(data, &fresh); err != nil {
		return err
	}
	if err := Fault(fresh).Validate(); err != nil {
		return err
	}
	*f = Fault(fresh)
	return nil
}

// UnmarshalYAML reads the same forms as UnmarshalJSON. It has the signature
// that YAML libraries look for and needs none of them.
func (f *Fault) UnmarshalYAML(decode func(any) error) error {
	var tree any
	if err := decode(&tree); err != nil {
		return err
	}
	data, err := json.Marshal(tree)
	if err != nil {
		return fmt.Errorf("a fault has text for keys: %w", err)
	}
	return f.UnmarshalJSON(data)
}

// MarshalJSON writes the steps in the grammar: ["429", "503+html", "ok"].
func (s Sequence) MarshalJSON() ([]byte, error) {
	steps := make([]string, len(s))
	for i, step := range s {
		steps[i] = step.text("+")
	}
	return json.Marshal(steps)
}

// UnmarshalJSON reads a list of steps, each an object, a status, or text of the
// grammar; or the whole sequence as one text.
func (s *Sequence) UnmarshalJSON(data []byte) error {
	if text, ok := scalar(data); ok {
		f, err := Parse(text)
		if err != nil {
			return err
		}
		if f.String() != f.Sequence.String() {
			return errors.New("sequence holds steps only, as in 429,429,ok: put the rest beside it")
		}
		*s = f.Sequence
		return nil
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return explain(err)
	}
	fresh := make(Sequence, len(raw))
	for i, one := range raw {
		effect, err := unmarshalStep(one)
		if err != nil {
			return fmt.Errorf("sequence[%d]: %w", i, err)
		}
		fresh[i] = effect
	}
	*s = fresh
	return nil
}

func unmarshalStep(data []byte) (Effect, error) {
	var effect Effect
	text, ok := scalar(data)
	if !ok {
		err := strict(data, &effect)
		return effect, err
	}
	p := parser{text: text}
	return p.step(span{0, len(text)})
}

// UnmarshalJSON reads an object whose members are single values.
func (v *Values) UnmarshalJSON(data []byte) error {
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		return explain(err)
	}
	fresh := Values{}
	for path, value := range raw {
		switch value := value.(type) {
		case string:
			fresh[path] = value
		case float64:
			fresh[path] = strconv.FormatFloat(value, 'f', -1, 64)
		case bool:
			fresh[path] = strconv.FormatBool(value)
		case nil:
			fresh[path] = "null"
		default:
			return fmt.Errorf("body %q wants a single value: name the member inside by a path such as %s.id", path, path)
		}
	}
	*v = fresh
	return nil
}

// scalar returns the text of a JSON string or number.
func scalar(data []byte) (string, bool) {
	data = bytes.TrimSpace(data)
	var text string
	if json.Unmarshal(data, &text) == nil && !bytes.Equal(data, []byte("null")) {
		return text, true
	}
	var number json.Number
	if json.Unmarshal(data, &number) == nil && number != "" {
		return number.String(), true
	}
	return "", false
}

// strict decodes one JSON value and refuses members that the target does not have.
func strict(data []byte, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return explain(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("there is more after the fault: leave it out")
	}
	return nil
}

// explain words the errors of the JSON package for people who write faults.
func explain(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s cannot be a %s: it wants %s", fieldName(wrong.Field), wrong.Value, wanted(wrong.Type))
	}
	var moment *time.ParseError
	if errors.As(err, &moment) {
		return fmt.Errorf("%s is no time: %w", moment.Value, errMoment)
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name := strings.Trim(quoted, `"`)
		return fmt.Errorf("unknown field %q%s", name, didYouMean(name, fieldNames()))
	}
	return err
}

// fieldName is the path of a member as it is written. The JSON package puts the
// name of an embedded struct, which nobody writes, before the members of it.
func fieldName(path string) string {
	return cmp.Or(strings.TrimPrefix(path, reflect.TypeFor[Effect]().Name()+"."), "it")
}

func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Duration](), reflect.TypeFor[Latency]():
		return `text such as "2s"`
	case reflect.TypeFor[Drip]():
		return `text such as "16/100ms"`
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text in quotes"
	case reflect.Int, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return `a list such as ["429", "ok"]`
	}
	return "an object"
}

// fieldNames lists the members of the JSON form, for suggestions.
func fieldNames() []string {
	var names []string
	for _, t := range []reflect.Type{reflect.TypeFor[Fault](), reflect.TypeFor[Match](), reflect.TypeFor[Effect]()} {
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}
