package redis

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// A document is kept as its version in 16 digits, the seconds and nanoseconds
// of its expiry, and its value as store.Forms lays it down.
const (
	versionLength = 16
	expiryLength  = 12
)

// document is what was read, with the version that a commit will check; "" where
// there is none.
type document struct {
	store.Doc
	version string
}

// versionAt is the version of a document that a script put as the revision says.
func versionAt(rev int64) string { return fmt.Sprintf("%0*d", versionLength, rev) }

// layDown is a document without its version, which the commit gives.
func (s *Store) layDown(p store.Put) (string, error) {
	b := make([]byte, expiryLength, expiryLength+256)
	binary.BigEndian.PutUint64(b, uint64(p.Expires.Unix()))
	binary.BigEndian.PutUint32(b[8:], uint32(p.Expires.Nanosecond()))
	b, err := s.config.Forms.Append(b, p.Kind, p.Value)
	return string(b), err
}

func (s *Store) readDocument(kind, text string) (document, error) {
	if len(text) < versionLength+expiryLength {
		return document{}, fmt.Errorf("a %s is damaged in the store", kind)
	}
	d := document{version: text[:versionLength]}
	data := []byte(text[versionLength:])
	seconds, nanos := binary.BigEndian.Uint64(data), binary.BigEndian.Uint32(data[8:])
	if at := time.Unix(int64(seconds), int64(nanos)).UTC(); !at.IsZero() {
		d.Expires = at
	}
	var err error
	d.Value, err = s.config.Forms.Read(kind, data[expiryLength:])
	return d, err
}
