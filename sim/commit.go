package sim

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// commit decides a call and makes it so, in one atomic change: fault, work,
// answer, journal entry, timeline, webhooks that became due.
func (s *Sandbox) commit(ctx context.Context, p *passage) (int64, *outcome, error) {
	var o *outcome
	ws, room := p.call.Workspace, s.room()
	defer s.rooms.Put(room)
	n, err := s.update(ctx, p, func(v store.View, streams ordinals) (store.Change, error) {
		o = &outcome{}
		tx := s.begin(v, ws, p.thread)
		tx.outside, tx.room = streams, *room
		s.decide(tx, p, o)
		s.handle(tx, p, o)
		s.check(p, o)
		o.header, o.now = tx.header, tx.Now
		change := s.finish(tx, p, o)
		o.queued, o.duplicate = len(tx.due) > 0, tx.Duplicate
		if cap(change.Entry) <= maxRoom {
			*room = change.Entry[:0]
		}
		return tx.outside.keep(change)
	})
	if err == nil {
		if o.queued {
			ws.outbox.kick(p.thread)
		}
		if len(o.breach) > 0 {
			s.log.Error("the sandbox broke a vendor's contract", "operation", p.call.Operation, "exchange", n, "breach", o.breach)
		}
	}
	return n, o, err
}

// maxRoom is how large the memory in which entries are written may have grown
// and still be used again.
const maxRoom = 64 << 10

// room is memory for a journal entry, which the store copies.
func (s *Sandbox) room() *[]byte {
	if room, ok := s.rooms.Get().(*[]byte); ok {
		return room
	}
	room := make([]byte, 0, 4<<10)
	return &room
}

// begin opens a transaction on a snapshot, at the time of its thread.
func (s *Sandbox) begin(v store.View, ws *Workspace, thread string) *Tx {
	now := ws.Clock.Now()
	tx := &Tx{Workspace: ws, view: v, Now: now}
	if thread == "" {
		return tx
	}
	t, ok := Get[Thread](tx, kindThread, thread)
	if !ok {
		t = s.newThread(thread, now)
	}
	tx.thread, tx.begun = t, t
	tx.Thread, tx.Now = &tx.thread, now.Add(t.Offset)
	return tx
}

// discard throws away what a handler did. What the fault counted before it ran
// stays, and so do ordinals, since an error's answer may hold a minted id.
func (tx *Tx) discard() {
	tx.change.Puts, tx.change.Deletes, tx.change.Counters = tx.change.Puts[:tx.kept:tx.kept], nil, nil
	tx.notes, tx.due, tx.header, tx.Duplicate = nil, nil, nil, false
	if tx.Thread != nil {
		tx.begun.Ordinal = tx.Thread.Ordinal
		*tx.Thread = tx.begun
	}
}

// finish turns a transaction into the change that is committed.
func (s *Sandbox) finish(tx *Tx, p *passage, o *outcome) store.Change {
	notes := append(append([]Note(nil), p.desc.Notes...), tx.notes...)
	if c := p.call; c.op != nil {
		if conclude := c.Fake.Operations[c.Operation].Conclude; conclude != nil {
			s.guarded(c, "conclude", func() {
				notes = append(notes, conclude(Conclusion{
					Call: c, Description: p.desc, Answer: o.answer, Effect: o.effect, Hit: o.hit,
					Size: len(o.body), Handled: o.handled, Duplicate: tx.Duplicate,
				})...)
			})
		}
	} else {
		notes = append(notes, s.stray(p)...)
	}
	s.journalCall(tx, p, o, notes)
	s.touch(tx)
	tx.queue()
	return tx.change
}

// journalCall adds the entry and, for each note, an event of the timeline.
func (s *Sandbox) journalCall(tx *Tx, p *passage, o *outcome, notes []Note) {
	c := p.call
	at := c.Workspace.Clock.Now()
	if tx.Thread != nil {
		at = at.Add(tx.Thread.Offset)
	}
	x := &Exchange{
		Direction: In, Operation: c.Operation, Thread: p.thread, Tick: c.Tick, At: at, Wall: c.Wall,
		Request:  s.requestMessage(c),
		Response: o.message(),
		Fault:    o.hit, Breach: o.breach, Notes: notes,
		Remarks: append(append([]string(nil), p.desc.Remarks...), tx.remarks...),
	}
	if c.Fake != nil {
		x.Fake = c.Fake.Name
	}
	x.Problems = p.problems()
	tx.record(x)
}

// record makes x the journal entry of the change and lays its notes down on
// the timeline of the thread.
func (tx *Tx) record(x *Exchange) {
	tx.change.Entry = tx.Workspace.sandbox.codec.appendExchange(tx.room, x)
	if tx.Thread == nil {
		return
	}
	for _, note := range x.Notes {
		tx.event(Event{Tick: x.Tick, At: x.At, Wall: x.Wall, Note: note})
	}
}

// event adds a line to the timeline of the transaction's thread.
func (tx *Tx) event(e Event) {
	tx.change.Appends = append(tx.change.Appends, store.Append{Key: store.Key{Kind: kindTimeline, ID: tx.Thread.ID}, Value: e})
}

