package redis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/redis"
	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

// A replica guesses by what it knew before another one changed, made or deleted a
// document. Nothing comes of a wrong guess, neither a change nor an error nor a
// panic.
func TestWrongGuesses(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for _, c := range []struct {
		reason         string
		before, during string // the document's text, as this replica last saw it and as it is; empty: none
	}{
		{"it is made", "", "new"}, {"it is changed", "old", "new"}, {"it is deleted", "old", ""},
	} {
		one, other := open(t, redis.Config{URL: server.URL(), Prefix: c.reason}), open(t, redis.Config{URL: server.URL(), Prefix: c.reason})
		set(t, one, c.before)
		set(t, other, c.during)
		for _, nonsense := range []func(){func() {}, func() { panic("nonsense") }} {
			var found []string
			_, err := one.Update(t.Context(), "w", store.Reads{See: []store.Key{counter}, Guess: true}, func(v store.View) (store.Change, error) {
				doc, _ := v.Get(counter)
				value, _ := doc.Value.(storetest.Value)
				if found = append(found, value.Text); value.Text != c.during {
					nonsense()
				}
				return store.Change{Entry: []byte(value.Text + ".")}, nil
			})
			if err != nil || found[len(found)-1] != c.during {
				t.Errorf("%s: %v, and f found %q; want %q in the end", c.reason, err, found, c.during)
			}
		}
		records, err := other.Range(t.Context(), "w", 1, 0)
		var entries []string
		for _, r := range records {
			entries = append(entries, string(r.Entry))
		}
		if diff := cmp.Diff([]string{c.during + ".", c.during + "."}, entries); diff != "" || err != nil {
			t.Errorf("%s: the journal (-want +got):\n%s%v", c.reason, diff, err)
		}
	}
}

// set makes a text the document, or deletes it.
func set(t *testing.T, s store.Store, text string) {
	t.Helper()
	change := store.Change{Puts: []store.Put{{Key: counter, Doc: store.Doc{Value: storetest.Value{Text: text}}}}}
	if text == "" {
		change = store.Change{Deletes: []store.Key{counter}}
	}
	if _, err := s.Update(t.Context(), "w", store.Reads{}, func(store.View) (store.Change, error) { return change, nil }); err != nil {
		t.Fatal(err)
	}
}
