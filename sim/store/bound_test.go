package store_test

import (
	"testing"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// A list that belongs to a document goes with it, or threads that were
// forgotten would leave their timelines behind.
func TestListsGoWithTheirDocuments(t *testing.T) {
	t.Parallel()
	m := store.NewMemory(store.Bounds{Docs: map[string]int{"thread": 2}, Lists: map[string]string{"thread": "timeline"}})
	for _, id := range []string{"a", "b", "c"} {
		change := store.Change{
			Puts:    []store.Put{{Key: store.Key{Kind: "thread", ID: id}, Doc: store.Doc{Value: id}}},
			Appends: []store.Append{{Key: store.Key{Kind: "timeline", ID: id}, Value: id}},
		}
		if _, err := m.Update(t.Context(), "w", store.Reads{}, func(store.View) (store.Change, error) { return change, nil }); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]int{"a": 0, "b": 1, "c": 1} {
		items, _, err := m.Items(t.Context(), "w", store.Key{Kind: "timeline", ID: id})
		if err != nil || len(items) != want {
			t.Errorf("list of %s has %d values (%v), want %d", id, len(items), err, want)
		}
	}
}
