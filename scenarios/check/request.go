package check

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// required are the fields without which there is no offer, each with what
// would go wrong (Encore integration guide, Request).
var required = []struct{ field, reason string }{
	{"clientId", "half of the deduplication key: without it the retries of all businesses would be one"},
	{"clientName", "customers read it in the offer"},
	{"messagingPlatform", "it decides the shape of the payload"},
	{"recipient", "the payload would go to nobody"},
	{"inboundMessageId", "half of the deduplication key: without it no retry would be recognised"},
	{"chatId", "bandit, click and transaction take it for the user"},
}

// unused is a value of this request's own: a hash of the seed, the case and
// the number of the request within it, so that no case meets another's.
func (s *Suite) unused() [32]byte {
	s.ordinal++
	return s.hash(s.scope, fmt.Sprint(s.ordinal))
}

func (s *Suite) hash(parts ...string) [32]byte {
	seed := binary.BigEndian.AppendUint64(nil, s.config.Seed)
	return sha256.Sum256(append(seed, strings.Join(parts, "\x00")...))
}

// fresh is a well-formed WhatsApp request with the required fields, for an
// inbound message that nobody has asked about. It names a country, since a
// server would else look up where the suite runs.
func (s *Suite) fresh() object {
	sum := s.unused()
	run := s.hash("run")
	return object{
		"clientId":          "check-" + hex.EncodeToString(run[:4]),
		"clientName":        "Tony's Pizza",
		"messagingPlatform": "whatsapp",
		"recipient":         phone(sum),
		"inboundMessageId":  "wamid.check" + strings.ToUpper(hex.EncodeToString(sum[:16])),
		"chatId":            uuid(sum),
		"attributes":        object{"countryCode": "US"},
	}
}

// freshOn is a fresh request for a platform, with a recipient of its kind.
func (s *Suite) freshOn(platform string) object {
	r := s.fresh()
	r["messagingPlatform"] = platform
	if platform != "whatsapp" {
		sum := s.unused()
		r["recipient"] = scopedID(sum)
		r["inboundMessageId"] = "m_check" + hex.EncodeToString(sum[:16])
	}
	return r
}

// phone is a number that belongs to nobody: in North America 555-0100 to
// 555-0199 are kept for fiction.
func phone(sum [32]byte) string {
	return fmt.Sprintf("1%03d55501%02d", 201+int(sum[0])%199, int(sum[1])%100)
}

// scopedID is a PSID or IGSID, seventeen digits: more than a server keeps that
// takes it for a number.
func scopedID(sum [32]byte) string {
	return fmt.Sprintf("73918464%09d", binary.BigEndian.Uint32(sum[:4])%1_000_000_000)
}

// uuid is a version 4 UUID out of a hash.
func uuid(sum [32]byte) string {
	b := sum[16:]
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// impressionID is what the guide derives from a request (Encore integration
// guide, Response).
func impressionID(request object) string {
	client, _ := request["clientId"].(string)
	inbound, _ := request["inboundMessageId"].(string)
	sum := sha256.Sum256([]byte(client + ":" + inbound))
	return hex.EncodeToString(sum[:])
}

// absent takes a field away when it is put in its place.
type absent struct{}

// put sets a field by its dotted path, whose objects are made on the way.
func put(r object, path string, value any) {
	first, rest, nested := strings.Cut(path, ".")
	switch _, gone := value.(absent); {
	case nested:
		inner, ok := r[first].(object)
		if !ok {
			inner = object{}
			r[first] = inner
		}
		put(inner, rest, value)
	case gone:
		delete(r, first)
	default:
		r[first] = value
	}
}
