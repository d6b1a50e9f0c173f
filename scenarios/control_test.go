package scenarios_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim"
)

func newSandbox(t *testing.T, o scenarios.Options) *scenarios.Sandbox {
	t.Helper()
	sb, err := scenarios.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	})
	return sb
}

// send makes a request to the control API.
func send(t *testing.T, sb http.Handler, method, path, body string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost:8080"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := sim.Transport{Handler: sb}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, data
}

func controlDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(scenarios.ControlDocument())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// controlCase is a good and a bad request for an operation.
type controlCase struct {
	body       string
	status     int    // of a good request; 0: 200
	played     bool   // a run has been played before
	made       bool   // a workspace "anna" was made before
	elsewhere  string // what stands in the place of anna in the path of a bad request
	bad        string // body, or the query of a path
	badStatus  int
	badDetails []string
	check      func(t *testing.T, answer map[string]any)
}

func controlCases(t *testing.T) map[string]controlCase {
	t.Helper()
	catalog, err := json.Marshal(encore.Default(3))
	if err != nil {
		t.Fatal(err)
	}
	no := controlCase{bad: "?workspace=nobody", badStatus: http.StatusNotFound}
	with := func(c controlCase, check func(*testing.T, map[string]any)) controlCase {
		c.check = check
		return c
	}
	cases := runCases(t)
	maps.Copy(cases, workspaceCases())
	maps.Copy(cases, captureCases())
	maps.Copy(cases, map[string]controlCase{
		"findings": with(no, func(t *testing.T, a map[string]any) {
			if len(a) == 0 {
				t.Error("the verdict is empty")
			}
		}),
		"rules": with(no, func(t *testing.T, a map[string]any) {
			if all, _ := a["rules"].([]any); len(all) < 40 {
				t.Errorf("%d rules", len(all))
			}
		}),
		"overview": with(controlCase{bad: "?limit=0", badStatus: http.StatusBadRequest, badDetails: []string{"limit: number must be at least 1"}}, func(t *testing.T, a map[string]any) {
			if diff := cmp.Diff([]any{"none", 0.0}, []any{a["integrator"], a["of"]}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}),
		"lines": with(controlCase{bad: "?since=-1", badStatus: http.StatusBadRequest, badDetails: []string{"since: number must be at least 0"}}, func(t *testing.T, a map[string]any) {
			if diff := cmp.Diff([]any{}, a["lines"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}),
		"getCatalog": with(no, func(t *testing.T, a map[string]any) {
			if all, _ := a["campaigns"].([]any); len(all) < 30 {
				t.Errorf("%d campaigns in the default catalog", len(all))
			}
		}),
		"setCatalog": {
			body: string(catalog), badStatus: http.StatusBadRequest,
			bad:        strings.Replace(string(catalog), `"status":"active"`, `"status":7,"stauts":"active"`, 1),
			badDetails: []string{"campaigns.0.status: must be a string", `campaigns.0: knows no field "stauts"; correct its name, or leave it out`},
			check: func(t *testing.T, a map[string]any) {
				if a["campaigns"] != float64(len(encore.Default(3).Campaigns)) {
					t.Errorf("answer %v", a)
				}
			},
		},
		"learnCatalog": with(no, func(t *testing.T, a map[string]any) {
			if diff := cmp.Diff(map[string]any{"counts": map[string]any{}}, a); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}),
	})
	return cases
}

// runCases are those of scenarios and runs.
func runCases(t *testing.T) map[string]controlCase {
	t.Helper()
	played := func(check func(*testing.T, map[string]any)) controlCase {
		return controlCase{played: true, bad: "?workspace=nobody", badStatus: http.StatusNotFound, check: check}
	}
	no := controlCase{bad: "?workspace=nobody", badStatus: http.StatusNotFound}
	scenarios := no
	scenarios.check = func(t *testing.T, a map[string]any) {
		all, _ := a["scenarios"].([]any)
		defects, _ := a["defects"].([]any)
		if len(all) < 10 || len(defects) < 30 {
			t.Errorf("%d scenarios, %d defects", len(all), len(defects))
		}
	}
	return map[string]controlCase{
		"scenarios": scenarios,
		"startRun": {
			body: `{"scenarios": ["first-message"]}`, status: http.StatusAccepted,
			bad: `{"scenarios": ["first-mesage"]}`, badStatus: http.StatusBadRequest, badDetails: []string{"the scenarios are: " + strings.Join(names(library(t)), ", ")},
		},
		"listRuns": played(func(t *testing.T, a map[string]any) {
			if all, _ := a["runs"].([]any); len(all) != 1 {
				t.Errorf("%d runs, want the one that was played", len(all))
			}
		}),
		"getRun": played(func(t *testing.T, a map[string]any) {
			if got := []any{a["id"], a["state"], a["of"], a["played"]}; !cmp.Equal(got, []any{"1", "passed", 1.0, 1.0}) {
				t.Errorf("the run is %v", got)
			}
		}),
		"storyLines": played(func(t *testing.T, a map[string]any) {
			threads, _ := a["threads"].([]any)
			if len(threads) != 1 {
				t.Fatalf("%d threads", len(threads))
			}
			lines, _ := threads[0].(map[string]any)["lines"].([]any)
			if first, _ := lines[0].(map[string]any); len(lines) < 4 || first["from"] != "customer" || first["kind"] != "hook" {
				t.Errorf("%d lines, the first is %v", len(lines), lines[0])
			}
		}),
		"runPage":  played(nil),
		"runJUnit": played(nil),
	}
}

// TestControlAPI covers the document: every operation answers as documented to
// a good request, and to a bad one with an error that says what to change.
func TestControlAPI(t *testing.T) {
	t.Parallel()
	doc, cases := controlDocument(t), controlCases(t)
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	var documented []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			documented = append(documented, op.OperationID)
			c, sb := cases[op.OperationID], newSandbox(t, scenarios.Options{})
			if c.played {
				playRun(t, sb, `{"scenarios": ["first-message"], "channels": ["whatsapp"]}`)
			}
			if c.made {
				send(t, sb, http.MethodPost, "/_sandbox/v1/workspaces", `{"name": "anna"}`)
			}
			path := strings.NewReplacer("{id}", "1", "{n}", "1", "{workspace}", "anna", "{name}", "copy").Replace(path)
			status, data := send(t, sb, method, path, c.body)
			answer := documentedAnswer(t, op, status, data)
			if status != max(c.status, http.StatusOK) {
				t.Errorf("%s: %d %s", op.OperationID, status, data)
			} else if c.check != nil {
				c.check(t, answer)
			}
			target, body := path, c.bad
			if strings.HasPrefix(c.bad, "?") {
				target, body = path+c.bad, ""
			}
			if c.elsewhere != "" {
				target = strings.Replace(target, "anna", c.elsewhere, 1)
			}
			status, data = send(t, sb, method, target, body)
			answer = documentedAnswer(t, op, status, data)
			details, _ := json.Marshal(answer["details"])
			want, _ := json.Marshal(c.badDetails)
			if status != c.badStatus || answer["error"] == "" || !bytes.Equal(details, want) {
				t.Errorf("%s: a bad request gets %d %s", op.OperationID, status, data)
			}
		}
	}
	slices.Sort(documented)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(cases)), documented); diff != "" {
		t.Errorf("operations (-tested +documented):\n%s", diff)
	}
}

