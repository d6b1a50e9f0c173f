package store

import "sync"

// queue lets one holder at a time have a key; others wait in turn. Keys are
// entered in sorted order, so that holders of several keys never block each
// other for ever.
type queue struct {
	mu   sync.Mutex
	held map[Key]*gate
}

type gate struct {
	sync.Mutex
	users int // holder and waiters
}

func (q *queue) enter(keys []Key) {
	for _, k := range keys {
		q.gate(k).Lock()
	}
}

func (q *queue) gate(k Key) *gate {
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

func (q *queue) leave(keys []Key) {
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
