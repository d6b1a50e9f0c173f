package scenarios

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// WorkspaceRequest says what a new workspace is like. Everything may be left out.
type WorkspaceRequest struct {
	Name     string            `json:"name,omitempty"`
	Seed     uint64            `json:"seed,omitempty"`
	Clock    string            `json:"clock,omitempty"` // wall or manual
	At       time.Time         `json:"at,omitzero"`     // simulated time at first
	Idle     string            `json:"idle,omitempty"`  // 2h, 3d
	Owner    string            `json:"owner,omitempty"` // only the admin may say
	Webhooks map[string]string `json:"webhooks,omitempty"`
	Catalog  json.RawMessage   `json:"catalog,omitempty"`
	Faults   []fault.Fault     `json:"faults,omitempty"`
}

// WorkspaceView is a workspace as the control API shows it. Who may only read
// does not see what others may act with.
type WorkspaceView struct {
	Name     string            `json:"name"`
	Owner    string            `json:"owner,omitempty"`
	Seed     uint64            `json:"seed"`
	Clock    string            `json:"clock"`
	Now      time.Time         `json:"now"`
	Made     time.Time         `json:"made,omitzero"`
	Used     time.Time         `json:"used,omitzero"`
	Expires  time.Time         `json:"expires,omitzero"` // unless it is used before
	Webhooks map[string]string `json:"webhooks"`
	// Turned counts the calls that came too fast, on this replica.
	Turned      int64             `json:"turnedAway"`
	Inspector   string            `json:"inspector,omitempty"` // an address for a browser, with the view token in it
	Tokens      *WorkspaceTokens  `json:"tokens,omitempty"`
	Credentials map[string]string `json:"credentials,omitempty"` // by what they are for
	Environment map[string]string `json:"environment,omitempty"` // of an integrator, as `encore-sandbox env` names it
}

// WorkspaceTokens open the control API of one workspace.
type WorkspaceTokens struct {
	Control string `json:"control"`
	View    string `json:"view"` // reads only
}

// makeWorkspace makes a workspace with all that it was asked to have, or none.
func (sb *Sandbox) makeWorkspace(c *sim.Call) (any, error) {
	request, err := sim.Decode[WorkspaceRequest](c)
	if err != nil {
		return nil, err
	}
	making, err := sb.making(c.Caller, request)
	if err != nil {
		return nil, err
	}
	ws, err := sb.Make(c.Context(), making)
	if err != nil {
		return nil, unmade(err)
	}
	if err := sb.furnish(c.Context(), ws, request); err != nil {
		return nil, errors.Join(err, sb.Drop(c.Context(), ws))
	}
	return sim.Answer{Status: http.StatusCreated, Body: sb.view(c, ws)}, nil
}

// making reads a request.
func (sb *Sandbox) making(who sim.Caller, request WorkspaceRequest) (m sim.Making, err error) {
	m = sim.Making{Name: request.Name, Seed: request.Seed, Clock: request.Clock, At: request.At, Owner: who.Owner}
	if request.Owner != "" {
		if !who.Admin && request.Owner != who.Owner {
			return m, &sim.ControlError{Status: http.StatusForbidden, Message: "only the admin may make a workspace for another owner"}
		}
		m.Owner = request.Owner
	}
	if request.Idle != "" {
		if m.Idle, err = story.ParseDuration(request.Idle); err != nil {
			return m, err
		}
	}
	m.Webhooks, err = sb.Targets(request.Webhooks)
	return m, err
}

// furnish gives a new workspace its catalog and its faults.
func (sb *Sandbox) furnish(ctx context.Context, ws *sim.Workspace, request WorkspaceRequest) error {
	if len(request.Catalog) > 0 {
		var catalog encore.Catalog
		if err := json.Unmarshal(request.Catalog, &catalog); err != nil {
			return err
		}
		if err := sb.offer(ctx, ws, &catalog, nil); err != nil {
			return err
		}
	}
	for _, f := range request.Faults {
		if _, err := ws.Arm(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// unmade words why a workspace was not made.
func unmade(err error) error {
	for _, known := range []struct {
		is     error
		status int
	}{{sim.ErrExists, http.StatusConflict}, {sim.ErrQuota, http.StatusTooManyRequests}} {
		if errors.Is(err, known.is) {
			return &sim.ControlError{Status: known.status, Message: err.Error()}
		}
	}
	return err
}

// listWorkspaces lists those that the caller may see, without credentials.
func (sb *Sandbox) listWorkspaces(c *sim.Call) (any, error) {
	all, err := sb.Made(c.Context())
	views := []WorkspaceView{}
	for _, made := range all {
		if c.Caller.Admin || made.Owner == c.Caller.Owner {
			views = append(views, viewOf(made))
		}
	}
	return map[string]any{"workspaces": views}, err
}

func (sb *Sandbox) getWorkspace(c *sim.Call) (any, error) { return sb.view(c, c.Workspace), nil }

func (sb *Sandbox) dropWorkspace(c *sim.Call) (any, error) {
	return nil, sb.Drop(c.Context(), c.Workspace)
}

// makeOwner gives an owner's token out. The same owner has the same token.
func (sb *Sandbox) makeOwner(c *sim.Call) (any, error) {
	request, err := sim.Decode[struct {
		Name string `json:"name"`
	}](c)
	if err != nil {
		return nil, err
	}
	token, err := sb.OwnerToken(request.Name)
	return map[string]string{"name": request.Name, "token": token}, err
}

func viewOf(made sim.Made) WorkspaceView {
	v := WorkspaceView{
		Name: made.Name, Owner: made.Owner, Seed: made.Seed, Clock: cmp.Or(made.Clock, sim.ClockWall), Made: made.Made, Used: made.Used, Webhooks: map[string]string{},
	}
	if made.Idle > 0 {
		v.Expires = made.Used.Add(made.Idle)
	}
	return v
}

// view shows a workspace, with what its callers need unless the caller only reads.
func (sb *Sandbox) view(c *sim.Call, ws *sim.Workspace) WorkspaceView {
	made, _ := ws.Made()
	v := viewOf(made)
	v.Now, v.Turned = ws.Now(c.Context(), ""), ws.Turned()
	for of, target := range ws.Webhooks() {
		v.Webhooks[cmp.Or(of, "*")] = target.Shown(c.Caller.Reads)
	}
	if c.Caller.Reads {
		return v
	}
	control, view := ws.Tokens()
	v.Tokens = &WorkspaceTokens{control, view}
	v.Inspector = c.Origin + ws.Inspector() + "?token=" + view
	v.Credentials, v.Environment = ws.Credentials(), map[string]string{}
	for _, variable := range sb.EnvironmentOf(ws, c.Origin) {
		v.Environment[variable.Name] = variable.Value
	}
	return v
}