// documentedAnswer reads an answer and holds it against the document.
func documentedAnswer(t *testing.T, op *openapi3.Operation, status int, data []byte) (tree map[string]any) {
	t.Helper()
	response := op.Responses.Status(status)
	if response == nil {
		t.Errorf("%s: status %d is not documented", op.OperationID, status)
		return nil
	}
	if response.Value.Content.Get("application/json") == nil {
		if len(data) == 0 && status != http.StatusNoContent {
			t.Errorf("%s: the answer is empty", op.OperationID)
		}
		return nil
	}
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Errorf("%s: %v in %s", op.OperationID, err, data)
	}
	if err := response.Value.Content.Get("application/json").Schema.Value.VisitJSON(tree); err != nil {
		t.Errorf("%s %d: %v", op.OperationID, status, err)
	}
	return tree
}

func TestControlOutsideTheDocument(t *testing.T) {
	t.Parallel()
	sb := newSandbox(t, scenarios.Options{})
	for request, want := range map[string]int{
		"GET /_sandbox/v1/nothing": 404, "DELETE /_sandbox/v1/catalog": 405, "PUT /_sandbox/v1/rules": 405,
	} {
		method, path, _ := strings.Cut(request, " ")
		status, data := send(t, sb, method, path, "")
		var body struct{ Error string }
		if err := json.Unmarshal(data, &body); status != want || err != nil || body.Error == "" {
			t.Errorf("%s: %d %s, want %d with an error", request, status, data, want)
		}
	}
}

