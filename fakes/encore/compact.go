package encore

import (
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
)

// compact moves the texts of a request together: one string holds them all and
// one array their headers, instead of two small objects for each. The journal
// keeps ten thousand requests, and what the collector has to visit there is
// paid for by every call.
func compact(b *note.OfferBody) {
	size, count := 0, 0
	each(b, func(at **string) { size, count = size+len(**at), count+1 })
	var all strings.Builder
	all.Grow(size)
	each(b, func(at **string) { all.WriteString(**at) })
	texts, rest := make([]string, 0, count), all.String()
	each(b, func(at **string) {
		n := len(**at)
		texts = append(texts, rest[:n])
		*at, rest = &texts[len(texts)-1], rest[n:]
	})
}

// each visits the texts that are there.
func each(b *note.OfferBody, visit func(**string)) {
	for _, f := range bodyFields {
		if at := f.at(b); *at != nil {
			visit(at)
		}
	}
	if b.Attributes == nil {
		return
	}
	for _, f := range attributeFields {
		if at := f.at(b.Attributes); *at != nil {
			visit(at)
		}
	}
}
