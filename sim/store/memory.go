package store

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Memory is the store of a single process. The zero value is not ready; use
// NewMemory.
type Memory struct {
	bounds Bounds
	mu     sync.RWMutex // guards spaces
	spaces map[string]*space
	agenda agenda
}

// NewMemory returns an empty store with the given bounds per workspace.
func NewMemory(bounds Bounds) *Memory {
	return &Memory{bounds: bounds.Defaults(), spaces: map[string]*space{}}
}

// space is one workspace. Its mutex is held for the moments of snapshot and
// commit only, never while a function of an Update runs.
type space struct {
	bounds   Bounds
	queue    Queue
	mu       sync.Mutex
	docs     map[string]*kindTable
	lists    map[Key]*list
	journal  journal
	counters map[string]int64
	watchers map[chan struct{}]bool
}

type document struct {
	Doc
	version uint64
	born    uint64 // version when it was made, for documents of a bounded kind
}

type list struct {
	items []ListItem
	lost  int64
}

func (m *Memory) space(name string) *space {
	m.mu.RLock()
	s := m.spaces[name]
	m.mu.RUnlock()
	if s != nil {
		return s
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s = m.spaces[name]; s == nil {
		s = &space{
			bounds: m.bounds, docs: map[string]*kindTable{}, lists: map[Key]*list{},
			counters: map[string]int64{}, watchers: map[chan struct{}]bool{},
		}
		m.spaces[name] = s
	}
	return s
}

// Update implements Store.
func (m *Memory) Update(ctx context.Context, name string, reads Reads, f func(View) (Change, error)) (int64, error) {
	s := m.space(name)
	own := SortKeys(reads.Own)
	s.queue.Enter(own)
	defer s.queue.Leave(own)
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		snap := s.snapshot(own, reads)
		change, err := f(snap)
		if err != nil {
			return 0, err
		}
		if n, ok := s.commit(snap, change); ok {
			return n, nil
		}
	}
}

type snapshot struct {
	keys []Key
	docs []document
}

// Get implements View.
func (s *snapshot) Get(key Key) (Doc, bool) {
	for i, k := range s.keys {
		if k == key {
			return s.docs[i].Doc, s.docs[i].version != 0
		}
	}
	panic("store: " + key.Kind + " " + key.ID + " is not in the read set")
}

func (s *space) snapshot(own []Key, reads Reads) *snapshot {
	size := len(own) + len(reads.See) + len(reads.Follow.Index) + len(reads.Follow.Kinds)
	snap := &snapshot{keys: make([]Key, 0, size), docs: make([]document, 0, size)}
	snap.keys = append(append(append(snap.keys, own...), reads.See...), reads.Follow.Index...)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range snap.keys {
		snap.docs = append(snap.docs, s.doc(k))
	}
	for _, k := range reads.Follow.named(snap) {
		snap.keys, snap.docs = append(snap.keys, k), append(snap.docs, s.doc(k))
	}
	return snap
}

// named are the keys that the index leads to.
func (f Follow) named(v View) (keys []Key) {
	for _, k := range f.Index {
		if doc, ok := v.Get(k); ok {
			id := doc.Value.(string)
			for _, kind := range f.Kinds {
				keys = append(keys, Key{kind, id})
			}
			return keys
		}
	}
	return nil
}

func (s *space) doc(k Key) document {
	if t := s.docs[k.Kind]; t != nil {
		return t.get(k.ID)
	}
	return document{}
}

func (s *space) version(k Key) uint64 {
	if t := s.docs[k.Kind]; t != nil {
		return t.version(k.ID)
	}
	return 0
}

// commit applies the change unless a document of the snapshot has changed.
func (s *space) commit(snap *snapshot, c Change) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, k := range snap.keys {
		if s.version(k) != snap.docs[i].version {
			return 0, false
		}
	}
	for _, p := range c.Puts {
		s.put(p)
	}
	for _, k := range c.Deletes {
		s.delete(k)
	}
	var n int64
	if c.Entry != nil {
		s.journal.begin(c.First)
		n = s.journal.next()
		s.lost("journal", s.journal.add(c.Entry, s.bounds))
	}
	if c.End != nil {
		s.lost("journal", s.journal.end(c.EndOf, c.End, s.bounds))
	}
	at := n
	if at == 0 {
		at = c.EndOf
	}
	for _, a := range c.Appends {
		s.append(a, at)
	}
	for _, count := range c.Counters {
		s.counters[count.Name] += count.By
	}
	if c.Entry != nil || c.End != nil {
		s.signal()
	}
	return n, true
}

