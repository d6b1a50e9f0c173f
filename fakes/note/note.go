// Package note holds the facts that fakes attach to exchanges: the vocabulary
// between the fakes, which read vendor bodies, and the rules, which never do.
//
//	vendor bytes ─▶ fake (describe, handle) ─▶ notes on an exchange ─▶ timeline of a thread ─▶ rules
//
// A note is plain data: it marshals to JSON and back without loss. The sandbox
// engine stores it as its kind and its JSON, or its compact form where it has
// one, and knows nothing else about it.
package note

import (
	"encoding/json"
	"time"
)

// Note is one typed fact. Kind names the type in JSON, in the journal and in
// the control API.
type Note interface{ NoteKind() string }

// Carriers of an offer (MessageSent.Carrier).
const (
	// CarrierVerbatim sends Encore's payload as it came.
	CarrierVerbatim = "verbatim"
	// CarrierTemplate carries the offer's image, text and link in a template of the provider.
	CarrierTemplate = "template"
)

// InboundMessage is on the webhook exchange that carries a customer's message
// to the integrator; every delivery attempt of the same message has one.
type InboundMessage struct {
	ID       string `json:"id"`       // the platform's message id (wamid, mid, …)
	Thread   string `json:"thread"`   // thread id
	Delivery int    `json:"delivery"` // 1 for the first attempt
	Text     string `json:"text"`
	// Timestamp is what the webhook says, in milliseconds of thread time.
	Timestamp int64 `json:"timestamp"`
	// Platform is what Encore calls the channel's platform: whatsapp, instagram or facebook.
	Platform string `json:"platform"`
	// Recipient and ChatIDs say what a conforming request to Encore may carry;
	// ThreadKey is the platform's thread id when the webhook has one.
	Recipient string   `json:"recipient"`
	ChatIDs   []string `json:"chatIds,omitempty"`
	ThreadKey string   `json:"threadKey,omitempty"`
	// NotAnInbound is why this is no message that may trigger an offer
	// ("echo", "reaction", "unsupported"), or empty.
	NotAnInbound string `json:"notAnInbound,omitempty"`
	// Forged is what is wrong with the signature ("wrong", "missing"), or empty.
	Forged string `json:"forged,omitempty"`
}

// EventDelivered is on a webhook that carries something else than a message
// from the customer: a status, an echo, a read receipt.
type EventDelivered struct {
	Event     string `json:"event"`
	MessageID string `json:"messageId,omitempty"`
	Status    string `json:"status,omitempty"`
}

