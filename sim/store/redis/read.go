package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, name string, key store.Key) (store.Doc, bool, error) {
	snap, err := s.snapshot(ctx, readset{space: name, keys: []store.Key{key}})
	if err != nil {
		return store.Doc{}, false, err
	}
	doc, ok := snap.Get(key)
	return doc, ok, nil
}

// List implements store.Store. It reads the whole kind, whatever the prefix.
func (s *Store) List(ctx context.Context, name, kind, prefix string) ([]store.Item, error) {
	result, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.client.Do(ctx, s.client.B().Hgetall().Key(s.space(name).docs(kind)).Build())
	})
	if err != nil {
		return nil, err
	}
	all, err := result.AsStrMap()
	if err != nil {
		return nil, err
	}
	var items []store.Item
	for id, text := range all {
		if !strings.HasPrefix(id, prefix) {
			continue
		}
		d, err := s.readDocument(kind, text)
		if err != nil {
			return nil, err
		}
		items = append(items, store.Item{Key: store.Key{Kind: kind, ID: id}, Doc: d.Doc})
	}
	slices.SortFunc(items, func(a, b store.Item) int { return strings.Compare(a.ID, b.ID) })
	return items, nil
}

// Items implements store.Store.
func (s *Store) Items(ctx context.Context, name string, key store.Key) ([]store.ListItem, int64, error) {
	sp := s.space(name)
	values, err := s.strings(ctx, func(ctx context.Context) rueidis.RedisResult {
		return s.client.Do(ctx, s.client.B().Lrange().Key(sp.list(key)).Start(0).Stop(-1).Build())
	})
	if err != nil || len(values) == 0 {
		return nil, 0, err
	}
	lost, err := s.lost(ctx, sp, key)
	if over := len(values) - s.bounds.List; over > 0 {
		values, lost = values[over:], lost+int64(over)
	}
	items := make([]store.ListItem, len(values))
	for i, text := range values {
		number, data, _ := strings.Cut(text, " ")
		n, wrong := strconv.ParseInt(number, 10, 64)
		value, unread := s.config.Forms.Read(key.Kind, []byte(data))
		if wrong != nil || unread != nil {
			return nil, 0, fmt.Errorf("list %s %s is damaged in the store: %w", key.Kind, key.ID, unread)
		}
		items[i] = store.ListItem{N: n, Value: value}
	}
	return items, lost, err
}

// lost is how many values a list gave up when it was cut.
func (s *Store) lost(ctx context.Context, sp space, key store.Key) (int64, error) {
	result, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.client.Do(ctx, s.client.B().Hget().Key(sp.prefix+"lost").Field(sp.list(key)).Build())
	})
	if rueidis.IsRedisNil(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return result.AsInt64()
}

func (s *Store) strings(ctx context.Context, do func(context.Context) rueidis.RedisResult) ([]string, error) {
	result, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult { return do(ctx) })
	if err != nil {
		return nil, err
	}
	return result.AsStrSlice()
}

// Counters implements store.Store.
func (s *Store) Counters(ctx context.Context, name string) (map[string]int64, error) {
	result, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.client.Do(ctx, s.client.B().Hgetall().Key(s.space(name).prefix+"counters").Build())
	})
	if err != nil {
		return nil, err
	}
	all, err := result.AsIntMap()
	for name, n := range all {
		if n == 0 {
			delete(all, name)
		}
	}
	return all, err
}

// ClearJournal implements store.Store.
func (s *Store) ClearJournal(ctx context.Context, name string) error {
	sp := s.space(name)
	return s.forget(ctx, sp.fixed(), "clear", sp.watch())
}

// Drop implements store.Store.
func (s *Store) Drop(ctx context.Context, name string) error {
	return s.drop(ctx, name, s.bounds.Stays)
}

// Forget implements store.Store. Numbers stay for a week, as of every workspace
// that is not used again after Drop.
func (s *Store) Forget(ctx context.Context, name string) error {
	err := s.drop(ctx, name, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.queues, name)
	return err
}

func (s *Store) drop(ctx context.Context, name string, stays []string) error {
	sp := s.space(name)
	keys := sp.fixed()
	for kind := range s.config.Forms {
		if slices.Contains(stays, kind) {
			continue
		}
		keys = append(keys, sp.docs(kind))
		if s.bounds.Docs[kind] > 0 {
			keys = append(keys, sp.order(kind))
		}
	}
	return s.forget(ctx, keys, "drop", sp.watch())
}

func (s *Store) forget(ctx context.Context, keys []string, args ...string) error {
	_, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.scripts.forget.Exec(ctx, s.client, keys, args)
	})
	return err
}
