package meta

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// ReadReceipt is the Send.Type of a call that marks a message as read.
const ReadReceipt = "read"

// Send is one call of POST /{phone_number_id}/messages.
type Send struct {
	Type      string       // the message's type, or ReadReceipt
	To        string       // the customer's wa_id: digits
	Input     string       // to as it was sent
	ReplyTo   string       // context.message_id: the message that is quoted
	BizOpaque string       // biz_opaque_callback_data, which statuses repeat
	Content   note.Content // what the customer sees

	// UserID is the business-scoped user id that the customer was named by, and
	// empty when it was the number.
	UserID string
	// Template is what fills a template's placeholders; nil for other types.
	Template *TemplateSend

	MarksRead string // message_id of a read receipt
	Typing    bool   // a read receipt that also shows the typing indicator

	marketing bool   // sent to marketing_messages, which takes templates of that category only
	problem   *Error // what is wrong with its form, nil for nothing
	plain     bool   // read by plainText: the body is an object without secrets
}

// ParseSend reads and validates the decoded body of a send (WhatsApp Cloud API,
// send messages). The error is what WhatsApp would answer, nil when the message
// can be accepted: 131008 for what is missing, 100 for a wrong type, length or
// word, 131009 for a value that cannot be used, 131051 for a type that is not
// sent here.
//
// The Send is never nil. With an error it holds what could be read, down to
// every link of the body, so that attempts can be told apart.
func ParseSend(body map[string]any, limits Limits) (*Send, *Error) {
	r := &reader{limits: limits.withDefaults()}
	s, o := &Send{}, object{fields: body}
	r.word(o, "messaging_product", "whatsapp")
	if o.has("status") {
		r.receipt(o, s)
	} else {
		r.message(o, s)
	}
	if r.problem != nil {
		s.Content.Links = link.FromJSON(body)
	}
	return s, r.problem
}

// sendType is a message type and what reads it: one row a type.
type sendType struct {
	name string
	read func(*reader, object) note.Content
}

var sendTypes = []sendType{
	{"text", readText},
	{"image", readMedia("image", true)},
	{"video", readMedia("video", true)},
	{"audio", readMedia("audio", false)},
	{"document", readMedia("document", true)},
	{"sticker", readMedia("sticker", false)},
	{"interactive", readInteractive},
	{"template", readTemplate},
	{"reaction", readReaction},
	{"location", readLocation},
	{"contacts", readContacts},
}

func (r *reader) message(o object, s *Send) {
	if o.has("recipient_type") {
		r.word(o, "recipient_type", "individual")
	}
	r.addressee(o, s)
	s.BizOpaque = r.optional(o, "biz_opaque_callback_data", r.limits.CallbackData)
	if o.has("context") {
		s.ReplyTo = r.text(r.object(o, "context"), "message_id", 0)
	}
	s.Type = cmp.Or(r.optional(o, "type", 0), "text")
	s.Content = r.typed(sendTypes, o, "type", s.Type)
	s.Template = r.template
}

// typed reads an object with the reader of its type.
func (r *reader) typed(types []sendType, o object, field, name string) note.Content {
	i := slices.IndexFunc(types, func(t sendType) bool { return t.name == name })
	if i < 0 {
		r.fail(notSent(o.name(field), name))
		return note.Content{}
	}
	return types[i].read(r, o)
}

// receipt reads a call that marks a message as read (WhatsApp Cloud API, typing
// indicators): it has no recipient, the message names the customer.
func (r *reader) receipt(o object, s *Send) {
	s.Type = ReadReceipt
	r.word(o, "status", "read")
	s.MarksRead = r.text(o, "message_id", 0)
	if o.has("typing_indicator") {
		s.Typing = r.word(r.object(o, "typing_indicator"), "type", "text") == "text"
	}
}

// recipientForm are the forms of a number that WhatsApp accepts.
var recipientForm = regexp.MustCompile(`^\+?[0-9() -]+$`)

// international is a whole number in digits (ITU-T E.164).
var international = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)

// addressee reads whom the message is for: a number in "to", else a
// business-scoped user id in "recipient"; the number wins if both are there.
func (r *reader) addressee(o object, s *Send) {
	if o.has("to") || !o.has("recipient") {
		s.Input, s.To = r.recipient(o)
		return
	}
	s.Input = r.text(o, "recipient", 0)
	s.UserID = s.Input
	number, known := phoneOfUserID(s.Input)
	if !known && s.Input != "" {
		r.fail(InvalidValue("recipient", "is not a business-scoped user id of this sandbox; take user_id from a webhook, or send 'to'"))
	}
	s.To = number
}

// recipient reads the customer's number, as sent and in digits.
func (r *reader) recipient(o object) (input, number string) {
	input = r.identifier(o, "to")
	number = digits(input)
	if r.limits.CountryCode != "" && !strings.HasPrefix(input, "+") {
		number = r.limits.CountryCode + number
	}
	if !recipientForm.MatchString(input) || !international.MatchString(number) {
		r.fail(InvalidValue("to", "is not a phone number; send country code and number, for example 15014005001"))
	}
	return input, number
}

func readText(r *reader, o object) note.Content {
	t := r.object(o, "text")
	r.boolean(t, "preview_url")
	body := r.text(t, "body", r.limits.Text)
	return note.Content{Text: body, Links: link.Extract(body)}
}
