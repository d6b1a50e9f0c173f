package interakt

import (
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
)

// Session is what a message holds that is no template. It may be sent within 24
// hours of the customer's own last message.
type Session struct {
	Message     string // text or caption
	MediaURL    string
	FileName    string
	Interactive map[string]any // of buttons and lists, as the Cloud API has it
}

// sessionType is a type of session message: one row a type.
type sessionType struct {
	name string
	read func(r *reader, data map[string]any, s *Send)
}

// sessionTypes are those of Interakt's Postman collection.
var sessionTypes = []sessionType{
	{"Text", func(r *reader, data map[string]any, s *Send) { s.say(r.text(data, "message")) }},
	{"Image", readMedia},
	{"Audio", readMedia},
	{"Video", readMedia},
	{"Document", readMedia},
	{"Sticker", readMedia},
	{"InteractiveButton", readInteractive("button")},
	{"InteractiveList", readInteractive("list")},
}

// say makes a text the message's.
func (s *Send) say(text string) {
	s.Session.Message = text
	s.Content.Text, s.Content.Links = text, link.Extract(text)
}

// readMedia reads a medium by its address, with a caption where the type shows one.
func readMedia(r *reader, data map[string]any, s *Send) {
	s.Session.MediaURL, s.Session.FileName = r.text(data, "mediaUrl"), r.optional(data, "fileName")
	if s.Session.MediaURL != "" && !provider.IsWebAddress(s.Session.MediaURL) {
		r.fail(correct("mediaUrl has to be the address of a file, beginning with https://"))
	}
	s.say(r.optional(data, "message"))
	if s.Type == "Image" {
		s.Content.Image = s.Session.MediaURL
	}
}

// readInteractive reads buttons or a list. They are the Cloud API's own objects,
// with its limits: 20 characters on a button, 24 in the title of a section or a
// row, 72 below it.
func readInteractive(kind string) func(*reader, map[string]any, *Send) {
	return func(r *reader, data map[string]any, s *Send) {
		s.Session.Interactive = r.object(data, "message")
		if given, _ := s.Session.Interactive["type"].(string); given != kind {
			r.fail(correct("message.type has to be '%s' in a message of type %s", kind, s.Type))
		}
		send, problem := meta.ParseSend(map[string]any{
			"messaging_product": "whatsapp", "to": "15014005001", "type": "interactive", "interactive": s.Session.Interactive,
		}, meta.Limits{})
		if problem != nil {
			r.fail(correct("%s", strings.ReplaceAll(problem.Details, "'interactive", "'data.message")))
		}
		s.Content = note.Content{Image: send.Content.Image, Text: send.Content.Text, Links: send.Content.Links}
	}
}