// touch writes the thread back and makes it the most recent of its customer.
func (s *Sandbox) touch(tx *Tx) {
	if tx.Thread == nil {
		return
	}
	tx.Thread.Active = tx.Now
	tx.Put(kindThread, tx.Thread.ID, *tx.Thread)
	key := recentKey(tx.Thread.Platform, tx.Thread.Customer)
	tx.Put(key.Kind, key.ID, tx.Thread.ID)
}

// ended writes the second record of an exchange: what happened on the wire.
func (s *Sandbox) ended(ws *Workspace, thread string, end Ended) {
	if ws.shared {
		s.endLater(ws, thread, end)
		return
	}
	ctx := context.Background()
	end.At = ws.Clock.Now().Add(s.offset(ctx, ws, thread))
	c := s.endOf(thread, end)
	if _, err := ws.append(ctx, c); err != nil {
		s.oweEnd(ws, end.N, len(c.End), err, func(ctx context.Context) error {
			_, err := ws.append(ctx, c)
			return err
		})
	}
}

// endOf is the change that ends an exchange.
func (s *Sandbox) endOf(thread string, end Ended) store.Change {
	c := store.Change{End: s.codec.appendEnded(nil, &end), EndOf: end.N}
	if thread == "" {
		return c
	}
	line := Event{N: end.N, Tick: end.Tick, At: end.At, Wall: s.real(), Outcome: end.Outcome}
	key := store.Key{Kind: kindTimeline, ID: thread}
	c.Appends = append(c.Appends, store.Append{Key: key, Value: line})
	for _, note := range end.Notes {
		c.Appends = append(c.Appends, store.Append{Key: key, Value: Event{N: end.N, Tick: end.Tick, At: end.At, Wall: line.Wall, Note: note}})
	}
	return c
}

// offset is how far a thread is ahead of its workspace.
func (s *Sandbox) offset(ctx context.Context, ws *Workspace, thread string) time.Duration {
	if thread == "" {
		return 0
	}
	doc, ok, _ := ws.store.Get(ctx, ws.space, store.Key{Kind: kindThread, ID: thread})
	if !ok {
		return 0
	}
	return doc.Value.(Thread).Offset
}

// problems are why a call does not fit its document, or was not let through.
func (p *passage) problems() []string {
	switch {
	case p.invalid != nil:
		return p.invalid.problems()
	case p.refused != nil:
		return p.refused.problems()
	}
	return nil
}

func (r *Refusal) problems() []string {
	return append([]string{r.Message}, r.Details...)
}

// requestMessage is the request as the journal keeps it.
func (s *Sandbox) requestMessage(c *Call) Message {
	m := Message{Method: c.Method, URL: redactedURL(c), Header: c.Header, Size: c.Size}
	if s.routes.byHost[strings.ToLower(c.Host)] != nil { // called as the vendor itself, and not under our address
		m.URL = c.Origin + m.URL
	}
	if c.Size > maxBody || len(c.Files) > 0 {
		m.SHA256 = c.digest()
		return m
	}
	m.Body = redactedBody(c.Body)
	return m
}

// message is the answer as the journal keeps it; nil when none was to go out.
func (o *outcome) message() *Message {
	if o.answer.Status == 0 {
		return nil
	}
	m := &Message{Status: o.answer.Status, Size: int64(len(o.body)), Header: o.answer.Header, Fields: o.journalled()}
	if len(o.body) > maxBody || len(o.body) > 0 && isMedia(o.answer.ContentType) {
		m.SHA256 = digest(o.body)
		return m
	}
	m.Body = redactedBody(o.body)
	return m
}

// journalled is what the header of the answer has beside Answer.Header, but for
// what every answer has.
func (o *outcome) journalled() [][2]string {
	fields := make([][2]string, 0, len(o.answer.Fields)+len(o.header)+1)
	if len(o.body) > 0 && o.answer.Header["Content-Type"] == nil {
		fields = append(fields, [2]string{"Content-Type", o.answer.ContentType})
	}
	return append(append(fields, o.answer.Fields...), o.header...)
}

// isMedia tells content that nobody reads in a journal: all but texts and JSON.
func isMedia(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, "/")
	return kind == "image" || kind == "audio" || kind == "video" || kind == "application" && !strings.Contains(contentType, "json")
}

// headerFor is the header that goes out with an answer. Its values share one
// array.
func (o *outcome) headerFor(n int64, into http.Header, dates *dates) {
	values := make([]string, 0, len(o.answer.Fields)+len(o.header)+4)
	set := func(name, value string) {
		values = append(values, value)
		into[name] = values[len(values)-1 : len(values) : len(values)]
	}
	for name, several := range o.answer.Header {
		into[name] = several
	}
	for _, f := range o.answer.Fields {
		set(f[0], f[1])
	}
	for _, h := range o.header {
		set(h[0], h[1])
	}
	set(HeaderExchange, itoa(n))
	if o.hit != nil {
		set(HeaderFault, o.hit.ID)
	}
	if len(o.body) > 0 && into["Content-Type"] == nil {
		set("Content-Type", o.answer.ContentType)
	}
	set("Date", dates.of(o.now))
}
