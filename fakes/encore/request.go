package encore

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// field is one text of the request and where it is kept.
type field[T any] struct {
	name string
	at   func(*T) **string
	key  bool // what repeats of a call have in common
}

// bodyFields and attributeFields are the texts of the request in the order of
// the Encore integration guide (Request).
var bodyFields = []field[note.OfferBody]{
	{"clientId", func(b *note.OfferBody) **string { return &b.ClientID }, true},
	{"clientName", func(b *note.OfferBody) **string { return &b.ClientName }, false},
	{"messagingPlatform", func(b *note.OfferBody) **string { return &b.MessagingPlatform }, false},
	{"recipient", func(b *note.OfferBody) **string { return &b.Recipient }, false},
	{"inboundMessageId", func(b *note.OfferBody) **string { return &b.InboundMessageID }, true},
	{"chatId", func(b *note.OfferBody) **string { return &b.ChatID }, false},
	{"userId", func(b *note.OfferBody) **string { return &b.UserID }, false},
	{"requestId", func(b *note.OfferBody) **string { return &b.RequestID }, false},
}

var attributeFields = []field[note.OfferAttributes]{
	{"countryCode", func(a *note.OfferAttributes) **string { return &a.CountryCode }, false},
	{"city", func(a *note.OfferAttributes) **string { return &a.City }, false},
	{"region", func(a *note.OfferAttributes) **string { return &a.Region }, false},
	{"language", func(a *note.OfferAttributes) **string { return &a.Language }, false},
	{"platform", func(a *note.OfferAttributes) **string { return &a.Platform }, false},
	{"gender", func(a *note.OfferAttributes) **string { return &a.Gender }, false},
}

// Names of the fields that are no texts.
const (
	timestampField  = "inboundTimestamp"
	attributesField = "attributes"
	customField     = "custom"
)

// Read takes what it can from a decoded request body, whose numbers may be
// float64 or json.Number. It never fails: an absent field and one of another
// JSON type than documented (null included) are nil; the latter are named in
// wrongType and those the contract does not have in unknown, attributes as
// "attributes.city". Both lists are sorted. Values are not judged: an empty
// clientId or a requestId that is no UUID is read as it stands.
func Read(tree map[string]any) (body note.OfferBody, unknown, wrongType []string) {
	r := reader{}
	readFields(&r, "", tree, bodyFields, &body, timestampField, attributesField)
	if value, present := tree[timestampField]; present {
		body.InboundTimestamp = r.integer(timestampField, value)
	}
	if value, present := tree[attributesField]; present {
		body.Attributes = r.attributes(value)
	}
	compact(&body)
	slices.Sort(r.unknown)
	slices.Sort(r.wrongType)
	return body, r.unknown, r.wrongType
}

// reader gathers what does not fit.
type reader struct{ unknown, wrongType []string }

// readFields takes the texts out of an object and names its unknown members;
// others are members that somebody else reads.
func readFields[T any](r *reader, prefix string, tree map[string]any, fields []field[T], into *T, others ...string) {
	for name, value := range tree {
		i := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == name })
		text, isText := value.(string)
		switch {
		case i >= 0 && isText:
			*fields[i].at(into) = &text
		case i >= 0:
			r.wrongType = append(r.wrongType, prefix+name)
		case !slices.Contains(others, name):
			r.unknown = append(r.unknown, prefix+name)
		}
	}
}

func (r *reader) attributes(value any) *note.OfferAttributes {
	tree, isObject := value.(map[string]any)
	if !isObject {
		r.wrongType = append(r.wrongType, attributesField)
		return nil
	}
	var a note.OfferAttributes
	readFields(r, attributesField+".", tree, attributeFields, &a, customField)
	if value, present := tree[customField]; present {
		a.Custom = r.custom(value)
	}
	return &a
}

// custom keeps the entries that are texts and names the others.
func (r *reader) custom(value any) map[string]string {
	const path = attributesField + "." + customField
	tree, isObject := value.(map[string]any)
	if !isObject {
		r.wrongType = append(r.wrongType, path)
		return nil
	}
	custom := make(map[string]string, len(tree))
	for key, value := range tree {
		if text, isText := value.(string); isText {
			custom[key] = text
		} else {
			r.wrongType = append(r.wrongType, path+"."+key)
		}
	}
	return custom
}

// integer reads a whole number; 1.0 and 1e3 are whole, as JSON Schema has it,
// and kept as 1 and 1000, so that the same number is always the same text.
func (r *reader) integer(name string, value any) *json.Number {
	var number json.Number
	switch v := value.(type) {
	case json.Number:
		number = v
	case float64:
		number = json.Number(strconv.FormatFloat(v, 'f', -1, 64))
	}
	f, err := number.Float64()
	if err != nil || f != math.Trunc(f) || math.IsInf(f, 0) {
		r.wrongType = append(r.wrongType, name)
		return nil
	}
	if _, err := number.Int64(); err != nil {
		number = json.Number(strconv.FormatFloat(f, 'f', -1, 64))
	}
	return &number
}