const oneCampaign = `{
  "organizations": [{"id": "00000000-0000-4000-8000-000000000001", "name": "Tonewillow"}],
  "campaigns": [{
    "id": "00000000-0000-4000-8000-000000000002", "organizationId": "00000000-0000-4000-8000-000000000001",
    "status": "active", "destinationUrl": "https://tonewillow.example",
    "creatives": [{"id": "00000000-0000-4000-8000-000000000003", "status": "active", "title": "T", "body": "B", "cta": "Claim"}]
  }]
}`

// TestSetCatalog goes the whole way: what is put is what is offered, and what
// is refused changes nothing.
func TestSetCatalog(t *testing.T) {
	t.Parallel()
	sb := newSandbox(t, scenarios.Options{})
	if status, data := send(t, sb, "PUT", "/_sandbox/v1/catalog", oneCampaign); status != http.StatusOK {
		t.Fatalf("%d %s", status, data)
	}
	for name, c := range map[string]struct{ old, new, line, detail string }{
		"a label that is too long": {`"Claim"`, `"Claim before midnight"`, "line 6, ", "campaigns[0].creatives[0].cta: has 21 characters; Meta allows 20"},
		"nobody's campaign":        {`"organizationId": "00000000-0000-4000-8000-000000000001"`, `"organizationId": "x"`, "line 4, ", `campaigns[0].organizationId: "x" is no organization of this catalog`},
		"a text for a list":        {`"status": "active", "title"`, `"status": "active", "languages": "en", "title"`, "line 6, ", "campaigns.0.creatives.0.languages: must be an array"},
		"no campaigns":             {`"campaigns": [`, `"campaign": [`, "line 1, ", `body: knows no field "campaign"`},
		"a date in words":          {`"status": "active", "destinationUrl"`, `"status": "active", "startDate": "soon", "destinationUrl"`, "line 5, ", "campaigns.0.startDate: "},
	} {
		status, data := send(t, sb, "PUT", "/_sandbox/v1/catalog", strings.Replace(oneCampaign, c.old, c.new, 1))
		var body struct{ Details []string }
		if err := json.Unmarshal(data, &body); err != nil {
			t.Fatal(err)
		}
		named := slices.ContainsFunc(body.Details, func(d string) bool {
			return strings.HasPrefix(d, c.line) && strings.Contains(d, ": "+c.detail)
		})
		if status != http.StatusBadRequest || !named {
			t.Errorf("%s: %d %s, want a detail %q at %s", name, status, data, c.detail, c.line)
		}
	}
	_, data := send(t, sb, "GET", "/_sandbox/v1/catalog", "")
	var want, got encore.Catalog
	if err := json.Unmarshal([]byte(oneCampaign), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the catalog (-want +got):\n%s", diff)
	}
}

// workspaceCases are those about workspaces.
func workspaceCases() map[string]controlCase {
	named := func(want string) func(*testing.T, map[string]any) {
		return func(t *testing.T, a map[string]any) {
			if a["name"] != want {
				t.Errorf("answer %v", a)
			}
		}
	}
	gone := controlCase{made: true, elsewhere: "nobody", badStatus: http.StatusNotFound}
	get, drop := gone, gone
	get.check = named("anna")
	drop.status, drop.elsewhere, drop.badStatus = http.StatusNoContent, "default", http.StatusBadRequest
	return map[string]controlCase{
		"makeWorkspace": {body: `{"name": "bert", "seed": 7}`, status: http.StatusCreated, bad: `{"name": "Bert!"}`, badStatus: http.StatusBadRequest, check: named("bert")},
		"getWorkspace":  get, "dropWorkspace": drop,
		"listWorkspaces": {made: true, bad: `{}`, badStatus: http.StatusOK, check: func(t *testing.T, a map[string]any) {
			if all, _ := a["workspaces"].([]any); len(all) != 1 || all[0].(map[string]any)["name"] != "anna" {
				t.Errorf("answer %v", a)
			}
		}},
		"exportWorkspace": gone,
		"importWorkspace": {
			body: `{"format":"encore-sandbox workspace","version":1,"name":"anna","origin":"anna","seed":42,"clock":"manual","now":"2026-03-02T09:00:00Z","documents":[],"journal":[]}`, status: http.StatusCreated, check: named("copy"),
			bad: `{"format":"something else","version":1,"name":"anna","seed":42,"clock":"manual","now":"2026-03-02T09:00:00Z","documents":[],"journal":[]}`, badStatus: http.StatusBadRequest,
		},
		"makeOwner": {body: `{"name": "team-a"}`, bad: `{"name": "Team A"}`, badStatus: http.StatusBadRequest, check: named("team-a")},
	}
}
