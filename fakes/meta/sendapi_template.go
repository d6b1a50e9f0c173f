package meta

import (
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
)

// attachmentTypes are what a message may carry besides a template.
var attachmentTypes = []string{"template", "image", "video", "audio", "file"}

// instagramAttachments are Instagram's own: a heart, and a post of the business.
var instagramAttachments = []string{"like_heart", "MEDIA_SHARE"}

func (s *SocialSend) readAttachment(a param) {
	types := attachmentTypes
	if a.r.rules.Instagram {
		types = slices.Concat(types, instagramAttachments)
	}
	s.Type = a.at("type").word(types...)
	switch s.Type {
	case "template":
		s.readTemplate(a.at("payload").object())
	case "like_heart":
	case "MEDIA_SHARE":
		a.at("payload").object().at("id").text(0)
	default:
		s.readMedia(a)
	}
}

// readMedia reads a file by link, by the id of an upload, or in the same call.
func (s *SocialSend) readMedia(a param) {
	p := a.at("payload")
	if p.value == nil && p.r.rules.Uploaded {
		return
	}
	p = p.object()
	switch byURL, byID := p.has("url"), p.has("attachment_id"); {
	case byURL && byID:
		p.fail("has both url and attachment_id; send one of them")
	case byID:
		s.Uploads = append(s.Uploads, p.at("attachment_id").text(0))
	case byURL:
		if file := p.at("url").link(); s.Type == "image" && s.Content.Image == "" {
			s.Content.Image = file
		}
	case !p.r.rules.Uploaded:
		p.fail("needs url or attachment_id, or filedata beside it in a multipart body")
	}
}

// readImages reads Instagram's attachments: several images in one message.
func (s *SocialSend) readImages(list param) {
	if !list.r.rules.Instagram {
		list.fail("is for Instagram; send message[attachment]")
	}
	for _, a := range list.list(maxImages) {
		a = a.object()
		s.Type = a.at("type").word("image")
		s.readMedia(a)
	}
}

func (s *SocialSend) readTemplate(p param) {
	s.Type = p.at("template_type").word("generic", "button")
	switch s.Type {
	case "generic":
		for _, e := range p.at("elements").list(maxElements) {
			s.see(readElement(e.object()))
		}
	case "button":
		text := p.at("text").text(buttonText)
		s.see(note.Content{Text: text, Links: append(link.Extract(text), readButtons(p)...)})
	}
}

// see adds what the customer sees of one card.
func (s *SocialSend) see(card note.Content) {
	if s.Content.Image == "" {
		s.Content.Image = card.Image
	}
	s.Content.Text = joinLines([]string{s.Content.Text, card.Text})
	for _, l := range card.Links {
		if !slices.Contains(s.Content.Links, l) {
			s.Content.Links = append(s.Content.Links, l)
		}
	}
}

// besidesTitle are the members of which a card needs at least one.
var besidesTitle = []string{"subtitle", "image_url", "default_action", "buttons"}

// readElement reads one card of a generic template.
func readElement(e param) (card note.Content) {
	title := e.at("title").title(templateTitle)
	if e.known && !slices.ContainsFunc(besidesTitle, e.has) {
		e.fail("needs at least one of subtitle, image_url, default_action and buttons besides its title")
	}
	subtitle := ""
	if e.at("subtitle").value != nil && e.at("subtitle").value != "" {
		subtitle = e.at("subtitle").title(templateTitle)
	}
	card.Text = joinLines([]string{title, subtitle})
	if e.has("image_url") {
		card.Image = e.at("image_url").link()
	}
	card.Links = link.Extract(card.Text)
	if e.has("default_action") {
		card.Links = append(card.Links, readDefaultAction(e.at("default_action").object()))
	}
	if e.has("buttons") {
		card.Links = append(card.Links, readButtons(e)...)
	}
	card.Links = slices.DeleteFunc(card.Links, func(l string) bool { return l == "" })
	return card
}

// readDefaultAction reads what a tap on the card itself does: a link without a
// title.
func readDefaultAction(a param) string {
	a.at("type").word("web_url")
	if a.has("title") {
		a.at("title").fail("is for buttons; a default_action has none")
	}
	return a.at("url").link()
}

// buttonTypes are the buttons that open nothing but a link or a message; the
// last is Messenger's own.
var buttonTypes = []string{"web_url", "postback", "phone_number"}

// readButtons reads 1 to 3 buttons and returns their links.
func readButtons(p param) (links []string) {
	types := buttonTypes
	if p.r.rules.Instagram {
		types = types[:2]
	}
	for _, b := range p.at("buttons").list(maxButtons) {
		b = b.object()
		kind := b.at("type").word(types...)
		b.at("title").title(buttonTitle)
		switch kind {
		case "web_url":
			links = append(links, b.at("url").link())
		case "postback", "phone_number":
			b.at("payload").text(buttonPayload)
		}
	}
	return links
}
