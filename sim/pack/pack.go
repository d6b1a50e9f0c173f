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
	"time"
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

// Peek is NewReader for who reads a little of a long record.
func Peek(data []byte) *Reader { return &Reader{data: data} }

// Int reads what Int appended.
func (r *Reader) Int() int64 {
	n, size := binary.Varint(r.data[r.at:])
	r.skip(size)
	return n
}

// Bool reads what Bool appended.
func (r *Reader) Bool() bool {
	from, to := r.take(1)
	return to > from && r.data[from] == 1
}

// Text reads what Text appended.
func (r *Reader) Text() string {
	from, to := r.take(r.length())
	if r.text == "" {
		return string(r.data[from:to])
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
	nanoseconds, size := binary.Uvarint(r.data[r.at:])
	r.skip(size)
	return time.Unix(seconds, int64(nanoseconds)).UTC()
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
	n, size := binary.Uvarint(r.data[r.at:])
	r.skip(size)
	return int(min(n, uint64(len(r.data)-r.at)))
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
