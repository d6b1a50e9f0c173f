package sim

import (
	"net/http"
	"strconv"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Tx is what a handler sees of the state: a snapshot to read, a change to
// build, the time of its thread. It may be thrown away and made again, so a
// handler has no effect but through it.
type Tx struct {
	Workspace *Workspace
	Now       time.Time // thread time, or the workspace's outside any thread
	Thread    *Thread   // a copy that is written back; nil outside any thread
	Effect    fault.Effect
	Duplicate bool // set by a handler that repeats an earlier decision

	header  [][2]string // names and values
	view    store.View
	change  store.Change
	notes   []Note
	remarks []string
	due     []Webhook
	outside ordinals
	room    []byte // in which the journal entry is written
	kept    int    // puts that survive a discard: those of the fault, and up to Keep
	thread  Thread // what Thread points to
	begun   Thread // the thread as it was found, for a discard
}

// Get reads a document of the read set; expired documents are absent.
func Get[T any](tx *Tx, kind, id string) (T, bool) {
	doc, ok := tx.view.Get(store.Key{Kind: kind, ID: id})
	if !ok || (!doc.Expires.IsZero() && !tx.Now.Before(doc.Expires)) {
		var zero T
		return zero, false
	}
	return doc.Value.(T), true
}

// Peek reads a document of the read set even if it has expired: what is left
// of it until the bound of its kind takes it.
func Peek[T any](tx *Tx, kind, id string) (T, bool) {
	doc, ok := tx.view.Get(store.Key{Kind: kind, ID: id})
	if !ok {
		var zero T
		return zero, false
	}
	return doc.Value.(T), true
}

// Put writes a document that never expires.
func (tx *Tx) Put(kind, id string, value any) { tx.PutUntil(kind, id, value, time.Time{}) }

// PutUntil writes a document that is absent from the moment expires on, in the
// time of this transaction.
func (tx *Tx) PutUntil(kind, id string, value any, expires time.Time) {
	if tx.change.Puts == nil {
		tx.change.Puts = make([]store.Put, 0, 4) // most changes have three or four
	}
	tx.change.Puts = append(tx.change.Puts, store.Put{
		Key: store.Key{Kind: kind, ID: id}, Doc: store.Doc{Value: value, Expires: expires},
	})
}

// Delete removes a document.
func (tx *Tx) Delete(kind, id string) {
	tx.change.Deletes = append(tx.change.Deletes, store.Key{Kind: kind, ID: id})
}

// Keep lets what was put so far stay even if the handler fails: what counts
// calls counts those that are refused.
func (tx *Tx) Keep() { tx.kept = len(tx.change.Puts) }

// Note adds a fact to the exchange.
func (tx *Tx) Note(n Note) { tx.notes = append(tx.notes, n) }

// Remark says what was tolerated.
func (tx *Tx) Remark(text string) { tx.remarks = append(tx.remarks, text) }

// Header sets a header of the answer that is the sandbox's own, not the vendor's.
func (tx *Tx) Header(name, value string) {
	tx.header = append(tx.header, [2]string{http.CanonicalHeaderKey(name), value})
}

// Count adds to a statistic of the workspace.
func (tx *Tx) Count(name string, by int64) {
	tx.change.Counters = append(tx.change.Counters, store.Counter{Name: name, By: by})
}

// Webhook makes a call to the integrator due. Outside a thread, or without a
// webhook target for the channel, there is nobody to call and it is dropped.
func (tx *Tx) Webhook(w Webhook) { tx.due = append(tx.due, w) }

// Heard tells whether anybody is called with webhooks of the transaction's
// thread, for fakes that would else put much into a Draft for nobody.
func (tx *Tx) Heard() bool {
	return tx.Thread != nil && (tx.Workspace.hasTarget(tx.Thread.Channel, tx.Thread.Account) || len(tx.endpoints()) > 0)
}

// Mint makes id name the transaction's thread from now on.
func (tx *Tx) Mint(id string) {
	if tx.Thread != nil {
		tx.Put(kindMinted, id, tx.Thread.ID)
	}
}

// Rand returns the random stream for a purpose. Every call gives another
// stream: the next ordinal of the thread or, outside one, of calls that are the
// same to the byte.
func (tx *Tx) Rand(purpose string) *Rand {
	ws := tx.Workspace
	if tx.Thread != nil {
		tx.Thread.Ordinal++
		return NewRand(ws.Seed, ws.origin, ws.runID(), purpose, tx.Thread.ID, strconv.FormatInt(tx.Thread.Ordinal, 10))
	}
	id, ordinal := tx.outside.next(tx)
	return NewRand(ws.Seed, ws.origin, ws.runID(), purpose, id, strconv.FormatInt(ordinal, 10))
}
