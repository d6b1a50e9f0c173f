package scenarios

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/encore-sandbox/sandbox/fakes/encore"
)

// fractions names the values that have a fraction where a whole number belongs.
// The YAML library cuts the fraction off without a word.
func fractions(data []byte) ([]encore.Problem, error) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, err
	}
	var f fractionFinder
	for _, doc := range file.Docs {
		f.value(doc.Body, reflect.TypeFor[Config](), "")
	}
	return f.problems, nil
}

type fractionFinder struct{ problems []encore.Problem }

// value looks at a value that is decoded into a type.
func (f *fractionFinder) value(node ast.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch n := node.(type) {
	case *ast.AnchorNode:
		f.value(n.Value, t, path)
	case *ast.FloatNode:
		if whole(t.Kind()) && n.Value != math.Trunc(n.Value) {
			f.problems = append(f.problems, encore.Problem{Path: path, Text: n.Token.Value + " cannot be; write " + wanted(t)})
		}
	case *ast.MappingNode:
		for _, v := range n.Values {
			f.member(v, t, path)
		}
	case *ast.MappingValueNode:
		f.member(n, t, path)
	case *ast.SequenceNode:
		for i, item := range n.Values {
			if t.Kind() == reflect.Slice {
				f.value(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
			}
		}
	}
}

func whole(kind reflect.Kind) bool { return kind >= reflect.Int && kind <= reflect.Uint64 }

func (f *fractionFinder) member(n *ast.MappingValueNode, t reflect.Type, path string) {
	key := n.Key.GetToken().Value
	below := strings.TrimPrefix(path+"."+key, ".")
	switch t.Kind() {
	case reflect.Map:
		f.value(n.Value, t.Elem(), below)
	case reflect.Struct:
		if field, ok := yamlField(t, key); ok {
			f.value(n.Value, field, below)
		}
	}
}

// yamlField is the type of the field that a key of a mapping is decoded into.
func yamlField(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == key || name == "" && strings.EqualFold(field.Name, key) {
			return field.Type, true
		}
		if strings.Contains(options, "inline") && field.Type.Kind() == reflect.Struct {
			if inner, ok := yamlField(field.Type, key); ok {
				return inner, true
			}
		}
	}
	return nil, false
}
