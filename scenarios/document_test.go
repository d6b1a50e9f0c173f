package scenarios

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim"
)

// operationsOf lists the operations of a document as "id method path".
func operationsOf(t *testing.T, document []byte) map[string]string {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("the document is not valid: %v", err)
	}
	all := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all[op.OperationID] = method + " " + path
		}
	}
	return all
}

// TestControlAPIIsOneDocument: whoever reads it finds every operation, and the
// sandbox serves it.
func TestControlAPIIsOneDocument(t *testing.T) {
	t.Parallel()
	want := operationsOf(t, sim.ControlDocument())
	for id, where := range operationsOf(t, ControlDocument()) {
		want[id] = where
	}
	if diff := cmp.Diff(want, operationsOf(t, OpenAPI())); diff != "" {
		t.Errorf("the operations of both parts (-want +got):\n%s", diff)
	}
	sb, err := New(Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/_sandbox/v1/openapi.yaml", http.NoBody)
	resp, err := sim.Transport{Handler: sb}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(OpenAPI()), string(body)); diff != "" {
		t.Errorf("what is served (-want +got):\n%s", diff)
	}
}

func TestMergeRefusesWhatDiffers(t *testing.T) {
	t.Parallel()
	const first = "tags: [a]\npaths: {/a: {get: {operationId: a}}}\ncomponents: {schemas: {A: {type: object}}}\n"
	for name, c := range map[string]struct{ second, want string }{
		"nothing differs":           {"tags: [b]\npaths: {/a: {put: {operationId: b}}}\ncomponents: {schemas: {A: {type: object}}}\n", ""},
		"an operation of one name":  {"paths: {/a: {get: {operationId: b}}}\n", "paths./a.get.operationId is a in one document and b in the other"},
		"a component of one name":   {"components: {schemas: {A: {type: string}}}\n", "components.schemas.A.type is object"},
		"what is no document":       {"a: [", "not found"},
		"a mapping against a value": {"components: {schemas: 7}\n", "components.schemas is"},
	} {
		got, err := merge([]byte(first), []byte(c.second))
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: the error is %v, want %q", name, err, c.want)
		case c.want == "" && !strings.Contains(string(got), "operationId: b"):
			t.Errorf("%s: the second document is not in\n%s", name, got)
		}
	}
}
