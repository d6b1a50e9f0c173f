package storetest

import "github.com/encore-sandbox/sandbox/sim/store"

// forgetCases are about what is thrown away on purpose. Numbers and revisions
// go on in any case: a call that began before must not be taken for one that
// began after.
func forgetCases() []testCase {
	return []testCase{
		{
			name: "clearing the journal keeps documents and numbers", reason: "X-Sandbox-Exchange names one exchange for ever",
			check: clearKeepsNumbers,
		},
		{
			name: "clearing the journal frees its bytes", reason: "a cleared journal has its whole room again",
			bounds: store.Bounds{Bytes: 100},
			check:  clearFreesBytes,
		},
		{
			name: "clearing a journal that was never used is no error", reason: "a reset is the first step of many tests",
			check: clearUnused,
		},
		{
			name: "drop forgets everything of one workspace", reason: "nothing of a test reaches the next one",
			check: dropForgets,
		},
		{
			name: "kinds that stay outlive drop", reason: "replicas must not lose the clock that they share",
			bounds: store.Bounds{Stays: []string{"other"}},
			check: func(b *bench) {
				stays := store.Key{Kind: "other", ID: "a"}
				b.update(store.Change{Puts: []store.Put{put(keyA, "goes"), put(stays, "stays")}})
				b.diff("error", nil, b.Drop(b.Context(), here))
				b.wantState(here, "after Drop", state{})
				doc, _, err := b.Get(b.Context(), here, stays)
				b.diff("error", nil, err)
				b.diff("what stays", store.Doc{Value: Value{Text: "stays"}}, doc)
			},
		},
		{
			name: "what is forgotten leaves nothing, and others everything", reason: "parallel runs make workspaces and drop them for ever",
			bounds: store.Bounds{Stays: []string{"other"}},
			check: func(b *bench) {
				stays := store.Key{Kind: "other", ID: "a"}
				b.update(store.Change{Puts: []store.Put{put(keyA, "goes"), put(stays, "goes too")}, Entry: []byte("x")})
				b.diff("error", nil, b.Forget(b.Context(), here))
				b.wantState(here, "after Forget", state{})
				_, ok, err := b.Get(b.Context(), here, stays)
				b.diff("what outlives a drop", []any{false, nil}, []any{ok, err})
			},
		},
		{
			name: "numbers and revisions go on after drop", reason: "a stream resumes, and a late end does not join a stranger",
			check: numbersGoOn,
		},
		{
			name: "watchers outlive clearing and drop", reason: "an open inspector goes on after a reset",
			check: watchersStay,
		},
		{
			name: "drop makes an update run again", reason: "what was decided on forgotten documents is forgotten too",
			check: dropRunsAgain,
		},
	}
}

func clearKeepsNumbers(b *bench) {
	b.before()
	b.update(everything())
	rev := b.revision()
	b.diff("error", nil, b.ClearJournal(b.Context(), here))
	b.diff("the revision has grown", true, b.revision() > rev)
	want := after()
	want.Journal, want.Line = nil, nil
	b.wantState(here, "after ClearJournal", want)
	b.diff("next number", int64(3), b.entry("third", 1))
}

func clearFreesBytes(b *bench) {
	b.entry("x", 90)
	b.diff("error", nil, b.ClearJournal(b.Context(), here))
	b.entry("y", 40)
	b.entry("z", 40)
	b.diff("journal", []record{{2, "y", ""}, {3, "z", ""}}, b.state(here).Journal)
}

func clearUnused(b *bench) {
	b.diff("error of ClearJournal", nil, b.ClearJournal(b.Context(), here))
	b.diff("error of Drop", nil, b.Drop(b.Context(), here))
	b.wantState(here, "that was never used", state{})
}

func dropForgets(b *bench) {
	for _, space := range []string{here, there} {
		b.updateIn(space, store.Change{Puts: []store.Put{put(keyB, "old")}, Entry: written("first")})
		b.updateIn(space, everything())
	}
	b.diff("error", nil, b.Drop(b.Context(), here))
	b.wantState(here, "after Drop", state{})
	b.wantState(there, "after Drop of the other one", after())
}

func numbersGoOn(b *bench) {
	b.entry("before", 1)
	rev := b.revision()
	b.diff("error", nil, b.Drop(b.Context(), here))
	b.diff("next number", int64(2), b.entry("after", 1))
	b.end(1, "late")
	want := []record{{2, "after", ""}}
	b.wantState(here, "after a late end", state{Journal: want})
	changed, _ := b.changes(rev)
	b.diff("changes since before", want, plain(changed))
}

func watchersStay(b *bench) {
	signal, stop := b.Watch(here)
	defer stop()
	b.diff("error", nil, b.ClearJournal(b.Context(), here))
	b.signalled(signal, "a watcher, at ClearJournal")
	b.diff("error", nil, b.Drop(b.Context(), here))
	b.signalled(signal, "a watcher, at Drop")
	b.entry("one", 1)
	b.signalled(signal, "a watcher, after Drop")
}

func dropRunsAgain(b *bench) {
	b.update(store.Change{Puts: []store.Put{put(keyA, "old")}})
	var found []bool
	_, err := b.Update(b.Context(), here, store.Reads{Own: []store.Key{keyA}}, func(v store.View) (store.Change, error) {
		_, ok := v.Get(keyA)
		if found = append(found, ok); len(found) == 1 {
			b.diff("error", nil, b.Drop(b.Context(), here))
		}
		return store.Change{}, nil
	})
	b.diff("error", nil, err)
	b.diff("keyA was found in each run", []bool{true, false}, found)
}
