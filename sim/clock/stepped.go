package clock

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Wall is real time plus an offset that only grows, by Advance. Timers are in
// simulated time: one set for an hour fires at once when the clock is advanced
// by an hour. Timers due at the very same moment run side by side. Real time
// does not stop for Advance: what it makes due meanwhile fires, is counted, and
// is waited for too, so a function that Advance waits for may Sleep, or rely on
// a time limit. Inside a testing/synctest bubble real time is the bubble's.
type Wall struct{ stepped }

// NewWall returns a clock that is ahead of real time by offset (behind, when
// it is negative).
func NewWall(offset time.Duration) *Wall {
	w := &Wall{stepped{base: Real, offset: offset}}
	w.idle.L = &w.mu
	w.alarm = time.AfterFunc(Forever, w.ring)
	w.alarm.Stop()
	return w
}

// Manual stands still until it is advanced; what is due without waiting (a
// duration of zero or less) fires at once all the same. Timers due at the same
// moment fire one after the other, in the order they were set.
//
// Advance waits for the functions it fires, so none of them may Sleep. It does
// not wait for goroutines that such a function starts, nor for those that it
// wakes from Sleep: they run on their own, and time may have gone further when
// they look at it. Where that matters, use a Virtual clock.
type Manual struct{ stepped }

// NewManual returns a clock that stands at start.
func NewManual(start time.Time) *Manual {
	start = start.Round(0).UTC() // without a monotonic reading, which would move comparisons off the fixed base
	m := &Manual{stepped{base: func() time.Time { return start }}}
	m.idle.L = &m.mu
	return m
}

// stepped is a clock that stands on a base, real time or a fixed moment, and
// is stepped forward from timer to timer by Advance.
type stepped struct {
	base  func() time.Time
	alarm *time.Timer // rings when real time has made a timer due; nil when the base is fixed

	mu        sync.Mutex // guards what follows
	offset    time.Duration
	timers    queue
	advancing bool      // an Advance is under way; it counts and awaits what fires
	fired     int       // by this Advance
	running   int       // functions fired by this Advance that have not returned
	idle      sync.Cond // running has become zero, or advancing false
}

// Now returns the base plus all advances, in UTC.
func (c *stepped) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// now is Now with the lock held.
func (c *stepped) now() time.Time { return c.base().Add(c.offset) }

// Go starts f like a go statement does.
func (c *stepped) Go(f func()) { go f() }

// Sleep implements Clock.
func (c *stepped) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	woken := make(chan struct{})
	stop := c.AfterFunc(d, func() { close(woken) })
	select {
	case <-woken:
		return nil
	case <-ctx.Done():
		if stop() {
			return ctx.Err()
		}
		return nil // the time was up first
	}
}

// AfterFunc implements Clock.
func (c *stepped) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.timers.add(c.now(), d, f)
	c.fireDue()
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.timers.remove(t)
	}
}

// ring answers the alarm. One that rings too early, its timer having been
// stopped, does no harm.
func (c *stepped) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fireDue()
}

// fireDue starts whatever is due and sets the alarm for what is next. The lock
// is held.
func (c *stepped) fireDue() {
	if c.advancing && c.alarm == nil {
		return // Manual: Advance fires one after the other
	}
	for {
		t := c.timers.next()
		if t == nil {
			return
		}
		if wait := t.due.Sub(c.now()); wait > 0 {
			c.setAlarm(wait)
			return
		}
		c.start(t)
	}
}

// setAlarm has ring called after wait, if the base moves by itself.
func (c *stepped) setAlarm(wait time.Duration) {
	if c.alarm != nil {
		c.alarm.Reset(wait)
	}
}

// start fires t in a goroutine of its own. The lock is held.
func (c *stepped) start(t *timer) {
	c.timers.remove(t)
	if !c.advancing {
		go t.fire()
		return
	}
	c.fired++
	c.running++
	go func() {
		defer c.ended() // even by a runtime.Goexit, as of a test that fails in there
		t.fire()
	}()
}

// ended notes that a function fired by Advance has returned.
func (c *stepped) ended() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.running == 0 {
		c.idle.Broadcast()
	}
}

// Advance implements Clock. Two at once take place one after the other, so that
// they add up.
func (c *stepped) Advance(d time.Duration) (fired int, err error) {
	if err := checkForward(d); err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.advancing {
		c.idle.Wait()
	}
	if c.offset > Forever-d {
		return 0, fmt.Errorf("clock: already %v ahead, cannot count %v more; start a new workspace", c.offset, d)
	}
	c.stepTo(c.offset + d)
	return c.fired, nil
}

// stepTo lets the offset grow to target, from timer to timer. The lock is
// held, except while fired functions run.
func (c *stepped) stepTo(target time.Duration) {
	c.advancing, c.fired = true, 0
	for t := c.timers.next(); t != nil; t = c.timers.next() {
		need := t.due.Sub(c.base())
		if need > target {
			break
		}
		c.offset = max(c.offset, need)
		c.start(t)
		c.fireDue()
		for c.running > 0 {
			c.idle.Wait()
		}
	}
	c.offset = target
	c.advancing = false
	c.idle.Broadcast()
	c.fireDue()
}
