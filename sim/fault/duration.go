package fault

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that is written as text: Go's syntax with days,
// such as "2s", "1h30m" or "3d". It is never negative.
type Duration time.Duration

// Std returns the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the duration without the zero parts that time.Duration has
// ("2m", "26h"), and microseconds as "us" since it must fit a header.
func (d Duration) String() string {
	text := strings.Replace(time.Duration(d).String(), "µs", "us", 1)
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; empty text is zero.
func (d *Duration) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	parsed, err := ParseDuration(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// ParseDuration reads Go's syntax, optionally after a number of whole days: "1d12h".
func ParseDuration(text string) (Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 31)
	const day = 24 * time.Hour
	if err != nil || n > math.MaxInt64/uint64(day) {
		return 0, badDuration(text)
	}
	var clock time.Duration
	if rest != "" || !found {
		clock, err = time.ParseDuration(rest)
	}
	total := time.Duration(n)*day + clock
	if err != nil || clock < 0 || total < 0 {
		return 0, badDuration(text)
	}
	return Duration(total), nil
}

func badDuration(text string) error {
	return fmt.Errorf(`%q is no duration: write it like "200ms", "2s" or "3d"`, text)
}

// Latency is how long an answer is held back. As text it is "2s" (fixed),
// "100ms..300ms" (uniform) or "mean:200ms" (exponential around a mean, and
// never more than ten times as much). Mean excludes the other two; a fixed
// latency has Min equal to Max.
type Latency struct {
	Min, Max Duration
	Mean     Duration
}

// latencyCap bounds an exponential draw, in means, so that no test waits for ever.
const latencyCap = 10

// Fixed returns the latency that is always d.
func Fixed(d time.Duration) Latency { return Latency{Min: Duration(d), Max: Duration(d)} }

// Delay returns how long to wait. It is exact for the effects that Decide
// returns, in which the random kinds have been drawn; else it is the least
// possible, or the mean.
func (l Latency) Delay() time.Duration { return cmp.Or(l.Min, l.Mean).Std() }

// draw turns the latency into a fixed one; at is a random number in [0,1).
func (l Latency) draw(at float64) Latency {
	var d float64
	switch {
	case l.Mean > 0:
		d = float64(l.Mean) * min(-math.Log(1-at), latencyCap)
	case l.Max > l.Min:
		d = float64(l.Min) + at*float64(l.Max-l.Min)
	default:
		return l
	}
	// Microseconds are what a reader of the journal can make sense of, and a
	// draw may not become nothing, which would be no latency at all.
	drawn := time.Duration(min(d, math.MaxInt64/2)).Truncate(time.Microsecond)
	return Fixed(max(drawn, time.Microsecond, l.Min.Std()))
}

// String writes the latency as text; empty for none.
func (l Latency) String() string {
	switch {
	case l == Latency{}:
		return ""
	case l.Mean > 0:
		return "mean:" + l.Mean.String()
	case l.Min == l.Max:
		return l.Min.String()
	}
	return l.Min.String() + ".." + l.Max.String()
}

// MarshalText implements encoding.TextMarshaler.
func (l Latency) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; empty text is none.
func (l *Latency) UnmarshalText(text []byte) error {
	parsed, err := parseLatency(string(text))
	if err == nil {
		*l = parsed
	}
	return err
}

func parseLatency(text string) (Latency, error) {
	if text == "" {
		return Latency{}, nil
	}
	if mean, ok := strings.CutPrefix(text, "mean:"); ok {
		d, err := ParseDuration(mean)
		return Latency{Mean: d}, err
	}
	from, to, uniform := strings.Cut(text, "..")
	lo, err := ParseDuration(from)
	if err != nil || !uniform {
		return Latency{Min: lo, Max: lo}, err
	}
	hi, err := ParseDuration(to)
	if err == nil && hi < lo {
		err = fmt.Errorf("latency %s ends before it begins: write %s..%s", text, to, from)
	}
	return Latency{Min: lo, Max: hi}, err
}

// Drip is a body that trickles: Bytes at a time, then a pause of Every. As
// text it is "16/100ms".
type Drip struct {
	Bytes int
	Every Duration
}

// String writes the drip as text; empty for none.
func (d Drip) String() string {
	if d == (Drip{}) {
		return ""
	}
	return strconv.Itoa(d.Bytes) + "/" + d.Every.String()
}

// MarshalText implements encoding.TextMarshaler.
func (d Drip) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; empty text is none.
func (d *Drip) UnmarshalText(text []byte) error {
	parsed, err := parseDrip(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

var errDrip = errors.New("drip wants bytes and a pause, such as 16/100ms")

func parseDrip(text string) (Drip, error) {
	if text == "" {
		return Drip{}, nil
	}
	count, pause, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		return Drip{}, errDrip
	}
	every, err := ParseDuration(pause)
	if err != nil || every == 0 {
		return Drip{}, errDrip
	}
	return Drip{Bytes: n, Every: every}, nil
}
