package storetest

import (
	"slices"
	"sync"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// crowd is how many goroutines work at once where order must not matter.
const crowd = 64

// queueCases are about updates at the same time.
func queueCases() []testCase {
	return []testCase{
		{
			name: "owned documents lose no update", reason: "duplicates are decided once, faults strike as often as they say",
			check: ownedLoseNone,
		},
		{
			name: "owners of several documents in any order do not block each other", reason: "thread and outbox are owned together by many calls",
			check: anyOrder,
		},
		{
			name: "a key may be owned twice and seen too", reason: "engine and fake name their keys without knowing of each other",
			check: ownedTwice,
		},
		{
			name: "a seen document that changed makes f run again", reason: "a fault that was armed meanwhile is not overlooked",
			check: seenRunsAgain,
		},
		{
			name: "a seen document that appears or goes makes f run again", reason: "what is absent was looked at too",
			check: appearsOrGoes,
		},
		{
			name: "seen documents lose no update either", reason: "optimistic checks are what replicas rely on",
			check: seenLoseNone,
		},
		{
			name: "counters add up", reason: "statistics are added blindly, without a read set",
			check: countersAddUp,
		},
		{
			name: "numbers have no gap and no double", reason: "assertions and exports count on them",
			check: numbersWithoutGap,
		},
	}
}

// crowd runs f in many goroutines and fails the case on an error.
func (b *bench) crowd(f func(i int) error) {
	var wg sync.WaitGroup
	for i := range crowd {
		wg.Go(func() {
			if err := f(i); err != nil {
				b.Errorf("update %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func (b *bench) wantNumber(key store.Key, want int64) {
	b.Helper()
	doc, found, err := b.Get(b.Context(), here, key)
	if err != nil || !found {
		b.Fatalf("Get %v = %v, %v", key, found, err)
	}
	b.diff("number in "+key.ID, store.Doc{Value: Value{N: want}}, doc)
}

func seenRunsAgain(b *bench) {
	b.update(store.Change{Puts: []store.Put{put(keyB, "old")}})
	var once sync.Once
	_, err := b.Update(b.Context(), here, store.Reads{Own: []store.Key{keyA}, See: []store.Key{keyB}}, func(v store.View) (store.Change, error) {
		doc, _ := v.Get(keyB)
		once.Do(func() { b.update(store.Change{Puts: []store.Put{put(keyB, "new")}}) })
		return store.Change{Puts: []store.Put{{Key: keyA, Doc: doc}}, Entry: written(doc.Value.(Value).Text), Counters: []store.Counter{{Name: "runs", By: 1}}}, nil
	})
	b.diff("error", nil, err)
	b.wantState(here, "after a run that was thrown away", state{
		Docs: []store.Item{
			{Key: keyA, Doc: store.Doc{Value: Value{Text: "new"}}},
			{Key: keyB, Doc: store.Doc{Value: Value{Text: "new"}}},
		},
		Journal:  []record{{1, "new", ""}},
		Counters: map[string]int64{"runs": 1},
	})
}

// runsWhile makes a change during the first run of an f that sees keyB, and
// returns what each run found.
func (b *bench) runsWhile(c store.Change) (found []bool) {
	_, err := b.Update(b.Context(), here, store.Reads{See: []store.Key{keyB}}, func(v store.View) (store.Change, error) {
		_, ok := v.Get(keyB)
		found = append(found, ok)
		if len(found) == 1 {
			b.update(c)
		}
		return store.Change{}, nil
	})
	b.diff("error", nil, err)
	return found
}

func numbersWithoutGap(b *bench) {
	const each = 8
	given := make(chan int64, crowd*each)
	b.crowd(func(int) error {
		for range each {
			given <- b.update(store.Change{Entry: written("x")})
		}
		return nil
	})
	close(given)
	var got []int64
	for n := range given {
		got = append(got, n)
	}
	slices.Sort(got)
	b.diff("numbers that updates returned", count(1, crowd*each), got)
	records, err := b.Range(b.Context(), here, 1, 0)
	b.diff("error", nil, err)
	b.diff("numbers in the journal", count(1, crowd*each), numbers(records))
	for _, r := range records {
		b.diff("entry", "x", read(r.Entry))
	}
}

func ownedLoseNone(b *bench) {
	b.crowd(func(int) error { return b.increment(b.Context(), keyA) })
	b.wantNumber(keyA, crowd)
}

func anyOrder(b *bench) {
	b.crowd(func(i int) error {
		if i%2 == 0 {
			return b.increment(b.Context(), keyA, keyB)
		}
		return b.increment(b.Context(), keyB, keyA)
	})
	b.wantNumber(keyA, crowd)
	b.wantNumber(keyB, crowd)
}

func ownedTwice(b *bench) {
	reads := store.Reads{Own: []store.Key{keyA, keyB, keyA}, See: []store.Key{keyA}}
	_, err := b.Update(b.Context(), here, reads, func(v store.View) (store.Change, error) {
		_, found := v.Get(keyA)
		b.diff("keyA is there", false, found)
		return store.Change{}, nil
	})
	b.diff("error", nil, err)
}

func appearsOrGoes(b *bench) {
	b.diff("runs when it appears", []bool{false, true}, b.runsWhile(store.Change{Puts: []store.Put{put(keyB, "x")}}))
	b.diff("runs when it goes", []bool{true, false}, b.runsWhile(store.Change{Deletes: []store.Key{keyB}}))
}

func seenLoseNone(b *bench) {
	b.crowd(func(int) error {
		_, err := b.Update(b.Context(), here, store.Reads{See: []store.Key{keyA}}, func(v store.View) (store.Change, error) {
			doc, _ := v.Get(keyA)
			old, _ := doc.Value.(Value)
			return store.Change{Puts: []store.Put{{Key: keyA, Doc: store.Doc{Value: Value{N: old.N + 1}}}}}, nil
		})
		return err
	})
	b.wantNumber(keyA, crowd)
}

func countersAddUp(b *bench) {
	b.crowd(func(i int) error {
		b.update(store.Change{Counters: []store.Counter{{Name: "calls", By: 1}, {Name: "balance", By: int64(i%2*2 - 1)}}})
		return nil
	})
	b.wantState(here, "with a counter that came back to zero", state{Counters: map[string]int64{"calls": crowd}})
}
