package storetest

import (
	"fmt"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// documentCases are about documents and lists.
func documentCases() []testCase {
	return []testCase{
		{
			name: "a document comes back as it went in", reason: "expiry is judged by the reader, in the reader's time",
			check: comesBack,
		},
		{
			name: "a document of a bounded kind comes back as it went in", reason: "what is kept in great numbers is kept in another way",
			bounds: store.Bounds{Docs: map[string]int{"doc": 3}},
			check:  comesBack,
		},
		{
			name: "bytes, texts and structures of one kind share its bound and its order", reason: "how a value is kept must not decide how long",
			bounds: store.Bounds{Docs: map[string]int{"doc": 3}},
			check:  evictsAlike,
		},
		{
			name: "a list of documents is ordered by id and begins with the prefix", reason: "pages of threads must not jump about",
			check: listOrder,
		},
		{
			name: "a bounded kind loses its oldest first and counts that", reason: "memory ends somewhere, and the user is told",
			bounds: store.Bounds{Docs: map[string]int{"doc": 3}},
			check:  evictsOldest,
		},
		{
			name: "writing a document again does not make it younger", reason: "all stores must forget the same documents",
			bounds: store.Bounds{Docs: map[string]int{"doc": 3}},
			check:  keepsPlace,
		},
		{
			name: "a document that was deleted makes room and comes back young", reason: "a deletion is no loss",
			bounds: store.Bounds{Docs: map[string]int{"doc": 2}},
			check:  comesBackYoung,
		},
		{
			name: "other kinds are not bounded", reason: "bounds are per kind",
			bounds: store.Bounds{Docs: map[string]int{"other": 1}},
			check:  otherKinds,
		},
		{
			name: "a list keeps its newest values and counts the lost", reason: "a timeline without its head is labelled incomplete",
			bounds: store.Bounds{List: 3}, check: listBound,
		},
		{
			name: "values of one change keep their order and its number", reason: "a timeline names the exchange of each note",
			check: appendsInOrder,
		},
	}
}

// put writes documents of the kind "doc", one update each.
func (b *bench) put(ids ...string) {
	b.Helper()
	for _, id := range ids {
		b.update(store.Change{Puts: []store.Put{put(store.Key{Kind: "doc", ID: id}, id)}})
	}
}

// wantIDs compares the documents of the kind "doc" and the counters.
func (b *bench) wantIDs(want []string, counters map[string]int64) {
	b.Helper()
	got := b.state(here)
	var ids []string
	for _, item := range got.Docs {
		ids = append(ids, item.ID)
	}
	b.diff("documents", want, ids)
	b.diff("counters", counters, got.Counters)
}

// appends makes the appends of texts to line.
func appends(texts ...string) (out []store.Append) {
	for _, text := range texts {
		out = append(out, store.Append{Key: line, Value: Value{Text: text}})
	}
	return out
}

func listOrder(b *bench) {
	b.put("b:2", "a:1", "b:10", "c", "b", "ab")
	b.update(store.Change{Puts: []store.Put{put(store.Key{Kind: "docs", ID: "b:0"}, "of another kind")}})
	for prefix, want := range map[string][]string{
		"":    {"a:1", "ab", "b", "b:10", "b:2", "c"},
		"b:":  {"b:10", "b:2"},
		"a*":  nil, // no pattern: a prefix
		"c":   {"c"},
		"zzz": nil,
	} {
		items, err := b.List(b.Context(), here, "doc", prefix)
		b.diff("error", nil, err)
		var got []string
		for _, item := range items {
			got = append(got, item.ID)
			b.diff("item "+item.ID, store.Item{Key: store.Key{Kind: "doc", ID: item.ID}, Doc: store.Doc{Value: Value{Text: item.ID}}}, item)
		}
		b.diff(fmt.Sprintf("ids with prefix %q", prefix), want, got)
	}
}

func listBound(b *bench) {
	other := store.Append{Key: store.Key{Kind: "line", ID: "b"}, Value: Value{Text: "of another list"}}
	for n := range int64(20) {
		b.update(store.Change{Appends: []store.Append{{Key: line, Value: Value{N: n + 1}}}})
		items, lost, err := b.Items(b.Context(), here, line)
		b.diff("error", nil, err)
		var got []int64
		for _, item := range items {
			got = append(got, item.Value.(Value).N)
		}
		oldest := max(1, n-1)
		b.diff(fmt.Sprintf("values after %d", n+1), count(oldest, n+1), got)
		b.diff(fmt.Sprintf("lost after %d", n+1), oldest-1, lost)
	}
	b.update(store.Change{Appends: []store.Append{other}})
	_, lost, err := b.Items(b.Context(), here, other.Key)
	b.diff("error", nil, err)
	b.diff("lost by another list", int64(0), lost)
}

func comesBack(b *bench) {
	at := time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC)
	for _, want := range []store.Doc{
		{Value: Value{Text: "x", N: 7}, Expires: at},
		{Value: []byte("bytes"), Expires: at.AddDate(5000, 0, 0)},
		{Value: "text", Expires: at},
		{Value: []byte("bytes again")},
		{Value: []byte{}},
		{Value: ""},
		{Value: Value{Text: "and back"}},
	} {
		b.update(store.Change{Puts: []store.Put{{Key: keyA, Doc: want}}})
		got, found, err := b.Get(b.Context(), here, keyA)
		b.diff("error", nil, err)
		b.diff("found", true, found)
		b.diff("document", want, got)
	}
	_, found, err := b.Get(b.Context(), here, keyB)
	b.diff("error", nil, err)
	b.diff("a document that nobody wrote is found", false, found)
}

