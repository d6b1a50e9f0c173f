package sim

import (
	"context"
	"net/http"
)

// ControlHandler is one operation of the control API: a result that becomes
// JSON (nil: 204; an Answer: with its own status and content type), or an error. An error that is a ControlError says its
// status, any other is a 400. Path parameters are in Call.Params, the
// workspace in Call.Workspace.
type ControlHandler func(*Call) (any, error)

// ControlAPI makes a part of the control API that an upper floor serves, to be
// mounted by Config.Control: the operations of an OpenAPI document, in YAML,
// with a handler for each by operationId. Requests are routed and validated by
// the document; errors have the shape of the engine's own. It fails when the
// document and the handlers differ.
func (s *Sandbox) ControlAPI(document []byte, handlers map[string]ControlHandler) (http.Handler, error) {
	table := make(map[string]controlHandler, len(handlers))
	for id, handle := range handlers {
		table[id] = func(c *controlCall) (any, error) { return handle(c.Call) }
	}
	c, err := buildControl(s, document, table)
	return http.HandlerFunc(c.answer), err
}

// Context ends when the client goes away.
func (c *Call) Context() context.Context { return c.request.Context() }

// Decode reads a JSON body strictly: an unknown field is an error that names it.
func Decode[T any](c *Call) (T, error) { return read[T](&controlCall{Call: c}) }
