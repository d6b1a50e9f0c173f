package postman

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Document is one OpenAPI document with what its requests identify themselves by.
type Document struct {
	Name string // of the folder
	YAML []byte
	// Credentials are the collection's variables by the document's security schemes.
	Credentials map[string]Variable
	// Values are what the documents cannot say of parameters, by operationId and
	// name: "getMedia.object". They may hold variables.
	Values map[string]string
	// Saves are the answers, by operationId, of which a variable is set.
	Saves map[string][]Save
}

// Save sets a variable by a member of an answer, as in offer.clickUrl, or by what
// stands in it behind a text.
type Save struct {
	Variable
	Member, Behind string
}

// line is the save in JavaScript.
func (s Save) line() string {
	value := "pm.response.json()." + s.Member
	if s.Behind != "" {
		value += fmt.Sprintf(".split(%q).pop()", s.Behind)
	}
	return fmt.Sprintf("pm.collectionVariables.set(%q, %s);", s.Key, value)
}

// New makes a collection of documents whose requests go to base, without a slash
// at its end. It fails on a document that cannot be read.
func New(name, description, base string, documents ...Document) (Collection, error) {
	c := Collection{
		Info:     Info{Name: name, Description: description, Schema: Schema},
		Variable: []Variable{{Key: BaseURL, Value: base, Description: "Where the sandbox answers"}},
	}
	for _, d := range documents {
		doc, err := openapi3.NewLoader().LoadFromData(d.YAML)
		if err != nil {
			return c, fmt.Errorf("%s: %w", d.Name, err)
		}
		b := builder{Document: d, doc: doc}
		c.Item = append(c.Item, b.folder())
		c.Variable = append(c.Variable, b.variables()...)
	}
	return c, nil
}

// builder makes the folder of one document.
type builder struct {
	Document
	doc *openapi3.T
}

// variables are those that the requests of the document use.
func (b builder) variables() (all []Variable) {
	for _, scheme := range b.schemes(b.doc.Security) {
		all = append(all, b.Credentials[scheme])
	}
	for _, id := range slices.Sorted(maps.Keys(b.Saves)) {
		for _, save := range b.Saves[id] {
			all = append(all, save.Variable)
		}
	}
	return all
}

// methods are in the order in which a folder is best run: what is made, first by
// the requests of which others use the answers, is then looked at, changed and
// deleted.
var methods = []string{http.MethodPost, http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete}

func byMethod(a, b Item) int {
	if a.Request == nil || b.Request == nil {
		return 0
	}
	return cmp.Or(
		cmp.Compare(slices.Index(methods, a.Request.Method), slices.Index(methods, b.Request.Method)),
		cmp.Compare(len(b.Event), len(a.Event)),
	)
}

// folder has a folder for each tag in the document's order, and in it the
// operations by method and path.
func (b builder) folder() Item {
	top := Item{Name: b.Name, Description: b.doc.Info.Description}
	for _, tag := range b.doc.Tags {
		top.Item = append(top.Item, Item{Name: tag.Name, Description: tag.Description})
	}
	for _, path := range slices.Sorted(maps.Keys(b.doc.Paths.Map())) {
		item := b.doc.Paths.Value(path)
		for _, method := range methods {
			if op := item.GetOperation(method); op != nil {
				top.add(op.Tags, b.requests(path, method, item, op))
			}
		}
	}
	for i := range top.Item {
		slices.SortStableFunc(top.Item[i].Item, byMethod)
	}
	top.Item = slices.DeleteFunc(top.Item, func(i Item) bool { return i.Request == nil && len(i.Item) == 0 })
	return top
}

// add lays requests into the folder of their first tag.
func (i *Item) add(tags []string, requests []Item) {
	at := slices.IndexFunc(i.Item, func(of Item) bool { return len(tags) > 0 && of.Name == tags[0] && of.Request == nil })
	if at < 0 {
		i.Item = append(i.Item, requests...)
		return
	}
	i.Item[at].Item = append(i.Item[at].Item, requests...)
}

// requests are an operation's: one for each example of its body.
func (b builder) requests(path, method string, item *openapi3.PathItem, op *openapi3.Operation) (all []Item) {
	plain := Request{Method: method, Header: b.credentials(op), Description: op.Description}
	plain.URL = b.url(path, item, op)
	plain.Header = append(plain.Header, parameters(item, op, openapi3.ParameterInHeader)...)
	bodies := bodiesOf(op)
	for i, body := range bodies {
		id := b.Name + "." + op.OperationID
		if i > 0 {
			id += "." + strconv.Itoa(i+1)
		}
		r := plain
		r.Header = slices.Clone(plain.Header)
		if body.kind != "" {
			r.Body = &body.Body
		}
		if body.Mode == "raw" {
			r.Header = append(r.Header, Field{Key: "Content-Type", Value: body.kind})
		}
		name := op.Summary
		if len(bodies) > 1 {
			name += ": " + body.summary
		}
		all = append(all, Item{ID: id, Name: name, Request: &r})
	}
	all[0].Response = responses(op, *all[0].Request)
	if saves := b.Saves[op.OperationID]; len(saves) > 0 {
		script := Script{Type: "text/javascript"}
		for _, save := range saves {
			script.Exec = append(script.Exec, save.line())
		}
		all[0].Event = []Event{{Listen: "test", Script: script}}
	}
	return all
}

