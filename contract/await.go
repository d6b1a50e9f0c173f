package contract

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// await asks done again at every change of the journal, and when the time has
// passed after which it wants to be asked, until it is done. It reports false
// when limit passes first. Inside a synctest bubble it is durably blocked
// between two questions.
func (s *Sandbox) await(limit time.Duration, done func() (ok bool, again time.Duration)) bool {
	signal, stop := s.Workspace().Watch()
	defer stop()
	began, wall := clock.Real(), clock.NewWall(0)
	alarm := make(chan struct{}, 1)
	for {
		ok, again := done()
		left := limit - clock.Since(began)
		if ok || left <= 0 {
			return ok
		}
		cancel := wall.AfterFunc(min(left, again), func() { alarm <- struct{}{} })
		select {
		case <-signal:
			cancel()
		case <-alarm:
		}
		select {
		case <-alarm: // one that rang although it was cancelled
		default:
		}
	}
}

// Received waits until exchanges came that fit the patterns, in this order of
// arrival and whatever came between, and returns them. What counts is
// everything since the start, in all threads; see Customer.Received for one.
// The last exchange may still be on its way to the integration (its Ended is
// nil): wait for Quiet before looking at what the integration made of it.
func (s *Sandbox) Received(t testing.TB, patterns ...Pattern) []sim.Entry {
	t.Helper()
	return s.received(t, "", 0, patterns)
}

// received looks at the exchanges of a thread, or of all with an empty one,
// after number since.
func (s *Sandbox) received(t testing.TB, thread string, since int64, sources []Pattern) []sim.Entry {
	t.Helper()
	patterns, err := parsePatterns(sources)
	if err != nil {
		t.Fatalf("contract: %v", err)
	}
	var seen progress
	ok := s.await(s.options.Within, func() (bool, time.Duration) {
		entries, err := s.exchanges(thread, since)
		if err != nil {
			t.Fatalf("contract: %v", err)
		}
		seen = follow(patterns, entries)
		return len(seen.found) == len(patterns), clock.Forever
	})
	if !ok {
		t.Fatal(s.missed(patterns, seen, thread, since))
	}
	return seen.found
}

// missed words why patterns did not hold.
func (s *Sandbox) missed(patterns []pattern, seen progress, thread string, since int64) string {
	var out strings.Builder
	fmt.Fprintf(&out, "contract: %q did not come within %v\n", patterns[len(seen.found)].source, s.options.Within)
	want := make([]string, len(patterns))
	for i, p := range patterns {
		want[i] = p.source
	}
	fmt.Fprintf(&out, "  expected: %s\n", strings.Join(want, ", then "))
	got := make([]string, len(seen.found))
	for i, e := range seen.found {
		got[i] = fmt.Sprintf("%s (#%d)", patterns[i].source, e.N)
	}
	got = append(got, "nothing that fits "+patterns[len(seen.found)].source)
	fmt.Fprintf(&out, "  got: %s\n", strings.Join(got, ", then "))
	if seen.near != "" {
		fmt.Fprintf(&out, "  closest: %s\n", seen.near)
	}
	s.closing(&out, thread, since, s.advice(patterns[len(seen.found)], seen, thread, since))
	return out.String()
}

// closing ends a failure message: the timeline and the way out.
func (s *Sandbox) closing(out *strings.Builder, thread string, since int64, fix string) {
	where := "all threads"
	if thread != "" {
		where = thread
	}
	if since > 0 {
		where += fmt.Sprintf("; what counts comes after #%d", since)
	}
	fmt.Fprintf(out, "  timeline of %s:\n%s  fix: %s", where, s.timeline(thread), fix)
}

// Quiet waits until a thread is at rest: nothing in flight, no webhook due, and
// nothing new for Options.Settle. With an empty thread it waits for all.
func (s *Sandbox) Quiet(t testing.TB, thread string) {
	t.Helper()
	var busy string
	ok := s.await(s.options.Within+s.options.Settle, func() (bool, time.Duration) {
		var left time.Duration
		var err error
		if busy, left, err = s.unrest(thread); err != nil {
			t.Fatalf("contract: %v", err)
		}
		return left <= 0, left
	})
	if ok {
		return
	}
	var out strings.Builder
	fmt.Fprintf(&out, "contract: still not quiet after %v\n  expected: nothing in flight, no webhook due, silence for %v\n  got: %s\n",
		s.options.Within+s.options.Settle, s.options.Settle, busy)
	s.closing(&out, thread, 0, "let the integration answer every webhook and end its calls; advance the clock to what is due, or raise Options.Within")
	t.Fatal(out.String())
}

// unrest says what keeps a thread from being at rest and when to look again;
// zero when it is at rest.
func (s *Sandbox) unrest(thread string) (busy string, left time.Duration, err error) {
	entries, err := s.exchanges(thread, 0)
	if err != nil {
		return "", 0, err
	}
	var last time.Time // wall time of the newest record
	for _, e := range entries {
		if e.Ended == nil {
			return fmt.Sprintf("#%d is in flight", e.N), clock.Forever, nil
		}
		if end := e.Wall.Add(e.Ended.Duration); end.After(last) {
			last = end
		}
	}
	if busy, err = s.due(thread); busy != "" || err != nil {
		return busy, s.options.Settle, err
	}
	return "the last exchange was too recent", s.options.Settle - clock.Since(last), nil
}

// due says which webhook of a thread, or of any, still has to go out.
func (s *Sandbox) due(thread string) (string, error) {
	ws, ctx := s.Workspace(), context.Background()
	ids := []string{thread}
	if thread == "" {
		threads, err := ws.Threads(ctx)
		if err != nil {
			return "", err
		}
		ids = nil
		for _, t := range threads {
			ids = append(ids, t.ID)
		}
	}
	for _, id := range ids {
		count, next, err := ws.Due(ctx, id)
		if count > 0 || err != nil {
			return fmt.Sprintf("%d webhooks of %s are due, the next at %s", count, id, stamp(next)), err
		}
	}
	return "", nil
}

// Now is the time of a thread, or with an empty one the workspace's.
func (s *Sandbox) Now(thread string) time.Time {
	return s.Workspace().Now(context.Background(), thread)
}

// Advance lets time pass in one thread, or with an empty one everywhere, and
// returns when the webhooks that came due were attempted.
func (s *Sandbox) Advance(t testing.TB, thread string, by time.Duration) {
	t.Helper()
	if err := s.Workspace().Advance(context.Background(), thread, by); err != nil {
		t.Fatalf("contract: the clock was not advanced: %v", err)
	}
}
