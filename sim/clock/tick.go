package clock

import "sync/atomic"

// Ticker numbers moments. Its numbers are close to real time in nanoseconds
// since 1970, yet never equal and never falling, whatever the machine's clock
// does: a hybrid logical counter. The journal takes one for each arrival,
// departure and end, so that moments of different records can be put in order
// although records are written later than what they tell of, and real time is
// too coarse (and stands still inside a testing/synctest bubble).
//
// Only the order means anything; durations come from clocks. The zero value is
// ready, may be used by several goroutines at once and takes no lock. It must
// not be copied.
type Ticker struct{ last atomic.Int64 }

// Next returns a number greater than all it returned before: the real time in
// nanoseconds, or one more than the last where that is greater.
func (t *Ticker) Next() int64 {
	for {
		last := t.last.Load()
		next := max(last+1, Real().UnixNano())
		if t.last.CompareAndSwap(last, next) {
			return next
		}
	}
}
