package meta

import (
	"strings"
	"unicode/utf8"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim/quick"
)

// plainText is ParseSend for the body of a text that is in order, which most
// sends are: its members each once, as texts without escapes. What it reads are
// pieces of the body, which nobody changes. Of any other body it says that ParseSend has
// to read it.
func plainText(body []byte, limits Limits) (*Send, bool) {
	var r plainReader
	if limits.CountryCode != "" || !quick.Members(quick.Alias(body), r.member) || r.strange {
		return nil, false
	}
	most := limits.withDefaults().Text
	inOrder := r.product == "whatsapp" && (r.individual == "" || r.individual == "individual") && (r.kind == "" || r.kind == "text") &&
		plainNumber(r.to) && r.body != "" && (len(r.body) <= most || utf8.RuneCountInString(r.body) <= most)
	if !inOrder {
		return nil, false
	}
	return &Send{Type: "text", To: r.to, Input: r.to, plain: true, Content: note.Content{Text: r.body, Links: link.Extract(r.body)}}, true
}

// plainReader is what plainText knows on the way.
type plainReader struct {
	product, individual, kind, to, body string
	preview                             bool // preview_url was there
	strange                             bool // something is for ParseSend to read
}

func (r *plainReader) member(key, value string) {
	switch key {
	case "messaging_product":
		r.set(&r.product, value)
	case "recipient_type":
		r.set(&r.individual, value)
	case "type":
		r.set(&r.kind, value)
	case "to":
		r.set(&r.to, value)
	case "text":
		if r.body != "" || !quick.Members(value, r.textMember) {
			r.strange = true
		}
	default:
		r.strange = true
	}
}

func (r *plainReader) textMember(key, value string) {
	switch {
	case key == "body":
		r.set(&r.body, value)
	case key == "preview_url" && !r.preview && (value == "true" || value == "false"):
		r.preview = true
	default:
		r.strange = true
	}
}

// set reads a text that was not read before and is not empty.
func (r *plainReader) set(at *string, value string) {
	text, ok := quick.Plain(value)
	if !ok || text == "" || *at != "" {
		r.strange = true
	}
	*at = text
}

// plainNumber tells an international number that is all digits.
func plainNumber(text string) bool {
	return len(text) >= 7 && len(text) <= 15 && text[0] != '0' && strings.Trim(text, "0123456789") == ""
}
