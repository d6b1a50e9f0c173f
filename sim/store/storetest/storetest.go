// Package storetest is the conformance suite of store.Store: one suite that
// every store passes, so that fakes never know which one they run on.
//
//	open (how to make one store with given bounds) ─▶ Run ─▶ a named case on a
//	fresh store each
//
// It holds what all stores promise; what is special to one is tested beside
// it. The values of its documents and lists are Values, bytes and texts, so a
// store that keeps bytes needs a codec for that one type. Entries of the
// journal and their ends are JSON of it.
package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Value is the only structure that the suite stores. It is equal to itself after a round trip through JSON.
type Value struct {
	Text string `json:"text,omitempty"`
	N    int64  `json:"n,omitempty"`
}

// Run checks the stores that open makes against everything that store.Store
// promises, each case as a parallel subtest on a store of its own, which it
// closes. b are the bounds of the case; its zero fields mean the defaults.
func Run(t *testing.T, open func(t *testing.T, b store.Bounds) store.Store) {
	t.Helper()
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, c.bounds)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
				if t.Failed() {
					t.Logf("this matters because %s", c.reason)
				}
			})
			c.check(&bench{T: t, Store: s})
		})
	}
}

// testCase is one promise; the reason, printed when it is broken, says who
// relies on it.
type testCase struct {
	name   string
	reason string
	bounds store.Bounds
	check  func(b *bench)
}

// cases lists all promises.
func cases() []testCase {
	return slices.Concat(changeCases(), failureCases(), queueCases(), documentCases(), journalCases(), watchCases(), forgetCases(), followCases(), agendaCases())
}

// Workspaces and keys that the cases use.
const (
	here  = "here"
	there = "there"
)

var (
	keyA = store.Key{Kind: "doc", ID: "a"}
	keyB = store.Key{Kind: "doc", ID: "b"}
	line = store.Key{Kind: "line", ID: "a"}
)

// patience bounds a wait for another goroutine. It is spent only when the
// store is broken.
const patience = 20 * time.Second

// patient returns a context that ends with the case, or when a wait for another
// goroutine has taken too long.
func (b *bench) patient() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(b.Context())
	stop := clock.NewWall(0).AfterFunc(patience, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// bench is where one case is checked: the store and shorthands for it. All
// shorthands work in the workspace here.
type bench struct {
	*testing.T
	store.Store
}

// update commits a change that depends on nothing.
func (b *bench) update(c store.Change) int64 {
	b.Helper()
	return b.updateIn(here, c)
}

func (b *bench) updateIn(space string, c store.Change) int64 {
	b.Helper()
	n, err := b.Update(b.Context(), space, store.Reads{}, func(store.View) (store.Change, error) { return c, nil })
	if err != nil {
		b.Fatalf("Update in %s: %v", space, err)
	}
	return n
}

// entry commits a journal entry with a text, of at least a size in bytes.
func (b *bench) entry(text string, size int) int64 {
	b.Helper()
	entry := written(text)
	blanks := bytes.Repeat([]byte(" "), max(size-len(entry), 0))
	return b.update(store.Change{Entry: append(entry, blanks...)})
}

// written is the entry or the end of a change.
func written(text string) []byte {
	data, err := json.Marshal(Value{Text: text})
	if err != nil {
		panic(err) // of a text: cannot be
	}
	return data
}

// read is the text of what written wrote; empty for what is not there.
func read(data []byte) string {
	var v Value
	if err := json.Unmarshal(data, &v); data != nil && err != nil {
		return err.Error()
	}
	return v.Text
}

// end joins an end with a text to entry n.
func (b *bench) end(n int64, text string) {
	b.Helper()
	b.update(store.Change{End: written(text), EndOf: n})
}

// put makes the Put of a text.
func put(key store.Key, text string) store.Put {
	return store.Put{Key: key, Doc: store.Doc{Value: Value{Text: text}}}
}

// increment adds one to the number in a document that it owns.
func (b *bench) increment(ctx context.Context, own ...store.Key) error {
	_, err := b.Update(ctx, here, store.Reads{Own: own}, func(v store.View) (store.Change, error) {
		var c store.Change
		for _, key := range own {
			doc, _ := v.Get(key)
			old, _ := doc.Value.(Value)
			c.Puts = append(c.Puts, store.Put{Key: key, Doc: store.Doc{Value: Value{N: old.N + 1}}})
		}
		return c, nil
	})
	return err
}

// state is all that can be seen of a workspace, but for revisions.
type state struct {
	Docs     []store.Item
	Line     []store.ListItem
	Lost     int64
	Journal  []record
	Counters map[string]int64
}

// record is a store.Record without its revision, which differs between stores:
// the texts of entry and end.
type record struct {
	N          int64
	Entry, End string
}

// state reads the kind "doc", the list line, the journal and the counters.
func (b *bench) state(space string) state {
	b.Helper()
	var s state
	var errs [4]error
	ctx := b.Context()
	s.Docs, errs[0] = b.List(ctx, space, "doc", "")
	s.Line, s.Lost, errs[1] = b.Items(ctx, space, line)
	records, err := b.Range(ctx, space, 1, 0)
	s.Journal, errs[2] = plain(records), err
	s.Counters, errs[3] = b.Counters(ctx, space)
	for _, err := range errs {
		if err != nil {
			b.Fatalf("reading workspace %s: %v", space, err)
		}
	}
	return s
}

func plain(records []store.Record) []record {
	var out []record
	for _, r := range records {
		out = append(out, record{r.N, read(r.Entry), read(r.End)})
	}
	return out
}

// wantState compares a workspace with what it should hold; an empty slice and
// a nil one are the same.
func (b *bench) wantState(space, when string, want state) {
	b.Helper()
	b.diff("workspace "+space+" "+when, want, b.state(space))
}

// diff fails the case when want and got differ.
func (b *bench) diff(what string, want, got any) {
	b.Helper()
	if d := cmp.Diff(want, got, emptyIsNil); d != "" {
		b.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// emptyIsNil treats a slice or map without elements like a nil one.
var emptyIsNil = cmp.FilterValues(func(x, y any) bool { return size(x) == 0 && size(y) == 0 }, cmp.Comparer(func(_, _ any) bool { return true }))

// size is the length of the collections that stores return, -1 for all else.
func size(v any) int {
	switch v := v.(type) {
	case []store.Item:
		return len(v)
	case []store.ListItem:
		return len(v)
	case []record:
		return len(v)
	case map[string]int64:
		return len(v)
	}
	return -1
}

// numbers returns the numbers of records.
func numbers(records []store.Record) []int64 {
	var out []int64
	for _, r := range records {
		out = append(out, r.N)
	}
	return out
}

// count returns the numbers from first to last.
func count(first, last int64) []int64 {
	var out []int64
	for n := first; n <= last; n++ {
		out = append(out, n)
	}
	return out
}
