package sim

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/encore-sandbox/sandbox/sim/quick"
)

// documents are the contracts whose schemas the quick check meets.
var documents = []string{
	"../openapi.yaml", "../fakes/encore/advertiser.yaml", "../fakes/meta/openapi.yaml", "../fakes/kaleyra/openapi.yaml",
	"../fakes/interakt/openapi.yaml", "../fakes/zoko/openapi.yaml", "../fakes/watchers/openapi.yaml", "openapi.yaml", "../scenarios/openapi.yaml",
}

// TestQuickCheckNeverDiffers: what the quick check accepts, kin-openapi accepts.
// Every example of every document is tried, and every example with one thing
// changed in it.
func TestQuickCheckNeverDiffers(t *testing.T) {
	t.Parallel()
	for _, file := range documents {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			tried := 0
			eachExample(t, file, func(name string, schema *openapi3.Schema, example any) {
				check := quick.Compile(schema)
				for change, tree := range changed(example) {
					text, err := json.Marshal(tree)
					if err != nil {
						t.Fatal(err)
					}
					tried++
					if check.Accepts(text) && schema.VisitJSON(plain(t, text)) != nil {
						t.Errorf("%s, %s: the quick check accepts %s", name, change, text)
					}
				}
			})
			if tried == 0 && file != "../fakes/encore/advertiser.yaml" { // whose answers are pages and pictures
				t.Error("no value was tried")
			}
		})
	}
}

// TestQuickCheckIsOfUse: the answers and requests of the offers call pass by
// the quick check, or it would save nothing.
func TestQuickCheckIsOfUse(t *testing.T) {
	t.Parallel()
	found := 0
	eachExample(t, "../openapi.yaml", func(name string, schema *openapi3.Schema, example any) {
		if !strings.HasPrefix(name, "offersMessage") {
			return
		}
		found++
		text, err := json.MarshalIndent(example, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(name, "400") && !quick.Compile(schema).Accepts(text) {
			t.Errorf("%s: the quick check leaves %s to the slow one", name, text)
		}
	})
	if found < 8 {
		t.Errorf("only %d examples were found", found)
	}
}

func TestQuickCheckRefusesBrokenText(t *testing.T) {
	t.Parallel()
	schema := openapi3.NewObjectSchema().WithProperty("a", openapi3.NewStringSchema()).WithProperty("n", openapi3.NewIntegerSchema())
	check := quick.Compile(schema)
	for _, c := range []struct{ text, reason string }{
		{`{"a":"b"} x`, "something follows the value"},
		{`{"a":"b"`, "the object does not end"},
		{`{"a":"b",}`, "a comma too many"},
		{`{"a" "b"}`, "no colon"},
		{`{"a":"b","a":"c"}`, "a member given twice is for the decoder to decide"},
		{"{\"a\":\"b\nc\"}", "a line break within a string"},
		{`{"n":01}`, "a number with a leading zero"},
		{`{"n":1.0}`, "not plainly an integer"},
		{`{"a":"\x"}`, "no such escape"},
		{`{"z":"\x"}`, "no such escape in a member that the schema leaves open"},
		{`{"z":[1,]}`, "no JSON in a member that the schema leaves open"},
		{`{"z":tru}`, "half a word"},
		{``, "nothing"},
	} {
		if check.Accepts([]byte(c.text)) {
			t.Errorf("%s is accepted, though %s", c.text, c.reason)
		}
	}
	if !check.Accepts([]byte(` {"n": 12, "a" : "\u00e4", "z": [1, {"y": "}"}]} `)) {
		t.Error("a good object is not accepted")
	}
}

// A null meets every variant of a oneOf, those too that no discriminator names.
func TestQuickCheckCountsEveryVariant(t *testing.T) {
	t.Parallel()
	named := openapi3.NewObjectSchema().WithProperty("kind", openapi3.NewStringSchema())
	named.Nullable = true
	other := openapi3.NewStringSchema()
	other.Nullable = true
	schema := &openapi3.Schema{
		OneOf:         openapi3.SchemaRefs{{Ref: "#/components/schemas/Named", Value: named}, {Ref: "#/components/schemas/Other", Value: other}},
		Discriminator: &openapi3.Discriminator{PropertyName: "kind", Mapping: map[string]openapi3.MappingRef{"named": {Ref: "#/components/schemas/Named"}}},
	}
	for _, text := range []string{"null", `{"kind":"named"}`, `"x"`} {
		if quick.Compile(schema).Accepts([]byte(text)) && schema.VisitJSON(plain(t, []byte(text))) != nil {
			t.Errorf("the quick check accepts %s", text)
		}
	}
}

func FuzzQuickCheck(f *testing.F) {
	doc, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		f.Fatal(err)
	}
	names := []string{"OfferRequest", "OfferResponse", "DeliveryReport", "Error"}
	f.Add([]byte(`{"clientId":"c","clientName":"n","messagingPlatform":"whatsapp","recipient":"1","inboundMessageId":"w","chatId":"t"}`))
	for _, example := range doc.Components.Examples {
		text, err := json.Marshal(example.Value.Value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var tree any
		valid := json.Unmarshal(text, &tree) == nil
		for _, name := range names {
			schema := doc.Components.Schemas[name].Value
			if quick.Compile(schema).Accepts(text) && (!valid || schema.VisitJSON(tree) != nil) {
				t.Errorf("the quick check of %s accepts %s", name, text)
			}
		}
	})
}

// eachExample visits the examples of every JSON body of a document.
func eachExample(t *testing.T, file string, visit func(name string, schema *openapi3.Schema, example any)) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sp, err := loadSpec(data)
	if err != nil {
		t.Fatal(err)
	}
	media := func(name string, content openapi3.Content) {
		m := content.Get("application/json")
		if m == nil || m.Schema == nil {
			return
		}
		if m.Example != nil {
			visit(name, m.Schema.Value, m.Example)
		}
		for key, example := range m.Examples {
			visit(name+" "+key, m.Schema.Value, example.Value.Value)
		}
	}
	for _, op := range sp.operations {
		if body := op.route.Operation.RequestBody; body != nil {
			media(op.id+" request", body.Value.Content)
		}
		for status, response := range op.route.Operation.Responses.Map() {
			media(op.id+" "+status, response.Value.Content)
		}
	}
}

// changed gives a value and its variations, each with one thing changed.
func changed(example any) map[string]any {
	out := map[string]any{"as it is": example}
	edits(example, "", func(where string, tree any) { out[where] = tree })
	return out
}

func edits(v any, where string, emit func(string, any)) {
	for i, other := range []any{nil, "", "x", strings.Repeat("x", 2000), 1.5, float64(7), true, []any{}, map[string]any{}} {
		emit(fmt.Sprintf("%s replaced %d", where, i), other)
	}
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			put := func(w string, with any) { emit(w, with1(v, key, with)) }
			emit(where+"."+key+" removed", without(v, key))
			edits(member, where+"."+key, put)
		}
		emit(where+" with more", with1(v, "unknown", "x"))
	case []any:
		emit(where+" doubled", append(slices.Clone(v), v...))
		for i, item := range v {
			edits(item, fmt.Sprintf("%s[%d]", where, i), func(w string, with any) {
				list := slices.Clone(v)
				list[i] = with
				emit(w, list)
			})
		}
	}
}

func with1(m map[string]any, key string, value any) map[string]any {
	out := without(m, key)
	out[key] = value
	return out
}

func without(m map[string]any, key string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}

func plain(t *testing.T, text []byte) (tree any) {
	t.Helper()
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}
