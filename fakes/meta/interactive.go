package meta

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

var interactiveTypes = []sendType{
	{"cta_url", readCTAURL},
	{"button", readReplyButtons},
	{"list", readList},
}

// headerTypes are the headers of an interactive message: one row a kind. What a
// row returns is the part of the content that the header is.
var headerTypes = []sendType{
	{"text", func(r *reader, h object) note.Content {
		return note.Content{Text: r.text(h, "text", r.limits.Header)}
	}},
	{"image", func(r *reader, h object) note.Content {
		return note.Content{Image: r.media(h, "image")}
	}},
	{"video", readMediaHeader("video")},
	{"document", readMediaHeader("document")},
}

func readMediaHeader(kind string) func(*reader, object) note.Content {
	return func(r *reader, h object) note.Content {
		r.media(h, kind)
		return note.Content{}
	}
}

func readInteractive(r *reader, o object) note.Content {
	in := r.object(o, "interactive")
	return r.typed(interactiveTypes, in, "type", r.text(in, "type", 0))
}

// readCTAURL reads a message with one button that opens a link (WhatsApp Cloud
// API, interactive call-to-action URL button messages).
func readCTAURL(r *reader, in object) note.Content {
	content := r.frame(in, headerTypes)
	if button := r.urlButton(in); button != "" && !slices.Contains(content.Links, button) {
		content.Links = append(content.Links, button)
	}
	return content
}

// frame reads what every interactive message has: header and footer, which may
// be left out, and body. The text that the customer sees is all three, one a line.
func (r *reader) frame(in object, headers []sendType) note.Content {
	var content note.Content
	if in.has("header") {
		h := r.object(in, "header")
		content = r.typed(headers, h, "type", r.text(h, "type", 0))
	}
	texts := []string{content.Text, r.text(r.object(in, "body"), "text", r.limits.Body)}
	if in.has("footer") {
		texts = append(texts, r.text(r.object(in, "footer"), "text", r.limits.Footer))
	}
	content.Text = joinLines(texts)
	content.Links = link.Extract(content.Text)
	return content
}

// urlButton reads the action of a call to action and returns its link.
func (r *reader) urlButton(in object) string {
	action := r.object(in, "action")
	r.word(action, "name", "cta_url")
	parameters := r.object(action, "parameters")
	r.text(parameters, "display_text", r.limits.ButtonText)
	return r.link(parameters, "url")
}

// media reads an object that names a medium either by link or by the id of an
// upload, and returns the link, "" for an upload.
func (r *reader) media(o object, kind string) string {
	m := r.object(o, kind)
	switch byID, byLink := m.has("id"), m.has("link"); {
	case byID && byLink:
		r.fail(InvalidValue(m.path, "has both 'id' and 'link'; send one of them"))
	case byID:
		r.identifier(m, "id")
	default:
		return r.link(m, "link")
	}
	return ""
}

// link reads a required absolute http or https URL with a host name.
func (r *reader) link(o object, field string) string {
	raw := r.text(o, field, 0)
	if fault := linkFault(raw, r.limits.AllowIPHosts); raw != "" && fault != "" {
		r.fail(InvalidValue(o.name(field), fault))
	}
	return raw
}

func linkFault(raw string, allowIP bool) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || strings.ContainsFunc(raw, unicode.IsSpace):
		return "is not a URL; escape what does not belong in one"
	case u.Scheme != "http" && u.Scheme != "https":
		return "must be a whole URL that begins with https:// or http://"
	case strings.Trim(u.Hostname(), ".") == "":
		return "has no host; send a whole URL"
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil && !allowIP {
		return "has a numeric address; use a host name"
	}
	return ""
}

func joinLines(texts []string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n")
}
