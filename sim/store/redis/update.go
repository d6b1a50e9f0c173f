package redis

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, name string, reads store.Reads, f func(store.View) (store.Change, error)) (int64, error) {
	own, queue := store.SortKeys(reads.Own), s.queue(name)
	queue.Enter(own)
	defer queue.Leave(own)
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		snap, err := s.snapshot(ctx, name, own, reads.See)
		if err != nil {
			return 0, err
		}
		change, err := f(snap)
		if err != nil {
			return 0, err
		}
		n, err := s.commit(ctx, name, snap, change)
		if !errors.Is(err, errConflict) {
			return n, err
		}
	}
}

// errConflict is told by a commit whose read set has changed.
var errConflict = errors.New("a document changed")

type snapshot struct {
	keys []store.Key
	docs []document
}

// Get implements store.View.
func (s *snapshot) Get(key store.Key) (store.Doc, bool) {
	for i, k := range s.keys {
		if k == key {
			return s.docs[i].Doc, s.docs[i].version != ""
		}
	}
	panic("store: " + key.Kind + " " + key.ID + " is not in the read set")
}

// snapshot reads all documents at one moment.
func (s *Store) snapshot(ctx context.Context, name string, own, see []store.Key) (*snapshot, error) {
	snap := &snapshot{keys: append(append(make([]store.Key, 0, len(own)+len(see)), own...), see...)}
	if len(snap.keys) == 0 {
		return snap, nil
	}
	keys, args := make([]string, 0, len(snap.keys)), make([]string, 0, 2*len(snap.keys))
	known := make([]document, len(snap.keys))
	for i, k := range snap.keys {
		known[i], _ = s.seen.get(name, k)
		keys, args = append(keys, s.space(name).docs(k.Kind)), append(args, k.ID, known[i].version)
	}
	result, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.scripts.read.Exec(ctx, s.client, keys, args)
	})
	if err != nil {
		return nil, err
	}
	values, err := result.ToArray()
	if err != nil || len(values) != len(keys) {
		return nil, fmt.Errorf("redis answered a read with %d values of %d: %w", len(values), len(keys), err)
	}
	for i, k := range snap.keys {
		d, err := s.found(name, k, values[i], known[i])
		if err != nil {
			return nil, err
		}
		snap.docs = append(snap.docs, d)
	}
	return snap, nil
}

// found is a document out of the answer of read.lua.
func (s *Store) found(name string, k store.Key, value rueidis.RedisMessage, known document) (document, error) {
	if value.IsNil() {
		return document{}, nil
	}
	text, err := value.ToString()
	if err != nil {
		return document{}, err
	}
	if text == "=" {
		return known, nil
	}
	d, err := s.readDocument(k.Kind, text)
	if err == nil {
		s.seen.put(name, k, d, len(text))
	}
	return d, err
}
