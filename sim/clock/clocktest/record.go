package clocktest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// record lists events in the order in which they happened.
type record struct {
	mu     sync.Mutex
	events []string
}

// add appends an event as "name@seconds".
func (r *record) add(name string, at time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, fmt.Sprintf("%s@%v", name, at.Seconds()))
}

// diff compares the events with want; empty when they are the same.
func (r *record) diff(want []string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return cmp.Diff(want, r.events, cmpopts.EquateEmpty())
}

// sort puts the events in the order of their names, where no other is promised.
func (r *record) sort() {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.events)
}