func (s *space) put(p Put) {
	t := s.docs[p.Kind]
	if t == nil {
		t = newKindTable(s.bounds.Docs[p.Kind])
		s.docs[p.Kind] = t
	}
	// Versions come from the journal's revision counter, so a document that was
	// deleted and made again never shows an old version.
	s.journal.rev++
	t.put(p.ID, p.Doc, uint64(s.journal.rev))
	gone := t.evict()
	s.lost(p.Kind, int64(len(gone)))
	if list := s.bounds.Lists[p.Kind]; list != "" {
		for _, id := range gone {
			delete(s.lists, Key{list, id})
		}
	}
}

// lost counts what went to a bound.
func (s *space) lost(what string, n int64) {
	if n > 0 {
		s.counters["evicted:"+what] += n
	}
}

func (s *space) delete(k Key) {
	if t := s.docs[k.Kind]; t != nil {
		t.delete(k.ID)
	}
}

func (s *space) append(a Append, n int64) {
	l := s.lists[a.Key]
	if l == nil {
		l = &list{}
		s.lists[a.Key] = l
	}
	l.lost += a.Lost
	if a.N > 0 {
		n = a.N
	}
	l.items = append(l.items, ListItem{n, a.Value})
	// Trimming in one go at twice the bound keeps an append cheap; readers see
	// at most the bound.
	if len(l.items) >= 2*s.bounds.List {
		keep := l.items[len(l.items)-s.bounds.List:]
		l.lost += int64(len(l.items) - len(keep))
		l.items = append(make([]ListItem, 0, 2*s.bounds.List), keep...)
	}
}

func (s *space) signal() {
	for w := range s.watchers {
		select {
		case w <- struct{}{}:
		default: // one is waiting already
		}
	}
}

// Get implements Store.
func (m *Memory) Get(_ context.Context, name string, key Key) (Doc, bool, error) {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.doc(key)
	return d.Doc, d.version != 0, nil
}

// List implements Store.
func (m *Memory) List(_ context.Context, name, kind, prefix string) ([]Item, error) {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	var items []Item
	if t := s.docs[kind]; t != nil {
		t.each(func(id string, d document) {
			if strings.HasPrefix(id, prefix) {
				items = append(items, Item{Key{kind, id}, d.Doc})
			}
		})
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.ID, b.ID) })
	return items, nil
}

// Items implements Store.
func (m *Memory) Items(_ context.Context, name string, key Key) ([]ListItem, int64, error) {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lists[key]
	if l == nil {
		return nil, 0, nil
	}
	items, lost := l.items, l.lost
	if over := len(items) - s.bounds.List; over > 0 {
		items, lost = items[over:], lost+int64(over)
	}
	return slices.Clone(items), lost, nil
}

// Range implements Store.
func (m *Memory) Range(_ context.Context, name string, from int64, limit int) ([]Record, error) {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.from(from, limit), nil
}

// Changes implements Store.
func (m *Memory) Changes(_ context.Context, name string, rev int64) ([]Record, int64, error) {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.since(rev), s.journal.rev, nil
}

// Watch implements Store.
func (m *Memory) Watch(name string) (<-chan struct{}, func()) {
	s := m.space(name)
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	s.watchers[ch] = true
	s.mu.Unlock()
	return ch, func() {
		s.mu.Lock()
		delete(s.watchers, ch)
		s.mu.Unlock()
	}
}

// Wake implements Store.
func (m *Memory) Wake(_ context.Context, name string) error {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signal()
	return nil
}

// ClearJournal implements Store.
func (m *Memory) ClearJournal(_ context.Context, name string) error {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetJournal()
	return nil
}

// Drop implements Store. The space itself stays, for its queue, its watchers
// and its numbers: an update under way must not commit beside it.
func (m *Memory) Drop(_ context.Context, name string) error {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.docs, func(kind string, _ *kindTable) bool { return !slices.Contains(s.bounds.Stays, kind) })
	s.counters = map[string]int64{}
	s.forgetJournal()
	return nil
}

// Forget implements Store. An update under way commits to a space that nobody
// looks at any more.
func (m *Memory) Forget(ctx context.Context, name string) error {
	err := m.Drop(ctx, name) // tells watchers
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.spaces, name)
	return err
}

func (s *space) forgetJournal() {
	s.journal.clear()
	s.lists = map[Key]*list{}
	s.signal()
}

// Counters implements Store.
func (m *Memory) Counters(_ context.Context, name string) (map[string]int64, error) {
	s := m.space(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int64, len(s.counters))
	for k, v := range s.counters {
		if v != 0 {
			out[k] = v
		}
	}
	return out, nil
}

// Close implements Store.
func (m *Memory) Close() error { return nil }
