package zoko

import (
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// Events of webhooks (API reference, Create Webhook).
const (
	eventIn     = "message:user:in"
	eventOut    = "message:store:out"
	eventUpdate = "message:delivery:update"
)

// words are what every message in a webhook has, in the order in which they
// were observed. The sender is the customer whoever wrote, with a plus here and
// without one in the REST API.
type words struct {
	Customer          *party  `json:"customer,omitempty"`
	CustomerName      string  `json:"customerName,omitempty"`
	DeliveryStatus    string  `json:"deliveryStatus"`
	Direction         string  `json:"direction,omitempty"`
	Event             string  `json:"event"`
	ID                string  `json:"id"`
	Platform          string  `json:"platform,omitempty"`
	PlatformSenderID  string  `json:"platformSenderId,omitempty"`
	PlatformTimestamp string  `json:"platformTimestamp"`
	SenderName        string  `json:"senderName,omitempty"`
	Text              *string `json:"text,omitempty"`
	Type              string  `json:"type,omitempty"`
	FileURL           string  `json:"fileUrl,omitempty"`
	FileCaption       string  `json:"fileCaption,omitempty"`
	Context           *tap    `json:"context,omitempty"`

	// Of messages of the store alone.
	AppType      string `json:"appType,omitempty"`
	TemplateName string `json:"templateName,omitempty"`
}

// tap is what a customer's tap answers.
type tap struct {
	TemplateID string `json:"template_id,omitempty"`
	Postback   string `json:"postback"`
}

// bodyOf is the webhook's body of a message.
func bodyOf(event string, m message, name, status string) words {
	who := party{ID: customerID(m.Account, m.Customer), Name: name}
	return words{
		Customer: &who, CustomerName: name, DeliveryStatus: status, Direction: m.Direction, Event: event, ID: m.ID, Platform: "WHATSAPP",
		PlatformSenderID: "+" + m.Customer, PlatformTimestamp: stamp(m.At), SenderName: name, Text: &m.Text, Type: m.Type,
		FileURL: m.FileURL, FileCaption: m.Caption,
	}
}

// storeOut is the webhook that repeats a message of the store.
func storeOut(m message, customer, sender, appType string) sim.Webhook {
	b := bodyOf(eventOut, m, customer, stateAccepted)
	b.SenderName, b.AppType, b.TemplateName = sender, appType, m.Template
	return sim.Webhook{
		Event: "echo", ID: m.ID, Body: provider.JSON(b), Notes: []sim.Note{note.EventDelivered{Event: "echo", MessageID: m.ID}},
	}
}

// update is the webhook of a message's step; it does not name the customer.
func (f *fake) update(id, state string, at time.Time, after time.Duration) sim.Webhook {
	return sim.Webhook{
		Event: "status", ID: id, After: after,
		Body:  provider.JSON(words{Event: eventUpdate, ID: id, DeliveryStatus: f.shown(state), PlatformTimestamp: stamp(at)}),
		Notes: statusNotes(id, state),
	}
}

func statusNotes(id, state string) []sim.Note {
	return []sim.Note{
		note.EventDelivered{Event: "status", MessageID: id, Status: state},
		note.StatusDelivered{MessageID: id, Status: state},
	}
}
