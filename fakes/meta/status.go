package meta

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Statuses of an outgoing message.
const (
	StatusSent      = "sent"
	StatusDelivered = "delivered"
	StatusRead      = "read"
	StatusFailed    = "failed"
	StatusPlayed    = "played" // of a voice message that was listened to
)

// checkStatus says what is wrong with a status that somebody wants.
func checkStatus(status string) error {
	all := []string{StatusSent, StatusDelivered, StatusRead, StatusFailed, StatusPlayed}
	if !slices.Contains(all, status) {
		return fmt.Errorf("no status %q on channel whatsapp; use one of %s", status, strings.Join(all, ", "))
	}
	return nil
}

// Status is a change in the fate of an outgoing message.
type Status struct {
	MessageID string // wamid of the outgoing message
	Status    string // StatusSent, StatusDelivered, StatusRead, StatusFailed or StatusPlayed
	To        string // the customer's wa_id
	UserID    string // the customer's business-scoped user id; empty leaves it out
	At        time.Time
	BizOpaque string // biz_opaque_callback_data of the send

	// Category is what the message is priced as; "service" when empty, which is
	// every message inside the customer service window but templates.
	Category string
	// Conversation, an id, and Expires are told to subscriptions older than v24.0
	// only, and not without an id. Expires is 24 hours after At when zero.
	Conversation string
	Expires      time.Time
	// Failure is why a message failed; 131000 when nil.
	Failure *Error
}

type status struct {
	ID           string        `json:"id"`
	Status       string        `json:"status"`
	Timestamp    string        `json:"timestamp"`
	RecipientID  string        `json:"recipient_id"`
	UserID       string        `json:"recipient_user_id,omitempty"`
	BizOpaque    string        `json:"biz_opaque_callback_data,omitempty"`
	Conversation *conversation `json:"conversation,omitempty"`
	Pricing      *pricing      `json:"pricing,omitempty"`
	Errors       []statusError `json:"errors,omitempty"`
}

type conversation struct {
	ID      string `json:"id"`
	Expires string `json:"expiration_timestamp,omitempty"`
	Origin  struct {
		Type string `json:"type"`
	} `json:"origin"`
}

type pricing struct {
	Billable bool   `json:"billable"`
	Model    string `json:"pricing_model"`
	Category string `json:"category"`
	Type     string `json:"type,omitempty"`
}

type statusError struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    *struct {
		Details string `json:"details"`
	} `json:"error_data,omitempty"`
	Href string `json:"href"`
}

// errorsPage is where a failed status says its codes are explained.
const errorsPage = "/documentation/business-messaging/whatsapp/support/error-codes"

// perMessage is when Meta began to price messages instead of conversations.
var perMessage = time.Date(2025, time.July, 1, 0, 0, 0, 0, time.UTC)

// Statuses is the entry of statuses of messages that a number sent (WhatsApp
// Cloud API, status messages webhook reference). Pricing comes with sent and
// delivered, errors with failed.
func Statuses(of Number, statuses ...Status) Entry {
	var v value
	for _, s := range statuses {
		v.Statuses = append(v.Statuses, s.wire(of))
	}
	return of.entry(v)
}

func (s Status) wire(of Number) status {
	w := status{ID: s.MessageID, Status: s.Status, Timestamp: seconds(s.At), RecipientID: s.To, UserID: s.UserID, BizOpaque: s.BizOpaque}
	switch s.Status {
	case StatusSent, StatusDelivered:
		w.Pricing = s.pricing()
		if s.Conversation != "" && of.Version > 0 && of.Version < 24 {
			w.Conversation = s.conversation()
		}
	case StatusFailed:
		if s.Failure == nil {
			s.Failure = NewError(131000, "")
		}
		w.Errors = []statusError{s.Failure.inStatus()}
	}
	return w
}

// pricing says what the message costs. Answers within the customer service
// window are free since messages are priced one by one.
func (s Status) pricing() *pricing {
	category := cmp.Or(s.Category, "service")
	if s.At.Before(perMessage) {
		return &pricing{Billable: true, Model: "CBP", Category: category}
	}
	if category == "service" {
		return &pricing{Model: "PMP", Category: category, Type: "free_customer_service"}
	}
	return &pricing{Billable: true, Model: "PMP", Category: category, Type: "regular"}
}

// conversation is the window that a message belongs to; only sent tells when it
// ends.
func (s Status) conversation() *conversation {
	c := &conversation{ID: s.Conversation}
	c.Origin.Type = cmp.Or(s.Category, "service")
	if s.Status == StatusSent {
		expires := s.Expires
		if expires.IsZero() {
			expires = s.At.Add(24 * time.Hour)
		}
		c.Expires = seconds(expires)
	}
	return c
}

// inStatus is the error as a failed status repeats it: the message is the title.
func (e *Error) inStatus() statusError {
	w := statusError{Code: e.Code, Title: e.Title, Message: e.Title, Href: errorsPage}
	if e.Details != "" {
		w.Data = &struct {
			Details string `json:"details"`
		}{e.Details}
	}
	return w
}
