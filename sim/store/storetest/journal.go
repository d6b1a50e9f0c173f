package storetest

import (
	"fmt"
	"math"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// journalCases are about the journal's order, bounds and ends.
func journalCases() []testCase {
	return []testCase{
		{
			name: "a range is in order, from a number, up to a limit", reason: "pages of the journal neither overlap nor skip",
			check: ranges,
		},
		{
			name: "the bound on entries takes the oldest and counts it", reason: "a long session goes on, and the user is told what is lost",
			bounds: store.Bounds{Exchanges: 3},
			check:  countBound,
		},
		{
			name: "the bound on bytes takes the oldest and counts it", reason: "a few large bodies weigh as much as many small ones",
			bounds: store.Bounds{Bytes: 100},
			check:  bytesBound,
		},
		{
			name: "the newest entry stays however large it is", reason: "who made a call can look at it",
			bounds: store.Bounds{Bytes: 100},
			check:  newestStays,
		},
		{
			name: "an end joins its entry", reason: "an exchange is in flight until then",
			check: endJoins,
		},
		{
			name: "an entry may come with the end of another", reason: "what follows from an end is committed with it",
			check: entryWithEnd,
		},
		{
			name: "the end of an evicted entry joins nothing", reason: "a call may hang longer than the journal remembers",
			bounds: store.Bounds{Exchanges: 2},
			check:  lateEnd,
		},
		{
			name: "what was kept elsewhere goes on with its numbers", reason: "an exported workspace names the same exchanges where it is imported",
			check: kept,
		},
		{
			name: "changes are ordered by revision", reason: "a stream shows an exchange when it is written and again when it has ended",
			check: changesInOrder,
		},
		{
			name: "an exchange that ended meanwhile is one change", reason: "who comes late gets the last word only",
			check: endedMeanwhile,
		},
	}
}

func ranges(b *bench) {
	for range 5 {
		b.entry("x", 1)
	}
	for _, c := range []struct {
		from  int64
		limit int
		want  []int64
	}{
		{1, 0, count(1, 5)},  // no limit
		{1, -1, count(1, 5)}, // none either
		{1, 2, count(1, 2)},
		{3, 2, count(3, 4)},
		{5, 9, count(5, 5)},
		{6, 9, nil},
		{math.MaxInt64, 9, nil},
		{0, 1, count(1, 1)}, // before the first
		{-7, 1, count(1, 1)},
	} {
		got, err := b.Range(b.Context(), here, c.from, c.limit)
		b.diff("error", nil, err)
		b.diff(fmt.Sprintf("Range from %d, limit %d", c.from, c.limit), c.want, numbers(got))
	}
}

// wantJournal compares the numbers in the journal and the count of lost ones.
func (b *bench) wantJournal(want []int64, lost int64) {
	b.Helper()
	records, err := b.Range(b.Context(), here, 1, 0)
	b.diff("error", nil, err)
	b.diff("numbers in the journal", want, numbers(records))
	counters, err := b.Counters(b.Context(), here)
	b.diff("error", nil, err)
	b.diff("counters", map[string]int64{"evicted:journal": lost}, counters)
}

// revision is the newest revision.
func (b *bench) revision() int64 {
	b.Helper()
	_, rev := b.changes(math.MaxInt64)
	return rev
}

// changes returns what changed after rev and checks that it is in order.
func (b *bench) changes(rev int64) ([]store.Record, int64) {
	b.Helper()
	records, newest, err := b.Changes(b.Context(), here, rev)
	if err != nil {
		b.Fatalf("Changes after %d: %v", rev, err)
	}
	for i, r := range records {
		if r.Rev <= rev || r.Rev > newest || (i > 0 && r.Rev <= records[i-1].Rev) {
			b.Errorf("change %d has revision %d, want an increasing one above %d and up to %d", i, r.Rev, rev, newest)
		}
	}
	return records, newest
}

func changesInOrder(b *bench) {
	b.entry("one", 1)
	b.entry("two", 1)
	first, rev := b.changes(0)
	b.diff("from the beginning", count(1, 2), numbers(first))
	b.put("a", "b") // no change of the journal
	quiet, _ := b.changes(rev)
	b.diff("after changes of documents", []int64(nil), numbers(quiet))
	b.entry("three", 1)
	b.end(1, "over")
	later, last := b.changes(rev)
	b.diff("entry 1 comes again, behind what was written before it ended", []int64{3, 1}, numbers(later))
	b.diff("the newest revision has grown", true, last > rev)
	resumed, _ := b.changes(later[0].Rev)
	b.diff("resumed after the first of them", []int64{1}, numbers(resumed))
}

func countBound(b *bench) {
	for range 5 {
		b.entry("x", 1)
	}
	b.wantJournal(count(3, 5), 2)
}

func bytesBound(b *bench) {
	for range 4 {
		b.entry("x", 40)
	}
	b.wantJournal(count(3, 4), 2)
	b.entry("y", 90)
	b.wantJournal(count(5, 5), 4)
}

func newestStays(b *bench) {
	b.entry("x", 40)
	b.entry("huge", 1000)
	b.wantJournal(count(2, 2), 1)
	b.entry("y", 1)
	b.wantJournal(count(3, 3), 2)
}

func endJoins(b *bench) {
	b.entry("one", 1)
	b.entry("two", 1)
	b.end(1, "over")
	b.wantState(here, "after an end", state{Journal: []record{
		{1, "one", "over"}, {2, "two", ""},
	}})
}

func entryWithEnd(b *bench) {
	b.entry("one", 1)
	n := b.update(store.Change{Entry: written("two"), End: written("over"), EndOf: 1})
	b.diff("number", int64(2), n)
	b.wantState(here, "after both", state{Journal: []record{
		{1, "one", "over"}, {2, "two", ""},
	}})
}

func lateEnd(b *bench) {
	for range 4 {
		b.entry("x", 1)
	}
	b.update(store.Change{End: written("late"), EndOf: 1, Appends: appends("late")})
	b.end(99, "of the future")
	b.wantState(here, "after ends of entries that are not there", state{
		Line:     []store.ListItem{{N: 1, Value: Value{Text: "late"}}},
		Journal:  []record{{3, "x", ""}, {4, "x", ""}},
		Counters: map[string]int64{"evicted:journal": 2},
	})
}

func endedMeanwhile(b *bench) {
	rev := b.revision()
	b.entry("one", 1)
	b.end(1, "over")
	changed, newest := b.changes(rev)
	b.diff("changes", []record{{1, "one", "over"}}, plain(changed))
	b.diff("the revision of the last change is not beyond the newest", true, changed[0].Rev <= newest)
}

func kept(b *bench) {
	b.update(store.Change{Entry: []byte("x"), First: 7})
	b.update(store.Change{Entry: []byte("y"), First: 70}) // it has begun
	b.update(store.Change{Appends: []store.Append{{Key: line, Value: Value{Text: "a"}, N: 5, Lost: 3}, {Key: line, Value: Value{Text: "b"}, N: 7}}})
	records, err := b.Range(b.Context(), here, 0, 0)
	b.diff("error", nil, err)
	var numbers []int64
	for _, r := range records {
		numbers = append(numbers, r.N)
	}
	b.diff("numbers", []int64{7, 8}, numbers)
	items, lost, err := b.Items(b.Context(), here, line)
	b.diff("error", nil, err)
	b.diff("list", []store.ListItem{{N: 5, Value: Value{Text: "a"}}, {N: 7, Value: Value{Text: "b"}}}, items)
	b.diff("lost", int64(3), lost)
	b.diff("the next", int64(9), b.entry("z", 1))
}
