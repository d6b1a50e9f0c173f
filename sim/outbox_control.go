package sim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// waitingWebhook is a webhook that waits for delivery, as the control API shows it.
type waitingWebhook struct {
	Thread   string    `json:"thread"`
	Event    string    `json:"event"`
	ID       string    `json:"id"`
	Due      time.Time `json:"due"` // thread time
	Attempts int       `json:"attempts"`
	Held     bool      `json:"held,omitempty"` // until another has overtaken it
}

func (c *control) listOutbox(call *controlCall) (any, error) {
	items, err := call.ws.store.List(call.request.Context(), call.ws.space, kindOutbox, "")
	waiting := []waitingWebhook{}
	for _, item := range items {
		entries := slices.SortedFunc(slices.Values(item.Value.(outboxQueue).Entries), byDue)
		for _, e := range entries {
			waiting = append(waiting, waitingWebhook{item.ID, e.Event, e.ID, e.Due, e.Attempt, e.Waits})
		}
	}
	return map[string]any{"waiting": waiting}, err
}

// flushOutbox answers when everything that waited was attempted.
func (c *control) flushOutbox(call *controlCall) (any, error) {
	var body struct {
		Thread string `json:"thread"`
	}
	if len(call.Body) > 0 {
		var err error
		if body, err = read[struct {
			Thread string `json:"thread"`
		}](call); err != nil {
			return nil, err
		}
	}
	fired, err := call.ws.Flush(call.request.Context(), body.Thread)
	return map[string]any{"fired": fired}, err
}

// redeliver answers when the webhook was sent again.
func (c *control) redeliver(call *controlCall) (any, error) {
	n, err := strconv.ParseInt(call.Params["n"], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no number of an exchange", call.Params["n"])
	}
	again, err := call.ws.Redeliver(call.request.Context(), n)
	if err != nil {
		return nil, &ControlError{Status: http.StatusBadRequest, Message: err.Error()}
	}
	return again, nil
}

func (c *control) listEvents(*controlCall) (any, error) {
	type listed struct {
		Name  string `json:"name"`
		About string `json:"about"`
	}
	events := []listed{}
	for _, o := range c.s.Events() {
		events = append(events, listed{o.Name, o.About})
	}
	return map[string]any{"events": events}, nil
}

func (c *control) trigger(call *controlCall) (any, error) {
	t, err := read[Trigger](call)
	if err != nil {
		return nil, err
	}
	return call.ws.Trigger(call.request.Context(), t)
}
