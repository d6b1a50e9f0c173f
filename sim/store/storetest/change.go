package storetest

import (
	"context"
	"errors"
	"sync"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// everything is a change that touches all that a change can touch, given that
// keyB exists and entry 1 is in the journal.
func everything() store.Change {
	return store.Change{
		Puts:     []store.Put{put(keyA, "new")},
		Deletes:  []store.Key{keyB},
		Appends:  []store.Append{{Key: line, Value: Value{Text: "said"}}},
		Entry:    written("second"),
		End:      written("over"),
		EndOf:    1,
		Counters: []store.Counter{{Name: "calls", By: 1}, {Name: "calls", By: 1}},
	}
}

// before sets up what everything changes and returns the state of it.
func (b *bench) before() state {
	b.update(store.Change{Puts: []store.Put{put(keyB, "old")}, Entry: written("first")})
	return b.state(here)
}

// after is the state that everything leaves behind.
func after() state {
	return state{
		Docs:     []store.Item{{Key: keyA, Doc: store.Doc{Value: Value{Text: "new"}}}},
		Line:     []store.ListItem{{N: 2, Value: Value{Text: "said"}}},
		Journal:  []record{{1, "first", "over"}, {2, "second", ""}},
		Counters: map[string]int64{"calls": 2},
	}
}

func changeCases() []testCase {
	return []testCase{
		{
			name: "a change happens as a whole", reason: "a call's decision, its entry and its webhooks are one fact",
			check: func(b *bench) {
				b.before()
				if n := b.update(everything()); n != 2 {
					b.Errorf("Update = %d, want the number of the entry, 2", n)
				}
				b.wantState(here, "after everything", after())
			},
		},
		{
			name: "without an entry the number is 0", reason: "callers tell by it whether they were journalled",
			check: func(b *bench) {
				if n := b.update(store.Change{Puts: []store.Put{put(keyA, "x")}}); n != 0 {
					b.Errorf("Update without entry = %d, want 0", n)
				}
				if n := b.entry("first", 1); n != 1 {
					b.Errorf("first entry = %d, want 1: a change without entry takes no number", n)
				}
			},
		},
		{
			name: "a snapshot is of one moment", reason: "two documents that belong together are never read apart",
			check: snapshotOfOneMoment,
		},
		{
			name: "readers never see half a change", reason: "the inspector reads while calls are committed",
			check: neverHalfAChange,
		},
		{
			name: "workspaces are isolated", reason: "a hosted sandbox serves strangers side by side",
			check: func(b *bench) {
				b.before()
				b.update(everything())
				b.wantState(there, "while the other one is used", state{})
				if n := b.updateIn(there, store.Change{Entry: written("first")}); n != 1 {
					b.Errorf("the first entry of another workspace has number %d, want 1", n)
				}
				b.wantState(here, "after the other one was used", after())
			},
		},
	}
}

// writePairs rewrites two documents a few times, always with equal numbers.
func (b *bench) writePairs(rounds int64) {
	for n := range rounds {
		value := store.Doc{Value: Value{N: n + 1}}
		b.update(store.Change{Puts: []store.Put{{Key: keyA, Doc: value}, {Key: keyB, Doc: value}}})
	}
}

func snapshotOfOneMoment(b *bench) {
	const rounds = 200
	var wg sync.WaitGroup
	wg.Go(func() { b.writePairs(rounds) })
	for range rounds {
		_, err := b.Update(b.Context(), here, store.Reads{See: []store.Key{keyA, keyB}}, func(v store.View) (store.Change, error) {
			one, _ := v.Get(keyA)
			two, _ := v.Get(keyB)
			if one != two {
				b.Errorf("a snapshot holds %v and %v, want equal values", one, two)
			}
			return store.Change{}, nil
		})
		if err != nil {
			b.Errorf("Update: %v", err)
		}
	}
	wg.Wait()
}

func neverHalfAChange(b *bench) {
	const rounds = 200
	var wg sync.WaitGroup
	wg.Go(func() { b.writePairs(rounds) })
	for range rounds {
		items, err := b.List(b.Context(), here, "doc", "")
		if err != nil {
			b.Errorf("List: %v", err)
		}
		if len(items) == 1 || (len(items) == 2 && items[0].Doc != items[1].Doc) {
			b.Errorf("List = %v, want both documents, equal, or none", items)
		}
	}
	wg.Wait()
}

var errOfF = errors.New("f does not want to")

// failureCases are the ways in which an Update changes nothing.
func failureCases() []testCase {
	return []testCase{
		{
			name: "an error of f changes nothing", reason: "a vendor that refuses has done no work",
			check: func(b *bench) {
				want := b.before()
				n, err := b.Update(b.Context(), here, store.Reads{}, func(store.View) (store.Change, error) { return everything(), errOfF })
				if n != 0 || !errors.Is(err, errOfF) {
					b.Errorf("Update = %d, %v; want 0 and the error of f", n, err)
				}
				b.wantState(here, "after an error", want)
			},
		},
		{
			name: "a panic of f changes nothing and lets go of its keys", reason: "one broken handler must not block a customer for ever",
			check: panicOfF,
		},
		{
			name: "reading outside the read set panics", reason: "it would be read without protection, which no test would notice",
			check: func(b *bench) {
				b.update(store.Change{Puts: []store.Put{put(keyA, "x"), put(keyB, "y")}})
				caught := b.panicOf(store.Reads{Own: []store.Key{keyA}}, func(v store.View) (store.Change, error) {
					v.Get(keyB)
					return everything(), nil
				})
				if caught == nil {
					b.Error("View.Get of a key that was not named did not panic")
				}
			},
		},
		{
			name: "a context that is done stops an update before f", reason: "nobody waits for the answer any more",
			check: func(b *bench) {
				want := b.before()
				ctx, cancel := context.WithCancel(b.Context())
				cancel()
				_, err := b.Update(ctx, here, store.Reads{Own: []store.Key{keyA}}, func(store.View) (store.Change, error) {
					b.Error("f ran")
					return everything(), nil
				})
				if !errors.Is(err, context.Canceled) {
					b.Errorf("Update = %v, want context.Canceled", err)
				}
				b.wantState(here, "after a cancelled update", want)
			},
		},
		{
			name: "a context that ends in the queue stops an update before f", reason: "a client that left must not be served later",
			check: cancelledInQueue,
		},
	}
}

// panicOf runs an update whose f panics and returns what it panicked with.
func (b *bench) panicOf(reads store.Reads, f func(store.View) (store.Change, error)) (caught any) {
	defer func() { caught = recover() }()
	_, err := b.Update(b.Context(), here, reads, f)
	b.Logf("the update returned instead: %v", err)
	return nil
}

func panicOfF(b *bench) {
	want := b.before()
	own := store.Reads{Own: []store.Key{keyA, keyB}}
	if caught := b.panicOf(own, func(store.View) (store.Change, error) { panic("broken") }); caught != "broken" {
		b.Errorf("Update panicked with %v, want the panic of f", caught)
	}
	b.wantState(here, "after a panic", want)
	ctx, cancel := b.patient()
	defer cancel()
	free := make(chan error, 1)
	go func() { free <- b.increment(ctx, keyA) }()
	select {
	case err := <-free:
		if err != nil {
			b.Errorf("the next owner of the key: %v", err)
		}
	case <-ctx.Done():
		b.Error("the key was not let go of")
	}
}

func cancelledInQueue(b *bench) {
	holding, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.Update(b.Context(), here, store.Reads{Own: []store.Key{keyA}}, func(store.View) (store.Change, error) {
			close(holding)
			<-release
			return store.Change{}, nil
		})
		if err != nil {
			b.Errorf("the holder: %v", err)
		}
	})
	<-holding
	ctx, cancel := context.WithCancel(b.Context())
	wg.Go(func() {
		if err := b.increment(ctx, keyA); !errors.Is(err, context.Canceled) {
			b.Errorf("the one in the queue: %v, want context.Canceled", err)
		}
	})
	cancel()
	close(release)
	wg.Wait()
	b.wantState(here, "after both", state{})
}
