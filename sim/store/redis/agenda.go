package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// agendaKeys share a slot; no workspace has a blank in its prefix.
func (s *Store) agendaKeys() []string {
	return []string{s.config.Prefix + ":{ agenda}:at", s.config.Prefix + ":{ agenda}:times"}
}

func (s *Store) agenda(ctx context.Context, args ...string) (rueidis.RedisResult, error) {
	return s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.scripts.agenda.Exec(ctx, s.client, s.agendaKeys(), args)
	})
}

func millis(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// Remind implements store.Store.
func (s *Store) Remind(ctx context.Context, name string, at time.Time) error {
	_, err := s.agenda(ctx, "remind", name, millis(at))
	return err
}

// Due implements store.Store.
func (s *Store) Due(ctx context.Context, now, again time.Time, limit int) ([]store.Reminder, error) {
	result, err := s.agenda(ctx, "due", millis(now), millis(again), strconv.Itoa(limit))
	if err != nil {
		return nil, err
	}
	words, err := result.AsStrSlice()
	var due []store.Reminder
	for i := 0; i+1 < len(words) && err == nil; i += 2 {
		r := store.Reminder{Name: words[i]}
		r.Times, err = strconv.ParseInt(words[i+1], 10, 64)
		due = append(due, r)
	}
	return due, err
}

// Looked implements store.Store.
func (s *Store) Looked(ctx context.Context, r store.Reminder, next time.Time) error {
	_, err := s.agenda(ctx, "looked", r.Name, strconv.FormatInt(r.Times, 10), millis(next))
	return err
}