// WebhookAcked is the integrator's answer to a webhook. Status 0 means that no
// answer came; Reason then says why (refused, timeout, reset).
type WebhookAcked struct {
	Status int    `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Why is why no answer came.
func (n WebhookAcked) Why() string { return n.Reason }

// OfferRequested is every call that reached the offers endpoint or tried to,
// whatever became of it: refused and faulted calls have it too.
type OfferRequested struct {
	Method      string    `json:"method"`
	Path        string    `json:"path"`
	ContentType string    `json:"contentType"`
	Credential  string    `json:"credential"` // pk_test, pk_live, other, none
	OtherAuth   []string  `json:"otherAuth,omitempty"`
	Host        string    `json:"host"`
	Body        OfferBody `json:"body"`
	// NotJSON is set when the body could not be read as a JSON object.
	NotJSON bool `json:"notJson,omitempty"`
	// Unknown names top-level and attribute fields that the contract does not have.
	Unknown []string `json:"unknown,omitempty"`
	// WrongType names fields that are present with another JSON type than documented.
	WrongType []string `json:"wrongType,omitempty"`
}

// OfferBody is the request body of offersMessage as far as it could be read.
// A nil pointer is an absent field (or one of a wrong type).
type OfferBody struct {
	ClientID          *string          `json:"clientId,omitempty"`
	ClientName        *string          `json:"clientName,omitempty"`
	MessagingPlatform *string          `json:"messagingPlatform,omitempty"`
	Recipient         *string          `json:"recipient,omitempty"`
	InboundMessageID  *string          `json:"inboundMessageId,omitempty"`
	ChatID            *string          `json:"chatId,omitempty"`
	UserID            *string          `json:"userId,omitempty"`
	RequestID         *string          `json:"requestId,omitempty"`
	InboundTimestamp  *json.Number     `json:"inboundTimestamp,omitempty"`
	Attributes        *OfferAttributes `json:"attributes,omitempty"`
}

// OfferAttributes is the optional attributes object of the request.
type OfferAttributes struct {
	CountryCode *string           `json:"countryCode,omitempty"`
	City        *string           `json:"city,omitempty"`
	Region      *string           `json:"region,omitempty"`
	Language    *string           `json:"language,omitempty"`
	Platform    *string           `json:"platform,omitempty"`
	Gender      *string           `json:"gender,omitempty"`
	Custom      map[string]string `json:"custom,omitempty"`
}

// OfferDecided is what Encore decided for a well-formed call. Link is empty
// and NoFill gives the reason when there was no offer.
type OfferDecided struct {
	ImpressionID string `json:"impressionId"`
	CampaignID   string `json:"campaignId,omitempty"`
	CreativeID   string `json:"creativeId,omitempty"`
	Link         string `json:"link,omitempty"`
	NoFill       string `json:"noFill,omitempty"`
	Duplicate    bool   `json:"duplicate,omitempty"`
	// Changed names the fields in which a duplicate differs from the call it repeats.
	Changed []string `json:"changed,omitempty"`
	// Payload is message.payload as answered, absent without an offer.
	Payload json.RawMessage `json:"payload,omitempty"`
	// Content is what the customer would see of the payload.
	Content Content `json:"content,omitzero"`
	// InboundToServedMs is null without inboundTimestamp in the request.
	InboundToServedMs *int64 `json:"inboundToServedMs"`
}

// OfferAnswered is the answer Encore gave or was made to give. Complete is
// false when the answer cannot have reached the integrator as a whole.
type OfferAnswered struct {
	Status   int    `json:"status"` // 0: none was sent
	Complete bool   `json:"complete"`
	Fault    string `json:"fault,omitempty"` // the fault that shaped it, by id
	// OtherType is the content type that was announced, where it was not the documented one.
	OtherType string `json:"otherType,omitempty"`
	// Usable is true for a complete 200 whose body is the documented JSON.
	Usable bool `json:"usable"`
}

// Content is what a customer sees of a message.
type Content struct {
	Image string   `json:"image,omitempty"`
	Text  string   `json:"text,omitempty"`
	Links []string `json:"links,omitempty"`
}

// Outgoing is a message that the integrator handed to a provider.
type Outgoing struct {
	ID      string          `json:"id,omitempty"` // empty when refused
	Type    string          `json:"type"`         // the provider's word: text, interactive, template …
	Carrier string          `json:"carrier,omitempty"`
	Payload json.RawMessage `json:"payload"`
	Content Content         `json:"content"`
	// Impression is the impressionId of the offer whose click link the message
	// carries, or empty. OfferLinks counts links to encorekit.com.
	Impression string `json:"impression,omitempty"`
	OfferLinks int    `json:"offerLinks,omitempty"`
	ReplyTo    string `json:"replyTo,omitempty"` // id of the quoted inbound
	To         string `json:"to"`
	Credential string `json:"credential"`       // kind of token: bearer, query, form, header
	Object     string `json:"object,omitempty"` // account the message was sent from
	// Refs is what the integrator marked the message with for its own reports, as
	// "name value" in the provider's order, such as "ref customer1".
	Refs []string `json:"refs,omitempty"`
}

// MessageSent is a message that the provider accepted.
type MessageSent struct{ Outgoing }

// SendRefused is a message that the provider refused, or that a fault kept
// from being accepted. Code is the provider's code as text.
type SendRefused struct {
	Outgoing
	Status int    `json:"status"`
	Code   string `json:"code,omitempty"`
	Fault  string `json:"fault,omitempty"`
}

// StatusDelivered is a status of an outgoing message that was reported to the integrator.
type StatusDelivered struct {
	MessageID string `json:"messageId"`
	Status    string `json:"status"` // sent, delivered, read, failed
	Code      string `json:"code,omitempty"`
}

// DeliveryConfirmed is the integrator's delivery callback to Encore.
type DeliveryConfirmed struct {
	ImpressionID       string `json:"impressionId"`
	DeliveredTimestamp *int64 `json:"deliveredTimestamp,omitempty"`
	ReadTimestamp      *int64 `json:"readTimestamp,omitempty"`
	Status             int    `json:"status"`
	Known              bool   `json:"known"`
}

// OfferClicked is a tap on the offer's button. UserID is the request's chatId.
type OfferClicked struct {
	ImpressionID  string `json:"impressionId"`
	UserID        string `json:"userId"`
	TransactionID string `json:"transactionId"`
}

// OfferConverted is an offer that the customer took: the button on the
// advertiser's page. It is recorded once for a transaction.
type OfferConverted struct {
	ImpressionID  string `json:"impressionId"`
	TransactionID string `json:"transactionId"`
}

// OptedOut is a customer who asked for no more marketing.
type OptedOut struct{}

// StrayCall is a request that no documented operation of a fake takes.
type StrayCall struct {
	Host   string `json:"host"`
	Path   string `json:"path"`
	Method string `json:"method"`
	Reason string `json:"reason"`
}

// ClockAdvanced is a step of simulated time. Thread is empty when the whole
// workspace moved.
type ClockAdvanced struct {
	Thread string        `json:"thread,omitempty"`
	By     time.Duration `json:"by"` // nanoseconds
}

// NoteKind implements Note.
func (InboundMessage) NoteKind() string { return "InboundMessage" }

// NoteKind implements Note.
func (EventDelivered) NoteKind() string { return "EventDelivered" }

// NoteKind implements Note.
func (WebhookAcked) NoteKind() string { return "WebhookAcked" }

// NoteKind implements Note.
func (OfferRequested) NoteKind() string { return "OfferRequested" }

// NoteKind implements Note.
func (OfferDecided) NoteKind() string { return "OfferDecided" }

// NoteKind implements Note.
func (OfferAnswered) NoteKind() string { return "OfferAnswered" }

// NoteKind implements Note.
func (MessageSent) NoteKind() string { return "MessageSent" }

// NoteKind implements Note.
func (SendRefused) NoteKind() string { return "SendRefused" }

// NoteKind implements Note.
func (StatusDelivered) NoteKind() string { return "StatusDelivered" }

// NoteKind implements Note.
func (DeliveryConfirmed) NoteKind() string { return "DeliveryConfirmed" }

// NoteKind implements Note.
func (OfferClicked) NoteKind() string { return "OfferClicked" }

// NoteKind implements Note.
func (OfferConverted) NoteKind() string { return "OfferConverted" }

// NoteKind implements Note.
func (OptedOut) NoteKind() string { return "OptedOut" }

// NoteKind implements Note.
func (StrayCall) NoteKind() string { return "StrayCall" }

// NoteKind implements Note.
func (ClockAdvanced) NoteKind() string { return "ClockAdvanced" }

// Decode reads a note of the given kind from JSON. An unknown kind gives nil
// and no error, so that newer journals can be read by older rules.
func Decode(kind string, data []byte) (Note, error) {
	for _, zero := range kinds {
		if n, err := zero(kind, data); n != nil || err != nil {
			return n, err
		}
	}
	return nil, nil
}

var kinds = []func(string, []byte) (Note, error){
	decode[InboundMessage], decode[EventDelivered], decode[WebhookAcked], decode[OfferRequested],
	decode[OfferDecided], decode[OfferAnswered], decode[MessageSent], decode[SendRefused],
	decode[StatusDelivered], decode[DeliveryConfirmed], decode[OfferClicked], decode[OfferConverted], decode[OptedOut],
	decode[StrayCall], decode[ClockAdvanced],
}

func decode[T Note](kind string, data []byte) (Note, error) {
	var n T
	if n.NoteKind() != kind {
		return nil, nil
	}
	if err := json.Unmarshal(data, &n); err != nil {
		return nil, err
	}
	return n, nil
}
