package clock

import (
	"container/heap"
	"context"
	"time"
)

// timer is one pending AfterFunc or Sleep. Its clock's lock guards it.
type timer struct {
	due     time.Time
	forever bool   // never due; due means nothing
	seq     int64  // breaks ties: the order in which timers were set
	fire    func() // what to do when due; the clock decides on which goroutine
	index   int    // place in the queue, -1 once it has left

	ctx context.Context // Virtual only: of a Sleep that can be cancelled, else nil
	err error           // Virtual only: why the Sleep ended early
}

// queue holds the pending timers of one clock. The zero value is empty.
type queue struct {
	heap timerHeap
	seq  int64
}

// add makes a timer that is due d after now. What should have been due in the
// past is due now, since clocks do not go back.
func (q *queue) add(now time.Time, d time.Duration, fire func()) *timer {
	q.seq++
	t := &timer{due: now.Add(max(d, 0)), forever: d == Forever, seq: q.seq, fire: fire}
	heap.Push(&q.heap, t)
	return t
}

// next returns the timer to fire first, or nil when none will ever be due.
func (q *queue) next() *timer {
	if len(q.heap) == 0 || q.heap[0].forever {
		return nil
	}
	return q.heap[0]
}

// remove takes t out and reports whether it was still pending.
func (q *queue) remove(t *timer) bool {
	if t.index < 0 {
		return false
	}
	heap.Remove(&q.heap, t.index)
	return true
}

// timerHeap implements heap.Interface: the first is the next to fire.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	a, b := h[i], h[j]
	if a.forever != b.forever {
		return b.forever
	}
	if !a.forever && !a.due.Equal(b.due) {
		return a.due.Before(b.due)
	}
	return a.seq < b.seq
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil // the array must not keep a fired timer alive
	*h = (*h)[:last]
	t.index = -1
	return t
}
