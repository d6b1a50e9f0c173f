package storetest

import (
	"slices"
	"sync"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// watchCases are about those who follow the journal.
func watchCases() []testCase {
	return []testCase{
		{
			name: "a signal follows every change", reason: "who waits for an exchange must not sleep through it",
			check: func(b *bench) {
				signal, stop := b.Watch(here)
				defer stop()
				n := b.entry("one", 1)
				b.follow(signal, "an entry", func(r store.Record) bool { return r.N == n })
				b.end(n, "over")
				b.follow(signal, "an end", func(r store.Record) bool { return r.N == n && r.End != nil })
			},
		},
		{
			name: "no change is missed by who reads after each signal", reason: "signals coalesce, changes do not",
			check: followAll,
		},
		{
			name: "several watchers all get their signal", reason: "inspector, stream and assertion wait side by side",
			check: func(b *bench) {
				one, stopOne := b.Watch(here)
				two, stopTwo := b.Watch(here)
				defer stopTwo()
				b.entry("one", 1)
				b.signalled(one, "the first watcher")
				b.signalled(two, "the second watcher")
				stopOne()
				b.entry("two", 1)
				b.signalled(two, "the second watcher, when the first has left")
			},
		},
		{
			name: "watchers can be woken", reason: "replicas tell each other of what is not in the journal",
			check: func(b *bench) {
				signal, stop := b.Watch(here)
				defer stop()
				b.entry("one", 1)
				b.follow(signal, "an entry", func(r store.Record) bool { return r.N == 1 })
				if err := b.Wake(b.Context(), here); err != nil {
					b.Fatal(err)
				}
				b.signalled(signal, "the watcher")
				b.diff("journal", []int64{1}, numbers(first(b.changes(0))))
			},
		},
		{
			name: "stop may be called twice", reason: "a deferred stop follows an early one",
			check: func(b *bench) {
				_, stop := b.Watch(here)
				stop()
				stop()
				b.diff("number", int64(1), b.entry("one", 1))
			},
		},
	}
}

// signalled waits for a signal.
func (b *bench) signalled(signal <-chan struct{}, who string) {
	b.Helper()
	ctx, cancel := b.patient()
	defer cancel()
	select {
	case <-signal:
	case <-ctx.Done():
		b.Fatalf("no signal for %s", who)
	}
}

// follow reads the changes after each signal until one is as wanted.
func (b *bench) follow(signal <-chan struct{}, what string, wanted func(store.Record) bool) {
	b.Helper()
	for {
		b.signalled(signal, what)
		if changed, _ := b.changes(0); slices.ContainsFunc(changed, wanted) {
			return
		}
	}
}

func followAll(b *bench) {
	const entries = 300
	signal, stop := b.Watch(here)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range entries {
			b.end(b.entry("x", 1), "over")
		}
	})
	ended := map[int64]bool{}
	var rev int64
	for len(ended) < entries {
		b.signalled(signal, "the next of many changes")
		changed, newest := b.changes(rev)
		for _, r := range changed {
			if r.End != nil {
				ended[r.N] = true
			}
		}
		rev = newest
	}
	wg.Wait()
	changed, _ := b.changes(rev)
	b.diff("changes after the last", []int64(nil), numbers(changed))
}

func first(changed []store.Record, _ int64) []store.Record { return changed }
