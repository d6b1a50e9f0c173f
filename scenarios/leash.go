package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
)

// leash bounds what the built-in integrator may do in one story. One that
// answers itself, or asks again for ever, would never come to an end: virtual
// time costs nothing, so that nothing else stops it. A nil leash holds nobody.
type leash struct {
	mu      sync.Mutex
	steps   int // messages and other webhooks that the story sent
	pulls   int // webhooks to the integrator and calls of it
	snapped bool
}

// What a story may lead to, in webhooks and calls. One message makes some twenty
// of them, retries and receipts included. A thread that stays within the limit
// stays within what is remembered of it, so that it can be judged.
const (
	leashLength  = 40
	leashPerStep = 25
)

var errLeash = errors.New("the story has broken off")

// lengthen is called for everything that a story does, with the number of its messages.
func (l *leash) lengthen(by int) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steps += by
}

// pull counts a webhook or a call and tells whether it may pass.
func (l *leash) pull() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pulls++; l.pulls > leashLength+leashPerStep*l.steps {
		l.snapped, l.pulls = true, l.pulls-1
	}
	return !l.snapped
}

func (l *leash) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.snapped
}

// broken is why the story broke off, or empty.
func (l *leash) broken() string {
	if l.holds() {
		return ""
	}
	return fmt.Sprintf("the integrator went on without end and was stopped: %d webhooks and calls came of %d messages; "+
		"does it answer its own messages, or ask again for ever?", l.pulls, l.steps)
}

// handler takes webhooks until the leash is at its end, and then acknowledges
// them without handing them on, so that none comes again.
func (l *leash) handler(h http.Handler) http.Handler {
	if l == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.pull() {
			h.ServeHTTP(w, r)
		}
	})
}

// transport makes the integrator's calls until then.
func (l *leash) transport(t http.RoundTripper) http.RoundTripper {
	if l == nil {
		return t
	}
	return leashedTransport{l, t}
}

type leashedTransport struct {
	*leash
	http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t leashedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.pull() {
		return nil, errLeash
	}
	return t.RoundTripper.RoundTrip(r)
}

// clock lets the integrator sleep until then.
func (l *leash) clock(c integrator.Clock) integrator.Clock {
	if l == nil {
		return c
	}
	return leashedClock{l, c}
}

type leashedClock struct {
	*leash
	integrator.Clock
}

// Sleep implements integrator.Clock.
func (c leashedClock) Sleep(ctx context.Context, d time.Duration) error {
	if !c.holds() {
		return errLeash
	}
	return c.Clock.Sleep(ctx, d)
}
