package scenarios_test

import (
	"net/http"
	"testing"
)

// A run plays the built-in integrator with credentials that a sandbox for
// strangers takes too, and is seen by the workspace that asked for it alone.
func TestRunsOfWorkspaces(t *testing.T) {
	t.Parallel()
	g := hosted(t, nil)
	anna, bert := g.make(`{"name":"anna"}`), g.make(`{"name":"bert"}`)
	in := g.with(anna.Tokens.Control)
	started := in.call("POST", "/_sandbox/v1/runs", `{"scenarios":["first-message"],"channels":["whatsapp","zoko","interakt","kaleyra","messenger"],"integrator":"built-in"}`)
	g.diff("started", http.StatusAccepted, started.status)
	id := between(started.body, `"id": "`, `"`)
	var last reply
	for range 60 { // each waits for the next result
		last = in.call("GET", "/_sandbox/v1/runs/"+id+"?after=5&within=1s", "")
		if between(last.body, `"state": "`, `"`) != "playing" {
			break
		}
	}
	g.diff("played", "passed", between(last.body, `"state": "`, `"`))
	if t.Failed() {
		t.Log(last.body)
	}
	g.diff("not seen by others", http.StatusNotFound, g.with(bert.Tokens.Control).call("GET", "/_sandbox/v1/runs/"+id, "").status)
	g.diff("nor its report", http.StatusNotFound, g.with(bert.Tokens.Control).call("GET", "/_sandbox/v1/runs/"+id+"/report.html", "").status)
	for name, want := range map[string]int{"run1-first-message-whatsapp": 400, "runab12cd34-1-x": 400, "runners-up": 201, "run": 201} {
		g.diff(name, want, g.call("POST", "/_sandbox/v1/workspaces", `{"name":"`+name+`"}`).status)
	}
}
