package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"syscall"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// calls are those that listen makes to the integrator on this machine.
type calls struct {
	to     webhooks
	via    *http.Transport                                         // without a proxy: the integrator is on this machine
	report func(ctx context.Context, answers ...sim.Answered) bool // whether they were waited for
	say    func(string)

	running sync.WaitGroup
	mu      sync.Mutex
	under   map[string]context.CancelFunc // way, by id
}

// handle does what an event asks for. The context is that of the session, not
// of the connection: an answer may still be wanted over the next one.
func (c *calls) handle(ctx context.Context, event string, data []byte) {
	var call sim.Forwarded
	if json.Unmarshal(data, &call) != nil {
		return
	}
	switch event {
	case "delivery", "probe":
		own, cancel := context.WithCancel(ctx)
		c.mu.Lock()
		c.under[call.ID] = cancel
		c.mu.Unlock()
		c.running.Go(func() {
			defer c.forget(call.ID)
			c.answer(own, event, call)
		})
	case "withdrawn":
		c.forget(call.ID)
	}
}

// forget ends a call, if it has not ended.
func (c *calls) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.under[id]; ok {
		cancel()
		delete(c.under, id)
	}
}

// wait cuts what is under way short and returns when it has ended.
func (c *calls) wait() {
	c.mu.Lock()
	for id, cancel := range c.under {
		cancel()
		delete(c.under, id)
	}
	c.mu.Unlock()
	c.running.Wait()
}

func (c *calls) answer(ctx context.Context, event string, call sim.Forwarded) {
	if event == "probe" {
		c.report(ctx, c.probe(ctx, call))
		return
	}
	began := clock.Real()
	a := c.make(ctx, call)
	took := clock.Since(began)
	a.ID, a.Micros = call.ID, max(took.Microseconds(), 1)
	taken := ctx.Err() == nil && c.report(ctx, a)
	c.say(callLine(began, took, call, a, taken))
}

// make makes a call as the sandbox would have made it.
func (c *calls) make(ctx context.Context, call sim.Forwarded) sim.Answered {
	if !c.allowed(call.URL) {
		return sim.Answered{Error: errElsewhere.Error()}
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return sim.Answered{Error: err.Error()}
	}
	req.Header = call.Header
	resp, err := c.via.RoundTrip(req)
	if err != nil {
		return sim.Answered{Error: cause(err), Refused: errors.Is(err, syscall.ECONNREFUSED)}
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // as much as the journal keeps
	return sim.Answered{Status: resp.StatusCode, Header: resp.Header, Body: body}
}

// probe looks whether anybody accepts connections.
func (c *calls) probe(ctx context.Context, call sim.Forwarded) sim.Answered {
	a := sim.Answered{ID: call.ID, Refused: true, Error: errElsewhere.Error()}
	if !c.allowed(call.URL) {
		return a
	}
	if !accepts(ctx, hostPort(call.URL)) {
		a.Error = "connection refused"
		return a
	}
	return sim.Answered{ID: call.ID, Status: http.StatusOK}
}

// allowed holds that a sandbox has nothing called here but what the user named.
func (c *calls) allowed(address string) bool {
	u, err := url.Parse(address)
	return err == nil && c.to.hosts()[u.Scheme+"://"+u.Host]
}

// callLine tells of one delivery.
func callLine(at time.Time, took time.Duration, call sim.Forwarded, a sim.Answered, taken bool) string {
	how := fmt.Sprint(a.Status)
	if a.Status == 0 {
		how = a.Error
	}
	what := call.Fake + "." + call.Operation
	if call.Exchange == 0 {
		what = "verification"
	}
	line := fmt.Sprintf("%s  #%-5d %s %s  %s  %v  %s", at.Local().Format("15:04:05.000"), call.Exchange, call.Method, call.URL, what, took.Round(time.Millisecond), how)
	if !taken {
		line += " (too late for the sandbox, which waits no more)"
	}
	return line
}

// report gives answers to the sandbox, or a sign of life without any. It tries
// again while the sandbox is away: a webhook that was answered is not to be sent
// again for that.
func (l *listening) report(ctx context.Context, answers ...sim.Answered) (taken bool) {
	if answers == nil {
		answers = []sim.Answered{}
	}
	real := clock.NewWall(0)
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		resp, err := l.client.send(ctx, &http.Client{Timeout: longestCall}, http.MethodPost, "/_sandbox/v1/listen/"+l.session, map[string]any{"answers": answers})
		if err == nil && resp.StatusCode < 500 {
			defer resp.Body.Close()
			var said struct{ Taken []string }
			return json.NewDecoder(resp.Body).Decode(&said) == nil && len(said.Taken) == len(answers)
		}
		if err == nil {
			_ = resp.Body.Close()
		}
		if len(answers) == 0 || pause == lastRetry || real.Sleep(ctx, pause) != nil {
			return false
		}
	}
}

// ended is the sandbox's own end of a connection.
func (l *listening) ended(data []byte) error {
	var end struct{ Reason string }
	_ = json.Unmarshal(data, &end)
	if end.Reason == sim.TakenOver {
		return failed("--take-over takes its place", "%s", end.Reason)
	}
	l.talk.say(end.Reason + "; connecting again")
	return nil
}
