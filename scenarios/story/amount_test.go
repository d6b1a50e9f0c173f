package story

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const day = 24 * time.Hour

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, why string
		want      time.Duration
		problem   string
	}{
		{"90s", "Go's syntax", 90 * time.Second, ""},
		{"1h30m", "several parts", 90 * time.Minute, ""},
		{"3d", "days are added", 3 * day, ""},
		{"1.5d", "fractions of a day", 36 * time.Hour, ""},
		{"1d12h", "days among the others", 36 * time.Hour, ""},
		{"5µs", "the sign is allowed as in Go", 5 * time.Microsecond, ""},
		{"3650d", "the longest", 3650 * day, ""},
		{"90", "no unit", 0, "is no duration"},
		{"-3d", "time runs forward", 0, "is no duration"},
		{"3 d", "no spaces, as in Go", 0, "is no duration"},
		{"", "nothing", 0, "is no duration"},
		{"0d", "no time", 0, "longer than 0"},
		{"3650d1ns", "over the longest", 0, "the longest duration is 3650d"},
		{"2000d2000d", "the sum counts", 0, "the longest duration is 3650d"},
		{"99999999999h", "overflow in Go", 0, "the longest duration is 3650d"},
		{"100000d", "overflow of a day", 0, "the longest duration is 3650d"},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseDuration(c.text)
			if c.problem == "" && (err != nil || got != c.want) {
				t.Errorf("%s: got %s, %v; want %s", c.why, got, err, c.want)
			}
			if c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
				t.Errorf("%s: got %s, %v; want an error with %q", c.why, got, err, c.problem)
			}
		})
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	short := Settings{IdleGap: 2 * time.Second, MaxExtra: 500 * time.Millisecond}
	for _, c := range []struct {
		text, canonical string
		usual, real     time.Duration // with the default gap, and in real time
	}{
		{"26h", "26h", 26 * time.Hour, 26 * time.Hour},
		{"1h30m", "1h30m", 90 * time.Minute, 90 * time.Minute},
		{"72h", "3d", 3 * day, 3 * day},
		{"idle", "idle", day, 2 * time.Second},
		{"idle - 1m", "idle - 1m", day - time.Minute, 1500 * time.Millisecond},
		{"idle+2h", "idle + 2h", 26 * time.Hour, 2500 * time.Millisecond},
		{"idle + 300ms", "idle + 300ms", day + 300*time.Millisecond, 2300 * time.Millisecond},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			w, err := parseWait(c.text)
			if err != nil {
				t.Fatal(err)
			}
			got := []any{w.String(), w.Resolve(Settings{}), w.Resolve(short)}
			if diff := cmp.Diff([]any{c.canonical, c.usual, c.real}, got); diff != "" {
				t.Errorf("text, default gap, real time (-want +got):\n%s", diff)
			}
			again, err := parseWait(w.String())
			if err != nil || again != w {
				t.Errorf("%s reads back as %v, %v", w, again, err)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, canonical string
		at0, at3        int
	}{
		{"cap", "cap", 0, 3},
		{"cap - 1", "cap - 1", -1, 2},
		{"cap+1", "cap + 1", 1, 4},
		{"cap - 0", "cap", 0, 3},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			n, err := parseCount(c.text)
			if err != nil {
				t.Fatal(err)
			}
			got := []any{n.String(), n.Resolve(Settings{}), n.Resolve(Settings{Cap: 3})}
			if diff := cmp.Diff([]any{c.canonical, c.at0, c.at3}, got); diff != "" {
				t.Errorf("text, cap 0, cap 3 (-want +got):\n%s", diff)
			}
		})
	}
	if n := (Count{N: 7}); n.String() != "7" || n.Resolve(Settings{Cap: 3}) != 7 {
		t.Errorf("a plain number follows the cap: %s", n)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, canonical string
		inside, outside []int
	}{
		{"2", "2", []int{2}, []int{1, 3}},
		{"1..4", "1..4", []int{1, 4}, []int{0, 5}},
		{"1..", "1..", []int{1, 5000}, []int{0}},
		{"0..0", "0", []int{0}, []int{1}},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			r, err := parseRange(c.text)
			if err != nil || r.String() != c.canonical {
				t.Fatalf("got %s, %v; want %s", r, err, c.canonical)
			}
			for _, n := range c.inside {
				if !r.Contains(n) {
					t.Errorf("%s lacks %d", r, n)
				}
			}
			for _, n := range c.outside {
				if r.Contains(n) {
					t.Errorf("%s contains %d", r, n)
				}
			}
		})
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	allowed := []string{"customer", "wait", "repeat", "as", "cap"}
	for _, c := range []struct{ word, why, want string }{
		{"custmer", "one letter missing", ` did you mean "customer"?`},
		{"costumer", "two letters wrong", ` did you mean "customer"?`},
		{"wiat", "two letters swapped", ` did you mean "wait"?`},
		{"acp", "a swap in a short word", ` did you mean "cap"?`},
		{"zz", "nothing in common with the short words", ""},
		{"shopkeeper", "another word", ""},
		{strings.Repeat("customer", 1000), "a pasted page", ""},
		{"кап", "another script", ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			if got := suggest(c.word, allowed); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
