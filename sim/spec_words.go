package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// schemaProblems turns kin-openapi's errors into lines "field: what to change".
func schemaProblems(err error) []string {
	var multi openapi3.MultiError
	if errors.As(err, &multi) {
		var out []string
		for _, e := range multi {
			out = append(out, schemaProblems(e)...)
		}
		return out
	}
	var se *openapi3.SchemaError
	if !errors.As(err, &se) {
		return []string{firstLine(err)}
	}
	if se.SchemaField == "oneOf" && se.Origin != nil {
		return schemaProblems(se.Origin) // the branch that nearly fits says more
	}
	where := strings.Join(se.JSONPointer(), ".")
	if where == "" {
		where = "body"
	}
	return []string{where + ": " + demand(se)}
}

// demand says what a schema wants of a value that does not fit it, in words
// for people who do not have the schema before them.
func demand(se *openapi3.SchemaError) string {
	switch se.SchemaField {
	case "required":
		return "is missing; add it"
	case "nullable":
		return "must not be null; leave the field out, or give it a value"
	case "enum":
		return "must be one of " + values(se.Schema.Enum)
	case "minLength", "maxLength", "minItems", "maxItems", "pattern":
		return demandOfSize(se)
	case "properties":
		// The name is in the reason alone; the path leads to the object.
		name := strings.TrimSuffix(strings.TrimPrefix(se.Reason, "property "), " is unsupported")
		return "knows no field " + name + "; correct its name, or leave it out"
	}
	return strings.Replace(se.Reason, "value must be", "must be", 1)
}

// demandOfSize words limits that a number alone would leave unclear.
func demandOfSize(se *openapi3.SchemaError) string {
	s := se.Schema
	switch {
	case se.SchemaField == "pattern":
		return "must match the regular expression " + s.Pattern
	case se.SchemaField == "minLength" && s.MinLength == 1, se.SchemaField == "minItems" && s.MinItems == 1:
		return "must not be empty"
	case se.SchemaField == "minLength":
		return fmt.Sprintf("must have at least %d characters", s.MinLength)
	case se.SchemaField == "minItems":
		return fmt.Sprintf("must have at least %d elements", s.MinItems)
	case se.SchemaField == "maxLength":
		return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
	}
	return fmt.Sprintf("must have at most %d elements", *s.MaxItems)
}

// values lists what is allowed: "a", "b", 3.
func values(allowed []any) string {
	words := make([]string, len(allowed))
	for i, v := range allowed {
		data, err := json.Marshal(v)
		if err != nil {
			data = fmt.Append(nil, v)
		}
		words[i] = string(data)
	}
	return strings.Join(words, ", ")
}

// parameterProblem words what a path, query or header parameter lacks.
func parameterProblem(name string, err error) string {
	var se *openapi3.SchemaError
	var parse *openapi3filter.ParseError
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return name + ": is missing; add it"
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		return name + ": must not be empty"
	case errors.As(err, &se):
		return name + ": " + demand(se)
	case errors.As(err, &parse) && wantedOf[parse.Reason] != "":
		return name + ": must be " + wantedOf[parse.Reason]
	}
	return name + ": " + firstLine(err)
}

// wantedOf turns the reasons for which kin-openapi cannot read a parameter.
var wantedOf = map[string]string{"an invalid integer": "an integer", "an invalid number": "a number", "an invalid boolean": "true or false"}

// jsonProblem says where a body stops being JSON.
func jsonProblem(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("%s at byte %d", syntax.Error(), syntax.Offset)
	}
	return err.Error()
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
