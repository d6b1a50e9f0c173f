package redis

import (
	"encoding/binary"
	"fmt"
	"sync"
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

// seen remembers documents that were read and are large, so that one that did
// not change is neither sent nor read again: a catalog belongs to the read set
// of every offer. Its zero value is ready.
type seen struct {
	mu    sync.Mutex
	docs  map[seenKey]document
	bytes int
}

type seenKey struct {
	space string
	store.Key
}

const (
	seenFrom = 1 << 10  // smaller ones are not worth it
	seenRoom = 64 << 20 // bytes of all as they are kept; then all are forgotten
)

func (s *seen) get(space string, key store.Key) (document, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.docs[seenKey{space, key}]
	return d, ok
}

func (s *seen) put(space string, key store.Key, d document, size int) {
	if size < seenFrom {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.docs == nil || s.bytes+size > seenRoom {
		s.docs, s.bytes = map[seenKey]document{}, 0
	}
	s.docs[seenKey{space, key}] = d
	s.bytes += size
}
