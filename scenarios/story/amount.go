package story

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Unbounded is the Max of a Range without an upper end.
const Unbounded = -1

// Range is a number of times or a cap: `2`, `1..4` or `1..`.
type Range struct {
	Min int
	Max int // at least Min, or Unbounded
}

// Contains reports whether n lies in the range.
func (r Range) Contains(n int) bool {
	return n >= r.Min && (r.Max == Unbounded || n <= r.Max)
}

// String gives the range as a scenario file writes it.
func (r Range) String() string {
	switch r.Max {
	case r.Min:
		return strconv.Itoa(r.Min)
	case Unbounded:
		return fmt.Sprintf("%d..", r.Min)
	}
	return fmt.Sprintf("%d..%d", r.Min, r.Max)
}

// Count is a number, or one that follows the integrator's cap: `2`, `cap`,
// `cap - 1`, `cap + 1`.
type Count struct {
	Cap bool // N is added to the cap
	N   int
}

// Resolve gives the number for an integrator, which is negative when its cap
// is too low.
func (c Count) Resolve(s Settings) int {
	if c.Cap {
		return s.Cap + c.N
	}
	return c.N
}

// String gives the count as a scenario file writes it.
func (c Count) String() string {
	switch {
	case !c.Cap:
		return strconv.Itoa(c.N)
	case c.N == 0:
		return "cap"
	case c.N < 0:
		return fmt.Sprintf("cap - %d", -c.N)
	}
	return fmt.Sprintf("cap + %d", c.N)
}

// Wait is a span of thread time: `26h`, `3d`, or relative to the integrator's
// idle gap: `idle`, `idle - 1m`, `idle + 2h`.
type Wait struct {
	Idle  bool          // Extra is added to the idle gap
	Extra time.Duration // the whole span when Idle is false
}

// Resolve gives the span for an integrator. It is zero or negative when the
// idle gap is too short to take the extra away (see Story.Playable).
func (w Wait) Resolve(s Settings) time.Duration {
	if !w.Idle {
		return w.Extra
	}
	return s.idleGap() + s.limit(w.Extra)
}

// String gives the wait as a scenario file writes it.
func (w Wait) String() string {
	switch {
	case !w.Idle:
		return formatDuration(w.Extra)
	case w.Extra == 0:
		return "idle"
	case w.Extra < 0:
		return "idle - " + formatDuration(-w.Extra)
	}
	return "idle + " + formatDuration(w.Extra)
}

// formatDuration writes the zero parts away that time.Duration keeps: 2h
// instead of 2h0m0s, and 3d for whole days.
func formatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// The written forms. schema.json repeats them.
var (
	rangeForm    = regexp.MustCompile(`^([0-9]+)(\.\.([0-9]*))?$`)
	countForm    = regexp.MustCompile(`^cap(?:\s*([+-])\s*([0-9]+))?$`)
	waitForm     = regexp.MustCompile(`^idle(?:\s*([+-])\s*(\S+))?$`)
	durationForm = regexp.MustCompile(`^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h|d))+$`)
	durationPart = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h|d)`)
)

// maxDuration keeps sums of durations far from overflow.
const maxDuration = 3650 * 24 * time.Hour

// ParseDuration reads a positive duration in Go's syntax with d for days
// added: 90s, 26h, 3d, 1d12h. The longest is 3650d.
func ParseDuration(text string) (time.Duration, error) {
	if !durationForm.MatchString(text) {
		return 0, fmt.Errorf("%q is no duration; write a number with ns, us, ms, s, m, h or d, like 90s, 26h or 3d", text)
	}
	var sum time.Duration
	for _, part := range durationPart.FindAllString(text, -1) {
		d, err := parsePart(part)
		if err != nil || d > maxDuration || sum+d > maxDuration {
			return 0, fmt.Errorf("%q is too long; the longest duration is 3650d", text)
		}
		sum += d
	}
	if sum == 0 {
		return 0, fmt.Errorf("%q is no time at all; a duration is longer than 0", text)
	}
	return sum, nil
}

func parsePart(part string) (time.Duration, error) {
	days, isDays := strings.CutSuffix(part, "d")
	if !isDays {
		return time.ParseDuration(part)
	}
	d, err := time.ParseDuration(days + "h")
	if err != nil || d > math.MaxInt64/24 {
		return 0, fmt.Errorf("%s is too long", part)
	}
	return 24 * d, nil
}

func parseWait(text string) (Wait, error) {
	m := waitForm.FindStringSubmatch(text)
	if m == nil {
		d, err := ParseDuration(text)
		if err != nil && !durationForm.MatchString(text) {
			err = fmt.Errorf("%q is no wait; write a duration (90s, 26h, 3d) or one relative to the idle gap (idle, idle - 1m, idle + 2h)", text)
		}
		return Wait{Extra: d}, err
	}
	if m[1] == "" {
		return Wait{Idle: true}, nil
	}
	d, err := ParseDuration(m[2])
	if m[1] == "-" {
		d = -d
	}
	return Wait{Idle: true, Extra: d}, err
}

// maxCount bounds what a count may name, so that two nested repeats stay
// within ten thousand rounds.
const maxCount = 100

// parseCount reads the forms that follow the cap; plain numbers are integers
// in YAML and do not come here.
func parseCount(text string) (Count, error) {
	m := countForm.FindStringSubmatch(text)
	if m == nil {
		return Count{}, fmt.Errorf("%q is no count; write a number, cap, cap - 1 or cap + 1", text)
	}
	if m[1] == "" {
		return Count{Cap: true}, nil
	}
	n, err := strconv.Atoi(m[2])
	if err != nil || n > maxCount {
		return Count{}, fmt.Errorf("%q is too far from the cap; at most %d", text, maxCount)
	}
	if m[1] == "-" {
		n = -n
	}
	return Count{Cap: true, N: n}, nil
}

// maxTimes bounds a range.
const maxTimes = 1000

func parseRange(text string) (Range, error) {
	m := rangeForm.FindStringSubmatch(text)
	if m == nil {
		return Range{}, fmt.Errorf("%q is no range; write 2, 1..4 or 1.. for no end", text)
	}
	low, errLow := strconv.Atoi(m[1])
	r := Range{Min: low, Max: low}
	var errHigh error
	switch {
	case m[2] == "..":
		r.Max = Unbounded
	case m[2] != "":
		r.Max, errHigh = strconv.Atoi(m[3])
	}
	if errLow != nil || errHigh != nil || max(r.Min, r.Max) > maxTimes {
		return Range{}, fmt.Errorf("%q is out of bounds; at most %d", text, maxTimes)
	}
	if r.Max != Unbounded && r.Max < r.Min {
		return Range{}, fmt.Errorf("%q runs backwards; write %d..%d", text, r.Max, r.Min)
	}
	return r, nil
}
