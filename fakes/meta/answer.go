package meta

// accepted is the 200 of a message (WhatsApp Cloud API, send messages).
type accepted struct {
	Product  string             `json:"messaging_product"`
	Contacts [1]acceptedContact `json:"contacts"`
	Messages [1]acceptedMessage `json:"messages"`
}

type acceptedContact struct {
	Input string `json:"input"`
	WAID  string `json:"wa_id"`
	// UserID is there when the customer was named by it.
	UserID string `json:"user_id,omitempty"`
}

type acceptedMessage struct {
	ID string `json:"id"`
	// Status is told of templates only (Meta's OpenAPI document, MessageStatus).
	Status string `json:"message_status,omitempty"`
}

// Accepted returns the body of the 200 that answers a send. It names the
// message by the given id; a read receipt is answered without one. It says that
// the call was accepted, not that anything was delivered.
func (s *Send) Accepted(id string) []byte {
	if s.Type == ReadReceipt {
		return []byte(`{"success":true}`)
	}
	if s.Input == s.To && s.Type != "template" { // digits, which need no escapes
		return []byte(`{"messaging_product":"whatsapp","contacts":[{"input":"` + s.To + `","wa_id":"` + s.To + `"}],"messages":[{"id":"` + id + `"}]}`)
	}
	m := acceptedMessage{ID: id}
	if s.Type == "template" {
		m.Status = "accepted"
	}
	return encode(&accepted{
		Product:  "whatsapp",
		Contacts: [1]acceptedContact{{Input: s.Input, WAID: s.To, UserID: s.UserID}},
		Messages: [1]acceptedMessage{m},
	})
}
