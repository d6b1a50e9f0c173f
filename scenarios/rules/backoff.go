package rules

import (
	"fmt"
	"slices"
	"time"
)

// The rule about the pauses of a whole run (R44). It needs several threads:
// one alone cannot tell a small draw of jitter from a missing pause.

const (
	// minRetried is how many retried threads allow a judgement.
	minRetried = 5
	// minSpread is how many are needed when the pauses of one index are spread
	// as widely as full jitter spreads them, so that medians mean less.
	minSpread = 20
	// rigid is the spread, as part of the median, below which pauses carry no jitter.
	rigid = 0.02
	// growth is the least factor from the first to the last median that counts as growing.
	growth = 1.1
	// noPause is the median below which the first pause is none.
	noPause = 5 * time.Millisecond
)

// pauseTable holds the pauses by index: the first of every retried call, the second …
type pauseTable struct {
	byIndex [][]time.Duration
	proof   [][]int64 // exchanges of the calls that have a pause of this index
	thread  string    // first retried thread
	threads int
}

// tabulate collects the pauses of the first retried call of every thread.
func tabulate(readings []*Reading) pauseTable {
	var t pauseTable
	for _, r := range readings {
		for _, c := range r.calls {
			pauses := r.pauses(c)
			if len(pauses) == 0 || !c.allowed() {
				continue
			}
			if t.threads++; t.threads == 1 {
				t.thread = r.Thread
			}
			t.take(c, pauses)
			break
		}
	}
	return t
}

func (t *pauseTable) take(c *call, pauses []time.Duration) {
	for i, pause := range pauses {
		if i == len(t.byIndex) {
			t.byIndex, t.proof = append(t.byIndex, nil), append(t.proof, nil)
		}
		t.byIndex[i] = append(t.byIndex[i], pause)
		t.proof[i] = append(t.proof[i], c.attempts[0].n)
	}
}

func needRetriedThreads(readings []*Reading) string {
	n := tabulate(readings).threads
	return unless(n >= minRetried, fmt.Sprintf("%d of %d retried threads that are needed to judge pauses", n, minRetried))
}

func backoffOfRun(readings []*Reading) []Breach {
	t := tabulate(readings)
	report := func(i int, what string) []Breach {
		return []Breach{{Thread: t.thread, What: what, Exchanges: t.proof[i]}}
	}
	if first := median(t.byIndex[0]); first < noPause {
		return report(0, fmt.Sprintf("in %d retried threads half of the first pauses are below %s (%s): there is no backoff", t.threads, noPause, brief(first)))
	}
	if i := t.withoutJitter(); i >= 0 {
		return report(i, fmt.Sprintf("pause %d is the same in all %d threads (about %s): there is no jitter", i+1, len(t.byIndex[i]), brief(median(t.byIndex[i]))))
	}
	if last := t.withoutGrowth(); last > 0 {
		return report(last, fmt.Sprintf("the pauses do not grow: their medians are %s", t.medians(last)))
	}
	return nil
}

// withoutJitter is the first index whose pauses are all alike, or -1.
func (t *pauseTable) withoutJitter() int {
	return slices.IndexFunc(t.byIndex, func(pauses []time.Duration) bool {
		return len(pauses) >= minRetried && spread(pauses) <= rigid
	})
}

// withoutGrowth is the last index with enough pauses when it is not clearly
// larger than the first, or 0.
func (t *pauseTable) withoutGrowth() int {
	last := 0
	for i, pauses := range t.byIndex {
		if len(pauses) >= minRetried {
			last = i
		}
	}
	first, final := t.byIndex[0], t.byIndex[last]
	wide := max(spread(first), spread(final)) > 1
	if last == 0 || wide && len(final) < minSpread || float64(median(final)) > growth*float64(median(first)) {
		return 0
	}
	return last
}

func (t *pauseTable) medians(last int) string {
	var list []string
	for _, pauses := range t.byIndex[:last+1] {
		list = append(list, brief(median(pauses)))
	}
	return listed(list)
}

func median(pauses []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(pauses))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

// spread is the range of pauses as part of their median.
func spread(pauses []time.Duration) float64 {
	return float64(slices.Max(pauses)-slices.Min(pauses)) / float64(max(median(pauses), 1))
}
