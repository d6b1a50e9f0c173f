package meta

import "cmp"

// Limits are what a message may hold, in characters, and how strictly it is
// read. The zero value is what WhatsApp documents.
type Limits struct {
	Text         int // text.body; 4096
	Body         int // interactive.body.text; 1024
	Header       int // interactive.header.text; 60
	Footer       int // interactive.footer.text; 60
	ButtonText   int // display_text of a button, title of a reply button, button of a list; 20
	Caption      int // caption of an image, a video or a document; 1024
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
	l.Caption = cmp.Or(l.Caption, 1024)
	l.ButtonText = cmp.Or(l.ButtonText, 20)
	l.CallbackData = cmp.Or(l.CallbackData, 512)
	return l
}
