package encore

import (
	"crypto/sha256"
	"encoding/hex"
)

// ImpressionID names the impression of an inbound message: the SHA-256 of
// "clientId:inboundMessageId" as 64 lower-case hexadecimal digits (Encore
// integration guide, Response and Retry guidance). It depends on nothing else,
// so a retry gives the same one at any time.
//
// Two pairs can share an id when a client id contains a colon; whoever
// remembers decisions must therefore key them on the pair.
func ImpressionID(clientID, inboundMessageID string) string {
	var room [256]byte
	pair := append(append(append(room[:0], clientID...), ':'), inboundMessageID...)
	sum := sha256.Sum256(pair)
	return hex.EncodeToString(sum[:])
}
