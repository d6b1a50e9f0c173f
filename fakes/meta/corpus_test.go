package meta_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/encore-sandbox/sandbox/fakes/meta"
)

// corpus is Meta's OpenAPI document of business messaging, of which the
// examples and three schemas are used: its request and webhook schemas refuse
// its own examples.
func corpus(t *testing.T) map[string]any {
	t.Helper()
	file := os.Getenv("META_OPENAPI")
	if file == "" {
		t.Skip("set META_OPENAPI to business-messaging-api_v23.0.yaml of github.com/facebook/openapi")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	return stringKeys(tree).(map[string]any)
}

// stringKeys makes a YAML tree one of JSON: statuses are integer keys there.
func stringKeys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = stringKeys(v[k])
		}
		return v
	case map[any]any:
		out := map[string]any{}
		for k, inner := range v {
			out[fmt.Sprint(k)] = stringKeys(inner)
		}
		return out
	case []any:
		for i := range v {
			v[i] = stringKeys(v[i])
		}
		return v
	case nil, bool, string, float64:
		return v
	case int, int64, uint64:
		return json.Number(fmt.Sprint(v))
	}
	return fmt.Sprint(v) // dates
}

func examples(t *testing.T, doc map[string]any, path string) map[string]any {
	t.Helper()
	found, _ := dig(doc, "paths", path, "post", "requestBody", "content", "application/json", "examples").(map[string]any)
	if len(found) < 10 {
		t.Fatalf("%s has %d examples", path, len(found))
	}
	return found
}

type corpusRefusal struct {
	name   string
	code   int
	clause string
}

// corpusRefused are the request examples that are refused, with the code and
// the clause, by a part of their names.
var corpusRefused = []corpusRefusal{
	{"Catalog Template", 132001, "the registry has no such template"},
	{"Catalog Message", 131051, "catalogues are not played"},
	{"Flow Template", 132001, "the registry has no such template"},
	{"Flow", 131051, "flows are not played"},
	{"Product", 131051, "catalogues are not played"},
	{"Order", 131051, "payments are not played"},
	{"Issue Resolution Template", 100, "a quick reply is given true for its text, which is no text"},
	{"Message Template", 132001, "the registry has no such template"},
	{"Shipping Confirmation Template", 132001, "the registry has no such template"},
	{"Sample Text Message", 132001, "the example is a template that the registry has not"},
	{"Test Message", 132001, "the registry has no hello_world"},
	{"Send Reply to List Message", 131008, "it has no type, which makes it a text without a text"},
}

// corpusPlaceholders are what the examples leave to be filled in.
var corpusPlaceholders = strings.NewReplacer(
	"{{Recipient-Phone-Number}}", customer, "{{Recipient-WA-Phone-Number}}", customer,
	"<http(s)://audio-url>", "https://m.example/a", "<http(s)://document-url>", "https://m.example/d", "<http(s)://sticker-url>", "https://m.example/s",
	"<http(s)://video-url>", "https://m.example/v", "http(s)://", "https://m.example/", "<HEADER_TYPE>", "text",
	"<LIST_SECTION_1_TITLE>", "First", "<LIST_SECTION_2_TITLE>", "Second",
	"<SECTION_1_ROW_1_TITLE>", "a", "<SECTION_1_ROW_2_TITLE>", "b", "<SECTION_2_ROW_1_TITLE>", "c", "<SECTION_2_ROW_2_TITLE>", "d",
)

func TestCorpusRequests(t *testing.T) {
	t.Parallel()
	doc := corpus(t)
	w := newWAWorld(t, meta.Config{})
	met := map[int]bool{}
	ok, read, failed := compile(t, doc, "MessageResponsePayload"), compile(t, doc, "MarkMessageResponsePayload"), compile(t, doc, "GraphAPIError")
	for name, example := range examples(t, doc, "/{Version}/{Phone-Number-ID}/messages") {
		body, _ := json.Marshal(dig(example, "value"))
		plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(body))
		r := w.post(corpusPlaceholders.Replace(plain))
		want := ""
		if i := slices.IndexFunc(corpusRefused, func(c corpusRefusal) bool { return strings.Contains(name, c.name) }); i >= 0 {
			met[i] = true
			want = fmt.Sprint(corpusRefused[i].code)
		}
		if got := r.code(t); got != want {
			t.Errorf("%s: code %q, want %q: %s", name, got, want, r.Body)
		}
		schema := ok
		switch {
		case want != "":
			schema = failed
		case strings.Contains(name, "read receipt"):
			schema = read
		}
		answer, _ := jsonschema.UnmarshalJSON(strings.NewReader(string(r.Body)))
		if err := schema.Validate(answer); err != nil {
			t.Errorf("%s: the answer does not fit Meta's schema: %v", name, err)
		}
	}
	for i, row := range corpusRefused {
		if !met[i] {
			t.Errorf("no example is refused because %s (%s)", row.clause, row.name)
		}
	}
}

func TestCorpusErrors(t *testing.T) {
	t.Parallel()
	schema := compile(t, corpus(t), "GraphAPIError")
	for _, e := range meta.Errors() {
		body, _ := jsonschema.UnmarshalJSON(strings.NewReader(string(e.Body(trace))))
		if err := schema.Validate(body); err != nil {
			t.Errorf("%d: %v", e.Code, err)
		}
	}
}

func compile(t *testing.T, doc map[string]any, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("file:///meta.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("file:///meta.json#/components/schemas/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCorpusWebhooks holds that every webhook has the members of Meta's
// example of its kind, with the same JSON types.
func TestCorpusWebhooks(t *testing.T) {
	t.Parallel()
	hooks := examples(t, corpus(t), "/whatsapp/webhooks")
	pairs := map[string]int{ // place in written by Meta's name
		"Text Message": 0, "Text Message from Click to WhatsApp Ad": 1, "Image Message": 2, "Button Message": 3,
		"Interactive Button Reply Message": 4, "Interactive List Reply Message": 5, "Reaction Message": 6, "Location Message": 7,
		"Contact Sharing Message": 8, "Order Message": 9, "System Message": 10, "Unsupported Message": 11,
	}
	for name, at := range pairs {
		example := dig(hooks[name], "value")
		if example == nil {
			t.Errorf("no example %q", name)
			continue
		}
		want, got := shape("", example), shape("", hookOf(t, written[at].text, written[at].kind))
		// A place has an address on the web only when it has one, a contact a company.
		want = slices.DeleteFunc(want, func(s string) bool { return strings.HasSuffix(s, "location.url string") || strings.Contains(s, ".org") })
		diff(t, name, want, got)
	}
}

// shape lists the members of a tree with their types; of arrays the first
// element speaks for all.
func shape(path string, v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			out = append(out, shape(path+"."+k, inner)...)
		}
		slices.Sort(out)
		return out
	case []any:
		if len(v) == 0 {
			return []string{path + " array"}
		}
		return shape(path+"[]", v[0])
	case string:
		return []string{path + " string"}
	case json.Number, float64:
		return []string{path + " number"}
	}
	return []string{fmt.Sprintf("%s %T", path, v)}
}
