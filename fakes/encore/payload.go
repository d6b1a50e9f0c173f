package encore

// Values of messagingPlatform.
const (
	WhatsApp  = "whatsapp"
	Instagram = "instagram"
	Facebook  = "facebook"
)

// Order is everything that goes into the message of an offer.
type Order struct {
	Platform   string // whatsapp, instagram or facebook; decides the shape
	Recipient  string // copied as it came
	ClientName string // put in the place of {clientName}
	ClickURL   string
	CampaignID string
	Creative   *Creative
}

// WhatsAppPayload is a Cloud API message with an image, a text and one link
// button (WhatsApp Cloud API, interactive CTA URL; Encore integration guide, Response).
type WhatsAppPayload struct {
	MessagingProduct string      `json:"messaging_product"`
	RecipientType    string      `json:"recipient_type"`
	To               string      `json:"to"`
	Type             string      `json:"type"`
	Interactive      Interactive `json:"interactive"`
}

// Interactive is the cta_url object of a WhatsAppPayload.
type Interactive struct {
	Type   string       `json:"type"`
	Header ImageHeader  `json:"header"`
	Body   Text         `json:"body"`
	Action ButtonAction `json:"action"`
}

// ImageHeader is an image above the text.
type ImageHeader struct {
	Type  string `json:"type"`
	Image Link   `json:"image"`
}

// Link is a reference to a media file.
type Link struct {
	Link string `json:"link"`
}

// Text is the body of an interactive message, at most 1024 characters.
type Text struct {
	Text string `json:"text"`
}

// ButtonAction is the button of an interactive message.
type ButtonAction struct {
	Name       string           `json:"name"`
	Parameters ButtonParameters `json:"parameters"`
}

// ButtonParameters are the button's text, at most 20 characters, and its target.
type ButtonParameters struct {
	DisplayText string `json:"display_text"`
	URL         string `json:"url"`
}

// GenericPayload is a generic template with one card, for Messenger and
// Instagram alike. It has no messaging_type: the schema in Encore's SDKs has none.
type GenericPayload struct {
	Recipient Recipient       `json:"recipient"`
	Message   TemplateMessage `json:"message"`
}

// Recipient is a PSID or IGSID.
type Recipient struct {
	ID string `json:"id"`
}

// TemplateMessage is the message of a GenericPayload.
type TemplateMessage struct {
	Attachment Attachment `json:"attachment"`
}

// Attachment is the template of a TemplateMessage.
type Attachment struct {
	Type    string   `json:"type"`
	Payload Template `json:"payload"`
}

// Template is a generic template (Messenger Platform, generic template).
type Template struct {
	TemplateType string `json:"template_type"`
	Elements     []Card `json:"elements"`
}

// Card is one element of a generic template; title and subtitle have at most
// 80 characters. A tap anywhere on it and one on its button lead to the same place.
type Card struct {
	Title         string   `json:"title"`
	ImageURL      string   `json:"image_url"`
	Subtitle      string   `json:"subtitle,omitempty"`
	DefaultAction WebURL   `json:"default_action"`
	Buttons       []WebURL `json:"buttons"`
}

// WebURL is a link of a card. Only buttons have a title, at most 20 characters.
type WebURL struct {
	Type  string `json:"type"`
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
}

// Compose is the complete body for Meta's API that carries the offer: a
// WhatsAppPayload for whatsapp, a GenericPayload for instagram and facebook.
// Its texts keep within Meta's limits whatever the operator is called.
func Compose(o Order) any {
	if o.Platform == WhatsApp {
		return o.whatsApp()
	}
	return o.generic()
}

func (o Order) whatsApp() WhatsAppPayload {
	return WhatsAppPayload{
		MessagingProduct: "whatsapp",
		RecipientType:    "individual",
		To:               o.Recipient,
		Type:             "interactive",
		Interactive: Interactive{
			Type:   "cta_url",
			Header: ImageHeader{Type: "image", Image: Link{ImageURL(o.CampaignID, o.Creative)}},
			Body:   Text{personal(o.Creative.Body, o.ClientName, bodyLimit)},
			Action: ButtonAction{
				Name:       "cta_url",
				Parameters: ButtonParameters{DisplayText: shorten(o.Creative.CTA, buttonLimit), URL: o.ClickURL},
			},
		},
	}
}

func (o Order) generic() GenericPayload {
	card := Card{
		Title:         personal(o.Creative.Title, o.ClientName, titleLimit),
		ImageURL:      ImageURL(o.CampaignID, o.Creative),
		Subtitle:      personal(o.Creative.Subtitle, o.ClientName, titleLimit),
		DefaultAction: WebURL{Type: "web_url", URL: o.ClickURL},
		Buttons:       []WebURL{{Type: "web_url", URL: o.ClickURL, Title: shorten(o.Creative.CTA, buttonLimit)}},
	}
	template := Template{TemplateType: "generic", Elements: []Card{card}}
	return GenericPayload{
		Recipient: Recipient{o.Recipient},
		Message:   TemplateMessage{Attachment{Type: "template", Payload: template}},
	}
}
