package watchers_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/openapitest"
	"github.com/encore-sandbox/sandbox/fakes/watchers"
	"github.com/encore-sandbox/sandbox/sim"
)

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	doc := openapitest.Load(t, watchers.OpenAPI())
	openapitest.Valid(t, doc)
	openapitest.Documented(t, doc, "excludeUser 201")
	if diff := cmp.Diff(watchers.New(watchers.Config{}).Hosts, openapitest.Hosts(doc)); diff != "" {
		t.Errorf("the fake's hosts and the document's servers (-fake +document):\n%s", diff)
	}
}

// TestDocumentOfAProfile: paging is what the profiles differ in.
func TestDocumentOfAProfile(t *testing.T) {
	t.Parallel()
	for profile, want := range map[watchers.Profile]bool{watchers.Seed: true, watchers.Current: false} {
		doc, err := openapi3.NewLoader().LoadFromData(watchers.New(watchers.Config{Profile: profile}).Document)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"limit", "offset"} {
			if got := doc.Components.Parameters[name].Value.Required; got != want {
				t.Errorf("%s: %s is required: %t, want %t", profile, name, got, want)
			}
		}
	}
}

// TestDocumentedRequestsAreTaken sends every example of a request.
func TestDocumentedRequestsAreTaken(t *testing.T) {
	t.Parallel()
	doc := openapitest.Load(t, watchers.OpenAPI())
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for name, example := range op.RequestBody.Value.Content.Get("application/json").Examples {
				w := newWorld(t, watchers.Config{})
				w.publish(textOffer())
				at := strings.NewReplacer("{offerId}", "1", "{entryId}", w.enter("lobby", "ann").ID).Replace(path)
				if got := w.json(method, at, example.Value.Value); got.status >= 300 {
					t.Errorf("%s, example %s: %d %s", op.OperationID, name, got.status, got.body)
				}
			}
		}
	}
}

// TestDocumentedErrorsAreMade compares the examples of errors with the fake's.
func TestDocumentedErrorsAreMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	w.publish(textOffer())
	entry := w.enter("lobby", "ann").Page
	noKey := func(r *http.Request) { r.Header.Del("X-Api-Key") }
	made := map[string]reply{
		"fields":  w.json("POST", offersPath, textOffer().with(object{"showFrerquency": "ROOM", "endTime": "2024-05-22"})),
		"missing": w.json("GET", offersPath+"?offset=0", nil), "text": w.json("GET", offersPath+"/x", nil), "key": w.do("GET", offersPath+"/1", "", "", noKey),
		"unknown": w.json("GET", offersPath+"/7", nil), "offer": w.json("POST", entry+"/taps", object{"offerId": 7}),
		"large": w.json("POST", offersPath, `{"title":"`+strings.Repeat("x", 1<<20)+`"}`), "seed": w.json("GET", "/external/advertisement?limit=1&offset=0", nil),
		"value": w.json("POST", exclusionPath, object{"decryptedUserId": "ann", "value": "yes"}), "room": w.json("POST", "/watchers/entries", object{"roomId": "attic", "userId": "ann"}),
		"fault": w.do("GET", offersPath+"/1", "", "", func(r *http.Request) { r.Header.Set(sim.HeaderFault, "500") }),
	}
	missingUser := w.json("POST", "/watchers/entries", object{"roomId": "lobby"})
	seen := map[string]bool{}
	for _, item := range openapitest.Load(t, watchers.OpenAPI()).Paths.Map() {
		for _, op := range item.Operations() {
			for status, response := range op.Responses.Map() {
				media := response.Value.Content.Get("application/json")
				if media == nil || status < "400" {
					continue
				}
				for name, example := range media.Examples {
					want := made[name]
					seen[name] = true
					if name == "missing" && strings.Contains(encoded(t, example.Value.Value), "userId") {
						want = missingUser
					}
					var got any
					if err := json.Unmarshal([]byte(want.body), &got); err != nil {
						t.Errorf("example %s is not made: %v", name, err)
						continue
					}
					if diff := cmp.Diff(got, example.Value.Value, numbers()); diff != "" {
						t.Errorf("%s, example %s (-made +example):\n%s", op.OperationID, name, diff)
					}
				}
			}
		}
	}
	for name := range made {
		if !seen[name] {
			t.Errorf("no answer has the example %s", name)
		}
	}
}

// numbers compares JSON numbers whatever reader they came by.
func numbers() cmp.Option {
	float := func(v any) (float64, bool) {
		switch n := v.(type) {
		case float64:
			return n, true
		case int:
			return float64(n), true
		case uint64:
			return float64(n), true
		}
		return 0, false
	}
	return cmp.FilterValues(func(a, b any) bool {
		_, x := float(a)
		_, y := float(b)
		return x && y
	}, cmp.Comparer(func(a, b any) bool {
		x, _ := float(a)
		y, _ := float(b)
		return x == y
	}))
}

// TestFaultsAreInTheEnvelope, in front of a handler and behind it.
func TestFaultsAreInTheEnvelope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	for fault, status := range map[string]int{"503": 503, "429": 429, "500;after": 500} {
		w.refused(w.do("POST", offersPath, "application/json", encoded(t, textOffer()), func(r *http.Request) { r.Header.Set(sim.HeaderFault, fault) }), status)
	}
	if all := must[[]any](w, w.json("GET", offersPath+"?limit=9&offset=0", nil), 200); len(all) != 1 {
		t.Errorf("only the fault behind the work leaves an offer, there are %d", len(all))
	}
}

// TestMethods: another one than documented is named.
func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t, watchers.Config{})
	got := w.json("PUT", offersPath, object{})
	allowed := strings.Split(got.header.Get("Allow"), ", ")
	if diff := cmp.Diff([]string{"PUT is not allowed here; use GET or POST"}, w.refused(got, 405)); diff != "" || !slices.Equal(allowed, []string{"GET", "POST"}) {
		t.Errorf("Allow %q (-want +got):\n%s", allowed, diff)
	}
	w.refused(w.json("GET", "/external/offers", nil), 404)
}
