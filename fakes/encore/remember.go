package encore

import (
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/pack"
)

// decision is what is remembered of a 200: enough to compose the same answer
// again, byte for byte, even if the catalog was replaced meanwhile, and to say
// in which fields a repeat differs. A hundred thousand of them are kept, so it
// is kept as bytes: only what the answer repeats is whole, and of the other
// fields a mark is left.
//
// Its document has the impressionId for its key, which two pairs of clientId
// and inboundMessageId may share ("a:b"+"c", "a"+"b:c"), and expires with the
// window. What is left of it afterwards still says that the id is known.
type decision struct {
	Pair       int // length of the clientId, which tells the pairs of one id apart
	Words      words
	Marks      marks
	CampaignID string    // empty: no offer
	Creative   *Creative // as much of it as Compose reads
	Other      *shadowed
}

// shadowed is the decision of another pair with the same impressionId.
type shadowed struct {
	decision
	Until time.Time
}

// pack lays a decision down; unpack reads it.
func (d *decision) pack(b []byte) []byte {
	b = pack.Int(b, int64(d.Pair))
	for _, word := range d.Words {
		b = pack.Text(b, word)
	}
	b = d.Marks.pack(b)
	b = pack.UUID(b, d.CampaignID)
	if c := d.Creative; d.CampaignID != "" {
		b = pack.Text(pack.Text(pack.UUID(b, c.ID), c.CTA), c.Image)
		if d.Words[wordPlatform] == WhatsApp {
			b = pack.Text(b, c.Body)
		} else {
			b = pack.Text(pack.Text(b, c.Title), c.Subtitle)
		}
	}
	b = pack.Bool(b, d.Other != nil)
	if d.Other != nil {
		b = pack.Time(d.Other.pack(b), d.Other.Until)
	}
	return b
}

func unpack(r *pack.Reader) (d decision) {
	d.Pair = int(r.Int())
	for i := range d.Words {
		d.Words[i] = r.Text()
	}
	d.Marks = readMarks(r)
	if d.CampaignID = r.UUID(); d.CampaignID != "" {
		d.Creative = &Creative{ID: r.UUID(), CTA: r.Text(), Image: r.Text()}
		if d.Words[wordPlatform] == WhatsApp {
			d.Creative.Body = r.Text()
		} else {
			d.Creative.Title, d.Creative.Subtitle = r.Text(), r.Text()
		}
	}
	if r.Bool() {
		d.Other = &shadowed{unpack(r), r.Time()}
	}
	return d
}

// remembered is the decision of an impression, and whether the window of its
// document still covers it.
func remembered(tx *sim.Tx, impressionID string) (kept decision, known, live bool) {
	data, known := sim.Peek[[]byte](tx, kindDecision, impressionID)
	if !known {
		return decision{}, false, false
	}
	_, live = sim.Get[[]byte](tx, kindDecision, impressionID)
	return unpack(pack.Peek(data)), true, live
}

// recall finds the decision of a pair that the window still covers. kept is
// the document's value, live whether the document's own time has not run out.
func recall(kept decision, live bool, pair int, now time.Time) (decision, bool) {
	if kept.Pair == pair {
		return kept, live
	}
	if o := kept.Other; o != nil && o.Pair == pair && now.Before(o.Until) {
		return o.decision, true
	}
	return decision{}, false
}

// beside keeps the decision of another pair behind a new one.
func (d decision) beside(kept decision, live bool, now time.Time) decision {
	if live && kept.Pair != d.Pair {
		kept.Other = nil // of more than two pairs the oldest is let go
		d.Other = &shadowed{kept, now.Add(Window)}
	}
	return d
}

// The words of a decision. A requestId that the server made up is not among
// them: it can be made up again.
const (
	wordPlatform = iota
	wordRecipient
	wordClientName
	wordChatID
	wordRequestID
	wordThread
	wordNoFill
	wordCount
)

type words [wordCount]string

// marks are short hashes of a request's fields, in the order of fieldNames: an
// absent field has another mark than an empty one.
type marks [14]uint32

// fieldNames are the fields of a request in the order of the Encore
// integration guide but for the two that repeats have in common;
// attributes.custom counts as a whole.
func fieldNames() (names []string) {
	for _, f := range bodyFields {
		if !f.key {
			names = append(names, f.name)
		}
	}
	names = append(names, timestampField)
	for _, f := range attributeFields {
		names = append(names, attributesField+"."+f.name)
	}
	return append(names, attributesField+"."+customField)
}

// pack leaves out the marks of absent fields, which are most.
func (m marks) pack(b []byte) []byte {
	there := int64(0)
	for i, mark := range m {
		if mark != 0 {
			there |= 1 << i
		}
	}
	b = pack.Int(b, there)
	for _, mark := range m {
		if mark != 0 {
			b = pack.Fixed(b, mark)
		}
	}
	return b
}

func readMarks(r *pack.Reader) (m marks) {
	there := r.Int()
	for i := range m {
		if there&(1<<i) != 0 {
			m[i] = r.Fixed()
		}
	}
	return m
}

func marksOf(b *note.OfferBody) (m marks) {
	i := 0
	next := func(mark uint32) {
		m[i] = mark
		i++
	}
	for _, f := range bodyFields {
		if !f.key {
			next(markOf(*f.at(b)))
		}
	}
	next(markOf((*string)(b.InboundTimestamp)))
	a := b.Attributes
	if a == nil {
		a = &note.OfferAttributes{}
	}
	for _, f := range attributeFields {
		next(markOf(*f.at(a)))
	}
	custom := uint32(0)
	for key, value := range a.Custom {
		custom += hash32(hash32(offset32, key)*31, value) // a sum, since a map has no order
	}
	next(custom)
	return m
}

const offset32 = 2166136261

// markOf hashes an optional text (FNV-1a).
func markOf(s *string) uint32 {
	if s == nil {
		return 0
	}
	return hash32(offset32, *s)
}

func hash32(h uint32, s string) uint32 {
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// changed names the fields whose marks differ.
func (m marks) changed(other marks) (changed []string) {
	if m == other {
		return nil
	}
	for i, name := range fieldNames() {
		if m[i] != other[i] {
			changed = append(changed, name)
		}
	}
	return changed
}

// Changed names the fields in which two requests that Read read differ, in the
// order of the Encore integration guide; attributes.custom is compared as a whole.
func Changed(a, b note.OfferBody) []string { return marksOf(&a).changed(marksOf(&b)) }
