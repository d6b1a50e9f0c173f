package meta

import (
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// unsent is a type that WhatsApp has and the sandbox does not send.
type unsent struct {
	Name   string
	Clause string // why, and what to send instead
}

// unsentTypes are answered with 131051 whether they are a message's type or an
// interactive message's. Each needs something beside the conversation that the
// sandbox does not play.
var unsentTypes = []unsent{
	{"flow", "flows need WhatsApp Flows, which the sandbox does not play; send 'button' or 'list'"},
	{"product", "products need a commerce catalogue, which the sandbox does not play; send 'cta_url'"},
	{"product_list", "products need a commerce catalogue, which the sandbox does not play; send 'list'"},
	{"product_carousel", "products need a commerce catalogue, which the sandbox does not play; send 'list'"},
	{"catalog_message", "catalogues are not played by the sandbox; send 'cta_url'"},
	{"order_details", "payments are not played by the sandbox; send 'cta_url'"},
	{"order_status", "payments are not played by the sandbox; send 'text'"},
	{"address_message", "address forms are not played by the sandbox; send 'text'"},
	{"location_request_message", "location requests are not played by the sandbox; send 'text'"},
	{"call_permission_request", "calls are not played by the sandbox; send 'text'"},
	{"voice_call", "calls are not played by the sandbox; send 'cta_url'"},
	{"carousel", "carousels are not played by the sandbox; send 'cta_url'"},
	{"pin", "groups are not played by the sandbox"},
}

// notSent is the answer to a type that is not sent here, with its clause when
// the type is one of WhatsApp's.
func notSent(name, value string) *Error {
	e := UnsupportedType(name, value)
	if i := slices.IndexFunc(unsentTypes, func(u unsent) bool { return u.Name == value }); i >= 0 {
		e.Details += ": " + unsentTypes[i].Clause
	}
	return e
}

// readMedia reads a message that is a medium. What the customer sees of it is
// the image and the caption.
func readMedia(kind string, captioned bool) func(*reader, object) note.Content {
	return func(r *reader, o object) note.Content {
		address := r.media(o, kind)
		m := object{path: kind}
		m.fields, _ = o.fields[kind].(map[string]any)
		var content note.Content
		if kind == "image" {
			content.Image = address
		}
		if !captioned && m.has("caption") {
			r.fail(InvalidParameter(m.name("caption"), "is not shown with this type; send a text instead"))
		} else if captioned {
			content.Text = r.optional(m, "caption", r.limits.Caption)
			content.Links = link.Extract(content.Text)
		}
		if kind == "document" {
			r.optional(m, "filename", 0)
		}
		return content
	}
}

// readReaction reads an emoji for a message of the customer; an empty one
// takes an earlier reaction back, but the member has to be there.
func readReaction(r *reader, o object) note.Content {
	reaction := r.object(o, "reaction")
	r.text(reaction, "message_id", 0)
	if _, there := reaction.fields["emoji"].(string); !there {
		r.text(reaction, "emoji", 0)
	}
	emoji, _ := reaction.fields["emoji"].(string)
	return note.Content{Text: emoji}
}

// readLocation reads a place.
func readLocation(r *reader, o object) note.Content {
	l := r.object(o, "location")
	r.number(l, "latitude", -90, 90)
	r.number(l, "longitude", -180, 180)
	return note.Content{Text: joinLines([]string{r.optional(l, "name", 0), r.optional(l, "address", 0)})}
}

// maxContacts is how many contact cards a message holds (WhatsApp Cloud API,
// contacts messages).
const maxContacts = 257

// readContacts reads contact cards. Only the name is required of one.
func readContacts(r *reader, o object) note.Content {
	var names []string
	for _, card := range r.array(o, "contacts", 1, maxContacts) {
		names = append(names, r.text(r.object(card, "name"), "formatted_name", 0))
	}
	text := joinLines(names)
	return note.Content{Text: text, Links: link.Extract(text)}
}
