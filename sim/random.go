package sim

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Rand is a stream of numbers that depends on its seed alone: a hash of the
// sandbox's seed, the workspace, a purpose and the identity of what it is for.
// So a random value depends on neither the order of arrival nor the replica.
type Rand struct{ state uint64 }

// NewRand hashes a seed and parts into a stream. Parts are separated, so that
// ("a", "bc") and ("ab", "c") differ.
func NewRand(seed uint64, parts ...string) *Rand {
	h := seed ^ 14695981039346656037
	for _, part := range parts {
		h = mixed(h, part)
	}
	return &Rand{h}
}

// With hashes one more part into a stream that no number was taken from.
func (r *Rand) With(part []byte) *Rand {
	r.state = mixed(r.state, part)
	return r
}

func mixed[part string | []byte](h uint64, p part) uint64 {
	const prime = 1099511628211
	for i := range len(p) {
		h = (h ^ uint64(p[i])) * prime
	}
	return (h ^ 0xff) * prime
}

// Uint64 returns the next number (splitmix64).
func (r *Rand) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Bytes returns n random bytes.
func (r *Rand) Bytes(n int) []byte {
	out := make([]byte, 0, n+8)
	for len(out) < n {
		out = binary.BigEndian.AppendUint64(out, r.Uint64())
	}
	return out[:n]
}

// Hex returns n random bytes as 2n lower-case hexadecimal digits.
func (r *Rand) Hex(n int) string { return hex.EncodeToString(r.Bytes(n)) }

// UUID returns a random UUID, version 4.
func (r *Rand) UUID() string {
	b := r.Bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
