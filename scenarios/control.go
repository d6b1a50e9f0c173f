package scenarios

import (
	_ "embed"
	"encoding/json"
	"net/http"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
)

//go:embed openapi.yaml
var controlDocument []byte

// ControlDocument is the OpenAPI document of this package's part of the
// control API: findings and rules.
func ControlDocument() []byte { return append([]byte(nil), controlDocument...) }

// control answers what the engine's control API leaves to this floor.
func (sb *Sandbox) control(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_sandbox/v1/findings":
		sb.findings(w, r)
	case "GET /_sandbox/v1/rules":
		answer(w, http.StatusOK, map[string]any{"rules": rules.All()})
	default:
		answer(w, http.StatusNotFound, map[string]string{"error": "no such path in the control API; see GET /_sandbox/v1/openapi.yaml"})
	}
}

func (sb *Sandbox) findings(w http.ResponseWriter, r *http.Request) {
	name := r.Header.Get(sim.HeaderWorkspace)
	if name == "" {
		name = sim.DefaultWorkspace
	}
	ws, ok := sb.Workspace(name)
	if !ok {
		answer(w, http.StatusNotFound, map[string]string{"error": "no workspace " + name})
		return
	}
	verdict, err := sb.Judge(r.Context(), ws)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
		return
	}
	answer(w, http.StatusOK, verdict)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(body)
}
