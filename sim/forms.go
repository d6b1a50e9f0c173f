package sim

import (
	"maps"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/pack"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Forms are the forms of everything that a sandbox of this configuration keeps
// in its store, for stores that are another process.
func (c Config) Forms() store.Forms {
	co := codec{c.Words.Read}
	all := store.Forms{
		kindThread:     store.JSON[Thread](),
		kindTimeline:   packed(co.appendEvent, co.readEvent),
		kindOutbox:     packed(co.appendQueue, co.readQueue),
		kindMinted:     store.Plain(),
		kindRecent:     store.Plain(),
		kindFaults:     store.JSON[armedFaults](),
		kindFate:       store.JSON[fault.Armed](),
		kindOrdinal:    store.JSON[int64](),
		kindCustomers:  store.JSON[int64](),
		kindSuspension: store.JSON[suspension](),
		kindShared:     store.JSON[shared](),
		kindLease:      store.JSON[lease](),
		kindAnswer:     store.JSON[Answered](),
		kindHint:       store.Plain(),
		kindMade:       store.JSON[Made](),
		kindOwner:      store.JSON[[]string](),
		kindSerial:     store.JSON[int64](),
	}
	for _, f := range c.Fakes {
		maps.Copy(all, f.Keeps)
	}
	return all
}

// packed is the form of values that JSON would not give back, notes being of
// many types.
func packed[T any](write func([]byte, *T) []byte, read func(*pack.Reader) T) store.Form {
	return store.Form{
		Pack: func(value any) ([]byte, error) {
			v := value.(T)
			return write(nil, &v), nil
		},
		Read: func(data []byte) (any, error) { return read(pack.NewReader(data)), nil },
	}
}

// appendEvent lays a line of a timeline down, but for its number, which the
// store gives.
func (c codec) appendEvent(b []byte, e *Event) []byte {
	b = pack.Int(b, e.N)
	b = pack.Int(b, e.Tick)
	b = pack.Time(b, e.At)
	b = pack.Time(b, e.Wall)
	b = pack.Text(b, e.Outcome)
	if e.Note == nil {
		return c.appendNotes(b, nil, &Exchange{})
	}
	return c.appendNotes(b, []Note{e.Note}, &Exchange{})
}

func (c codec) readEvent(r *pack.Reader) Event {
	e := Event{N: r.Int(), Tick: r.Int(), At: r.Time(), Wall: r.Time(), Outcome: r.Text()}
	if notes := c.readNotes(r, &Exchange{}); len(notes) > 0 {
		e.Note = notes[0]
	}
	return e
}

func (c codec) appendQueue(b []byte, q *outboxQueue) []byte {
	b = pack.Int(b, q.Seq)
	b = pack.Time(pack.Text(b, q.Holder), q.Until)
	b = pack.Len(b, len(q.Entries))
	for i := range q.Entries {
		b = c.appendWaiting(b, &q.Entries[i])
	}
	return b
}

func (c codec) readQueue(r *pack.Reader) outboxQueue {
	q := outboxQueue{Seq: r.Int(), Holder: r.Text(), Until: r.Time()}
	for range r.Len() {
		q.Entries = append(q.Entries, c.readWaiting(r))
	}
	return q
}

func (c codec) appendWaiting(b []byte, e *outboxEntry) []byte {
	b = c.appendWebhook(b, &e.Webhook)
	b = pack.Int(b, e.Seq)
	b = pack.Text(pack.Text(b, e.Fake), e.Channel)
	b = pack.Time(pack.Time(b, e.Due), e.Created)
	for _, n := range []int{e.Attempt, e.Refused} {
		b = pack.Int(b, int64(n))
	}
	b = pack.Int(b, e.Life)
	return pack.Bool(pack.Bool(b, e.Waits), e.Off)
}

func (c codec) readWaiting(r *pack.Reader) outboxEntry {
	return outboxEntry{
		Webhook: c.readWebhook(r), Seq: r.Int(), Fake: r.Text(), Channel: r.Text(), Due: r.Time(), Created: r.Time(),
		Attempt: int(r.Int()), Refused: int(r.Int()), Life: r.Int(), Waits: r.Bool(), Off: r.Bool(),
	}
}

func (c codec) appendWebhook(b []byte, w *Webhook) []byte {
	for _, text := range []string{w.Event, w.ID, w.Draft, w.Step, w.Forged, w.Endpoint} {
		b = pack.Text(b, text)
	}
	b = pack.Bytes(b, w.Body)
	for _, n := range []int64{int64(w.After), int64(w.Late), int64(w.Delivered)} {
		b = pack.Int(b, n)
	}
	for _, v := range []bool{w.Dropped, w.Held, w.Copy} {
		b = pack.Bool(b, v)
	}
	return c.appendNotes(b, w.Notes, &Exchange{Request: Message{Body: w.Body}})
}

func (c codec) readWebhook(r *pack.Reader) Webhook {
	w := Webhook{
		Event: r.Text(), ID: r.Text(), Draft: r.Text(), Step: r.Text(), Forged: r.Text(), Endpoint: r.Text(), Body: r.Bytes(),
		After: time.Duration(r.Int()), Late: time.Duration(r.Int()), Delivered: int(r.Int()),
		Dropped: r.Bool(), Held: r.Bool(), Copy: r.Bool(),
	}
	w.Notes = c.readNotes(r, &Exchange{Request: Message{Body: w.Body}})
	return w
}
