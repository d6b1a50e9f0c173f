package check

import (
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/encore-sandbox/sandbox"
)

// document is what openapi.yaml promises of answers: the schema of the body by
// operationId and status. A status without a JSON body has none.
type document map[string]map[int]*openapi3.Schema

// readDocument reads openapi.yaml, which is in the program and never changes.
var readDocument = sync.OnceValues(func() (document, error) {
	parsed, err := openapi3.NewLoader().LoadFromData(sandbox.OpenAPI())
	if err != nil {
		return nil, err
	}
	doc := document{}
	for _, item := range parsed.Paths.Map() {
		for _, op := range item.Operations() {
			doc[op.OperationID], err = answers(op)
			if err != nil {
				return nil, err
			}
		}
	}
	return doc, nil
})

func answers(op *openapi3.Operation) (map[int]*openapi3.Schema, error) {
	schemas := map[int]*openapi3.Schema{}
	for text, response := range op.Responses.Map() {
		status, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		schemas[status] = nil
		if media := response.Value.Content.Get("application/json"); media != nil {
			schemas[status] = media.Schema.Value
		}
	}
	return schemas, nil
}

// problems lists what keeps an answer's body from being the documented one, a
// line "offer.id: reason" each.
func (d document) problems(a answer) []string {
	schema := d[a.id][a.status]
	if schema == nil {
		return nil
	}
	if a.notJSON != nil {
		return []string{"not JSON: " + brief(a.text)}
	}
	return lines(schema.VisitJSON(a.tree, openapi3.MultiErrors()))
}

// lines turns kin-openapi's errors into text. Of several shapes the one that
// nearly fits says most.
func lines(err error) (out []string) {
	var several openapi3.MultiError
	var one *openapi3.SchemaError
	switch {
	case err == nil:
	case errors.As(err, &several):
		for _, e := range several {
			out = append(out, lines(e)...)
		}
	case errors.As(err, &one) && one.SchemaField == "oneOf" && one.Origin != nil:
		return lines(one.Origin)
	case errors.As(err, &one):
		where := strings.Join(one.JSONPointer(), ".")
		if where == "" {
			where = "body"
		}
		return []string{where + ": " + one.Reason}
	default:
		return []string{err.Error()}
	}
	return out
}
