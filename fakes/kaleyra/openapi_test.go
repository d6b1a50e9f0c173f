package kaleyra_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/kaleyra"
	"github.com/encore-sandbox/sandbox/fakes/openapitest"
	"github.com/encore-sandbox/sandbox/sim"
)

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	doc := openapitest.Load(t, kaleyra.OpenAPI())
	openapitest.Valid(t, doc)
	openapitest.Documented(t, doc)
	diff(t, "the pods are the fake's hosts", kaleyra.New(kaleyra.Config{}).Hosts, openapitest.Hosts(doc))
}

// The documented refusals are those of the fake, both ways: every error is an
// example of its status, and every example is an error.
func TestOpenAPIRefusals(t *testing.T) {
	t.Parallel()
	op := openapitest.Load(t, kaleyra.OpenAPI()).Paths.Find("/v2/{sid}/whatsapp/{phone}/messages").Post
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
	op := openapitest.Load(t, kaleyra.OpenAPI()).Paths.Find("/v2/{sid}/whatsapp/{phone}/messages").Post
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
