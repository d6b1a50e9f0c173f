package redis

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// readset is what an update reads: documents by key, and those that one of them
// names.
type readset struct {
	space string
	keys  []store.Key
	index []int    // of keys, the first that is there names an id
	kinds []string // of the documents of that id
}

func newReadset(space string, own []store.Key, r store.Reads) readset {
	q := readset{space: space, keys: append(append(make([]store.Key, 0, len(own)+len(r.See)+len(r.Follow.Index)), own...), r.See...), kinds: r.Follow.Kinds}
	for _, k := range r.Follow.Index {
		at := slices.Index(q.keys, k)
		if at < 0 {
			at, q.keys = len(q.keys), append(q.keys, k)
		}
		q.index = append(q.index, at)
	}
	return q
}

// snapshot are the documents of a readset, those that were named last.
type snapshot struct {
	keys  []store.Key
	docs  []document
	named string // the id that the index names
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

// guess is the readset as far as it is known here, which may be wrong.
func (s *Store) guess(q readset) *snapshot {
	snap := &snapshot{keys: slices.Clip(q.keys), docs: make([]document, len(q.keys), len(q.keys)+len(q.kinds))}
	for i, k := range q.keys {
		snap.docs[i] = s.seen.get(q.space, k)
	}
	for _, i := range q.index {
		if id, ok := snap.docs[i].Value.(string); ok && snap.named == "" {
			snap.named = id
		}
	}
	for _, k := range q.named(snap.named) {
		snap.keys, snap.docs = append(snap.keys, k), append(snap.docs, s.seen.get(q.space, k))
	}
	return snap
}

// named are the keys that an id stands for; none where nothing is named.
func (q readset) named(id string) (keys []store.Key) {
	for _, kind := range q.kinds {
		if id != "" {
			keys = append(keys, store.Key{Kind: kind, ID: id})
		}
	}
	return keys
}

// readset lays a readset and what is known of it out for readset.lua.
func (w *words) readset(q readset, known *snapshot) {
	w.key(w.space.large())
	w.number(len(q.keys))
	for i, k := range q.keys {
		w.key(w.space.docs(k.Kind))
		w.say(k.ID, known.docs[i].version)
	}
	w.say(known.named)
	w.number(len(q.index))
	for _, i := range q.index {
		w.number(i + 1)
	}
	w.number(len(q.kinds))
	for i, kind := range q.kinds {
		version := ""
		if at := len(q.keys) + i; at < len(known.docs) {
			version = known.docs[at].version
		}
		w.key(w.space.docs(kind))
		w.say(version)
	}
}

// snapshot reads all documents at one moment.
func (s *Store) snapshot(ctx context.Context, q readset) (*snapshot, error) {
	known := s.guess(q)
	if len(q.keys) == 0 {
		return known, nil
	}
	w := &words{space: s.space(q.space), place: map[string]int{}}
	w.readset(q, known)
	result, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.scripts.read.Exec(ctx, s.client, w.keys, w.args)
	})
	if err != nil {
		return nil, err
	}
	values, err := result.ToArray()
	if err != nil {
		return nil, err
	}
	return s.gather(q, known, values)
}

// gather is a readset out of the answer of readset.lua.
func (s *Store) gather(q readset, known *snapshot, values []rueidis.RedisMessage) (*snapshot, error) {
	if len(values) != len(q.keys)+1+len(q.kinds) {
		return nil, fmt.Errorf("redis answered a read of %d documents with %d values", len(q.keys)+len(q.kinds), len(values))
	}
	named, err := values[len(q.keys)].ToString()
	if err != nil {
		return nil, err
	}
	snap := &snapshot{keys: append(slices.Clip(q.keys), q.named(named)...), named: named}
	values = slices.Delete(values, len(q.keys), len(q.keys)+1)
	for i, k := range snap.keys {
		var before document
		if i < len(known.keys) && known.keys[i] == k {
			before = known.docs[i]
		}
		d, err := s.found(q.space, k, values[i], before)
		if err != nil {
			return nil, err
		}
		snap.docs = append(snap.docs, d)
	}
	return snap, nil
}

// found is one document of it.
func (s *Store) found(space string, k store.Key, value rueidis.RedisMessage, known document) (document, error) {
	if value.IsNil() {
		s.seen.forget(space, k)
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
		s.seen.put(space, k, d, len(text), true)
	}
	return d, err
}
