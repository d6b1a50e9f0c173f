package note

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/encore-sandbox/sandbox/sim/pack"
)

// The notes of the calls that come by the thousand have a compact form beside
// their JSON. What repeats the exchange's request or answer is kept as its
// place there.

// compact is the first byte of every compact form; no JSON begins with it.
const compact = 0

// Pack appends the compact form of the note, given the bodies of its exchange.
func (n OfferRequested) Pack(b, _, _ []byte) []byte {
	b = append(b, compact)
	for _, text := range []string{n.Method, n.Path, n.ContentType, n.Credential, n.Host} {
		b = pack.Text(b, text)
	}
	b = pack.Texts(b, n.OtherAuth)
	for _, field := range n.Body.texts() {
		b = pack.Option(b, *field)
	}
	b = pack.Option(b, (*string)(n.Body.InboundTimestamp))
	b = pack.Bool(b, n.Body.Attributes != nil)
	if a := n.Body.Attributes; a != nil {
		b = a.pack(b)
	}
	b = pack.Bool(b, n.NotJSON)
	return pack.Texts(pack.Texts(b, n.Unknown), n.WrongType)
}

func (b *OfferBody) texts() [8]**string {
	return [8]**string{&b.ClientID, &b.ClientName, &b.MessagingPlatform, &b.Recipient, &b.InboundMessageID, &b.ChatID, &b.UserID, &b.RequestID}
}

func (a *OfferAttributes) texts() [6]**string {
	return [6]**string{&a.CountryCode, &a.City, &a.Region, &a.Language, &a.Platform, &a.Gender}
}

func (a *OfferAttributes) pack(b []byte) []byte {
	for _, field := range a.texts() {
		b = pack.Option(b, *field)
	}
	b = pack.Bool(b, a.Custom != nil)
	b = pack.Len(b, len(a.Custom))
	for _, key := range slices.Sorted(maps.Keys(a.Custom)) {
		b = pack.Text(pack.Text(b, key), a.Custom[key])
	}
	return b
}

func readOfferRequested(r *pack.Reader, _, _ []byte) Note {
	n := OfferRequested{Method: r.Text(), Path: r.Text(), ContentType: r.Text(), Credential: r.Text(), Host: r.Text(), OtherAuth: r.Texts()}
	for _, field := range n.Body.texts() {
		*field = r.Option()
	}
	n.Body.InboundTimestamp = (*json.Number)(r.Option())
	if r.Bool() {
		n.Body.Attributes = readAttributes(r)
	}
	n.NotJSON, n.Unknown, n.WrongType = r.Bool(), r.Texts(), r.Texts()
	return n
}

func readAttributes(r *pack.Reader) *OfferAttributes {
	a := &OfferAttributes{}
	for _, field := range a.texts() {
		*field = r.Option()
	}
	there, count := r.Bool(), r.Len()
	if !there {
		return a
	}
	a.Custom = map[string]string{}
	for range count {
		key := r.Text()
		a.Custom[key] = r.Text()
	}
	return a
}

// Pack appends the compact form of the note, given the bodies of its exchange.
func (n OfferDecided) Pack(b, _, answer []byte) []byte {
	b = append(b, compact)
	for _, text := range []string{n.ImpressionID, n.CampaignID, n.CreativeID, n.Link} {
		b = pack.Piece(b, text, answer)
	}
	b = pack.Bool(pack.Text(b, n.NoFill), n.Duplicate)
	b = pack.Texts(b, n.Changed)
	b = pack.PieceBytes(b, n.Payload, answer)
	b = n.Content.pack(b, answer)
	b = pack.Bool(b, n.InboundToServedMs != nil)
	if n.InboundToServedMs != nil {
		b = pack.Int(b, *n.InboundToServedMs)
	}
	return b
}

func readOfferDecided(r *pack.Reader, _, answer []byte) Note {
	text := func() string { return string(r.Piece(answer)) }
	n := OfferDecided{ImpressionID: text(), CampaignID: text(), CreativeID: text(), Link: text()}
	n.NoFill, n.Duplicate, n.Changed = r.Text(), r.Bool(), r.Texts()
	n.Payload, n.Content = r.Piece(answer), readContent(r, answer)
	if r.Bool() {
		ms := r.Int()
		n.InboundToServedMs = &ms
	}
	return n
}

// pack leaves out what stands in the whole as it is.
func (c Content) pack(b, whole []byte) []byte {
	b = pack.Piece(pack.Piece(b, c.Image, whole), c.Text, whole)
	b = pack.Len(b, len(c.Links))
	for _, link := range c.Links {
		b = pack.Piece(b, link, whole)
	}
	return b
}

func readContent(r *pack.Reader, whole []byte) Content {
	c := Content{Image: string(r.Piece(whole)), Text: string(r.Piece(whole))}
	for range r.Len() {
		c.Links = append(c.Links, string(r.Piece(whole)))
	}
	return c
}

// Pack appends the compact form of the note, given the bodies of its exchange.
func (n OfferAnswered) Pack(b, _, _ []byte) []byte {
	b = pack.Bool(pack.Int(append(b, compact), int64(n.Status)), n.Complete)
	return pack.Text(pack.Bool(pack.Text(b, n.Fault), n.Usable), n.OtherType)
}

func readOfferAnswered(r *pack.Reader, _, _ []byte) Note {
	return OfferAnswered{Status: int(r.Int()), Complete: r.Bool(), Fault: r.Text(), Usable: r.Bool(), OtherType: r.Text()}
}

// Pack appends the compact form of the note, given the bodies of its exchange.
func (n MessageSent) Pack(b, request, _ []byte) []byte {
	b = append(b, compact)
	for _, text := range n.texts() {
		b = pack.Text(b, *text)
	}
	b = pack.PieceBytes(b, n.Payload, request)
	return pack.Texts(pack.Int(n.Content.pack(b, request), int64(n.OfferLinks)), n.Refs)
}

func (o *Outgoing) texts() [8]*string {
	return [8]*string{&o.ID, &o.Type, &o.Carrier, &o.Impression, &o.ReplyTo, &o.To, &o.Credential, &o.Object}
}

func readMessageSent(r *pack.Reader, request, _ []byte) Note {
	var n MessageSent
	for _, text := range n.texts() {
		*text = r.Text()
	}
	n.Payload, n.Content, n.OfferLinks = r.Piece(request), readContent(r, request), int(r.Int())
	n.Refs = r.Texts()
	return n
}

// Read reads a note of the given kind from its compact form, given the bodies
// of its exchange, or from its JSON, as Decode does.
func Read(kind string, data, request, answer []byte) (Note, error) {
	if len(data) == 0 || data[0] != compact {
		return Decode(kind, data)
	}
	var read func(*pack.Reader, []byte, []byte) Note
	switch kind {
	case "OfferRequested":
		read = readOfferRequested
	case "OfferDecided":
		read = readOfferDecided
	case "OfferAnswered":
		read = readOfferAnswered
	case "MessageSent":
		read = readMessageSent
	default:
		return nil, fmt.Errorf("a note of kind %s has no compact form", kind)
	}
	r := pack.NewReader(data)
	r.Byte()
	return read(r, request, answer), nil
}
