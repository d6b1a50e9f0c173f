package sim

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/store"
)

//go:embed openapi.yaml
var controlDocument []byte

// ControlDocument is the OpenAPI document of the engine's part of the control
// API. An upper floor that mounts more describes that in a document of its own.
func ControlDocument() []byte { return slices.Clone(controlDocument) }

// control is the API under /_sandbox/v1/: what the command line, the inspector
// and tests in any language use to write as a customer, to move time, to break
// things and to read the journal.
type control struct {
	s        *Sandbox
	routed   *routedFake
	handlers map[string]controlHandler
}

// controlHandler is one operation: a typed result that becomes JSON, or an error.
type controlHandler func(*controlCall) (any, error)

// controlCall is a request to the control API, routed and validated.
type controlCall struct {
	*Call
	w  http.ResponseWriter
	ws *Workspace
}

// ControlError is an error of the control API with its status.
type ControlError struct {
	Status  int
	Message string
	Details []string
}

// Error implements error.
func (e *ControlError) Error() string { return e.Message }

// errStreamed says that a handler has written the answer itself.
var errStreamed = errors.New("answer is written")

func newControl(s *Sandbox) (*control, error) {
	return buildControl(s, controlDocument, (&control{s: s}).table())
}

// buildControl routes the operations of a document to their handlers.
func buildControl(s *Sandbox, document []byte, handlers map[string]controlHandler) (*control, error) {
	operations := map[string]Operation{}
	for id := range handlers {
		operations[id] = Operation{}
	}
	routed := newRoutedFake(&Fake{Name: "sandbox", Document: document, Operations: operations})
	c := &control{s: s, routed: routed, handlers: handlers}
	if s.config.Lazy {
		return c, nil
	}
	return c, routed.load()
}

// serves tells the sandbox's own paths, which come before every vendor's.
func (c *control) serves(path string) bool {
	return path == "/" || path == "/healthz" || path == "/readyz" || path == "/metrics" || path == "/_sandbox" || strings.HasPrefix(path, "/_sandbox/")
}

// ServeHTTP implements http.Handler.
func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r, base := outer(r)
	if err := c.guard(r); err != nil {
		writeControl(w, nil, err)
		return
	}
	if c.lead(w, r) || c.unlock(w, r, base) {
		return
	}
	if c.page(r) {
		c.s.config.Pages.ServeHTTP(w, r)
		return
	}
	m := c.routed.match(r)
	if len(m.ops) == 0 && len(m.allow) == 0 && c.s.config.Control != nil {
		c.s.config.Control.ServeHTTP(w, r)
		return
	}
	c.finish(w, r, m)
}

// answer is ServeHTTP of a part whose guard was another's.
func (c *control) answer(w http.ResponseWriter, r *http.Request) { c.finish(w, r, c.routed.match(r)) }

func (c *control) finish(w http.ResponseWriter, r *http.Request, m match) {
	if len(m.allow) > 0 {
		w.Header().Set("Allow", strings.Join(m.allow, ", "))
	}
	result, err := c.call(w, r, m)
	var fast *limited
	switch {
	case errors.As(err, &fast):
		refuseFast(w, fast)
	case !errors.Is(err, errStreamed):
		writeControl(w, result, err)
	}
}

func (c *control) call(w http.ResponseWriter, r *http.Request, m match) (any, error) {
	if len(m.allow) > 0 {
		return nil, &ControlError{Status: http.StatusMethodNotAllowed, Message: fmt.Sprintf("%s is not allowed here; use %s", r.Method, strings.Join(m.allow, " or "))}
	}
	if len(m.ops) == 0 {
		return nil, &ControlError{Status: http.StatusNotFound, Message: "no such path in the control API; see GET /_sandbox/v1/openapi.yaml"}
	}
	call := c.s.capture(r)
	call.op, call.Operation, call.Params = m.ops[0], m.ops[0].id, m.params
	ws, err := c.admitted(call)
	if err != nil {
		return nil, err
	}
	call.Workspace = ws
	call.readBody(max(maxBody, call.op.limit))
	if invalid := call.op.validateRequest(call); invalid != nil {
		return nil, refused(call, invalid)
	}
	if strings.HasPrefix(r.URL.Path, "/_sandbox/v1/") && call.op.id != "health" {
		if err := ws.catchUp(r.Context()); err != nil {
			return nil, err
		}
	}
	return c.handlers[call.op.id](&controlCall{Call: call, w: w, ws: ws})
}

