package sim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim/pack"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// codec is how exchanges get into the journal and out again.
type codec struct {
	read func(kind string, data, request, answer []byte) (Note, error) // Vocabulary.Read
}

// appendExchange lays an exchange down as the journal keeps it, with its
// credentials redacted and without its number, which is the store's to give.
// First comes the outline, by which readers pick.
func (c codec) appendExchange(b []byte, x *Exchange) []byte {
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
	return c.appendNotes(b, x.Notes, x)
}

func (c codec) appendEnded(b []byte, e *Ended) []byte {
	b = pack.Int(b, e.Tick)
	b = pack.Time(b, e.At)
	b = pack.Text(b, e.Outcome)
	b = pack.Int(b, e.Bytes)
	b = pack.Int(b, int64(e.Duration))
	b = appendOptional(b, e.Response)
	return c.appendNotes(b, e.Notes, &Exchange{})
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
	b = appendHeader(b, m.Header, m.Fields)
	b = pack.Bytes(b, m.Body)
	b = pack.Int(b, m.Size)
	return pack.Text(b, m.SHA256)
}

func appendHeader(b []byte, h http.Header, fields [][2]string) []byte {
	b = pack.Len(b, len(h)+len(fields))
	for name, values := range h {
		b = appendField(b, name, values)
	}
	for _, f := range fields {
		b = appendField(b, f[0], f[1:])
	}
	return b
}

func appendField(b []byte, name string, values []string) []byte {
	if secret := redaction(name); secret != nil {
		values = redacted(values, secret)
	}
	return pack.Texts(pack.Text(b, name), values)
}

func redacted(values []string, how func(string) string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = how(v)
	}
	return out
}

// packer is a note with a compact form, which may leave out what stands in the
// bodies of its exchange.
type packer interface {
	Note
	Pack(b, request, answer []byte) []byte
}

func (c codec) appendNotes(b []byte, notes []Note, x *Exchange) []byte {
	request, answer := x.bodies()
	b = pack.Len(b, len(notes))
	for _, n := range notes {
		b = pack.Text(b, n.NoteKind())
		var place int
		b, place = pack.Open(b)
		if p, ok := n.(packer); ok && c.read != nil {
			b = p.Pack(b, request, answer)
		} else {
			b = appendJSON(b, n)
		}
		b = pack.Close(b, place)
	}
	return b
}

// bodies are those of request and answer as the journal keeps them.
func (x *Exchange) bodies() (request, answer []byte) {
	if x.Response != nil {
		answer = x.Response.Body
	}
	return x.Request.Body, answer
}

// appendJSON keeps JSON within a note as it is: no escapes for HTML.
func appendJSON(b []byte, n Note) []byte {
	w := bytes.NewBuffer(b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(n); err != nil {
		panic(err) // a note that cannot be marshalled is a bug of ours
	}
	return bytes.TrimSuffix(w.Bytes(), []byte("\n"))
}

// Outline is what there is to pick exchanges by.
type Outline struct{ Direction, Fake, Operation, Thread string }

func outlineOf(r store.Record) Outline { return readOutline(pack.Peek(r.Entry)) }

func readOutline(r *pack.Reader) Outline { return Outline{r.Text(), r.Text(), r.Text(), r.Text()} }

// entry reads a record of the journal.
func (c codec) entry(record store.Record) Entry {
	e := Entry{Exchange: c.readExchange(record.N, pack.NewReader(record.Entry))}
	if record.End != nil {
		e.Ended = c.readEnded(record.N, pack.NewReader(record.End))
	}
	return e
}

func (c codec) readExchange(n int64, r *pack.Reader) *Exchange {
	o := readOutline(r)
	x := &Exchange{
		N: n, Direction: o.Direction, Fake: o.Fake, Operation: o.Operation, Thread: o.Thread,
		Tick: r.Int(), At: r.Time(), Wall: r.Time(), Request: readMessage(r), Response: readOptional(r),
	}
	if r.Bool() {
		x.Fault = &FaultHit{ID: r.Text(), Name: r.Text(), Effect: r.Text()}
	}
	x.Problems, x.Breach, x.Remarks = r.Texts(), r.Texts(), r.Texts()
	x.Notes = c.readNotes(r, x)
	return x
}

func (c codec) readEnded(n int64, r *pack.Reader) *Ended {
	return &Ended{
		N: n, Tick: r.Int(), At: r.Time(), Outcome: r.Text(), Bytes: r.Int(), Duration: time.Duration(r.Int()),
		Response: readOptional(r), Notes: c.readNotes(r, &Exchange{}),
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

func (c codec) readNotes(r *pack.Reader, x *Exchange) []Note {
	n := r.Len()
	if n == 0 {
		return nil
	}
	notes := make([]Note, 0, n)
	for range n {
		kind, data := r.Text(), r.Block()
		notes = append(notes, c.readNote(kind, data, x))
	}
	return notes
}

// readNote gives a note its type back. One whose type is not known stays what
// it is: a kind and JSON.
func (c codec) readNote(kind string, data []byte, x *Exchange) Note {
	if c.read != nil {
		request, answer := x.bodies()
		if n, err := c.read(kind, data, request, answer); n != nil && err == nil {
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
