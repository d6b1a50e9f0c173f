package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// listenRequest is what a listener says of itself.
type listenRequest struct {
	Session string            `json:"session"`
	Who     string            `json:"who"`
	Forward map[string]string `json:"forward"`
	Take    bool              `json:"take"` // from another listener
}

// listen makes the caller the workspace's listener and streams to it until it
// leaves.
func (c *control) listen(call *controlCall) (any, error) {
	body, err := read[listenRequest](call)
	if err != nil {
		return nil, err
	}
	forward, err := c.s.forwarding(body.Forward)
	if err != nil {
		return nil, err
	}
	if c.s.draining.Load() {
		return nil, &ControlError{Status: http.StatusServiceUnavailable, Message: stopping}
	}
	ctx, ws := call.request.Context(), call.ws
	want := listening{Listener: Listener{Who: body.Who, Forward: forward}, Session: body.Session}
	l, err := ws.occupy(ctx, want, body.Take)
	if errors.Is(err, errListened) {
		return nil, occupied(ws.heard())
	}
	if err != nil {
		return nil, err
	}
	call.w.Header().Set("Content-Type", "text/event-stream")
	call.w.Header().Set("Cache-Control", "no-store")
	call.w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	call.w.WriteHeader(http.StatusOK)
	tell := func(event string, data any) error {
		_ = http.NewResponseController(call.w).SetWriteDeadline(c.s.real().Add(leaseFor)) // so that a dead connection is found
		return writeNamed(call.w, event, data)
	}
	if tell("listening", map[string]string{"workspace": ws.Name}) == nil && ws.rouse(ctx) == nil {
		_ = tell("ended", map[string]string{"reason": ws.attend(ctx, l, tell)})
	}
	ws.unplug(l)
	return nil, errStreamed
}

// occupied says who listens already, and how to take over.
func occupied(l *listening) error {
	who := l.Who
	if who == "" {
		who = "somebody"
	}
	return &ControlError{
		Status:  http.StatusConflict,
		Message: fmt.Sprintf("%s listens to this workspace since %s", who, l.Since.Format(time.RFC3339)),
		Details: []string{`one at a time can; "take": true takes over`},
	}
}

// forwarding checks where a listener brings webhooks, by channel as SetWebhook
// sets targets; * is for every channel that has none of its own.
func (s *Sandbox) forwarding(forward map[string]string) (map[string]string, error) {
	out := map[string]string{}
	for name, url := range forward {
		of, err := s.webhookOf(name, "")
		if err == nil {
			err = CheckWebhook(url)
		}
		if err != nil {
			return nil, err
		}
		out[of] = url
	}
	return out, nil
}

// answerDelivery takes what the integrator answered. That something is said
// renews the lease, so that an empty list says that the listener is there.
func (c *control) answerDelivery(call *controlCall) (any, error) {
	body, err := read[struct {
		Answers []Answered `json:"answers"`
	}](call)
	if err != nil {
		return nil, err
	}
	ctx, ws := call.request.Context(), call.ws
	if err := ws.catchUp(ctx); err != nil {
		return nil, err
	}
	l := ws.heard()
	if !l.by(call.Params["session"]) {
		return nil, &ControlError{Status: http.StatusNotFound, Message: "this session does not listen, or no more; begin with POST /_sandbox/v1/listen"}
	}
	if err := ws.renew(ctx, l.Connection); err != nil {
		return nil, err
	}
	taken := []string{}
	for _, a := range body.Answers {
		ok, err := ws.answered(ctx, l, a)
		if err != nil {
			return nil, err
		}
		if ok {
			taken = append(taken, a.ID)
		}
	}
	return map[string]any{"taken": taken}, nil
}

// stopListening ends a session: what is due goes to the targets that are set, or
// waits.
func (c *control) stopListening(call *controlCall) (any, error) {
	return nil, call.ws.leave(call.request.Context(), call.Params["session"])
}

// writeNamed sends an event of a listener's stream.
func writeNamed(w http.ResponseWriter, event string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, text); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