// admitted is the workspace that a call is about, if its caller may do what it does.
func (c *control) admitted(call *Call) (*Workspace, error) {
	switch {
	case call.op.access == forAll && c.s.config.AdminToken != "":
		return c.s.Default(), nil // it tells nobody which workspaces there are
	case call.op.access == forAll:
		return c.workspace(call.request, Caller{}, "")
	}
	who, err := c.caller(call.request)
	if err != nil {
		return nil, err
	}
	if call.op.access != inside { // it is about no workspace
		call.Caller = who
		return c.s.Default(), who.allow(call.op, call.Method, nil)
	}
	if (who == Caller{}) {
		return nil, who.allow(call.op, call.Method, nil)
	}
	ws, err := c.workspace(call.request, who, call.Params["workspace"])
	if err != nil {
		return nil, err
	}
	call.Caller = who
	if err := who.allow(call.op, call.Method, ws); err != nil || who.Admin {
		return ws, err
	}
	return ws, ws.ration()
}

// guard keeps web pages of other sites away from the control API: it answers
// to names of this machine only, and to no cross-site request.
func (c *control) guard(r *http.Request) error {
	host := strings.ToLower(hostOnly(r))
	if !c.allowed(host) {
		return &ControlError{Status: http.StatusForbidden, Message: fmt.Sprintf("the control API does not answer to the host name %q; start with --allow-host %s", host, host)}
	}
	site := r.Header.Get("Sec-Fetch-Site")
	foreign := site == "cross-site" || site == "same-site" // which another port of this machine is
	if (foreign || (site == "" && !sameOrigin(r))) && !c.visit(r) {
		return &ControlError{Status: http.StatusForbidden, Message: "the control API refuses requests that another site's page sends"}
	}
	return nil
}

func (c *control) allowed(host string) bool {
	switch {
	case net.ParseIP(host) != nil, host == "localhost", strings.HasSuffix(host, ".localhost"), !strings.Contains(host, "."):
		return true
	case host == "host.docker.internal", host == "gateway.docker.internal":
		return true
	}
	return slices.Contains(c.s.config.Hosts, host)
}

// sameOrigin is true without an Origin, as for every caller that is no browser.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// writeControl is the only place that words an answer of the control API.
func writeControl(w http.ResponseWriter, result any, err error) {
	status := http.StatusOK
	if err != nil {
		var known *ControlError
		switch {
		case errors.As(err, &known):
		case errors.Is(err, store.ErrAway):
			known = &ControlError{Status: http.StatusServiceUnavailable, Message: "the sandbox cannot reach its store; try again when GET /readyz answers 200"}
		default:
			known = &ControlError{Status: http.StatusBadRequest, Message: err.Error()}
		}
		body := map[string]any{"error": known.Message}
		if len(known.Details) > 0 {
			body["details"] = known.Details
		}
		status, result = known.Status, body
	}
	switch result := result.(type) {
	case nil:
		w.WriteHeader(http.StatusNoContent)
	case Answer:
		writeAnswer(w, result)
	default:
		writeJSON(w, status, result)
	}
}

// writeAnswer writes an answer with a status or a content type of its own.
func writeAnswer(w http.ResponseWriter, a Answer) {
	body, ok := a.Body.([]byte)
	if !ok {
		writeJSON(w, a.Status, a.Body)
		return
	}
	w.Header().Set("Content-Type", a.ContentType)
	w.WriteHeader(a.Status)
	_, _ = w.Write(body)
}

func writeJSON(w http.ResponseWriter, status int, result any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(result)
}

// read decodes the body strictly: an unknown field is an error that names it.
func read[T any](c *controlCall) (T, error) {
	var v T
	dec := json.NewDecoder(bytes.NewReader(c.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, &ControlError{Status: http.StatusBadRequest, Message: strings.TrimPrefix(faultProblem(err), "json: ")}
	}
	return v, nil
}
