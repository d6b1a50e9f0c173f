package encore

import (
	"encoding/json"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim/quick"
)

// readPlain is Read for a body that is in order, which nearly all are: fields
// of the contract, each once, as texts without escapes. What it reads are
// pieces of the body, which nobody changes once it is there. Of any other body
// it says that Read has to read it.
func readPlain(body []byte) (b note.OfferBody, ok bool) {
	r := plainReader{body: &b, texts: make([]string, 0, 16)}
	ok = quick.Members(quick.Alias(body), r.member)
	return b, ok && !r.strange
}

// plainReader is what readPlain knows on the way.
type plainReader struct {
	body    *note.OfferBody
	texts   []string // of all fields: their values are found there
	strange bool     // something is for Read to read
}

func (r *plainReader) member(key, value string) {
	i := slices.IndexFunc(bodyFields, func(f field[note.OfferBody]) bool { return f.name == key })
	switch {
	case i >= 0:
		r.set(bodyFields[i].at(r.body), value)
	case key == timestampField && r.body.InboundTimestamp == nil && whole(value):
		number := json.Number(value)
		r.body.InboundTimestamp = &number
	case key == attributesField && r.body.Attributes == nil:
		r.body.Attributes = &note.OfferAttributes{}
		r.strange = !quick.Members(value, r.attribute) || r.strange
	default:
		r.strange = true
	}
}

func (r *plainReader) attribute(key, value string) {
	i := slices.IndexFunc(attributeFields, func(f field[note.OfferAttributes]) bool { return f.name == key })
	if i < 0 {
		r.strange = true
		return
	}
	r.set(attributeFields[i].at(r.body.Attributes), value)
}

// set reads a text that was not read before.
func (r *plainReader) set(at **string, value string) {
	text, ok := quick.Plain(value)
	if !ok || *at != nil || len(r.texts) == cap(r.texts) {
		r.strange = true
		return
	}
	r.texts = append(r.texts, text)
	*at = &r.texts[len(r.texts)-1]
}

// whole tells a number that Read keeps as it is written.
func whole(value string) bool {
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' || i == 15 {
			return false
		}
	}
	return value != "" && (value[0] != '0' || value == "0")
}
