package store

import (
	"slices"
	"strings"
	"sync"
)

// Queue lets one holder at a time have a key; others wait in turn. Keys are
// entered in the order of SortKeys, so that holders of several keys never block
// each other for ever. The zero value is ready.
type Queue struct {
	mu   sync.Mutex
	held map[Key]*gate
}

type gate struct {
	sync.Mutex
	users int // holder and waiters
}

// Enter waits until all keys are the caller's; they are sorted.
func (q *Queue) Enter(keys []Key) {
	for _, k := range keys {
		q.gate(k).Lock()
	}
}

func (q *Queue) gate(k Key) *gate {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held == nil {
		q.held = map[Key]*gate{}
	}
	g := q.held[k]
	if g == nil {
		g = &gate{}
		q.held[k] = g
	}
	g.users++
	return g
}

// Leave gives up what Enter was given.
func (q *Queue) Leave(keys []Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, k := range keys {
		g := q.held[k]
		g.Unlock()
		if g.users--; g.users == 0 {
			delete(q.held, k)
		}
	}
}

// SortKeys returns the keys in order, each once.
func SortKeys(keys []Key) []Key {
	if len(keys) < 2 {
		return keys
	}
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b Key) int {
		if c := strings.Compare(a.Kind, b.Kind); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return slices.Compact(keys)
}
