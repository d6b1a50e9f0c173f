package sim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// table is the control API: one row an operation of openapi.yaml.
func (c *control) table() map[string]controlHandler {
	return map[string]controlHandler{
		"root": c.root, "health": c.health, "healthz": c.health, "readyz": c.ready, "metrics": c.metrics, "openapi": c.openapi,
		"fakeOpenapi": c.fakeOpenapi, "getExchange": c.getExchange, "exportHAR": c.exportHAR,
		"listJournal": c.listJournal, "clearJournal": c.clearJournal, "streamJournal": c.streamJournal,
		"expectJournal": c.expectJournal,
		"listFaults":    c.listFaults, "addFault": c.addFault, "clearFaults": c.clearFaults, "removeFault": c.removeFault,
		"faultPresets": c.faultPresets,
		"getClock":     c.getClock, "advanceClock": c.advanceClock,
		"writeMessage": c.writeMessage, "makeCustomer": c.makeCustomer, "setMessageStatus": c.setStatus,
		"listThreads": c.listThreads, "getThread": c.getThread, "listOutbox": c.listOutbox,
		"flushOutbox": c.flushOutbox, "redeliverExchange": c.redeliver, "listEvents": c.listEvents, "triggerEvent": c.trigger,
		"getWebhooks": c.getWebhooks, "setWebhook": c.setWebhook, "reset": c.reset,
		"listen": c.listen, "answerDelivery": c.answerDelivery, "stopListening": c.stopListening,
	}
}

func (c *control) root(call *controlCall) (any, error) {
	return map[string]any{
		"name": "encore-sandbox", "control": "/_sandbox/v1/", "contract": "/_sandbox/v1/openapi.yaml",
		"try": "curl -s " + call.Origin + `/_sandbox/v1/messages -d '{"from":"15014005001","text":"Hi"}'`,
	}, nil
}

func (c *control) health(call *controlCall) (any, error) {
	var names []string
	for _, f := range c.s.config.Fakes {
		names = append(names, f.Name)
	}
	return map[string]any{"status": "ok", "fakes": names, "channels": strings.Split(c.s.channelNames(), ", ")}, nil
}

// ready tells a proxy whether calls can be taken: not while the store is away,
// nor when the sandbox is about to end.
func (c *control) ready(call *controlCall) (any, error) {
	if err := c.s.readiness(); err != nil {
		return nil, &ControlError{Status: http.StatusServiceUnavailable, Message: err.Error()}
	}
	return c.health(call)
}

// readiness says why no calls can be taken, or nil.
func (s *Sandbox) readiness() error {
	switch {
	case s.draining.Load():
		return errStopping
	case s.config.Ready != nil:
		return s.config.Ready()
	}
	return nil
}

// metrics are for Prometheus; how they are worded is an upper floor's business.
func (c *control) metrics(call *controlCall) (any, error) {
	if c.s.config.Metrics == nil {
		return nil, &ControlError{Status: http.StatusNotFound, Message: "this sandbox has no metrics; one that encore-sandbox serve starts has"}
	}
	c.s.config.Metrics.ServeHTTP(call.w, call.request)
	return nil, errStreamed
}

func (c *control) openapi(call *controlCall) (any, error) {
	call.w.Header().Set("Content-Type", "application/yaml")
	document := ControlDocument
	if whole := c.s.config.Document; whole != nil {
		document = whole
	}
	_, err := call.w.Write(document())
	if err != nil {
		return nil, err
	}
	return nil, errStreamed
}

// fakeOpenapi answers a vendor's document as the fake serves it.
func (c *control) fakeOpenapi(call *controlCall) (any, error) {
	name := strings.TrimSuffix(call.Params["file"], ".yaml")
	f := c.s.fakeByName(name)
	if f == nil {
		return nil, &ControlError{Status: http.StatusNotFound, Message: fmt.Sprintf("no fake %q; their names are in GET /_sandbox/v1/health", name)}
	}
	return Answer{Status: http.StatusOK, ContentType: "application/yaml", Body: f.Document}, nil
}

func (c *control) clearJournal(call *controlCall) (any, error) {
	return nil, call.ws.store.ClearJournal(call.request.Context(), call.ws.space)
}

// clockState is the answer about time.
type clockState struct {
	Now    time.Time `json:"now"`
	Thread string    `json:"thread,omitempty"`
}

func (c *control) getClock(call *controlCall) (any, error) {
	thread := call.URL.Query().Get("thread")
	if _, known, err := call.ws.Thread(call.request.Context(), thread); thread != "" && (err != nil || !known) {
		return nil, noThread(thread)
	}
	return clockState{call.ws.Now(call.request.Context(), thread), thread}, nil
}

func noThread(id string) error {
	return &ControlError{Status: http.StatusNotFound, Message: fmt.Sprintf("no thread %q; list them with GET /_sandbox/v1/threads", id)}
}

