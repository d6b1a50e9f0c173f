package fault

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// problem is one way in which a fault cannot be meant.
type problem struct {
	here bool
	say  string
}

// idShape keeps ids fit for a header, a path of the control API and a line of the log.
var idShape = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Validate returns one error that names everything wrong with the fault and
// how to put it right; a preset is resolved first.
func (f Fault) Validate() error {
	full, err := f.Resolve()
	if err != nil {
		return err
	}
	found := full.scheduleProblems()
	found = append(found, full.Match.problems()...)
	found = append(found, full.Effect.problems()...)
	for _, step := range full.Sequence {
		found = append(found, step.problems()...)
	}
	return report(found)
}

// report joins the problems that are there, each once.
func report(all []problem) error {
	var said []string
	seen := map[string]bool{}
	for _, p := range all {
		if p.here && !seen[p.say] {
			seen[p.say] = true
			said = append(said, p.say)
		}
	}
	if said == nil {
		return nil
	}
	return errors.New(strings.Join(said, "; "))
}

func (f Fault) scheduleProblems() []problem {
	sequence := len(f.Sequence) > 0
	return []problem{
		{f.Effect.IsZero() && !sequence, "the fault does nothing: give it an effect, such as 503 or latency=2s"},
		{!f.Effect.IsZero() && sequence, "a sequence has its effects in its steps: join them with a plus, as in 503+html,ok"},
		{len(f.Sequence) == 1, "a sequence has two steps or more: use times to repeat a single effect"},
		{len(f.Sequence) > 1 && f.Sequence.idle(), "every step of the sequence is ok: give one of them an effect"},
		{f.ID != "" && !idShape.MatchString(f.ID), "id is up to 64 letters, digits, dots, dashes and underscores"},
		{f.Times < 0 || f.Times > 1e6, "times is up to a million: leave it out to strike for ever"},
		{f.Skip < 0, "skip is not negative"},
		{f.Every < 0, "every is not negative"},
		{!(f.Probability >= 0 && f.Probability <= 1), "probability is above 0 and up to 1"},
		{f.TTL < 0, "ttl is not negative"},
		{badYear(f.From) || badYear(f.Until), "from and until lie in the years 1 to 9998"},
		{!f.From.IsZero() && !f.Until.IsZero() && !f.Until.After(f.From), "until is after from"},
		{f.Match.Nth > 0 && (f.Skip > 0 || f.Every > 0), "nth picks one call: leave out skip and every"},
		{f.Match.Nth > 0 && sequence, "nth picks one call: leave out the sequence"},
	}
}

// badYear finds times that have no text form in every zone.
func badYear(t time.Time) bool {
	year := t.UTC().Year()
	return !t.IsZero() && (year < 1 || year > 9998)
}

func (s Sequence) idle() bool {
	for _, step := range s {
		if !step.IsZero() {
			return false
		}
	}
	return true
}

func (m Match) problems() []problem {
	fake, _, dotted := strings.Cut(m.Operation, ".")
	found := []problem{
		{m.Nth < 0, "nth is not negative: it counts from 1"},
		{dotted && m.Fake != "" && m.Fake != fake, "operation and fake name different vendors: leave one out"},
	}
	for name := range m.Header {
		found = append(found, problem{!headerShape.MatchString(name),
			"header names are letters, digits, dashes, dots and underscores"})
	}
	for path := range m.Body {
		found = append(found, problem{!ValidPath(path),
			`a body path reads like a.b[0].c: indexes, and names without blanks or any of . [ ] = ; , + "`})
	}
	return found
}

func (e Effect) problems() []problem {
	now := e.Reset == ResetNow
	ends := count(e.Status != 0, e.Hang, now, e.NoFill != "", e.Provider != "")
	bodyless := e.Status == 204 || e.Status == 205 || e.Status == 304
	cut := e.Truncate != 0 || e.Garbled || e.Drip != Drip{}
	return []problem{
		{e.Status != 0 && (e.Status < 200 || e.Status > 599), "a status is 200 to 599"},
		{ends > 1, "only one of status, hang, reset, no-fill and provider can happen to a call: leave the others out"},
		{(e.Body != "" || e.HTML) && e.Status == 0, "body and html go with a status: add one, as in 502;html"},
		{(e.Body != "" || e.HTML) && bodyless, "204, 205 and 304 have no body: take another status"},
		{e.Body != "" && e.HTML, "html is a body of its own: leave out body or html"},
		{e.ContentType != "" && e.HTML, "html brings its own content type: leave out html or content-type"},
		{e.ContentType != "" && (e.Hang || now), "without an answer there is no content type: leave it out"},
		{e.Duplicate && (e.Hang || e.Reset != "" || e.Truncate != 0 || e.Drip != Drip{}), "an answer that does not arrive whole cannot come twice: leave out duplicate"},
		{!printable(e.ContentType), "content-type is printable ASCII"},
		{e.NoFill != "" && !slices.Contains(noFills, e.NoFill), "no-fill is one of " + strings.Join(noFills, ", ")},
		{e.Reset != "" && !now && e.Reset != ResetHeaders, "reset is now or headers"},
		{e.Provider != "" && !slices.Contains(refusals, e.Provider), "provider is one of " + strings.Join(refusals, ", ")},
		{e.Truncate < 0, "truncate is not negative"},
		{cut && (e.Hang || e.Reset != ""), "after a hang or a reset no body goes out: leave out truncate, garbled and drip"},
		{cut && bodyless, "204, 205 and 304 have no body: leave out truncate, garbled and drip"},
		{e.Hang && e.Latency != Latency{}, "a hang never answers: leave out latency"},
		{e.Drip != Drip{} && (e.Drip.Bytes < 1 || e.Drip.Every <= 0), errDrip.Error()},
		{!e.Latency.valid(), "latency is one duration, a..b with a up to b, or mean:duration"},
		{e.Latency.longest() > latencyMost, "latency is 10m at most, and a mean 1m, since a draw is up to ten means: take hang to answer never"},
		{e.Drip.Every > latencyMost, "the pause of a drip is 10m at most: take hang to answer never"},
		{e.After && e.Status == 0 && !e.Hang && e.Reset == "",
			"after goes with a status, hang or reset: with every other effect the work is done anyway"},
	}
}

func (l Latency) valid() bool {
	if l.Mean != 0 {
		return l.Mean > 0 && l.Min == 0 && l.Max == 0
	}
	return l.Min >= 0 && l.Max >= l.Min
}

// latencyMost bounds how long an answer is held back. Clients have given up by
// then, and what is meant by more is a hang; a ttl has no such bound, since it
// passes in simulated time and keeps nobody waiting.
const latencyMost = Duration(10 * time.Minute)

// longest is what a draw is never above.
func (l Latency) longest() Duration {
	if l.Mean > latencyMost {
		return l.Mean // before the product overflows
	}
	return max(l.Min, l.Max, l.Mean*latencyCap)
}

// printable is what may stand in a header.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

func count(conditions ...bool) int {
	n := 0
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}
