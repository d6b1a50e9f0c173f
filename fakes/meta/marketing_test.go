package meta_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
)

const marketingPath = "/v23.0/" + phone + "/marketing_messages"

// TestMarketingMessages: the endpoint takes marketing templates and nothing else,
// and what it sends is a send like any other.
func TestMarketingMessages(t *testing.T) {
	t.Parallel()
	utility := `{"messaging_product":"whatsapp","to":"15014005001","type":"template","template":{"name":"order","language":{"code":"en_US"}}}`
	for _, c := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"a marketing template", lto, 200, ""},
		{"with the endpoint's own members", strings.Replace(lto, `"type":"template"`, `"type":"template","product_policy":"STRICT","message_activity_sharing":true`, 1), 200, ""},
		{"a text", textBody, 400, "100"},
		{"an interactive message", `{"messaging_product":"whatsapp","to":"15014005001","type":"interactive","interactive":{"type":"cta_url","body":{"text":"x"},"action":{"name":"cta_url","parameters":{"display_text":"x","url":"https://a.example"}}}}`, 400, "100"},
		{"no type, which is a text", `{"messaging_product":"whatsapp","to":"15014005001","text":{"body":"Hi"}}`, 400, "100"},
		{"a template of another category", utility, 400, "134100"},
		{"a template that is not there", strings.Replace(lto, "pkg_2023", "pkg_2024", 1), 404, "132001"},
		{"a read receipt", `{"messaging_product":"whatsapp","status":"read","message_id":"` + seedWAMID + `"}`, 400, "100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWAWorld(t, meta.Config{Templates: append(meta.DefaultTemplates(), meta.Template{Name: "order", Language: "en_US", Category: "UTILITY", Status: "APPROVED", Body: "On its way."})})
			w.write(sim.CustomerMessage{Text: "Hi"})
			w.after(thread, 0)
			w.must(w.call("POST", marketingPath, c.body), c.status, c.code)
			diff(t, "statuses", map[bool]int{true: 3, false: 0}[c.status == 200], len(statuses(w.after(thread, time.Second))))
			w.must(w.post(utility), 200, "")
		})
	}
}

// A customer who stopped marketing messages is not reached this way either.
func TestMarketingMessagesOptedOut(t *testing.T) {
	t.Parallel()
	w := newWAWorld(t, meta.Config{})
	w.write(sim.CustomerMessage{Text: "stop", Extra: sim.Extra{Kind: "opt_out"}})
	w.after(thread, time.Second)
	w.must(w.call("POST", marketingPath, lto), 200, "")
	diff(t, "what becomes of it", []string{"failed 131050"}, statuses(w.after(thread, time.Second)))
}

// TestCorpusMarketing sends Meta's own examples. The registry has none of their
// templates; answers fit Meta's schemas.
func TestCorpusMarketing(t *testing.T) {
	t.Parallel()
	doc := corpus(t)
	w := newWAWorld(t, meta.Config{})
	found, _ := dig(doc, "paths", "/{Version}/{Phone-Number-ID}/marketing_messages", "post", "requestBody", "content", "application/json", "examples").(map[string]any)
	if len(found) < 3 {
		t.Fatalf("%d examples", len(found))
	}
	fits := func(name string, r reply, schema *jsonschema.Schema) {
		answer, _ := jsonschema.UnmarshalJSON(strings.NewReader(string(r.Body)))
		if err := schema.Validate(answer); err != nil {
			t.Errorf("%s: the answer does not fit Meta's schema: %v", name, err)
		}
	}
	failed := compile(t, doc, "GraphAPIError")
	for name, example := range found {
		body, _ := json.Marshal(dig(example, "value"))
		fits(name, w.must(w.call("POST", marketingPath, string(body)), 404, "132001"), failed)
	}
	fits("our template", w.must(w.call("POST", marketingPath, lto), 200, ""), compile(t, doc, "MarketingMessageResponsePayload"))
}
