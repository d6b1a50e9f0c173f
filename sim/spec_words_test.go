package sim

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/go-cmp/cmp"
)

// TestProblemsSayWhatToChange: the words of the validator never reach a client,
// who does not have the schema before them.
func TestProblemsSayWhatToChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, schema, value, want string }{
		{"null", `{"type":"string"}`, `null`, "body: must not be null; leave the field out, or give it a value"},
		{"another type", `{"type":"integer"}`, `"3"`, "body: must be an integer"},
		{"an empty text", `{"type":"string","minLength":1}`, `""`, "body: must not be empty"},
		{"a short text", `{"type":"string","minLength":3}`, `"ab"`, "body: must have at least 3 characters"},
		{"a long text", `{"type":"string","maxLength":1}`, `"ab"`, "body: must have at most 1 characters"},
		{"a text of another form", `{"type":"string","pattern":"^[0-9]+$"}`, `"ab"`, "body: must match the regular expression ^[0-9]+$"},
		{"an empty list", `{"type":"array","items":{},"minItems":1}`, `[]`, "body: must not be empty"},
		{"a short list", `{"type":"array","items":{},"minItems":2}`, `[1]`, "body: must have at least 2 elements"},
		{"a long list", `{"type":"array","items":{},"maxItems":1}`, `[1,2]`, "body: must have at most 1 elements"},
		{"a value of a list", `{"enum":["whatsapp","facebook",3]}`, `"sms"`, `body: must be one of "whatsapp", "facebook", 3`},
		{"a missing field, deep down", `{"properties":{"to":{"required":["id"]}}}`, `{"to":{}}`, "to.id: is missing; add it"},
		{"a field with a typo", `{"additionalProperties":false}`, `{"tpye":1}`, `body: knows no field "tpye"; correct its name, or leave it out`},
		{"a number out of range", `{"type":"integer","minimum":1}`, `0`, "body: number must be at least 1"},
		{"the branch that nearly fits", `{"oneOf":[{"type":"string"}]}`, `7`, "body: must be a string"},
	} {
		var schema openapi3.Schema
		var value any
		if err := errors.Join(json.Unmarshal([]byte(c.schema), &schema), json.Unmarshal([]byte(c.value), &value)); err != nil {
			t.Fatal(err)
		}
		got := schemaProblems(schema.VisitJSON(value, openapi3.MultiErrors()))
		if diff := cmp.Diff([]string{c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestProblemsOfParameters(t *testing.T) {
	t.Parallel()
	short := openapi3.NewStringSchema().WithMinLength(2).VisitJSON("a")
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"an absent one", &openapi3filter.RequestError{Err: openapi3filter.ErrInvalidRequired}, "limit: is missing; add it"},
		{"an empty one", &openapi3filter.RequestError{Err: openapi3filter.ErrInvalidEmptyValue}, "limit: must not be empty"},
		{"one that does not fit its schema", &openapi3filter.RequestError{Err: short}, "limit: must have at least 2 characters"},
		{"one that is no number", &openapi3filter.RequestError{Err: &openapi3filter.ParseError{Reason: "an invalid integer"}}, "limit: must be an integer"},
		{"anything else, without its page of details", errors.New("odd\nSchema: …"), "limit: odd"},
	} {
		if diff := cmp.Diff(c.want, parameterProblem("limit", c.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
