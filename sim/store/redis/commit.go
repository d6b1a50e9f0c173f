package redis

import (
	"context"
	"errors"
	"strconv"

	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// remembered is how many commits of a workspace are known as done, in case one
// of them is sent again.
const remembered = 1024

// token names a commit. It ends with a colon, so that none begins another.
func (s *Store) token() string {
	return s.config.Replica + "." + strconv.FormatInt(s.commits.Add(1), 36) + ":"
}

// words are the keys and the arguments of a commit, in the order in which
// commit.lua takes them.
type words struct {
	space space
	keys  []string
	place map[string]int // of keys, from one on
	args  []string
}

func (w *words) say(args ...string) { w.args = append(w.args, args...) }

func (w *words) number(n int) { w.args = append(w.args, strconv.Itoa(n)) }

// key says the place of a key, which is added when it is new.
func (w *words) key(key string) {
	at, known := w.place[key]
	if !known {
		w.keys = append(w.keys, key)
		at = len(w.keys)
		w.place[key] = at
	}
	w.number(at)
}

// commit does what the change says if the documents of the snapshot are still
// those that were read; else fresh is what they are now.
func (s *Store) commit(ctx context.Context, q readset, snap *snapshot, c store.Change) (n int64, fresh *snapshot, err error) {
	w := &words{space: s.space(q.space), place: map[string]int{}}
	w.keys = w.space.fixed()
	w.say(s.token(), "0")
	w.readset(q, snap)
	writes := len(c.Puts)+len(c.Deletes)+len(c.Appends)+len(c.Counters) > 0 || c.Entry != nil || c.End != nil
	switch {
	case writes:
		w.say("1")
		if err := s.write(w, c); err != nil {
			return 0, nil, err
		}
	case len(q.keys) == 0:
		return 0, nil, nil
	default:
		w.say("0")
	}
	result, err := s.try(ctx, func(ctx context.Context, first bool) rueidis.RedisResult {
		if !first {
			w.args[1] = "1"
		}
		return s.scripts.commit.Exec(ctx, s.client, w.keys, w.args)
	})
	if err != nil {
		return 0, nil, err
	}
	return s.concluded(q, snap, c, result)
}

// concluded reads the answer of commit.lua.
func (s *Store) concluded(q readset, snap *snapshot, c store.Change, result rueidis.RedisResult) (int64, *snapshot, error) {
	values, err := result.ToArray()
	if err != nil || len(values) == 0 {
		return 0, nil, errors.Join(errors.New("redis answered a commit with what is no list"), err)
	}
	done, err := values[0].AsInt64()
	if err == nil && done == 0 {
		fresh, err := s.gather(q, snap, values[1:])
		return 0, fresh, err
	}
	if err != nil || len(values) != 3 {
		return 0, nil, errors.Join(errors.New("redis answered a commit with what is no number"), err)
	}
	n, err := values[1].AsInt64()
	before, wrong := values[2].AsInt64()
	s.remember(q.space, c, before)
	return n, nil, errors.Join(err, wrong)
}

// remember keeps what was written as what is known; before is the revision
// before the first document, or less than 0 where nobody knows.
func (s *Store) remember(space string, c store.Change, before int64) {
	for i, p := range c.Puts {
		if before < 0 {
			s.seen.forget(space, p.Key)
			continue
		}
		d := document{p.Doc, versionAt(before + int64(i) + 1)}
		s.seen.put(space, p.Key, d, sizeOf(p.Value), false)
	}
	for _, k := range c.Deletes {
		s.seen.forget(space, k)
	}
}

// sizeOf is about how many bytes a value takes.
func sizeOf(value any) int {
	switch v := value.(type) {
	case []byte:
		return len(v)
	case string:
		return len(v)
	}
	return 1 << 10
}

// write says what a change writes.
func (s *Store) write(w *words, c store.Change) error {
	if err := s.writePuts(w, c.Puts); err != nil {
		return err
	}
	s.writeDeletes(w, c.Deletes)
	s.writeJournal(w, c)
	if err := s.writeAppends(w, c.Appends); err != nil {
		return err
	}
	w.number(len(c.Counters))
	for _, count := range c.Counters {
		w.say(count.Name, strconv.FormatInt(count.By, 10))
	}
	w.number(remembered - 1)
	w.say(w.space.watch())
	return nil
}

func (s *Store) writePuts(w *words, puts []store.Put) error {
	w.number(len(puts))
	for _, p := range puts {
		value, err := s.layDown(p)
		if err != nil {
			return err
		}
		most := s.bounds.Docs[p.Kind]
		w.key(w.space.docs(p.Kind))
		w.say(p.ID, value)
		w.number(most)
		if most > 0 {
			w.key(w.space.order(p.Kind))
			w.say(p.Kind, s.listsOf(w.space, p.Kind))
		}
	}
	return nil
}

// listsOf is the beginning of the keys of the lists that go with a kind's
// documents, or empty.
func (s *Store) listsOf(sp space, kind string) string {
	if list := s.bounds.Lists[kind]; list != "" {
		return sp.lists(list)
	}
	return ""
}

func (s *Store) writeDeletes(w *words, keys []store.Key) {
	w.number(len(keys))
	for _, k := range keys {
		w.key(w.space.docs(k.Kind))
		w.say(k.ID)
		if s.bounds.Docs[k.Kind] > 0 {
			w.key(w.space.order(k.Kind))
		} else {
			w.number(0)
		}
	}
}

// writeJournal copies entry and end: their memory is used again once the update
// has returned, which may be before the connection has sent them.
func (s *Store) writeJournal(w *words, c store.Change) {
	if c.Entry != nil {
		w.say("1", string(c.Entry), strconv.FormatInt(c.First, 10))
	} else {
		w.say("0")
	}
	if c.End != nil {
		w.say("1", string(c.End), strconv.FormatInt(c.EndOf, 10))
	} else {
		w.say("0")
	}
	w.number(s.bounds.Exchanges)
	w.say(strconv.FormatInt(s.bounds.Bytes, 10))
}

func (s *Store) writeAppends(w *words, appends []store.Append) error {
	w.number(s.bounds.List)
	w.number(len(appends))
	for _, a := range appends {
		value, err := s.config.Forms.Append(nil, a.Kind, a.Value)
		if err != nil {
			return err
		}
		w.key(w.space.list(a.Key))
		w.say(strconv.FormatInt(a.N, 10), strconv.FormatInt(a.Lost, 10), string(value))
	}
	return nil
}