func evictsOldest(b *bench) {
	b.put("a", "b", "c", "d", "e")
	b.put("e") // written again: nothing new
	b.wantIDs([]string{"c", "d", "e"}, map[string]int64{"evicted:doc": 2})
}

func evictsAlike(b *bench) {
	for _, p := range []store.Put{
		{Key: keyA, Doc: store.Doc{Value: []byte("1")}}, {Key: keyB, Doc: store.Doc{Value: Value{N: 2}}},
		{Key: store.Key{Kind: "doc", ID: "c"}, Doc: store.Doc{Value: "3"}}, {Key: keyA, Doc: store.Doc{Value: []byte("1, again")}},
		{Key: store.Key{Kind: "doc", ID: "d"}, Doc: store.Doc{Value: []byte("4")}}, {Key: store.Key{Kind: "doc", ID: "e"}, Doc: store.Doc{Value: "5"}},
	} {
		b.update(store.Change{Puts: []store.Put{p}})
	}
	b.wantIDs([]string{"c", "d", "e"}, map[string]int64{"evicted:doc": 2})
}

func keepsPlace(b *bench) {
	b.put("a", "b", "c", "a", "d")
	b.wantIDs([]string{"b", "c", "d"}, map[string]int64{"evicted:doc": 1})
}

func comesBackYoung(b *bench) {
	b.put("a", "b")
	b.update(store.Change{Deletes: []store.Key{keyA, {Kind: "doc", ID: "never there"}}})
	b.put("a", "c")
	b.wantIDs([]string{"a", "c"}, map[string]int64{"evicted:doc": 1})
}

func otherKinds(b *bench) {
	b.put("a", "b", "c")
	b.wantIDs([]string{"a", "b", "c"}, nil)
}

func appendsInOrder(b *bench) {
	b.update(store.Change{Appends: appends("early"), Counters: []store.Counter{{Name: "x", By: 1}}})
	b.update(store.Change{Entry: written("first"), Appends: appends("one", "two")})
	b.update(store.Change{End: written("over"), EndOf: 1, Appends: appends("three")})
	got, lost, err := b.Items(b.Context(), here, line)
	b.diff("error", nil, err)
	b.diff("lost", int64(0), lost)
	b.diff("list", []store.ListItem{
		{N: 0, Value: Value{Text: "early"}}, {N: 1, Value: Value{Text: "one"}},
		{N: 1, Value: Value{Text: "two"}}, {N: 1, Value: Value{Text: "three"}},
	}, got)
}
