package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/encore-sandbox/sandbox/sim/quick"
)

// spec is a loaded OpenAPI document: the source of routes, of request and of
// response validation. It is immutable and may be shared by sandboxes.
type spec struct {
	doc        *openapi3.T
	operations []*operation
}

// operation is one operation of a document.
type operation struct {
	id        string
	method    string
	templates []string // full path templates, one a server
	request   *openapi3.Schema
	required  bool   // a body is required
	access    string // of the control API: who may call it
	limit     int64  // bytes of body that the document allows (x-sandbox-limit); 0: the usual
	responses map[int]*openapi3.Schema
	quick     func() quickChecks // compiled on first use, so that a start costs nothing
	forms     bool               // the body may be a form
	route     *routers.Route
	meter     meter
}

// quickChecks are the compiled schemas of an operation; nil where one cannot be.
type quickChecks struct {
	request   *quick.Shape
	responses map[int]*quick.Shape
	params    []paramShape
}

func (o *operation) compile() quickChecks {
	q := quickChecks{request: quick.Compile(o.request), responses: map[int]*quick.Shape{}, params: compileParams(o)}
	for status, schema := range o.responses {
		q.responses[status] = quick.Compile(schema)
	}
	return q
}

// loadSpec reads a document. It does not validate the document itself: the
// tests do, so that a start costs nothing twice.
func loadSpec(document []byte) (*spec, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, err
	}
	sp := &spec{doc: doc}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		for method, op := range item.Operations() {
			built, err := newOperation(doc, path, method, item, op)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			sp.operations = append(sp.operations, built)
		}
	}
	slices.SortStableFunc(sp.operations, func(a, b *operation) int { return strings.Compare(a.id, b.id) })
	return sp, nil
}

func newOperation(doc *openapi3.T, path, method string, item *openapi3.PathItem, op *openapi3.Operation) (*operation, error) {
	if op.OperationID == "" {
		return nil, errors.New("operationId is missing")
	}
	o := &operation{
		id: op.OperationID, method: method, responses: map[int]*openapi3.Schema{},
		route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op},
	}
	if s := op.Security; s != nil {
		o.access = forAll
		for _, schemes := range *s {
			for name := range schemes {
				o.access = name // the least that will do stands last
			}
		}
	}
	servers := doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	o.templates = templates(servers, path)
	if op.RequestBody != nil {
		o.required = op.RequestBody.Value.Required
		if limit, ok := op.Extensions["x-sandbox-limit"].(float64); ok {
			o.limit = int64(limit)
		}
		content := op.RequestBody.Value.Content
		o.request = jsonSchema(content)
		o.forms = content["application/x-www-form-urlencoded"] != nil || content["multipart/form-data"] != nil
	}
	for status, response := range op.Responses.Map() {
		var code int
		if _, err := fmt.Sscanf(status, "%d", &code); err != nil {
			return nil, fmt.Errorf("status %q is not a number", status)
		}
		o.responses[code] = jsonSchema(response.Value.Content)
	}
	o.quick = sync.OnceValue(o.compile)
	return o, nil
}

func templates(servers openapi3.Servers, path string) (out []string) {
	for _, server := range servers {
		base, err := server.BasePath()
		if err != nil || base == "/" {
			base = ""
		}
		if full := strings.TrimSuffix(base, "/") + path; !slices.Contains(out, full) {
			out = append(out, full)
		}
	}
	if len(out) == 0 {
		out = []string{path}
	}
	return out
}

func jsonSchema(content openapi3.Content) *openapi3.Schema {
	if media := content.Get("application/json"); media != nil && media.Schema != nil {
		return media.Schema.Value
	}
	return nil
}

// validateRequest says why a call does not fit its operation; nil when it does.
func (o *operation) validateRequest(c *Call) *Refusal {
	if c.tooLarge() {
		return &Refusal{Kind: TooLarge, Message: fmt.Sprintf("the body is larger than %d KiB; send a smaller one", c.limit>>10)}
	}
	if details := o.parameterProblems(c); len(details) > 0 {
		return &Refusal{Kind: Invalid, Message: "a parameter does not fit the contract", Details: details}
	}
	if o.request == nil || (c.Size == 0 && !o.required) || c.judged() {
		return nil
	}
	if c.empty() {
		return &Refusal{Kind: NotJSON, Message: "the body is empty; " + o.wanted()}
	}
	if c.isJSON() && o.quick().request.Accepts(c.Body) {
		return nil
	}
	tree, err := c.JSON()
	if err != nil {
		return &Refusal{Kind: NotJSON, Message: "the body is not JSON: " + jsonProblem(err) + "; " + o.wanted()}
	}
	// The documents have no readOnly, writeOnly or default, so the plain visit
	// gives the verdict of VisitAsRequest at half its cost; a test holds that.
	if o.request.VisitJSON(tree) == nil {
		return nil
	}
	err = o.request.VisitJSON(tree, openapi3.MultiErrors())
	details := schemaProblems(err)
	return &Refusal{Kind: Invalid, Message: "the body does not fit the contract", Details: details}
}

// wanted says what body to send.
func (o *operation) wanted() string {
	if o.request.Type.Is(openapi3.TypeObject) || o.request.Type == nil {
		return "send a JSON object with Content-Type: application/json"
	}
	return "send JSON with Content-Type: application/json"
}

func (o *operation) parameterProblems(c *Call) []string {
	if !slices.ContainsFunc(o.quick().params, func(p paramShape) bool { return !p.accepts(c) }) {
		return nil
	}
	return o.slowProblems(c)
}

// slowProblems is what kin-openapi says of the parameters.
func (o *operation) slowProblems(c *Call) (problems []string) {
	input := &openapi3filter.RequestValidationInput{
		Request: c.request, PathParams: c.Params, QueryParams: c.URL.Query(), Route: o.route,
	}
	for _, params := range []openapi3.Parameters{o.route.PathItem.Parameters, o.route.Operation.Parameters} {
		for _, p := range params {
			if err := openapi3filter.ValidateParameter(c.request.Context(), input, p.Value); err != nil {
				problems = append(problems, parameterProblem(p.Value.Name, err))
			}
		}
	}
	return problems
}

// validateAnswer says why an answer is not the documented one. A breach is a
// bug of the sandbox, never of the integrator.
func (o *operation) validateAnswer(status int, contentType string, body []byte) []string {
	schema, documented := o.responses[status]
	if !documented {
		return []string{fmt.Sprintf("status %d is not documented", status)}
	}
	if schema == nil || !strings.HasPrefix(contentType, "application/json") {
		return nil
	}
	if o.quick().responses[status].Accepts(body) {
		return nil
	}
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		return []string{"body is not JSON: " + err.Error()}
	}
	if err := schema.VisitJSON(tree); err != nil {
		return schemaProblems(err)
	}
	return nil
}
