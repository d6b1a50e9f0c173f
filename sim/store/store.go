// Package store keeps the state of workspaces: documents, lists, counters and
// the journal. It owns atomicity and bounds, and knows neither vendors nor time.
//
//	           read set (Own: queued for, See: only looked at)
//	Update ─▶ snapshot ─▶ pure function ─▶ Change ─▶ commit, numbered ─▶ watchers
//	                          ▲    conflict  │
//	                          └──────────────┘
//
// A value is immutable once it was handed to the store: readers get the value
// itself, so whoever changes something stores a new value. What is kept in
// great numbers, journal entries and the documents of bounded kinds, is best
// handed over as bytes: they are kept in large blocks, where the collector has
// nothing to visit. Bytes that a reader gets must not be changed either.
package store

import (
	"context"
	"errors"
	"time"
)

// Key names a document or a list within a workspace.
type Key struct {
	Kind string // "thread", "decision", … ; bounds are per kind
	ID   string
}

// Doc is a stored value. Expires is in the time of whoever reads it (a
// thread's or the workspace's) and is checked by the reader; zero is never.
type Doc struct {
	Value   any
	Expires time.Time
}

// Item is a document with its key, as List returns it.
type Item struct {
	Key
	Doc
}

// Put is one document to write.
type Put struct {
	Key
	Doc
}

// Append is one value to add to a list.
type Append struct {
	Key
	Value any
	// N, when set, is the number that the value gets instead of that of the journal
	// entry, and Lost how many values the list counts as lost besides: of a list
	// that was kept elsewhere before.
	N, Lost int64
}

// ListItem is one value of a list. N is the number of the journal entry that
// was committed together with it.
type ListItem struct {
	N     int64
	Value any
}

// Reads is the read set of an Update. Updates that own the same key queue
// behind each other, so that they never conflict within a process; keys that
// are only seen are checked at commit.
type Reads struct {
	Own []Key
	See []Key
	// Follow adds documents that one of the read set names.
	Follow Follow
	// Guess lets f run first on what this process last knew of the read set, which
	// may be wrong, or of several moments. What f gives then counts only if every
	// document is so still; else f runs again on what they are. It saves a store
	// in another process the reading, and f must bear nonsense: an error or a
	// panic on a guess makes it run again too.
	Guess bool
}

// Follow leads from a document to others: the first document of Index that is
// there holds, as a text, the id of one document of each of Kinds. All of them
// are seen, those of Index too. Its zero value leads nowhere.
type Follow struct {
	Index []Key
	Kinds []string
}

// Change is what an Update commits.
type Change struct {
	Puts    []Put
	Deletes []Key
	Appends []Append
	// Entry, when set, becomes the next journal entry. It is copied, so its
	// memory may be used again once Update has returned.
	Entry []byte
	// First is the number of Entry in a workspace that never had an entry; 0: 1.
	First int64
	// End, when set, joins a second record to the entry numbered EndOf.
	End   []byte
	EndOf int64
	// Counters are added blindly.
	Counters []Counter
}

// Counter is what is added to a statistic of the workspace.
type Counter struct {
	Name string
	By   int64
}

// View is the snapshot that an Update's function works on.
type View interface {
	// Get returns a document of the read set. A key outside the read set panics:
	// it would be read without protection.
	Get(Key) (Doc, bool)
}

// Reminder is something that is to be looked at.
type Reminder struct {
	Name  string
	Times int64 // how often Remind was called for it so far
}

// Record is a journal entry joined with its end, if that is known yet. Rev
// grows with every change to the journal.
type Record struct {
	N     int64
	Rev   int64
	Entry []byte
	End   []byte // nil: not ended
}

// Bounds limit one workspace; zero fields mean the defaults.
type Bounds struct {
	Exchanges int            // journal entries, default 10,000
	Bytes     int64          // bytes of entries and ends, default 64 MiB
	Docs      map[string]int // documents per kind, oldest first out; absent is unbounded
	List      int            // values of one list, default 500
	// Lists go with a document: kind of the list by kind of the document. When a
	// bound takes the document, its list of the same id goes too.
	Lists map[string]string
	// Stays are the kinds that Drop leaves: what is about a workspace rather than
	// in it.
	Stays []string
}

// ErrClosed is returned by a store that was closed.
var ErrClosed = errors.New("store is closed")

// ErrAway is returned by a store in another process that cannot be reached. An
// update that failed so may have been done all the same.
var ErrAway = errors.New("the store cannot be reached")

// Store is what fakes and engine see of the state. Implementations pass
// storetest.Run.
type Store interface {
	// Update reads the read set, calls f on the snapshot and commits what f
	// returns, all or nothing. f is pure: it may run again when a seen key
	// changed meanwhile. The result is the number of the journal entry, or 0
	// when the change has none. An error of f is returned and nothing changes.
	Update(ctx context.Context, space string, reads Reads, f func(View) (Change, error)) (int64, error)
	// Get reads one document outside any update.
	Get(ctx context.Context, space string, key Key) (Doc, bool, error)
	// List returns the documents of a kind whose id begins with prefix, ordered by id.
	List(ctx context.Context, space, kind, prefix string) ([]Item, error)
	// Items returns a list, oldest first, and how many values it has lost to its bound.
	Items(ctx context.Context, space string, key Key) ([]ListItem, int64, error)
	// Range returns up to limit records with numbers from from on, in order; a
	// limit of zero or less is none.
	Range(ctx context.Context, space string, from int64, limit int) ([]Record, error)
	// Changes returns the records that changed after revision rev, ordered by
	// revision, and the newest revision.
	Changes(ctx context.Context, space string, rev int64) ([]Record, int64, error)
	// Watch signals after every journal change until stop is called. Signals
	// coalesce: read with Changes after each.
	Watch(space string) (signal <-chan struct{}, stop func())
	// Wake signals the watchers of a workspace, those of other processes included,
	// though its journal has not changed.
	Wake(ctx context.Context, space string) error
	// ClearJournal forgets the entries and lists of a workspace; numbers go on.
	ClearJournal(ctx context.Context, space string) error
	// Drop forgets everything of a workspace; numbers and revisions go on, so
	// that the end of a call from before joins no later entry, and watchers stay.
	Drop(ctx context.Context, space string) error
	// Forget is Drop of a workspace whose name is never used again: the kinds that
	// outlive a drop go too, and so does what numbers go on by, at once or later.
	Forget(ctx context.Context, space string) error
	// Counters returns the workspace's counters. Losses to bounds are counted
	// under "evicted:<kind>" and "evicted:journal".
	Counters(ctx context.Context, space string) (map[string]int64, error)
	// Remind notes, beside all workspaces, that something is to be looked at by a
	// moment of real time: of several moments the earliest.
	Remind(ctx context.Context, name string, at time.Time) error
	// Due returns up to limit names whose moment is not after now, the earliest
	// first, and puts them off until again: for that long nobody else gets them.
	Due(ctx context.Context, now, again time.Time, limit int) ([]Reminder, error)
	// Looked notes when that which was due is to be looked at next; zero is never,
	// unless somebody was reminded of it meanwhile.
	Looked(ctx context.Context, r Reminder, next time.Time) error
	// Close releases what the store holds.
	Close() error
}

// Defaults returns b with its zero fields filled in.
func (b Bounds) Defaults() Bounds {
	if b.Exchanges == 0 {
		b.Exchanges = 10_000
	}
	if b.Bytes == 0 {
		b.Bytes = 64 << 20
	}
	if b.List == 0 {
		b.List = 500
	}
	return b
}
