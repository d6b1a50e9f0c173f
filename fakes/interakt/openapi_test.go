package interakt_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/openapitest"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

func bearer(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	doc := openapitest.Load(t, interakt.OpenAPI())
	openapitest.Valid(t, doc)
	openapitest.Documented(t, doc)
}

// TestOpenAPICoverage holds both ways that what the document shows is what the
// fake does: its requests are taken, and each error it shows is answered so.
func TestOpenAPICoverage(t *testing.T) {
	t.Parallel()
	doc := openapitest.Load(t, interakt.OpenAPI())
	for path, item := range doc.Paths.Map() {
		for name, example := range item.Post.RequestBody.Value.Content.Get("application/json").Examples {
			body, err := json.Marshal(example.Value.Value)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, interakt.Config{NoWindow: true})
			r := w.request(path, body, nil)
			schema := item.Post.Responses.Status(r.Status)
			if r.Status/100 != 2 || schema == nil {
				t.Errorf("%s %s is answered %d: %s", path, name, r.Status, r.Body)
				continue
			}
			var tree any
			if err := json.Unmarshal(r.Body, &tree); err != nil {
				t.Fatal(err)
			}
			if err := schema.Value.Content.Get("application/json").Schema.Value.VisitJSON(tree); err != nil {
				t.Errorf("%s %s: %v", path, name, err)
			}
		}
	}
}

func TestOpenAPIErrors(t *testing.T) {
	t.Parallel()
	op := openapitest.Load(t, interakt.OpenAPI()).Paths.Find("/v1/public/message/").Post
	w := newWorld(t, interakt.Config{PerMinute: 7})
	w.accepted(textHeaderBody)
	made := map[string]reply{
		"phone": w.post(`{}`), "template": w.post(with(textHeaderBody, "delivered_alert_101", "x")), "values": w.post(with(textHeaderBody, `["There","1234"]`, `[]`)),
		"media": w.post(with(imageHeaderBody, `"headerValues"`, `"header"`)), "window": w.post(textBody), "token": w.request(path, []byte(textBody), bearer),
		"large":  w.post(strings.Repeat(" ", 1<<20+1)),
		"failed": w.request(path, []byte(textHeaderBody), func(r *http.Request) { r.Header.Set(sim.HeaderFault, "500") }),
	}
	for w.post("").Status != 429 {
	}
	made["rate"] = w.post("")
	shown := 0
	for status, response := range op.Responses.Map() {
		if status == "201" {
			continue
		}
		for name, example := range response.Value.Content.Get("application/json").Examples {
			shown++
			var tree any
			if err := json.Unmarshal(made[name].Body, &tree); err != nil {
				t.Errorf("example %s is not compared with anything: %v", name, err)
				continue
			}
			diff(t, "example "+name+" of "+status, any(map[string]any(example.Value.Value.(map[string]any))), tree)
			if got := made[name].Status; response != op.Responses.Status(got) {
				t.Errorf("example %s of %s is answered with %d", name, status, got)
			}
		}
	}
	diff(t, "examples", len(made), shown)
}

// FuzzParseSend holds that no JSON object makes the reader fail, and that what
// is taken has what an answer and its webhooks need.
func FuzzParseSend(f *testing.F) {
	for _, seed := range []string{
		textHeaderBody, imageHeaderBody, quickReplyBody, textBody, `{}`, session("InteractiveList", listData), session("InteractiveButton", buttonsData),
		`{"countryCode":[],"type":"Template","template":{"bodyValues":{"0":1},"buttonValues":[],"buttonPayload":{"9":null},"carouselCards":[null]}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		var tree map[string]any
		if json.Unmarshal([]byte(doc), &tree) != nil {
			return
		}
		s, problem := interakt.ParseSend(tree)
		switch {
		case s == nil:
			t.Fatalf("nothing was read of %s", doc)
		case problem != nil && (problem.Status != 400 || problem.Message == ""):
			t.Errorf("%s is refused as %+v", doc, problem)
		case problem == nil && (len(s.To.Digits()) < 7 || (s.Template == nil) == (s.Session == nil)):
			t.Errorf("%s is taken as %+v", doc, s)
		}
	})
}

// FuzzSend holds that nothing makes the fake answer with its own failure.
func FuzzSend(f *testing.F) {
	for _, seed := range []string{textHeaderBody, quickReplyBody, textBody, "{“a”: 1}", "", "[]"} {
		f.Add(seed)
	}
	s, err := sim.New(sim.Config{
		Fakes: []*sim.Fake{interakt.New(interakt.Config{PerMinute: -1, NoWindow: true, Learn: true, Accounts: []interakt.Account{{Name: "tonys", Key: rawKey}}})},
		Clock: clock.NewManual(at(0)), Seed: 1, Words: fakes.Words(),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, doc string) {
		w := &world{T: t, s: s, ws: s.Default()}
		if r := w.post(doc); r.Status >= 500 {
			t.Errorf("%q is answered %d", doc, r.Status)
		}
	})
}
