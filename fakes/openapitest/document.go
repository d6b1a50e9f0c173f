// Package openapitest holds what every fake's OpenAPI document has to be, for
// the tests of the fakes.
package openapitest

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Load reads a document.
func Load(t testing.TB, document []byte) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Valid holds that a document is OpenAPI, examples and patterns among it.
func Valid(t testing.TB, doc *openapi3.T) {
	t.Helper()
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaPatternValidation()); err != nil {
		t.Error(err)
	}
}

// Hosts are those of a document's servers, in its order.
func Hosts(doc *openapi3.T) (hosts []string) {
	for _, s := range doc.Servers {
		host, _, _ := strings.Cut(strings.TrimPrefix(s.URL, "https://"), "/")
		hosts = append(hosts, host)
	}
	return hosts
}

// Documented holds that operations, parameters, answers and schemas say what
// they are, and that every answer has an example of each of its types. One
// without any is a 204, a redirection or one of bodyless ("excludeUser 201").
func Documented(t testing.TB, doc *openapi3.T, bodyless ...string) {
	t.Helper()
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || op.Summary == "" || op.Description == "" {
				t.Errorf("%s %s needs operationId, summary and description", method, path)
			}
			for _, p := range append(item.Parameters, op.Parameters...) {
				if p.Value.Description == "" {
					t.Errorf("%s %s: parameter %s has no description", method, path, p.Value.Name)
				}
			}
			for status, response := range op.Responses.Map() {
				name := op.OperationID + " " + status
				answered(t, name, response.Value, status == "204" || status[0] == '3' || slices.Contains(bodyless, name))
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		described(t, name, schema.Value)
	}
}

func answered(t testing.TB, name string, response *openapi3.Response, bodyless bool) {
	t.Helper()
	if response.Description == nil || *response.Description == "" {
		t.Errorf("%s has no description", name)
	}
	if bodyless != (len(response.Content) == 0) {
		t.Errorf("%s: without a body is %t, want %t", name, !bodyless, bodyless)
	}
	for kind, media := range response.Content {
		if len(media.Examples) == 0 {
			t.Errorf("%s has no example of %s", name, kind)
		}
	}
}

func described(t testing.TB, path string, s *openapi3.Schema) {
	t.Helper()
	if s.Description == "" {
		t.Errorf("schema %s has no description", path)
	}
	for name, property := range s.Properties {
		described(t, path+"."+name, property.Value)
	}
	if s.Items != nil {
		described(t, path+"[]", s.Items.Value)
	}
}
