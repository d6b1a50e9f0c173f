package redis

import (
	"context"
	"errors"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, name string, reads store.Reads, f func(store.View) (store.Change, error)) (int64, error) {
	own, queue := store.SortKeys(reads.Own), s.queue(name)
	queue.Enter(own)
	defer queue.Leave(own)
	q := newReadset(name, own, reads)
	var snap *snapshot
	if reads.Guess {
		n, fresh, done, err := s.venture(ctx, q, f)
		if done {
			return n, err
		}
		snap = fresh
	}
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if snap == nil {
			var err error
			if snap, err = s.snapshot(ctx, q); err != nil {
				return 0, err
			}
		}
		change, err := f(snap)
		if err != nil {
			return 0, err
		}
		n, fresh, err := s.commit(ctx, q, snap, change)
		if fresh == nil {
			return n, err
		}
		snap = fresh
	}
}

// venture makes the first attempt of an update on what is known here. Where the
// guess was wrong it is not done, and fresh is the read set as the commit found
// it, if it came that far. An error or a panic of f may come from the guess.
func (s *Store) venture(ctx context.Context, q readset, f func(store.View) (store.Change, error)) (n int64, fresh *snapshot, done bool, err error) {
	if err := ctx.Err(); err != nil {
		return 0, nil, true, err
	}
	snap := s.guess(q)
	change, err := guarded(f, snap)
	if err != nil {
		return 0, nil, false, nil
	}
	n, fresh, err = s.commit(ctx, q, snap, change)
	return n, fresh, fresh == nil, err
}

var errPanicked = errors.New("f panicked on a guess")

func guarded(f func(store.View) (store.Change, error), snap *snapshot) (c store.Change, err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	return f(snap)
}
