package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// misshapen words why a file does not have the shape of a Config: file, line,
// column, the field, and what to write instead. The library speaks of Go types,
// which nobody who writes a sandbox.yaml knows.
func misshapen(path string, data []byte, err error) error {
	var slip yaml.Error
	if !errors.As(err, &slip) || slip.GetToken() == nil {
		return badFaults(path, data, err)
	}
	at := slip.GetToken().Position
	text := shapeProblem(err, slip)
	if field := fieldAt(data, at); field != "" {
		text = field + ": " + text
	}
	return fmt.Errorf("%s:%d:%d: %s", path, at.Line, at.Column, text)
}

// shapeProblem words one error of the YAML library.
func shapeProblem(err error, slip yaml.Error) string {
	value := slip.GetToken().Value
	var kind *yaml.TypeError
	var large *yaml.OverflowError
	var node *yaml.UnexpectedNodeTypeError
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &kind) && single(kind.SrcType):
		return fmt.Sprintf("%q cannot be; write %s", value, wanted(kind.DstType))
	case errors.As(err, &kind):
		return "write " + wanted(kind.DstType) + " here"
	case errors.As(err, &large):
		return fmt.Sprintf("%s is out of range; write %s", large.SrcNum, wanted(large.DstType))
	case errors.As(err, &node):
		return fmt.Sprintf("%s stands where %s belongs", nodeWord(node.Actual), nodeWord(node.Expected))
	case errors.As(err, &syntax):
		return syntaxProblem(syntax.Message)
	}
	return slip.GetMessage() // unknown field "operatrs"
}

// syntaxProblem words what the parser stumbled over.
func syntaxProblem(message string) string {
	var key string
	var line int
	if n, _ := fmt.Sscanf(message, "mapping key %q already defined at [%d:", &key, &line); n == 2 {
		return fmt.Sprintf("%q is there twice, first in line %d; keep one of them", key, line)
	}
	return "not YAML: " + message + "; compare the quotes and the indentation with the lines around"
}

// single tells a value that stands on one line, and so can be quoted.
func single(t reflect.Type) bool {
	return t != nil && t.Kind() != reflect.Map && t.Kind() != reflect.Slice && t.Kind() != reflect.Struct
}

// wanted says what to write for a field of a type.
func wanted(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number from 0"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "fields with values"
	}
	return "a text"
}

// nodeWord is what people call a kind of YAML node.
func nodeWord(t ast.NodeType) string {
	switch t {
	case ast.MappingType, ast.MappingValueType:
		return "a field with values"
	case ast.SequenceType:
		return "a list"
	case ast.StringType, ast.LiteralType:
		return "a text"
	case ast.IntegerType, ast.FloatType:
		return "a number"
	case ast.BoolType:
		return "true or false"
	case ast.NullType:
		return "nothing"
	}
	return t.YAMLName()
}

// fieldAt is the path of the value at a position, as limits.encore.trial, or
// empty where the file cannot be read so far or a key stands there.
func fieldAt(data []byte, at *token.Position) string {
	file, err := parser.ParseBytes(data, parser.ParseComments)
	if err != nil {
		return ""
	}
	seeker := &seeker{at: at}
	for _, doc := range file.Docs {
		if doc.Body != nil {
			ast.Walk(seeker, doc.Body)
		}
	}
	return seeker.path
}

// seeker walks to the value at a position.
type seeker struct {
	at   *token.Position
	path string
}

// Visit implements ast.Visitor.
func (s *seeker) Visit(n ast.Node) ast.Visitor {
	value, ok := n.(*ast.MappingValueNode)
	if !ok {
		return s
	}
	if p := value.Value.GetToken().Position; p.Line == s.at.Line && p.Column == s.at.Column {
		s.path = strings.TrimPrefix(value.Value.GetPath(), "$.")
	}
	return s
}

// badFaults names the faults that cannot be read, each with its line: they are
// read by their own grammar, which knows no lines.
func badFaults(path string, data []byte, err error) error {
	file, unreadable := parser.ParseBytes(data, 0)
	if unreadable != nil {
		return fmt.Errorf("%s: %s", path, firstLine(err))
	}
	var problems []encore.Problem
	for i := 0; ; i++ {
		field := fmt.Sprintf("faults[%d]", i)
		at, err := yaml.PathString("$." + field)
		if err != nil {
			break
		}
		node, err := at.FilterFile(file)
		if err != nil {
			break
		}
		if err := yaml.NodeToValue(node, &fault.Fault{}); err != nil {
			problems = append(problems, encore.Problem{Path: field, Text: faultProblem(err)})
		}
	}
	if len(problems) == 0 {
		return fmt.Errorf("%s: %s", path, firstLine(err))
	}
	return fmt.Errorf("%w\nhow faults are written: encore-sandbox help faults; in short,\n%s", located(path, data, problems), fault.Usage())
}

// faultProblem is what is wrong with a fault, without the grammar.
func faultProblem(err error) string {
	var slip *fault.ParseError
	if errors.As(err, &slip) {
		return fmt.Sprintf("%q: %s", slip.Text, slip.Problem)
	}
	return firstLine(err)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
