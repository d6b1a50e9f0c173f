package kaleyra_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/sim"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(kaleyra.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestOpenAPIIsValid(t *testing.T) {
	t.Parallel()
	doc := load(t)
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaPatternValidation()); err != nil {
		t.Fatal(err)
	}
	var hosts []string
	for _, s := range doc.Servers {
		hosts = append(hosts, strings.TrimPrefix(s.URL, "https://"))
	}
	diff(t, "the pods are the fake's hosts", kaleyra.New(kaleyra.Config{}).Hosts, hosts)
}

// Operations, answers and schemas say what they are, and every answer has an
// example.
func TestOpenAPIIsDocumented(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || op.Summary == "" || op.Description == "" {
				t.Errorf("%s %s needs operationId, summary and description", method, path)
			}
			for status, response := range op.Responses.Map() {
				if media := response.Value.Content.Get("application/json"); media == nil || len(media.Examples) == 0 {
					t.Errorf("%s %s has no example", op.OperationID, status)
				}
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		described(t, name, schema.Value)
	}
}

func described(t *testing.T, path string, s *openapi3.Schema) {
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

// The documented refusals are those of the fake, both ways: every error is an
// example of its status, and every example is an error.
func TestOpenAPIRefusals(t *testing.T) {
	t.Parallel()
	op := load(t).Paths.Find("/v2/{sid}/whatsapp/{phone}/messages").Post
	var want, got []string
	for _, e := range kaleyra.Errors() {
		body, err := json.Marshal(e.Answer().Body)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, strconv.Itoa(e.Status)+" "+compact(t, body))
	}
	for status, response := range op.Responses.Map() {
		if status == "202" {
			continue
		}
		for _, example := range response.Value.Content.Get("application/json").Examples {
			body, err := json.Marshal(example.Value.Value)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, status+" "+compact(t, body))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	diff(t, "examples", want, got)
	diff(t, "statuses", []string{"202", "400", "401", "429", "500"}, slices.Sorted(maps.Keys(op.Responses.Map())))
}

// compact is JSON with its members in order.
func compact(t *testing.T, doc []byte) string {
	t.Helper()
	out, err := json.Marshal(decoded(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// The examples of requests are taken, and what comes of them is documented.
func TestOpenAPIRequestsAndCallbacks(t *testing.T) {
	t.Parallel()
	op := load(t).Paths.Find("/v2/{sid}/whatsapp/{phone}/messages").Post
	w := newWorld(t, kaleyra.Config{})
	w.write("Hi", sim.Extra{})
	w.write("Hello", sim.Extra{Kind: "image", Media: "https://example.com/a.png"})
	content := op.RequestBody.Value.Content.Get("application/json")
	for name, example := range content.Examples {
		body, err := json.Marshal(example.Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		if r := w.post(string(body)); r.Status != 202 {
			t.Errorf("%s is answered %d: %s %v", name, r.Status, r.Body, w.remarks())
		}
	}
	w.arm("provider=fails-later")
	w.post(offer)
	seen := map[string]int{}
	for _, c := range w.after(thread, time.Second) {
		name := "inbound"
		if dig(c, "status") != nil {
			name = "status"
		}
		seen[name]++
		for _, item := range op.Callbacks[name].Value.Map() {
			if err := item.Post.RequestBody.Value.Content.Get("application/json").Schema.Value.VisitJSON(c); err != nil {
				t.Errorf("a callback of kind %s: %v", name, err)
			}
		}
	}
	diff(t, "callbacks", map[string]int{"inbound": 2, "status": 10}, seen)
}
