package zoko_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/openapitest"
	"github.com/encore-sandbox/sandbox/fakes/zoko"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	doc := openapitest.Load(t, zoko.OpenAPI())
	openapitest.Valid(t, doc)
	openapitest.Documented(t, doc)
	diff(t, "server", "https://chat.zoko.io/v2", doc.Servers[0].URL)
}

// covering are calls that get every documented answer of every operation.
func covering(w *world) (calls []func()) {
	call := func(method, path, doc, key string) {
		calls = append(calls, func() { w.call(method, path, doc, key) })
	}
	faulty := func(method, path, doc string, e fault.Effect) {
		calls = append(calls, func() {
			if _, err := w.ws.Arm(w.Context(), fault.Fault{Effect: e, Times: 1}); err != nil {
				w.Fatal(err)
			}
			w.call(method, path, doc, tonysKey)
		})
	}
	message, hook := w.send(shipping()), w.register(registration(own))
	large := `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
	bodies := map[string]string{"POST /v2/message": offer(), "DELETE /v2/message/batch": `{"messages":["x"]}`, "POST /v2/webhook": registration(own + "3"), "PUT /v2/webhook/" + hook: registration(own)}
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		method, path, _ := strings.Cut(name, " ")
		call(method, path, bodies[name], tonysKey)
		call(method, path, `{"url":7}`, tonysKey)
		call(method, path, large, tonysKey)
	}
	call("POST", "/v2/message", text(), tonysKey)
	faulty("POST", "/v2/message", offer(), fault.Effect{Provider: fault.ProviderAccount})
	faulty("POST", "/v2/message", offer(), fault.Effect{Provider: fault.ProviderRate})
	faulty("POST", "/v2/message", offer(), fault.Effect{Status: 503})
	call("POST", "/v2/webhook", registration(own), tonysKey)
	call("PUT", "/v2/webhook/"+hook, registration(own+"3"), tonysKey)
	call("GET", "/v2/customer?channel=whatsapp", "", noorKey)
	call("GET", "/v2/customer", "", tonysKey)
	paths := []string{
		"GET /v2/account/templates", "GET /v2/webhook", "GET /v2/webhook/" + hook, "GET /v2/message/" + message, "GET /v2/message/" + message + "/history",
		"GET /v2/customer?channel=whatsapp", "GET /v2/customer/cd81122d-58aa-4224-8544-5bc55221a557",
		"DELETE /v2/message/" + message, "DELETE /v2/webhook/" + hook,
		"PUT /v2/webhook/x", "DELETE /v2/webhook/x", "GET /v2/webhook/x", "GET /v2/customer/x", "GET /v2/message/x", "GET /v2/message/x/history", "DELETE /v2/message/x",
	}
	for _, name := range append(paths, slices.Sorted(maps.Keys(bodies))...) {
		method, path, _ := strings.Cut(name, " ")
		doc := ""
		if method == "PUT" {
			doc = registration(own)
		}
		call(method, path, doc, "invalid")
		faulty(method, path, bodies[name], fault.Effect{Status: 500})
		if bodies[name] == "" {
			call(method, path, doc, tonysKey)
		}
	}
	return calls
}

// Every operation gives every documented answer, and no other.
func TestOpenAPICoverage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{CustomerListEvery: time.Minute})
	for _, call := range covering(w) {
		call()
	}
	entries, err := w.ws.Journal(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, e := range entries {
		if e.Operation != "" && e.Response != nil && e.Direction == "in" {
			got[e.Operation+" "+strconv.Itoa(e.Response.Status)] = true
		}
		if len(e.Breach) > 0 {
			t.Errorf("%s answers what is not documented: %v", e.Operation, e.Breach)
		}
	}
	want := map[string]bool{}
	for _, item := range openapitest.Load(t, zoko.OpenAPI()).Paths.Map() {
		for _, op := range item.Operations() {
			for status := range op.Responses.Map() {
				want[op.OperationID+" "+status] = true
			}
		}
	}
	diff(t, "operations and statuses", want, got)
}

// The request examples are taken, and the examples of errors are the fake's own.
func TestOpenAPIExamples(t *testing.T) {
	t.Parallel()
	w := newWorld(t, zoko.Config{}).opened()
	op := openapitest.Load(t, zoko.OpenAPI()).Paths.Find("/message").Post
	for name, example := range op.RequestBody.Value.Content.Get("application/json").Examples {
		doc := body(example.Value.Value.(map[string]any))
		if name == "text" {
			doc = body(example.Value.Value.(map[string]any), "recipient", customer)
		}
		w.send(doc)
	}
	examples := op.Responses.Status(http.StatusConflict).Value.Content.Get("application/json").Examples
	fresh := newWorld(t, zoko.Config{})
	diff(t, "a new customer", any(examples["newCustomer"].Value.Value), fresh.post(text()).json(t))
	w.after(24 * time.Hour)
	diff(t, "a closed window", fmt.Sprint(examples["windowClosed"].Value.Value.(map[string]any)["message"]), w.post(text()).message(t))
}
