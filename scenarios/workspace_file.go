package scenarios

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/sim"
)

// WorkspaceFile is an exported workspace: a bug report that can be repeated. It
// has the catalog with it where the workspace had none of its own, since another
// sandbox may offer something else.
type WorkspaceFile struct {
	sim.Export
	Catalog *encore.Catalog `json:"catalog,omitempty"`
}

func (sb *Sandbox) exportWorkspace(c *sim.Call) (any, error) {
	x, err := c.Workspace.Export(c.Context())
	if err != nil {
		return nil, err
	}
	file := WorkspaceFile{Export: x}
	own, err := encore.GetCatalog(c.Context(), c.Workspace)
	if own == nil && err == nil {
		file.Catalog = sb.catalog
	}
	data, wrong := json.Marshal(file)
	if err == nil {
		err = wrong
	}
	return sim.Answer{Status: http.StatusOK, ContentType: "application/json", Body: data}, err
}

// importWorkspace makes a workspace out of a file, whole or not at all. Webhooks
// go where they went, unless the query names another place for all of them.
func (sb *Sandbox) importWorkspace(c *sim.Call) (any, error) {
	var file WorkspaceFile
	if err := json.Unmarshal(c.Body, &file); err != nil {
		return nil, fmt.Errorf("%w: %w", sim.ErrImport, err)
	}
	making := sim.Making{Name: c.Params["name"], Owner: c.Caller.Owner}
	if url := c.URL.Query().Get("webhook"); url != "" {
		targets, err := sb.Targets(map[string]string{"*": url})
		if err != nil {
			return nil, err
		}
		making.Webhooks = targets
	}
	ws, err := sb.Import(c.Context(), making, file.Export)
	if err != nil {
		return nil, unmade(err)
	}
	if file.Catalog != nil {
		if err := sb.offer(c.Context(), ws, file.Catalog, nil); err != nil {
			return nil, err
		}
	}
	return sim.Answer{Status: http.StatusCreated, Body: sb.view(c, ws)}, nil
}
