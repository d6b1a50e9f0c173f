package zoko

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

// uuidEpoch is the beginning of the time in a UUID of version 1: 15 October
// 1582 (RFC 9562, UUID Version 1).
var uuidEpoch = time.Date(1582, time.October, 15, 0, 0, 0, 0, time.UTC)

// uuid1 is a UUID of version 1, as Zoko's ids are: a time, and a node and a
// clock sequence that are random.
func uuid1(at time.Time, r *sim.Rand) string {
	seconds := at.Unix() - uuidEpoch.Unix()
	ticks := uint64(seconds)*1e7 + uint64(at.Nanosecond()/100)
	b := r.Bytes(16)
	binary.BigEndian.PutUint32(b, uint32(ticks))
	binary.BigEndian.PutUint16(b[4:], uint16(ticks>>32))
	binary.BigEndian.PutUint16(b[6:], uint16(ticks>>48)&0x0fff|0x1000)
	b[8] = b[8]&0x3f | 0x80
	b[10] |= 1 // a node that is nobody's address
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// customerID is the id that a customer has with an account. It follows from
// both, so that everything that names the customer agrees without being stored.
func customerID(account, number string) string {
	return sim.NewRand(0, "zoko customer", account, number).UUID()
}