func (c *control) advanceClock(call *controlCall) (any, error) {
	body, err := read[struct {
		Advance string `json:"advance"`
		Thread  string `json:"thread"`
	}](call)
	if err != nil {
		return nil, err
	}
	by, err := parseWait(body.Advance)
	if err != nil {
		return nil, err
	}
	ctx := call.request.Context()
	before, err := call.ws.moment(ctx)
	if err != nil {
		return nil, err
	}
	if err := call.ws.Advance(ctx, body.Thread, by); err != nil {
		return nil, err
	}
	fired, err := call.ws.sent(ctx, before, body.Thread)
	return struct {
		clockState
		Fired []int64 `json:"fired"`
	}{clockState{call.ws.Now(ctx, body.Thread), body.Thread}, numbers(fired)}, err
}

func (c *control) writeMessage(call *controlCall) (any, error) {
	m, err := read[CustomerMessage](call)
	if err != nil {
		return nil, err
	}
	return call.ws.Write(call.request.Context(), m)
}

// makeCustomer invents a customer that never wrote, with a fate if asked for.
func (c *control) makeCustomer(call *controlCall) (any, error) {
	body, err := read[CustomerRequest](call)
	if err != nil {
		return nil, err
	}
	return call.ws.NewCustomer(call.request.Context(), body)
}

func (c *control) setStatus(call *controlCall) (any, error) {
	body, err := read[struct {
		Status  string `json:"status"`
		Code    int    `json:"code"`
		Deliver Shape  `json:"deliver"`
	}](call)
	if err != nil {
		return nil, err
	}
	change := StatusChange{MessageID: call.Params["id"], Status: body.Status, Code: body.Code, Deliver: body.Deliver}
	return nil, call.ws.SetStatus(call.request.Context(), change)
}

func (c *control) listThreads(call *controlCall) (any, error) {
	list := call.ws.Threads
	if call.URL.Query().Get("all") == "true" {
		list = call.ws.AllThreads
	}
	threads, err := list(call.request.Context())
	return map[string]any{"threads": threads}, err
}

func (c *control) getThread(call *controlCall) (any, error) {
	ctx, id := call.request.Context(), call.Params["id"]
	t, ok, err := call.ws.Thread(ctx, id)
	if err != nil || !ok {
		return nil, noThread(id)
	}
	events, lost, err := call.ws.Timeline(ctx, id)
	return map[string]any{"thread": t, "now": call.ws.Now(ctx, id), "timeline": events, "lost": lost}, err
}

func (c *control) getWebhooks(call *controlCall) (any, error) {
	out := map[string]string{}
	for channel, t := range call.ws.Webhooks() {
		if channel == "" {
			channel = "*"
		}
		out[channel] = t.Shown(call.Caller.Reads)
	}
	off, err := call.ws.Suspended(call.request.Context())
	answer := map[string]any{"webhooks": out, "suspended": off}
	if l, ok := call.ws.Listener(call.request.Context()); ok {
		answer["listener"] = l
	}
	return answer, err
}

func (c *control) setWebhook(call *controlCall) (any, error) {
	body, err := read[struct {
		Channel string `json:"channel"`
		Account string `json:"account"`
		URL     string `json:"url"`
	}](call)
	if err != nil {
		return nil, err
	}
	of, err := c.s.webhookOf(body.Channel, body.Account)
	if err != nil {
		return nil, err
	}
	if err := c.s.CheckTarget(body.URL); err != nil && body.URL != "" {
		return nil, err
	}
	if err := call.ws.setTarget(call.request.Context(), of, body.URL); err != nil {
		return nil, err
	}
	if err := call.ws.resume(call.request.Context(), of); err != nil {
		return nil, err
	}
	return c.getWebhooks(call)
}

// Targets reads webhook targets by what getWebhooks calls them.
func (s *Sandbox) Targets(urls map[string]string) (map[string]string, error) {
	targets := map[string]string{}
	for named, url := range urls {
		of, err := s.webhookOf(named, "")
		if err == nil {
			err = s.CheckTarget(url)
		}
		if err != nil {
			return nil, err
		}
		targets[of] = url
	}
	return targets, nil
}

// webhookOf is what SetWebhook calls a channel or one of its accounts.
func (s *Sandbox) webhookOf(channel, account string) (string, error) {
	if channel == "*" {
		channel = ""
	}
	if account == "" { // as getWebhooks writes it
		channel, account, _ = strings.Cut(channel, ":")
	}
	known, found := s.channels[channel]
	switch {
	case channel == "" && account != "":
		return "", errors.New("an account is one of a channel; name the channel too")
	case !found && channel != "":
		return "", fmt.Errorf("no channel %q; use one of %s", channel, s.channelNames())
	case account == "":
		return channel, nil
	}
	a, err := known.account(account)
	return channel + ":" + a.ID, err
}

func (c *control) reset(call *controlCall) (any, error) {
	return nil, call.ws.Reset(call.request.Context())
}

func (c *control) faultPresets(call *controlCall) (any, error) {
	return map[string]any{"presets": fault.Presets()}, nil
}
