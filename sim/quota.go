package sim

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
)

// Quotas bound what one workspace may use that was made over the control API;
// 0 is without bound. What a workspace may hold is bounded by the store.
type Quotas struct {
	Workspaces int           // of one owner
	Idle       time.Duration // without a call, until it is dropped
	Requests   int           // a second, on each replica; twice as many at once
	Webhooks   int           // a minute over the network, on each replica
}

// HeaderLimit marks an answer that is the sandbox's own, since a quota is used
// up; its value is the quota's name.
const HeaderLimit = "X-Sandbox-Limit"

// bucket is a token bucket. Its zero value is full.
type bucket struct {
	mu   sync.Mutex
	used float64 // of the burst
	at   time.Time
}

// take takes a token if one is there, else it says when one will be.
func (b *bucket) take(now time.Time, perSecond, burst float64) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now, perSecond)
	if over := b.used + 1 - burst; over > 0 {
		return time.Duration(over / perSecond * float64(time.Second))
	}
	b.used++
	return 0
}

// book takes a token in any case and says how long to wait for it.
func (b *bucket) book(now time.Time, perSecond, burst float64) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now, perSecond)
	b.used++
	return time.Duration(max(b.used-burst, 0) / perSecond * float64(time.Second))
}

func (b *bucket) refill(now time.Time, perSecond float64) {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.used = max(b.used-passed*perSecond, 0)
		b.at = now
	}
}

// limited is a call that came too fast for its workspace.
type limited struct{ wait time.Duration }

// Error implements error.
func (e *limited) Error() string {
	return fmt.Sprintf("too many requests for this workspace; the sandbox, not the vendor, takes no more for %v", e.wait.Round(time.Millisecond))
}

// bounded tells a workspace for which quotas hold.
func (ws *Workspace) bounded() bool { return ws.made != nil || ws.sandbox.config.Strict }

// ration is an error when a workspace's calls come too fast.
func (ws *Workspace) ration() error {
	most := float64(ws.sandbox.config.Quotas.Requests)
	if most == 0 || !ws.bounded() {
		return nil
	}
	if wait := ws.requests.take(ws.sandbox.patience.Now(), most, 2*most); wait > 0 {
		ws.turned.Add(1)
		return &limited{wait}
	}
	return nil
}

// Turned counts the calls that came too fast, since the workspace was taken up
// in this process. They are in no journal.
func (ws *Workspace) Turned() int64 { return ws.turned.Load() }

// pace waits until the workspace may send one more webhook over the network.
func (o *outbox) pace() {
	perMinute := float64(o.s.config.Quotas.Webhooks)
	if perMinute == 0 || !o.ws.bounded() {
		return
	}
	if wait := o.ws.webhooks.book(o.s.patience.Now(), perMinute/60, perMinute); wait > 0 {
		_ = o.s.patience.Sleep(o.s.life, wait)
	}
}

// turnAway answers a call that came too fast: in the vendor's envelope, marked
// as the sandbox's own.
func (s *Sandbox) turnAway(w http.ResponseWriter, c *Call, why *limited) {
	o := &outcome{answer: ownAnswer(Refusal{Kind: Limited, Message: why.Error()})}
	if c.Fake != nil && c.Fake.Fault != nil {
		o.answer = c.Fake.Fault(c, http.StatusTooManyRequests)
	}
	s.encode(o)
	header := w.Header()
	for name, values := range o.answer.Header {
		header[name] = values
	}
	for _, f := range o.answer.Fields {
		header.Set(f[0], f[1])
	}
	header.Set("Content-Type", o.answer.ContentType)
	header.Set(HeaderLimit, "requests")
	header.Set("Retry-After", itoa(int64(math.Ceil(why.wait.Seconds()))))
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write(o.body)
}

// refuseFast is turnAway of the control API.
func refuseFast(w http.ResponseWriter, why *limited) {
	w.Header().Set(HeaderLimit, "requests")
	w.Header().Set("Retry-After", itoa(int64(math.Ceil(why.wait.Seconds()))))
	writeControl(w, nil, &ControlError{Status: http.StatusTooManyRequests, Message: why.Error()})
}
