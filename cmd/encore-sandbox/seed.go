package main

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
)

// drawSeed is a seed that nobody has chosen. It is short enough to be typed,
// and never 0, which means none.
func drawSeed() uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return uint64(binary.BigEndian.Uint32(b[:])) | 1
}

// drawRun is a run id, by which two starts with one seed mint different ids.
func drawRun() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// drawSecret is what a sandbox signs with that serves strangers.
func drawSecret() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return b
}
