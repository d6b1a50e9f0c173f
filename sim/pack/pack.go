// Package pack lays values into bytes, one behind the other, and reads them
// back in the same order: how what a sandbox keeps by the ten thousand is kept
// small and without pointers, so that the collector has nothing to visit in it,
// and how it goes to a store that is another process.
//
//	values ─▶ Text, Int, Time … (append) ─▶ bytes ─▶ store ─▶ Reader ─▶ values
//
// There are no names and no types in the bytes: whoever writes a record reads
// it. They live as long as the process's state does, so they have no version.
package pack

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
	"unsafe"
)

// Int appends a whole number.
func Int(b []byte, n int64) []byte { return binary.AppendVarint(b, n) }

// Bool appends a truth value.
func Bool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// Text appends a text.
func Text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Bytes appends bytes; nil comes back as nil, and so does what is empty.
func Bytes(b, data []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(data))), data...)
}

// pieceFrom is the length from which on a piece is looked for.
const pieceFrom = 24

// Piece appends a text that is likely to stand in a larger one which the reader
// will have: then only its place is kept.
func Piece(b []byte, text string, whole []byte) []byte {
	at := -1
	if len(text) >= pieceFrom {
		at = strings.Index(alias(whole), text)
	}
	b = binary.AppendUvarint(b, uint64(at+1))
	if at < 0 {
		return Text(b, text)
	}
	return binary.AppendUvarint(b, uint64(len(text)))
}

// PieceBytes is Piece for bytes.
func PieceBytes(b, piece, whole []byte) []byte { return Piece(b, alias(piece), whole) }

// alias is the bytes as a text, without a copy.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Option appends a text or that there is none.
func Option(b []byte, s *string) []byte {
	b = Bool(b, s != nil)
	if s == nil {
		return b
	}
	return Text(b, *s)
}

// UUID appends a text in the room of a UUID, where it is one in lower case.
func UUID(b []byte, s string) []byte {
	var id [16]byte
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' || strings.ContainsAny(s, "ABCDEF") {
		return Text(append(b, 0), s)
	}
	var digits [32]byte
	copy(digits[:8], s[:8])
	copy(digits[8:12], s[9:13])
	copy(digits[12:16], s[14:18])
	copy(digits[16:20], s[19:23])
	copy(digits[20:], s[24:])
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return Text(append(b, 0), s)
	}
	return append(append(b, 1), id[:]...)
}

// Texts appends a list of texts.
func Texts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = Text(b, s)
	}
	return b
}

// Time appends a moment; it comes back in UTC, to the nanosecond.
func Time(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
}

// Fixed appends a number in four bytes, for hashes.
func Fixed(b []byte, n uint32) []byte { return binary.BigEndian.AppendUint32(b, n) }

// Open appends a place for the length of what follows, which Close fills in.
func Open(b []byte) (_ []byte, place int) { return append(b, 0, 0, 0, 0), len(b) }

// Close fills in the length of what was appended since Open, so that a reader
// takes it as Bytes of a Block.
func Close(b []byte, place int) []byte {
	binary.BigEndian.PutUint32(b[place:], uint32(len(b)-place-4))
	return b
}

// Reader reads what was appended. What is not there reads as zero values: a
// damaged record gives a poor value and no panic.
type Reader struct {
	data []byte // all of it
	text string // the same, so that every text is a piece of one string; empty in a peek
	at   int
}

// NewReader reads from the start. The bytes must not change afterwards.
func NewReader(data []byte) *Reader { return &Reader{data: data, text: string(data)} }

// Peek is NewReader for who reads a little of a long record. Its texts share
// the record's memory and keep it from being freed.
func Peek(data []byte) *Reader { return &Reader{data: data} }

// Int reads what Int appended.
func (r *Reader) Int() int64 {
	n, size := binary.Varint(r.data[r.at:])
	r.skip(size)
	return n
}

// Bool reads what Bool appended.
func (r *Reader) Bool() bool { return r.Byte() == 1 }

// Byte reads one byte, 0 where there is none.
func (r *Reader) Byte() byte {
	from, to := r.take(1)
	if from == to {
		return 0
	}
	return r.data[from]
}

// Text reads what Text appended.
func (r *Reader) Text() string {
	from, to := r.take(r.length())
	if r.text == "" {
		return alias(r.data[from:to])
	}
	return r.text[from:to]
}

// Bytes reads what Bytes appended: a piece of the record, not to be changed.
func (r *Reader) Bytes() []byte { return r.piece(r.length()) }

// Block reads what stands between Open and Close, as Bytes does.
func (r *Reader) Block() []byte { return r.piece(int(r.Fixed())) }

func (r *Reader) piece(n int) []byte {
	from, to := r.take(n)
	if from == to {
		return nil
	}
	return r.data[from:to:to]
}

// Piece reads what Piece appended, given the same whole; it shares its memory.
func (r *Reader) Piece(whole []byte) []byte {
	at := r.number()
	if at == 0 {
		return r.Bytes()
	}
	from := min(at-1, uint64(len(whole)))
	to := from + min(r.number(), uint64(len(whole))-from)
	return whole[from:to:to]
}

// UUID reads what UUID appended.
func (r *Reader) UUID() string {
	if r.Byte() == 0 {
		return r.Text()
	}
	from, to := r.take(16)
	if to-from < 16 {
		return ""
	}
	s := hex.EncodeToString(r.data[from:to])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// Option reads what Option appended.
func (r *Reader) Option() *string {
	if !r.Bool() {
		return nil
	}
	s := r.Text()
	return &s
}

// Texts reads what Texts appended; nil when it was empty.
func (r *Reader) Texts() []string {
	n := r.length()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.Text()
	}
	return list
}

// Len reads the length of a list whose elements the caller reads.
func (r *Reader) Len() int { return r.length() }

// Len appends the length of a list whose elements the caller appends.
func Len(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

// Time reads what Time appended.
func (r *Reader) Time() time.Time {
	seconds := r.Int()
	return time.Unix(seconds, int64(r.number())).UTC()
}

// Fixed reads what Fixed appended.
func (r *Reader) Fixed() uint32 {
	from, to := r.take(4)
	if to-from < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(r.data[from:to])
}

// length reads a length, which is never more than what is left.
func (r *Reader) length() int {
	return int(min(r.number(), uint64(len(r.data)-r.at)))
}

func (r *Reader) number() uint64 {
	n, size := binary.Uvarint(r.data[r.at:])
	r.skip(size)
	return n
}

// take moves over n bytes, or over what is left.
func (r *Reader) take(n int) (from, to int) {
	from = r.at
	r.at = min(from+max(n, 0), len(r.data))
	return from, r.at
}

// skip moves over a number; size is not positive where none could be read.
func (r *Reader) skip(size int) {
	if size <= 0 {
		r.at = len(r.data)
		return
	}
	r.at += size
}
