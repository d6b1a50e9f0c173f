package sim

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/expect"
)

// Expectation is what somebody waits for.
type Expectation struct {
	Patterns []expect.Pattern
	AnyOrder bool   // they may come in any order
	Thread   string // exchanges of this thread only; empty: of all
	Since    int64  // exchanges with a larger number only
	// Within bounds the wait in real time, whatever the clock of the workspace
	// does; zero looks once.
	Within time.Duration
}

// Expected is what came of an Expectation.
type Expected struct {
	expect.Answer
	Entries []Entry       // that met patterns, in the order of the patterns
	Waited  time.Duration // real time
	Now     time.Time     // simulated time of the thread, else of the workspace
}

// Expect waits until exchanges have come that meet all patterns, or until the
// time for that has passed, and says which came. It looks again when the journal
// changes and at no other time. An error is a pattern that cannot be read, or
// the end of ctx.
func (ws *Workspace) Expect(ctx context.Context, x Expectation) (Expected, error) {
	var e Expected
	question, err := expect.New(x.Patterns, x.AnyOrder, ws.sandbox.words.Terms)
	if err != nil {
		return e, err
	}
	began := clock.Real()
	seen := sightings{since: x.Since, thread: x.Thread, entries: map[int64]Entry{}, views: map[int64]*expect.Exchange{}}
	err = ws.Until(ctx, func() (time.Duration, error) {
		if err := seen.look(ctx, ws); err != nil {
			return 0, err
		}
		e.Answer = question.Ask(slices.Collect(maps.Values(seen.views)))
		if e.Held() {
			return 0, nil
		}
		return x.Within - clock.Since(began), nil
	})
	for _, m := range e.Matched {
		e.Entries = append(e.Entries, seen.entries[m.N])
	}
	e.Waited, e.Now = clock.Since(began), ws.Now(ctx, x.Thread)
	return e, err
}

// Until asks look at once, again after every change of the journal and when the
// time has passed that look gave, until it gives none. The time is real. An
// error of look, or the end of ctx, ends it with that error. Inside a synctest
// bubble it is durably blocked between two looks.
func (ws *Workspace) Until(ctx context.Context, look func() (wait time.Duration, err error)) error {
	signal, stop := ws.Watch()
	defer stop()
	wall, alarm := clock.NewWall(0), make(chan struct{}, 1)
	for {
		wait, err := look()
		if err != nil || wait <= 0 {
			return err
		}
		cancel := wall.AfterFunc(wait, func() {
			select {
			case alarm <- struct{}{}:
			default: // one that rang although it was cancelled
			}
		})
		select {
		case <-signal:
		case <-alarm:
		case <-ctx.Done():
			cancel()
			return ctx.Err()
		}
		cancel()
	}
}

// sightings are the exchanges that were seen so far, each as it was last.
type sightings struct {
	thread  string
	since   int64
	rev     int64
	entries map[int64]Entry
	views   map[int64]*expect.Exchange
}

// look takes in what has changed in the journal.
func (s *sightings) look(ctx context.Context, ws *Workspace) error {
	changed, rev, err := ws.Changes(ctx, s.rev)
	s.rev = rev
	for _, e := range changed {
		if e.N > s.since && (s.thread == "" || e.Thread == s.thread) {
			s.entries[e.N], s.views[e.N] = e, e.view()
		}
	}
	return err
}

// view is an entry as patterns see it.
func (e Entry) view() *expect.Exchange {
	v := &expect.Exchange{
		N: e.N, Tick: e.Tick, Direction: e.Direction, Fake: e.Fake, Operation: e.Operation, Thread: e.Thread, Request: e.Request.Body,
	}
	v.Status, v.Answered = e.Status()
	if r := e.answer(); r != nil {
		v.Response = r.Body
	}
	notes := e.Notes
	if e.Ended != nil {
		notes = slices.Concat(notes, e.Ended.Notes)
	}
	for _, n := range notes {
		v.Notes = append(v.Notes, expect.Note{Kind: n.NoteKind(), Data: n})
	}
	return v
}

// answer is the fake's answer, or the integrator's to a webhook; nil when none
// came so far.
func (e Entry) answer() *Message {
	if e.Direction == In {
		return e.Response
	}
	if e.Ended == nil {
		return nil
	}
	return e.Ended.Response
}

// Status is that of the exchange's answer, 0 when none came or will come. It is
// unknown while a webhook waits for its answer.
func (e Entry) Status() (status int, known bool) {
	if r := e.answer(); r != nil {
		return r.Status, true
	}
	return 0, e.Direction == In || e.Ended != nil
}
