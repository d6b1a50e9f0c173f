package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim/pack"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// appendExchange lays an exchange down as the journal keeps it, with its
// credentials redacted and without its number, which is the store's to give.
// First comes the outline, by which readers pick.
func appendExchange(b []byte, x *Exchange) []byte {
	b = pack.Text(b, x.Direction)
	b = pack.Text(b, x.Fake)
	b = pack.Text(b, x.Operation)
	b = pack.Text(b, x.Thread)
	b = pack.Int(b, x.Tick)
	b = pack.Time(b, x.At)
	b = pack.Time(b, x.Wall)
	b = appendMessage(b, &x.Request)
	b = appendOptional(b, x.Response)
	b = pack.Bool(b, x.Fault != nil)
	if f := x.Fault; f != nil {
		b = pack.Text(pack.Text(pack.Text(b, f.ID), f.Name), f.Effect)
	}
	b = pack.Texts(b, x.Problems)
	b = pack.Texts(b, x.Breach)
	b = pack.Texts(b, x.Remarks)
	return appendNotes(b, x.Notes)
}

func appendEnded(b []byte, e *Ended) []byte {
	b = pack.Int(b, e.Tick)
	b = pack.Time(b, e.At)
	b = pack.Text(b, e.Outcome)
	b = pack.Int(b, e.Bytes)
	b = pack.Int(b, int64(e.Duration))
	b = appendOptional(b, e.Response)
	return appendNotes(b, e.Notes)
}

func appendOptional(b []byte, m *Message) []byte {
	b = pack.Bool(b, m != nil)
	if m != nil {
		b = appendMessage(b, m)
	}
	return b
}

func appendMessage(b []byte, m *Message) []byte {
	b = pack.Text(b, m.Method)
	b = pack.Text(b, m.URL)
	b = pack.Int(b, int64(m.Status))
	b = appendHeader(b, m.Header)
	b = pack.Bytes(b, m.Body)
	b = pack.Int(b, m.Size)
	return pack.Text(b, m.SHA256)
}

func appendHeader(b []byte, h http.Header) []byte {
	b = pack.Len(b, len(h))
	for name, values := range h {
		b = pack.Text(b, name)
		if secret := redaction(name); secret != nil {
			values = redacted(values, secret)
		}
		b = pack.Texts(b, values)
	}
	return b
}

func redacted(values []string, how func(string) string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = how(v)
	}
	return out
}

// appender is a note that writes its JSON by itself, at a fraction of the cost.
type appender interface{ AppendJSON(b []byte) []byte }

func appendNotes(b []byte, notes []Note) []byte {
	b = pack.Len(b, len(notes))
	for _, n := range notes {
		b = pack.Text(b, n.NoteKind())
		var place int
		b, place = pack.Open(b)
		b = pack.Close(appendNote(b, n), place)
	}
	return b
}

func appendNote(b []byte, n Note) []byte {
	if fast, ok := n.(appender); ok {
		return fast.AppendJSON(b)
	}
	data, err := json.Marshal(n)
	if err != nil {
		panic(err) // a note that cannot be marshalled is a bug of ours
	}
	return append(b, data...)
}

// Outline is what there is to pick exchanges by.
type Outline struct{ Direction, Fake, Operation, Thread string }

func outlineOf(r store.Record) Outline { return readOutline(pack.Peek(r.Entry)) }

func readOutline(r *pack.Reader) Outline { return Outline{r.Text(), r.Text(), r.Text(), r.Text()} }

// entry reads a record of the journal.
func (s *Sandbox) entry(record store.Record) Entry {
	e := Entry{Exchange: s.readExchange(record.N, pack.NewReader(record.Entry))}
	if record.End != nil {
		e.Ended = s.readEnded(record.N, pack.NewReader(record.End))
	}
	return e
}

func (s *Sandbox) readExchange(n int64, r *pack.Reader) *Exchange {
	o := readOutline(r)
	x := &Exchange{
		N: n, Direction: o.Direction, Fake: o.Fake, Operation: o.Operation, Thread: o.Thread,
		Tick: r.Int(), At: r.Time(), Wall: r.Time(), Request: readMessage(r), Response: readOptional(r),
	}
	if r.Bool() {
		x.Fault = &FaultHit{ID: r.Text(), Name: r.Text(), Effect: r.Text()}
	}
	x.Problems, x.Breach, x.Remarks = r.Texts(), r.Texts(), r.Texts()
	x.Notes = s.readNotes(r)
	return x
}

func (s *Sandbox) readEnded(n int64, r *pack.Reader) *Ended {
	return &Ended{
		N: n, Tick: r.Int(), At: r.Time(), Outcome: r.Text(), Bytes: r.Int(), Duration: time.Duration(r.Int()),
		Response: readOptional(r), Notes: s.readNotes(r),
	}
}

func readOptional(r *pack.Reader) *Message {
	if !r.Bool() {
		return nil
	}
	m := readMessage(r)
	return &m
}

func readMessage(r *pack.Reader) Message {
	return Message{
		Method: r.Text(), URL: r.Text(), Status: int(r.Int()), Header: readHeader(r), Body: r.Bytes(), Size: r.Int(), SHA256: r.Text(),
	}
}

func readHeader(r *pack.Reader) http.Header {
	n := r.Len()
	if n == 0 {
		return nil
	}
	h := make(http.Header, n)
	for range n {
		name := r.Text()
		h[name] = r.Texts()
	}
	return h
}

func (s *Sandbox) readNotes(r *pack.Reader) []Note {
	n := r.Len()
	if n == 0 {
		return nil
	}
	notes := make([]Note, 0, n)
	for range n {
		kind, data := r.Text(), r.Block()
		notes = append(notes, s.readNote(kind, data))
	}
	return notes
}

// readNote gives a note its type back. One whose type is not known stays what
// it is: a kind and JSON.
func (s *Sandbox) readNote(kind string, data []byte) Note {
	if s.words.Read != nil {
		if n, err := s.words.Read(kind, data); n != nil && err == nil {
			return n
		}
	}
	return plainNote{kind, slices.Clone(data)}
}

// plainNote is a note of a type that is not known.
type plainNote struct {
	kind string
	data json.RawMessage
}

// NoteKind implements Note.
func (n plainNote) NoteKind() string { return n.kind }

// MarshalJSON gives the note's own JSON.
func (n plainNote) MarshalJSON() ([]byte, error) { return n.data, nil }
