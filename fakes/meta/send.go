package meta

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// Limits are what a message may hold, in characters, and how strictly it is
// read. The zero value is what WhatsApp documents.
type Limits struct {
	Text         int // text.body; 4096
	Body         int // interactive.body.text; 1024
	Header       int // interactive.header.text; 60
	Footer       int // interactive.footer.text; 60
	ButtonText   int // display_text of a button; 20
	CallbackData int // biz_opaque_callback_data; 512

	// CountryCode is the country code of the business number, in digits. With
	// it a recipient without a plus is taken for a national number, as WhatsApp
	// documents ("phone number formats"); without it for a full international
	// one, which is what most samples and all known clients send.
	CountryCode string
	// AllowIPHosts lets a button lead to a numeric address, for click links
	// that a sandbox mints of its own address. Otherwise the host is a name.
	AllowIPHosts bool
}

// withDefaults fills in the documented lengths.
func (l Limits) withDefaults() Limits {
	l.Text = cmp.Or(l.Text, 4096)
	l.Body = cmp.Or(l.Body, 1024)
	l.Header = cmp.Or(l.Header, 60)
	l.Footer = cmp.Or(l.Footer, 60)
	l.ButtonText = cmp.Or(l.ButtonText, 20)
	l.CallbackData = cmp.Or(l.CallbackData, 512)
	return l
}

// ReadReceipt is the Send.Type of a call that marks a message as read.
const ReadReceipt = "read"

// Send is one call of POST /{phone_number_id}/messages.
type Send struct {
	Type      string         // the message's type, or ReadReceipt
	To        string         // the customer's wa_id: digits
	Input     string         // to as it was sent
	ReplyTo   string         // context.message_id: the message that is quoted
	BizOpaque string         // biz_opaque_callback_data, which statuses repeat
	Content   note.Content   // what the customer sees
	Raw       map[string]any // the body as it was given

	MarksRead string // message_id of a read receipt
	Typing    bool   // a read receipt that also shows the typing indicator
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
	s, o := &Send{Raw: body}, object{fields: body}
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
	{"interactive", readInteractive},
}

func (r *reader) message(o object, s *Send) {
	if o.has("recipient_type") {
		r.word(o, "recipient_type", "individual")
	}
	s.Input, s.To = r.recipient(o)
	s.BizOpaque = r.optional(o, "biz_opaque_callback_data", r.limits.CallbackData)
	if o.has("context") {
		s.ReplyTo = r.text(r.object(o, "context"), "message_id", 0)
	}
	s.Type = cmp.Or(r.optional(o, "type", 0), "text")
	s.Content = r.typed(sendTypes, o, "type", s.Type)
}

// typed reads an object with the reader of its type.
func (r *reader) typed(types []sendType, o object, field, name string) note.Content {
	i := slices.IndexFunc(types, func(t sendType) bool { return t.name == name })
	if i < 0 {
		r.fail(UnsupportedType(o.name(field), name))
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

// recipient reads the customer's number, as sent and in digits.
func (r *reader) recipient(o object) (input, number string) {
	input = r.text(o, "to", 0)
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
