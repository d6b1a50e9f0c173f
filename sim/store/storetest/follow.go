package storetest

import (
	"errors"
	"strings"
	"sync"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// followCases are about read sets that are not known up front, or only guessed.
func followCases() []testCase {
	return []testCase{
		{
			name: "an index leads to the documents that it names", reason: "a call finds its thread and reads it in one go",
			check: indexLeads,
		},
		{
			name: "an index that leads elsewhere meanwhile makes f run again", reason: "a customer wrote on another channel meanwhile",
			check: indexMoves,
		},
		{
			name: "a document that was followed and changed makes f run again", reason: "two replicas serve one thread",
			check: followedChanges,
		},
		{
			name: "guesses lose no update", reason: "what a replica remembers of a document may be old",
			check: guessesLoseNone,
		},
		{
			name: "a large document that changes makes f run again", reason: "a catalog of thousands of campaigns is replaced while offers are decided",
			check: largeChanges,
		},
		{
			name: "an error or a panic on a guess is not the last word", reason: "what was guessed need not make sense",
			check: guessErrs,
		},
	}
}

// hop is a read set that follows, first to where pointer a leads, then b.
func hop() store.Reads {
	return store.Reads{Follow: store.Follow{Index: []store.Key{{Kind: "other", ID: "a"}, {Kind: "other", ID: "b"}}, Kinds: []string{"doc"}}}
}

// points makes a pointer lead to a document.
func points(pointer, to string) store.Put {
	return store.Put{Key: store.Key{Kind: "other", ID: pointer}, Doc: store.Doc{Value: to}}
}

// followed is the text that a hop leads to, or "nowhere" or "nothing".
func followed(v store.View) string {
	for _, pointer := range hop().Follow.Index {
		doc, ok := v.Get(pointer)
		if !ok {
			continue
		}
		doc, ok = v.Get(store.Key{Kind: "doc", ID: doc.Value.(string)})
		if !ok {
			return "nothing"
		}
		return doc.Value.(Value).Text
	}
	return "nowhere"
}

func indexLeads(b *bench) {
	for _, step := range []struct {
		reason string
		change store.Change
		want   string
	}{
		{"no pointer is there", store.Change{}, "nowhere"},
		{"the second pointer is there", store.Change{Puts: []store.Put{points("b", "x"), put(store.Key{Kind: "doc", ID: "x"}, "second")}}, "second"},
		{"the first one comes first, and leads to what is not there", store.Change{Puts: []store.Put{points("a", "y")}}, "nothing"},
		{"which then is", store.Change{Puts: []store.Put{put(store.Key{Kind: "doc", ID: "y"}, "first")}}, "first"},
		{"the first pointer goes", store.Change{Deletes: []store.Key{{Kind: "other", ID: "a"}}}, "second"},
		{"its document goes", store.Change{Deletes: []store.Key{{Kind: "doc", ID: "x"}}}, "nothing"},
	} {
		b.update(step.change)
		for _, guess := range []bool{false, true, true} {
			reads, got := hop(), ""
			reads.Guess = guess
			_, err := b.Update(b.Context(), here, reads, func(v store.View) (store.Change, error) {
				got = followed(v)
				return store.Change{Counters: []store.Counter{{Name: "runs", By: 1}}}, nil
			})
			if got != step.want || err != nil {
				b.Errorf("%s, guessing %v: %q, %v; want %q", step.reason, guess, got, err, step.want)
			}
		}
	}
}

// runsOf is what an f that follows finds while a change is made during its first
// run.
func (b *bench) runsOf(reads store.Reads, c store.Change) (found []string) {
	_, err := b.Update(b.Context(), here, reads, func(v store.View) (store.Change, error) {
		found = append(found, followed(v))
		if len(found) == 1 {
			b.update(c)
		}
		return store.Change{Counters: []store.Counter{{Name: "runs", By: 1}}}, nil
	})
	b.diff("error", nil, err)
	return found
}

func indexMoves(b *bench) {
	x, y := store.Key{Kind: "doc", ID: "x"}, store.Key{Kind: "doc", ID: "y"}
	b.update(store.Change{Puts: []store.Put{points("b", "x"), put(x, "one"), put(y, "other")}})
	b.diff("runs", []string{"one", "other"}, b.runsOf(hop(), store.Change{Puts: []store.Put{points("b", "y")}}))
	b.diff("runs when a pointer before it appears", []string{"other", "one"}, b.runsOf(hop(), store.Change{Puts: []store.Put{points("a", "x")}}))
	counters, err := b.Counters(b.Context(), here)
	b.diff("error", nil, err)
	b.diff("counters", map[string]int64{"runs": 2}, counters)
}

func followedChanges(b *bench) {
	x := store.Key{Kind: "doc", ID: "x"}
	b.update(store.Change{Puts: []store.Put{points("a", "x")}})
	b.diff("runs when it appears", []string{"nothing", "old"}, b.runsOf(hop(), store.Change{Puts: []store.Put{put(x, "old")}}))
	b.diff("runs when it changes", []string{"old", "new"}, b.runsOf(hop(), store.Change{Puts: []store.Put{put(x, "new")}}))
	b.diff("runs when it goes", []string{"new", "nothing"}, b.runsOf(hop(), store.Change{Deletes: []store.Key{x}}))
}

func guessesLoseNone(b *bench) {
	const each = 4
	var work sync.WaitGroup
	for i := range crowd {
		work.Go(func() {
			for range each {
				b.addGuessing(i%2 == 0)
			}
		})
	}
	work.Wait()
	b.wantNumber(keyA, crowd*each)
}

// addGuessing adds one to keyA, which is owned or only seen.
func (b *bench) addGuessing(own bool) {
	reads := store.Reads{See: []store.Key{keyA}, Guess: true}
	if own {
		reads = store.Reads{Own: []store.Key{keyA}, Guess: true}
	}
	_, err := b.Update(b.Context(), here, reads, func(v store.View) (store.Change, error) {
		doc, _ := v.Get(keyA)
		old, _ := doc.Value.(Value)
		return store.Change{Puts: []store.Put{{Key: keyA, Doc: store.Doc{Value: Value{N: old.N + 1}}}}}, nil
	})
	if err != nil {
		b.Errorf("Update: %v", err)
	}
}

func guessErrs(b *bench) {
	b.update(store.Change{Puts: []store.Put{put(keyA, "there")}})
	for _, c := range []struct {
		reason string
		f      func(v store.View) (store.Change, error)
		want   error
	}{
		{"an error where the document is missed", func(v store.View) (store.Change, error) {
			if _, ok := v.Get(keyA); !ok {
				return store.Change{}, errOfF
			}
			return store.Change{Entry: written("found")}, nil
		}, nil},
		{"a panic where the document is missed", func(v store.View) (store.Change, error) {
			doc, _ := v.Get(keyA)
			return store.Change{Entry: written(doc.Value.(Value).Text)}, nil
		}, nil},
		{"an error in any case", func(store.View) (store.Change, error) { return store.Change{}, errOfF }, errOfF},
	} {
		_, err := b.Update(b.Context(), here, store.Reads{See: []store.Key{keyA}, Guess: true}, c.f)
		if !errors.Is(err, c.want) {
			b.Errorf("%s: %v, want %v", c.reason, err, c.want)
		}
	}
}

// largeChanges replaces a document of some hundred kilobytes during the first run
// of an f that sees it, by ones of all sizes.
func largeChanges(b *bench) {
	const large = 300_000
	sizes := []int{large, large + 1, 10, large, 0, large, large}
	set := func(size, n int) store.Change {
		if size == 0 {
			return store.Change{Deletes: []store.Key{keyB}}
		}
		return store.Change{Puts: []store.Put{{Key: keyB, Doc: store.Doc{Value: Value{Text: strings.Repeat("x", size), N: int64(n)}}}}}
	}
	b.update(set(sizes[0], 0))
	for n := range len(sizes) - 1 {
		for _, guess := range []bool{true, false} {
			b.update(set(sizes[n], 2*n))
			var found []int
			_, err := b.Update(b.Context(), here, store.Reads{See: []store.Key{keyB}, Guess: guess}, func(v store.View) (store.Change, error) {
				doc, _ := v.Get(keyB)
				value, _ := doc.Value.(Value)
				if found = append(found, len(value.Text)); len(found) == 1 {
					b.update(set(sizes[n+1], 2*n+1))
				}
				return store.Change{Counters: []store.Counter{{Name: "runs", By: 1}}}, nil
			})
			b.diff("error", nil, err)
			if last := found[len(found)-1]; len(found) < 2 || last != sizes[n+1] {
				b.Errorf("from %d bytes to %d, guessing %v: f found %v", sizes[n], sizes[n+1], guess, found)
			}
		}
	}
}