// schemes are those of the first alternative, in order.
func (b builder) schemes(security openapi3.SecurityRequirements) (names []string) {
	if len(security) == 0 {
		return nil
	}
	for name := range security[0] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// credentials are the headers by which a request identifies itself. A scheme
// that puts them elsewhere is another alternative everywhere.
func (b builder) credentials(op *openapi3.Operation) []Field {
	security := b.doc.Security
	if op.Security != nil {
		security = *op.Security
	}
	headers := []Field{}
	for _, name := range b.schemes(security) {
		scheme, value := b.doc.Components.SecuritySchemes[name].Value, "{{"+b.Credentials[name].Key+"}}"
		switch {
		case scheme.Type == "http":
			prefix := strings.ToUpper(scheme.Scheme[:1]) + scheme.Scheme[1:] // Bearer, Basic
			headers = append(headers, Field{Key: "Authorization", Value: prefix + " " + value})
		case scheme.In == openapi3.ParameterInHeader:
			headers = append(headers, Field{Key: scheme.Name, Value: value})
		}
	}
	return headers
}

// url is the address of an operation. What stands behind a "#" in a path tells
// variants of one path apart and is not sent.
func (b builder) url(path string, item *openapi3.PathItem, op *openapi3.Operation) URL {
	path, _, _ = strings.Cut(path, "#")
	servers := b.doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	if len(servers) > 0 {
		if base, err := servers[0].BasePath(); err == nil {
			path = strings.TrimSuffix(base, "/") + path
		}
	}
	u := URL{Host: []string{"{{" + BaseURL + "}}"}, Variable: parameters(item, op, openapi3.ParameterInPath), Query: parameters(item, op, openapi3.ParameterInQuery)}
	for _, fields := range [][]Field{u.Variable, u.Query} {
		for i := range fields {
			if value, ok := b.Values[op.OperationID+"."+fields[i].Key]; ok {
				fields[i].Value, fields[i].Disabled = value, false
			}
		}
	}
	for _, segment := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			segment = ":" + strings.TrimSuffix(name, "}")
		}
		u.Path = append(u.Path, segment)
	}
	u.Raw = u.Host[0] + "/" + strings.Join(u.Path, "/")
	var query []string
	for _, q := range u.Query {
		if !q.Disabled {
			query = append(query, q.Key+"="+q.Value)
		}
	}
	if len(query) > 0 {
		u.Raw += "?" + strings.Join(query, "&")
	}
	return u
}

// parameters are an operation's of one place, with their examples; those of the
// query and the header that need not be sent are switched off.
func parameters(item *openapi3.PathItem, op *openapi3.Operation, in string) (fields []Field) {
	for _, p := range slices.Concat(op.Parameters, item.Parameters) {
		has := func(f Field) bool { return f.Key == p.Value.Name }
		if p.Value.In != in || slices.ContainsFunc(fields, has) { // the operation's own comes first
			continue
		}
		fields = append(fields, Field{
			Key: p.Value.Name, Value: text(exampleOf(p.Value)), Description: p.Value.Description, Disabled: !p.Value.Required,
		})
	}
	return fields
}

func exampleOf(p *openapi3.Parameter) any {
	if first := firstExample(p.Examples); p.Example == nil && first != nil {
		return first.Value
	}
	if p.Example == nil && p.Schema != nil {
		return p.Schema.Value.Example
	}
	return p.Example
}

// firstExample is the one whose name comes first, or nil.
func firstExample(examples openapi3.Examples) *openapi3.Example {
	for _, name := range exampleNames(examples) {
		return examples[name].Value
	}
	return nil
}

func exampleNames(examples openapi3.Examples) (names []string) {
	for name := range examples {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// text is a value as a parameter has it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	data, _ := json.Marshal(v) // what a document was read from can be written
	return string(data)
}

// responses are the documented answers of an operation, by status and example.
func responses(op *openapi3.Operation, request Request) (all []Response) {
	documented := op.Responses.Map()
	statuses := make([]string, 0, len(documented))
	for status := range documented {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	for _, status := range statuses {
		code, err := strconv.Atoi(status)
		if err != nil {
			continue
		}
		media := documented[status].Value.Content.Get("application/json")
		if media == nil {
			continue
		}
		for _, name := range exampleNames(media.Examples) {
			example := media.Examples[name].Value
			all = append(all, Response{ // one for each status is enough to see what it looks like
				Name: status + " " + cmp.Or(example.Summary, name), OriginalRequest: &request, Status: http.StatusText(code), Code: code,
				Language: "json", Header: []Field{{Key: "Content-Type", Value: "application/json"}}, Body: indented(example.Value),
			})
			break
		}
	}
	return all
}
