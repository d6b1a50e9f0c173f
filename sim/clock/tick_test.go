package clock_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// TestTickerStandingTime: real time that does not move still gives an order,
// and a number never falls behind real time.
func TestTickerStandingTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ticks clock.Ticker
		now := clock.Real().UnixNano()
		got := []int64{ticks.Next(), ticks.Next(), ticks.Next()}
		time.Sleep(time.Second)
		got = append(got, ticks.Next())
		want := []int64{now, now + 1, now + 2, now + int64(time.Second)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ticks (-want +got):\n%s", diff)
		}
	})
}

// TestTickerTogether: no two moments share a number, and each goroutine sees
// its own rise.
func TestTickerTogether(t *testing.T) {
	t.Parallel()
	const takers, each = 8, 1000
	var (
		ticks clock.Ticker
		wg    sync.WaitGroup
		taken [takers][]int64
	)
	for i := range takers {
		wg.Go(func() {
			for range each {
				taken[i] = append(taken[i], ticks.Next())
			}
		})
	}
	wg.Wait()
	for i, own := range taken {
		if !slices.IsSorted(own) {
			t.Errorf("ticks of taker %d do not rise", i)
		}
	}
	all := slices.Concat(taken[:]...)
	slices.Sort(all)
	if got := len(slices.Compact(all)); got != takers*each {
		t.Errorf("%d different ticks, want %d", got, takers*each)
	}
}
