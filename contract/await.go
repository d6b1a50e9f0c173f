package contract

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/expect"
)

// Received waits until exchanges came that fit the patterns, in this order of
// arrival and whatever came between, and returns them. What counts is
// everything since the start, in all threads; see Customer.Received for one.
// The last exchange may still be on its way to the integration (its Ended is
// nil): wait for Quiet before looking at what the integration made of it.
func (s *Sandbox) Received(t testing.TB, patterns ...Pattern) []sim.Entry {
	t.Helper()
	return s.expect(t, sim.Expectation{Patterns: patternsOf(patterns)})
}

// Expect waits for exchanges as the control API does, by operation, thread,
// status, notes with their fields and values of the bodies, in any order if
// wanted, and returns those that meet the patterns. Within is Options.Within
// unless it is given.
func (s *Sandbox) Expect(t testing.TB, x sim.Expectation) []sim.Entry {
	t.Helper()
	return s.expect(t, x)
}

func (s *Sandbox) expect(t testing.TB, x sim.Expectation) []sim.Entry {
	t.Helper()
	x.Within = cmp.Or(x.Within, s.options.Within)
	got, err := s.Workspace().Expect(context.Background(), x)
	if err != nil {
		t.Fatalf("contract: %v", err)
	}
	if !got.Held() {
		t.Fatal(s.missed(x, got))
	}
	return got.Entries
}

// missed words why patterns did not hold.
func (s *Sandbox) missed(x sim.Expectation, got sim.Expected) string {
	var out strings.Builder
	next := got.Missing[0]
	fmt.Fprintf(&out, "contract: %q did not come within %v\n", next.Wanted, x.Within)
	want := make([]string, len(x.Patterns))
	for i, p := range x.Patterns {
		want[i] = p.String()
	}
	then := ", then "
	if x.AnyOrder {
		then = " and "
	}
	fmt.Fprintf(&out, "  expected: %s\n", strings.Join(want, then))
	came := make([]string, len(got.Matched))
	for i, m := range got.Matched {
		came[i] = fmt.Sprintf("%s (#%d)", m.Wanted, m.N)
	}
	came = append(came, "nothing that fits "+next.Wanted)
	fmt.Fprintf(&out, "  got: %s\n", strings.Join(came, then))
	for _, miss := range next.Closest {
		fmt.Fprintf(&out, "  closest: #%d would be it, but %s\n", miss.N, said(miss.Differs))
	}
	s.closing(&out, x.Thread, x.Since, s.advice(x, next))
	return out.String()
}

// said tells what differs about a near miss; of several things each on a line of
// its own, and of long values both of them.
func said(differs []expect.Difference) string {
	if len(differs) == 1 && differs[0].Diff == "" {
		return differs[0].Says
	}
	var out strings.Builder
	out.WriteString("for this:")
	for _, d := range differs {
		out.WriteString("\n    - " + d.Says)
		for line := range strings.Lines(d.Diff) {
			out.WriteString("\n        " + strings.TrimRight(line, "\n"))
		}
	}
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
	limit, began, quiet := s.options.Within+s.options.Settle, clock.Real(), false
	err := s.Workspace().Until(context.Background(), func() (left time.Duration, err error) {
		busy, left, err = s.unrest(thread)
		quiet = left <= 0
		return min(left, limit-clock.Since(began)), err
	})
	if err != nil {
		t.Fatalf("contract: %v", err)
	}
	if quiet {
		return
	}
	var out strings.Builder
	fmt.Fprintf(&out, "contract: still not quiet after %v\n  expected: nothing in flight, no webhook due, silence for %v\n  got: %s\n",
		limit, s.options.Settle, busy)
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
	if s.Workspace().Arriving() {
		return "a call is on its way into the journal", s.options.Settle, nil
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
