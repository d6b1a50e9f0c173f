package redis

import (
	"strings"
	"sync"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// seen remembers documents as they were last read or written here. One that did
// not change is neither sent nor read again, and an update that may guess begins
// with them. Its zero value is ready.
type seen struct {
	mu         sync.Mutex
	young, old map[seenKey]seenDocument
	bytes      int // of the young ones, as they are kept
}

type seenKey struct {
	space string
	store.Key
}

type seenDocument struct {
	document
	size int
}

// seenRoom bounds the young ones; when they fill it, they become the old ones,
// and the old ones that nobody asked for since are forgotten.
const seenRoom = 32 << 20

// seenBeside is what a remembered document takes besides its bytes.
const seenBeside = 256

func (s *seen) get(space string, key store.Key) document {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := seenKey{space, key}
	d, ok := s.young[at]
	if !ok {
		if d, ok = s.old[at]; ok {
			s.keep(at, d)
		}
	}
	return d.document
}

// put remembers a document of so many bytes, unless a newer one is known: an
// update may hear of its commit after the next one has. With certainty, what was
// known is wrong.
func (s *seen) put(space string, key store.Key, d document, size int, certain bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := seenKey{space, key}
	old, ok := s.young[at]
	if !ok {
		old = s.old[at]
	}
	if certain || strings.Compare(old.version, d.version) < 0 {
		s.keep(at, seenDocument{d, size})
	}
}

// keep is to be called with the lock.
func (s *seen) keep(at seenKey, d seenDocument) {
	if s.young == nil || s.bytes+d.size+seenBeside > seenRoom {
		s.young, s.old, s.bytes = map[seenKey]seenDocument{}, s.young, 0
	}
	s.bytes += d.size + seenBeside - s.young[at].weight()
	s.young[at] = d
	delete(s.old, at)
}

func (d seenDocument) weight() int {
	if d.version == "" {
		return 0
	}
	return d.size + seenBeside
}

func (s *seen) forget(space string, key store.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := seenKey{space, key}
	s.bytes -= s.young[at].weight()
	delete(s.young, at)
	delete(s.old, at)
}
