package meta_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/openapitest"
)

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	doc := openapitest.Load(t, meta.OpenAPI())
	openapitest.Valid(t, doc)
	openapitest.Documented(t, doc)
	diff(t, "the servers are the fake's hosts", meta.New(meta.Config{}).Hosts, openapitest.Hosts(doc))
}

func TestOpenAPIStatuses(t *testing.T) {
	t.Parallel()
	op := openapitest.Load(t, meta.OpenAPI()).Paths.Find("/{object}/messages").Post
	want := []string{"200", "400", "401", "403", "404", "429", "500", "503"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(op.Responses.Map()))); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	for _, e := range meta.Errors() {
		response := op.Responses.Status(e.Status)
		if response == nil {
			t.Errorf("code %d is answered with %d, which the document does not have", e.Code, e.Status)
			continue
		}
		if err := validate(response.Value.Content, e.Body(trace)); err != nil {
			t.Errorf("code %d: %v", e.Code, err)
		}
	}
}

// TestOpenAPIExamples holds that the examples are what the package makes.
func TestOpenAPIExamples(t *testing.T) {
	t.Parallel()
	op := openapitest.Load(t, meta.OpenAPI()).Paths.Find("/{object}/messages").Post
	made := map[string]*meta.Error{
		"missing": meta.MissingParameter("to"), "unknownObject": meta.UnknownObject("106540352242999"), "token": meta.NewError(190, ""),
		"locked": meta.NewError(131031, ""), "template": meta.NewError(132001, ""), "calls": meta.NewSubError(4, 2446079),
		"unknown": meta.NewError(131000, ""), "overloaded": meta.NewError(2, ""),
	}
	seen := 0
	for status, response := range op.Responses.Map() {
		if status == "200" {
			continue
		}
		for name, example := range response.Value.Content.Get("application/json").Examples {
			seen++
			if made[name] == nil {
				t.Errorf("example %s is not compared with anything", name)
				continue
			}
			if diff := cmp.Diff(decoded(t, made[name].Body(trace)), plain(t, example.Value.Value)); diff != "" {
				t.Errorf("example %s (-want +got):\n%s", name, diff)
			}
		}
	}
	if seen != len(made) {
		t.Errorf("%d examples, want %d", seen, len(made))
	}
}

// TestOpenAPIAccepted holds that both kinds of 200 fit and that the request
// examples are accepted by document and reader.
func TestOpenAPIAccepted(t *testing.T) {
	t.Parallel()
	op := openapitest.Load(t, meta.OpenAPI()).Paths.Find("/{object}/messages").Post
	for _, example := range op.RequestBody.Value.Content.Get("application/json").Examples {
		send, err := meta.ParseSend(plain(t, example.Value.Value).(map[string]any), meta.Limits{})
		if err != nil {
			t.Errorf("%s: %v", example.Value.Summary, err)
			continue
		}
		if err := validate(op.Responses.Status(200).Value.Content, send.Accepted(seedWAMID)); err != nil {
			t.Errorf("%s: %v", example.Value.Summary, err)
		}
	}
	wrong := `{"messaging_product":"whatsapp","contacts":[],"messages":[{"id":"mid.1"}]}`
	if validate(op.Responses.Status(200).Value.Content, []byte(wrong)) == nil {
		t.Error("an answer without a customer and with a foreign id fits the document")
	}
}

// TestOpenAPIRequestsArePermissive holds that the document leaves every judgement
// of an object to ParseSend, whose answers carry Graph's codes.
func TestOpenAPIRequestsArePermissive(t *testing.T) {
	t.Parallel()
	content := openapitest.Load(t, meta.OpenAPI()).Paths.Find("/{object}/messages").Post.RequestBody.Value.Content
	for _, doc := range []string{`{}`, `{"to":1,"type":null,"text":"x","unknown":[1]}`, `{"interactive":7,"context":null}`} {
		if err := validate(content, []byte(doc)); err != nil {
			t.Errorf("%s is refused by the document: %v", doc, err)
		}
	}
	for _, doc := range []string{`[]`, `"x"`, `null`} {
		if validate(content, []byte(doc)) == nil {
			t.Errorf("%s is no object and fits the document", doc)
		}
	}
}

func TestOpenAPIObject(t *testing.T) {
	t.Parallel()
	item := openapitest.Load(t, meta.OpenAPI()).Paths.Find("/{object}/messages")
	schema := item.Parameters.GetByInAndName("path", "object").Schema.Value
	for object, want := range map[string]bool{
		"me": true, "0": true, "106540352242922": true,
		"": false, "Me": false, "me2": false, "v22.0": false, "tonys": false, "1a": false, "-1": false, "١": false,
	} {
		if got := schema.VisitJSON(object) == nil; got != want {
			t.Errorf("object %q fits: %t, want %t", object, got, want)
		}
	}
	if item.Parameters.GetByInAndName("path", "object").Extensions["x-sandbox-route"] != true {
		t.Error("the pattern must narrow the route: other fakes have paths of this form")
	}
}

func validate(content openapi3.Content, doc []byte) error {
	var tree any
	if err := json.Unmarshal(doc, &tree); err != nil {
		return err
	}
	return content.Get("application/json").Schema.Value.VisitJSON(tree)
}

// plain is a value of the document as decoded JSON has it.
func plain(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, []byte(strings.TrimSpace(string(data))))
}
