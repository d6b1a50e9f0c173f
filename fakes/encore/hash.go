package encore

import (
	"encoding/binary"
	"encoding/hex"
)

// FNV-1a, 64 bits.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// hash is a number that depends on the seed and on every part. The length of
// each part goes in too, so that ("ab", "c") and ("a", "bc") differ.
func hash(seed uint64, parts ...string) uint64 {
	h := uint64(fnvOffset) ^ mix(seed)
	for _, part := range parts {
		for i := range len(part) {
			h = (h ^ uint64(part[i])) * fnvPrime
		}
		h = (h ^ uint64(len(part))) * fnvPrime
	}
	return mix(h)
}

// mix is the finalizer of splitmix64: FNV alone leaves the high bits of
// similar inputs similar.
func mix(x uint64) uint64 {
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// samples is a splitmix64 sequence. It lives for one decision only: its start
// is a hash, so that no decision depends on how many came before.
type samples struct{ state uint64 }

func (s *samples) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

// unit is a number strictly between 0 and 1, so that its logarithm is finite.
func (s *samples) unit() float64 {
	return (float64(s.next()>>11) + 0.5) / (1 << 53)
}

// UUID is a well-formed version 4 UUID made from the seed and the parts: the
// same inputs give the same id. It fills the requestId that a request left out.
func UUID(seed uint64, parts ...string) string {
	s := samples{hash(seed, parts...)}
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], s.next())
	binary.BigEndian.PutUint64(raw[8:], s.next())
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	text := hex.EncodeToString(raw[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
