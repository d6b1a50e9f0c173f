package store

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// agenda is what is to be looked at, by name. Its zero value is ready.
type agenda struct {
	mu    sync.Mutex
	noted map[string]noted
}

type noted struct {
	at    time.Time
	times int64
}

// Remind implements Store.
func (m *Memory) Remind(_ context.Context, name string, at time.Time) error {
	a := &m.agenda
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.noted == nil {
		a.noted = map[string]noted{}
	}
	n, known := a.noted[name]
	if !known || at.Before(n.at) {
		n.at = at
	}
	n.times++
	a.noted[name] = n
	return nil
}

// Due implements Store.
func (m *Memory) Due(_ context.Context, now, again time.Time, limit int) ([]Reminder, error) {
	a := &m.agenda
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for name, n := range a.noted {
		if !n.at.After(now) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(x, y string) int { return cmp.Or(a.noted[x].at.Compare(a.noted[y].at), cmp.Compare(x, y)) })
	var due []Reminder
	for _, name := range names[:min(len(names), limit)] {
		n := a.noted[name]
		due = append(due, Reminder{name, n.times})
		a.noted[name] = noted{again, n.times}
	}
	return due, nil
}

// Looked implements Store.
func (m *Memory) Looked(_ context.Context, r Reminder, next time.Time) error {
	a := &m.agenda
	a.mu.Lock()
	defer a.mu.Unlock()
	n, known := a.noted[r.Name]
	switch {
	case known && n.times == r.Times && next.IsZero():
		delete(a.noted, r.Name)
	case known && n.times == r.Times, !next.IsZero() && (!known || next.Before(n.at)):
		a.noted[r.Name] = noted{next, n.times}
	}
	return nil
}
