package zoko

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// What a message may hold, in characters (WhatsApp Cloud API, messages, which
// Zoko passes messages on to).
const (
	maxText    = 4096
	maxCaption = 1024
	maxBody    = 1024 // of interactive messages
)

// send is one body of POST /v2/message as far as it can be read without
// knowing the account's templates.
type send struct {
	Type    string
	To      string // the customer's number: digits
	Content note.Content
	FileURL string
	Caption string
	Remarks []string

	// Template is templateId, of template messages alone.
	Template string
	Language string
	Args     []string
}

// messageType is a type of messages and what reads it: one row a type.
type messageType struct {
	name string
	read func(*reader, object, *send)
	// template marks messages that may be sent outside the 24-hour window.
	template bool
}

// messageTypes are those of the API reference, Send Message, and the two that
// only the guide has.
func messageTypes() []messageType {
	return []messageType{
		{"text", readText, false},
		{"image", readMedia(true), false},
		{"document", readMedia(true), false},
		{"audio", readMedia(false), false},
		{"video", readMedia(true), false},
		{"sticker", readMedia(false), false},
		{"location", readLocation, false},
		{"contacts", readContacts, false},
		{typeTemplate, readTemplate, true},
		{typeRich, readTemplate, true},
		{typeButtons, readTemplate, true},
		{"interactive_button", readButtons, false},
		{"interactive_list", readList, false},
	}
}

// typeOf finds the row of a type.
func typeOf(name string) (messageType, bool) {
	all := messageTypes()
	i := slices.IndexFunc(all, func(t messageType) bool { return t.name == name })
	if i < 0 {
		return messageType{}, false
	}
	return all[i], true
}

func typeNames() string {
	var names []string
	for _, t := range messageTypes() {
		names = append(names, t.name)
	}
	return strings.Join(names, ", ")
}

// parse reads a message. The send is never nil: with an error it holds what
// could be read, down to every link of the body.
func parse(c *sim.Call, lenient bool) (*send, *Error) {
	r, s := &reader{lenient: lenient}, &send{}
	o := r.bodyOf(c)
	if channel := r.text(o, "channel", 0); channel != "" && channel != "whatsapp" {
		r.fail("channel must be whatsapp")
	}
	s.To = r.recipient(o)
	s.Type = r.text(o, "type", 0)
	if t, known := typeOf(s.Type); known {
		t.read(r, o, s)
	} else {
		r.fail("type must be one of %s", typeNames())
	}
	r.assign(o)
	if s.Remarks = r.remarks; r.problem != nil {
		s.Content.Links = link.FromJSON(o.fields)
	}
	return s, r.problem
}

// international is a whole number in digits (ITU-T E.164).
var international = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)

// recipient reads the customer's number. Of one that is refused the digits are
// kept, so that the attempt is known to be the customer's.
func (r *reader) recipient(o object) string {
	if n, isNumber := o.fields["recipient"].(float64); isNumber && r.lenient && n == math.Trunc(n) {
		r.remark("recipient is a number; Zoko documents a string")
		o = object{fields: map[string]any{"recipient": strconv.FormatFloat(n, 'f', 0, 64)}}
	}
	text := r.text(o, "recipient", 0)
	if international.MatchString(text) {
		return text
	}
	r.fail("recipient must be a WhatsApp number with its country code, 7 to 15 digits and no plus, such as 919998880000")
	digits := strings.Map(func(c rune) rune {
		if strings.ContainsRune("+ -()", c) {
			return -1
		}
		return c
	}, text)
	if international.MatchString(digits) {
		return digits
	}
	return ""
}

// assign reads to whom the chat is to be assigned, which changes nothing here.
func (r *reader) assign(o object) {
	if !o.has("assign") {
		return
	}
	a := r.object(o, "assign")
	r.optional(a, "assigneeId", 0)
	if _, isBool := a.fields["override"].(bool); a.has("override") && !isBool {
		r.fail("assign.override must be true or false")
	}
}

func readText(r *reader, o object, s *send) {
	s.Content.Text = r.text(o, "message", maxText)
	s.Content.Links = link.Extract(s.Content.Text)
}

// readMedia reads a file by its URL. What the customer sees of it is the image
// and the caption.
func readMedia(captioned bool) func(*reader, object, *send) {
	return func(r *reader, o object, s *send) {
		if !o.has("message") && o.has("url") {
			r.fail("message is missing; the file's URL belongs there, not in url")
		}
		s.FileURL = r.address(o, "message")
		if s.Type == "image" {
			s.Content.Image = s.FileURL
		}
		if !captioned && o.has("caption") && o.fields["caption"] != "" {
			r.fail("caption does not go with type %s; leave it out", s.Type)
			return
		}
		s.Caption = r.optional(o, "caption", maxCaption)
		s.Content.Text, s.Content.Links = s.Caption, link.Extract(s.Caption)
	}
}

// readLocation reads <latitude>:<longitude> in degrees.
func readLocation(r *reader, o object, s *send) {
	text := r.text(o, "message", 0)
	latitude, longitude, _ := strings.Cut(text, ":")
	if !within(latitude, 90) || !within(longitude, 180) {
		r.fail("message must be latitude:longitude in degrees, such as 12.9716:77.5946")
	}
	s.Content.Text = text
}

// decimal is a number as people write degrees.
var decimal = regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]+)?$`)

// within tells whether a text is a number between -bound and bound.
func within(text string, bound float64) bool {
	n, _ := strconv.ParseFloat(text, 64)
	return decimal.MatchString(text) && math.Abs(n) <= bound
}

// maxContacts is how many contact cards a message holds (WhatsApp Cloud API,
// contacts messages).
const maxContacts = 257

// readContacts reads contact cards, of which only a name is required.
func readContacts(r *reader, o object, s *send) {
	var names []string
	for _, card := range r.objects(r.object(o, "contacts"), "whatsappContacts", maxContacts) {
		name := r.object(card, "name")
		shown := cmp.Or(r.optional(name, "formattedName", 0), r.optional(name, "firstName", 0))
		if shown == "" {
			r.fail("%s needs formattedName", name.path)
		}
		names = append(names, shown)
	}
	s.Content.Text = strings.Join(names, "\n")
}

// readTemplate reads a message that fills a template. Until the template is
// known the customer is taken to see its values one a line.
func readTemplate(r *reader, o object, s *send) {
	s.Template = r.text(o, "templateId", 0)
	s.Language = cmp.Or(r.optional(o, "templateLanguage", 0), "en")
	if text, isText := o.fields["templateArgs"].(string); isText && r.lenient {
		r.remark("templateArgs is one string; Zoko documents an array")
		o = object{fields: map[string]any{"templateArgs": []any{text}}}
	}
	s.Args = r.strings(o, "templateArgs")
	for i, arg := range s.Args {
		if arg == "" {
			r.fail("templateArgs[%d] is empty; every placeholder needs a text", i)
		}
	}
	s.Content.Text = strings.Join(s.Args, "\n")
	s.Content.Links = link.Extract(s.Content.Text)
}
