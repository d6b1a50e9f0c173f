package store_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ *testing.T, b store.Bounds) store.Store { return store.NewMemory(b) })
}

var counter = store.Key{Kind: "count", ID: "a"}

// increment adds one to a number and counts how often it had to run.
func increment(m store.Store, space string, key store.Key, runs *atomic.Int64) error {
	_, err := m.Update(context.Background(), space, store.Reads{Own: []store.Key{key}}, func(v store.View) (store.Change, error) {
		runs.Add(1)
		doc, _ := v.Get(key)
		old, _ := doc.Value.(int)
		return store.Change{
			Puts: []store.Put{{Key: key, Doc: store.Doc{Value: old + 1}}}, Entry: make([]byte, 100),
		}, nil
	})
	return err
}

// In one process the owners of a key queue, so no work is ever thrown away.
func TestMemoryOwnersNeverConflict(t *testing.T) {
	t.Parallel()
	m := store.NewMemory(store.Bounds{})
	var runs atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if err := increment(m, "w", counter, &runs); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if runs.Load() != 64 {
		t.Errorf("64 increments ran %d times, want 64: owned keys must queue", runs.Load())
	}
}

// Signals coalesce to one that waits, and none comes after stop.
func TestMemorySignalsCoalesce(t *testing.T) {
	t.Parallel()
	m := store.NewMemory(store.Bounds{})
	signal, stop := m.Watch("w")
	var runs atomic.Int64
	pending := func(do func()) (n int) {
		do()
		for {
			select {
			case <-signal:
				n++
			default:
				return n
			}
		}
	}
	add := func() {
		if err := increment(m, "w", counter, &runs); err != nil {
			t.Error(err)
		}
	}
	got := []int{
		pending(func() {}),
		pending(func() { add(); add(); add() }),
		pending(add),
		pending(func() { stop(); add() }),
	}
	if diff := cmp.Diff([]int{0, 1, 1, 0}, got); diff != "" {
		t.Errorf("signals before, after three changes, after one, after stop (-want +got):\n%s", diff)
	}
}

// Everything at once: what each reader sees is consistent in itself, whatever
// the others do. The race detector watches.
func TestMemoryEverythingAtOnce(t *testing.T) {
	t.Parallel()
	m := store.NewMemory(store.Bounds{Exchanges: 20, List: 5, Docs: map[string]int{"count": 3}})
	var writers, readers sync.WaitGroup
	var runs atomic.Int64
	done := make(chan struct{})
	for i := range 8 {
		writers.Go(func() {
			for range 50 {
				if err := increment(m, "w", store.Key{Kind: "count", ID: strconv.Itoa(i)}, &runs); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Go(func() {
		for range 10 {
			_ = m.ClearJournal(t.Context(), "w")
			_ = m.Drop(t.Context(), "w")
		}
	})
	for range 4 {
		readers.Go(func() { readUntil(t, m, done) })
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if got := m.Close(); got != nil {
		t.Errorf("Close: %v", got)
	}
}

// readUntil reads in every way until done, and checks each answer.
func readUntil(t *testing.T, m store.Store, done <-chan struct{}) {
	signal, stop := m.Watch("w")
	defer stop()
	for {
		checkReads(t, m)
		select {
		case <-signal:
		case <-done:
			checkReads(t, m)
			return
		}
	}
}

func checkReads(t *testing.T, m store.Store) {
	ctx := context.Background()
	records, _ := m.Range(ctx, "w", 1, 0)
	for i, r := range records {
		if r.N != records[0].N+int64(i) || len(r.Entry) != 100 {
			t.Errorf("record %d has number %d and %d bytes after number %d", i, r.N, len(r.Entry), records[0].N)
		}
	}
	changed, _, _ := m.Changes(ctx, "w", 0)
	if !slices.IsSortedFunc(changed, func(a, b store.Record) int { return int(a.Rev - b.Rev) }) {
		t.Errorf("changes are out of order: %v", changed)
	}
	items, _ := m.List(ctx, "w", "count", "")
	if len(items) > 3 || len(records) > 20 {
		t.Errorf("%d documents and %d records, want up to 3 and 20", len(items), len(records))
	}
}

func BenchmarkUpdate(b *testing.B) {
	for _, threads := range []int{1, 64} {
		b.Run(strconv.Itoa(threads)+" keys", func(b *testing.B) {
			m := store.NewMemory(store.Bounds{})
			var next, runs atomic.Int64
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					key := store.Key{Kind: "thread", ID: strconv.Itoa(int(next.Add(1)) % threads)}
					if err := increment(m, "w", key, &runs); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
