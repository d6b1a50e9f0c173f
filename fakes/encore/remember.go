package encore

import (
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// decision is what is remembered of a 200: enough to compose the same answer
// again, byte for byte, even if the catalog was replaced meanwhile, and to say
// in which fields a repeat differs. A hundred thousand of them are kept, so it
// is small: the words that the answer repeats are one string, and of the other
// fields only a mark is left.
//
// Its document has the impressionId for its key, which two pairs of clientId
// and inboundMessageId may share ("a:b"+"c", "a"+"b:c"), and expires with the
// window. What is left of it afterwards still says that the id is known.
type decision struct {
	Pair       int       `json:"pair"`  // length of the clientId, which tells the pairs of one id apart
	Words      string    `json:"words"` // packed: see the word constants
	Marks      marks     `json:"marks"`
	CampaignID string    `json:"campaignId,omitempty"` // empty: no offer
	Creative   *Creative `json:"creative,omitempty"`   // of the catalog, hence never changed
	Other      *shadowed `json:"other,omitempty"`
}

// shadowed is the decision of another pair with the same impressionId.
type shadowed struct {
	decision
	Until time.Time `json:"until"`
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
		kept.Other = nil
		d.Other = &shadowed{kept, now.Add(Window)}
	}
	return d
}

// The words of a decision, in the order in which they are packed. A requestId
// that the server made up is not among them: it can be made up again.
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

// pack joins words into one string, each behind its length: "8:whatsapp0:…".
func (w words) pack() string {
	size := 0
	for _, word := range w {
		size += len(word) + 5
	}
	var b strings.Builder
	b.Grow(size)
	for _, word := range w {
		b.WriteString(strconv.Itoa(len(word)))
		b.WriteByte(':')
		b.WriteString(word)
	}
	return b.String()
}

// unpack reads what pack wrote. What is no such string gives empty words.
func unpack(packed string) (w words) {
	for i := range w {
		digits, rest, ok := strings.Cut(packed, ":")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil || n < 0 || n > len(rest) {
			return words{}
		}
		w[i], packed = rest[:n], rest[n:]
	}
	return w
}

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

func marksOf(b note.OfferBody) (m marks) {
	i := 0
	next := func(mark uint32) {
		m[i] = mark
		i++
	}
	for _, f := range bodyFields {
		if !f.key {
			next(markOf(*f.at(&b)))
		}
	}
	next(markOf((*string)(b.InboundTimestamp)))
	a := attributesOf(b)
	for _, f := range attributeFields {
		next(markOf(*f.at(&a)))
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
func Changed(a, b note.OfferBody) []string { return marksOf(a).changed(marksOf(b)) }

func attributesOf(b note.OfferBody) note.OfferAttributes {
	if b.Attributes == nil {
		return note.OfferAttributes{}
	}
	return *b.Attributes
}
