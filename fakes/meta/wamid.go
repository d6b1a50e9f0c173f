package meta

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// Directions of a message, as the byte in its id says.
const (
	FromBusiness byte = 0x11
	FromUser     byte = 0x12
)

// WAMID is what a WhatsApp message id says. Meta calls the id opaque; its form
// was read from published samples.
type WAMID struct {
	Direction byte   // FromBusiness or FromUser
	Phone     string // digits of the customer's number, in both directions
	ID        string // ASCII, hexadecimal in most samples
}

const wamidPrefix = "wamid."

// The id is base64 of a structure in Thrift's compact encoding: field 1 a
// structure of a string (0x18, the phone) and an integer (0x15, always 1,
// written 0x02), then a boolean (the direction) and a string (the id).
const (
	wamidOpen  = "\x1c\x18"
	wamidInner = "\x15\x02\x00"
	wamidID    = "\x18"
	wamidClose = "\x00"
)

// EncodeWAMID makes a message id. Direction is FromBusiness or FromUser, phone
// the customer's number (all but its digits is dropped) and id any text.
func EncodeWAMID(direction byte, phone, id string) string {
	raw := appendString(append(make([]byte, 0, 64), wamidOpen...), digits(phone))
	raw = append(raw, wamidInner...)
	raw = append(raw, direction)
	raw = appendString(append(raw, wamidID...), id)
	raw = append(raw, wamidClose...)
	return string(base64.StdEncoding.AppendEncode(append(make([]byte, 0, 96), wamidPrefix...), raw))
}

// DecodeWAMID reads a message id made by EncodeWAMID or by Meta. It is false
// for anything else, older ids of Meta in another form among it; those name no
// customer.
//
// The samples of the Encore integration guide are read too: their id has been
// shortened to 16 characters while its length still says 18. They also carry
// FromBusiness although a customer sent them, so the direction is no proof.
func DecodeWAMID(wamid string) (WAMID, bool) {
	encoded, prefixed := strings.CutPrefix(wamid, wamidPrefix)
	raw, err := base64.StdEncoding.DecodeString(encoded)
	// Base64 readers skip line breaks; an id has none.
	if !prefixed || err != nil || base64.StdEncoding.EncodeToString(raw) != encoded {
		return WAMID{}, false
	}
	rest, opened := strings.CutPrefix(string(raw), wamidOpen)
	phone, rest := cutString(rest)
	rest, inner := strings.CutPrefix(rest, wamidInner)
	if !opened || !inner || phone == "" || phone != digits(phone) || rest == "" {
		return WAMID{}, false
	}
	w := WAMID{Direction: rest[0], Phone: phone}
	id, ok := cutID(rest[1:])
	if !ok || (w.Direction != FromBusiness && w.Direction != FromUser) {
		return WAMID{}, false
	}
	w.ID = id
	return w, true
}

// cutID reads the last string of an id, whose length may say too much.
func cutID(raw string) (string, bool) {
	field, tagged := strings.CutPrefix(raw, wamidID)
	field, closed := strings.CutSuffix(field, wamidClose)
	length, n := binary.Uvarint([]byte(field))
	if !tagged || !closed || n <= 0 || length < uint64(len(field)-n) {
		return "", false
	}
	return field[n:], true
}

// appendString appends a string with its length before it.
func appendString(raw []byte, s string) []byte {
	return append(binary.AppendUvarint(raw, uint64(len(s))), s...)
}

// cutString reads what appendString wrote; it is empty when the length lies.
func cutString(raw string) (s, rest string) {
	length, n := binary.Uvarint([]byte(raw))
	if n <= 0 || length > uint64(len(raw)-n) {
		return "", ""
	}
	end := n + int(length)
	return raw[n:end], raw[end:]
}

// digits keeps the ASCII digits of a text.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
