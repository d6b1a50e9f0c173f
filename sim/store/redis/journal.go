package redis

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// page is how many records are read at a time, so that nobody else waits long.
const page = 500

// Range implements store.Store.
func (s *Store) Range(ctx context.Context, name string, from int64, limit int) (all []store.Record, err error) {
	if limit <= 0 {
		limit = int(^uint(0) >> 1)
	}
	from = min(max(from, 1), 1<<52) // numbers of scripts are exact up to 1<<53
	for len(all) < limit {
		most := min(page, limit-len(all))
		records, _, err := s.records(ctx, name, "n", from, most)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
		if len(records) < most {
			break
		}
		from = records[len(records)-1].N + 1
	}
	return all, nil
}

// Changes implements store.Store.
func (s *Store) Changes(ctx context.Context, name string, rev int64) ([]store.Record, int64, error) {
	var all []store.Record
	for after := rev; ; {
		records, newest, err := s.records(ctx, name, "rev", after, page)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, records...)
		if len(records) < page {
			return latest(all), newest, nil
		}
		after = records[len(records)-1].Rev
	}
}

// latest leaves out what changed again while later pages were read.
func latest(records []store.Record) []store.Record {
	last := make(map[int64]int64, len(records))
	for _, r := range records {
		last[r.N] = r.Rev
	}
	return slices.DeleteFunc(records, func(r store.Record) bool { return last[r.N] != r.Rev })
}

// records reads one page, and the newest revision.
func (s *Store) records(ctx context.Context, name, by string, from int64, most int) ([]store.Record, int64, error) {
	keys := s.space(name).fixed()[:4]
	args := []string{by, strconv.FormatInt(from, 10), strconv.Itoa(most)}
	result, err := s.try(ctx, func(ctx context.Context, _ bool) rueidis.RedisResult {
		return s.scripts.span.Exec(ctx, s.client, keys, args)
	})
	if err != nil {
		return nil, 0, err
	}
	values, err := result.ToArray()
	if err != nil || len(values)%4 != 1 {
		return nil, 0, errors.Join(errors.New("redis answered a range with what is no list of records"), err)
	}
	newest, err := values[0].AsInt64()
	var records []store.Record
	for at := 1; at < len(values) && err == nil; at += 4 {
		var r store.Record
		r, err = record(values[at : at+4])
		records = append(records, r)
	}
	return records, newest, err
}

func record(values []rueidis.RedisMessage) (r store.Record, err error) {
	var errs [4]error
	r.N, errs[0] = values[0].AsInt64()
	rev, err := values[1].AsFloat64()
	r.Rev, errs[1] = int64(rev), err
	r.Entry, errs[2] = values[2].AsBytes()
	if !values[3].IsNil() {
		r.End, errs[3] = values[3].AsBytes()
	}
	return r, errors.Join(errs[:]...)
}
