package scenarios

import (
	"context"
	_ "embed"
	"net/http"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
)

//go:embed openapi.yaml
var controlDocument []byte

// ControlDocument is the OpenAPI document of this package's part of the
// control API: findings, rules, what people look at, runs and Encore's catalog. The caller owns the copy.
func ControlDocument() []byte { return slices.Clone(controlDocument) }

// operations is this floor's part of the control API: one row an operation of
// openapi.yaml. The engine routes, validates and words the errors.
func (sb *Sandbox) operations() map[string]sim.ControlHandler {
	return map[string]sim.ControlHandler{
		"findings":      sb.findings,
		"importJournal": sb.importJournal,
		"rules":         sb.rules,
		"overview":      sb.overview,
		"lines":         sb.lines,
		"getCatalog":    sb.getCatalog,
		"setCatalog":    sb.setCatalog,
		"learnCatalog":  sb.learnCatalog,
		"scenarios":     sb.listScenarios,
		"listRuns":      sb.listRuns,
		"startRun":      sb.startRun,
		"getRun":        sb.getRun,
		"storyLines":    sb.storyLines,
		"runPage":       sb.runReport("text/html; charset=utf-8", htmlOf),
		"runJUnit":      sb.runReport("application/xml", junitOf),

		"listWorkspaces": sb.listWorkspaces, "makeWorkspace": sb.makeWorkspace, "getWorkspace": sb.getWorkspace, "dropWorkspace": sb.dropWorkspace,
		"makeOwner": sb.makeOwner, "exportWorkspace": sb.exportWorkspace, "importWorkspace": sb.importWorkspace,
	}
}

// control answers what the engine's control API leaves to this floor.
func (sb *Sandbox) control(w http.ResponseWriter, r *http.Request) { sb.api.ServeHTTP(w, r) }

func (sb *Sandbox) findings(c *sim.Call) (any, error) {
	verdict, err := sb.Judge(c.Context(), c.Workspace)
	if err != nil {
		return nil, &sim.ControlError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	return verdict, nil
}

func (sb *Sandbox) rules(*sim.Call) (any, error) {
	return map[string]any{"rules": rules.All()}, nil
}

// getCatalog gives the workspace's own catalog, or the configured one.
func (sb *Sandbox) getCatalog(c *sim.Call) (any, error) {
	catalog, err := encore.GetCatalog(c.Context(), c.Workspace)
	if catalog == nil && err == nil {
		catalog = sb.catalog
	}
	return catalog, err
}

// setCatalog takes a whole catalog or nothing of it.
func (sb *Sandbox) setCatalog(c *sim.Call) (any, error) {
	catalog, err := sim.Decode[encore.Catalog](c)
	if err != nil {
		return nil, err
	}
	if err := sb.offer(c.Context(), c.Workspace, &catalog, c.Body); err != nil {
		return nil, err
	}
	return map[string]int{"organizations": len(catalog.Organizations), "campaigns": len(catalog.Campaigns)}, nil
}

// offer makes a catalog the workspace's own. Body, unless nil, is what it was
// read from, in which problems have their place.
func (sb *Sandbox) offer(ctx context.Context, ws *sim.Workspace, catalog *encore.Catalog, body []byte) error {
	err := encore.SetCatalog(ctx, ws, catalog)
	if problems := encore.ProblemsOf(err); len(problems) > 0 {
		refused := &sim.ControlError{Status: http.StatusBadRequest, Message: "the catalog cannot be offered as it stands; nothing was changed"}
		for _, p := range problems {
			refused.Details = append(refused.Details, p.Error())
		}
		refused.Details = sim.PlaceProblems(body, refused.Details)
		return refused
	}
	if err == nil {
		sb.options.Offered(ws.Name, catalog.Weight())
	}
	return err
}

// learnCatalog lets the bandit look at what the campaigns have achieved.
func (sb *Sandbox) learnCatalog(c *sim.Call) (any, error) {
	counts, err := encore.Learn(c.Context(), c.Workspace)
	return map[string]any{"counts": counts}, err
}
