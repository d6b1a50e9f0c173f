package integrator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// change is one change of a WhatsApp Business Account (WhatsApp Cloud API,
// webhooks reference, messages).
type change struct {
	Field string `json:"field"`
	Value value  `json:"value"`
}

type value struct {
	Metadata struct {
		PhoneNumberID string `json:"phone_number_id"`
		DisplayNumber string `json:"display_phone_number"`
	} `json:"metadata"`
	Messages []struct {
		ID         string `json:"id"`
		Type       string `json:"type"`
		From       string `json:"from"`
		FromUserID string `json:"from_user_id"`
		Timestamp  string `json:"timestamp"` // Unix seconds in a string
		Text       struct {
			Body string `json:"body"`
		} `json:"text"`
	} `json:"messages"`
	Statuses    []status     `json:"statuses"`
	Preferences []preference `json:"user_preferences"`
}

// preference is what a customer wants of marketing messages (WhatsApp Cloud
// API, user_preferences webhook).
type preference struct {
	Customer string `json:"wa_id"`
	Category string `json:"category"`
	Value    string `json:"value"` // stop, resume
}

type status struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Timestamp string `json:"timestamp"`
	Customer  string `json:"recipient_id"`
}

func (in *Integrator) readWhatsApp(ch *channel, e entry) {
	for _, c := range e.Changes {
		for _, p := range c.Value.Preferences {
			in.preferred(ch, c.Value.Metadata.PhoneNumberID, p)
		}
		if c.Field != "messages" { // echoes and account news come under other fields
			continue
		}
		for _, m := range in.messages(ch, c.Value.Metadata.PhoneNumberID, c.Value) {
			in.enqueue(m)
		}
		for _, s := range c.Value.Statuses {
			in.statusChanged(s)
			if in.policy.statusAsks {
				in.statusAsks(ch, c.Value.Metadata.PhoneNumberID, s)
			}
		}
	}
}

// statusAsks is what a defect makes of a status: a message of the customer.
func (in *Integrator) statusAsks(ch *channel, account string, s status) {
	op, _ := in.operators.find(ch, account)
	m := inbound{channel: ch, id: s.ID, kind: "status", operator: op, address: s.Customer, received: in.clock.Now()}
	m.unix, m.at = instant(s.Timestamp, m.received)
	in.mu.Lock()
	t := in.threadOf(m)
	in.mu.Unlock()
	in.clock.Go(func() { in.sendOffer(t, m, in.decide(t, m)) })
}

// preferred takes what a customer wants of marketing messages.
func (in *Integrator) preferred(ch *channel, account string, p preference) {
	op, known := in.operators.find(ch, account)
	if !known || p.Customer == "" || p.Category != "marketing_messages" {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.threadOf(inbound{channel: ch, operator: op, address: p.Customer}).optedOut = p.Value == "stop"
}

// messages picks what a customer wrote to a known operator.
func (in *Integrator) messages(ch *channel, account string, v value) []inbound {
	var list []inbound
	op, known := in.operators.find(ch, account)
	if !known && len(v.Messages) > 0 {
		in.cfg.Log("no operator has the %s account %q: %d messages left alone", ch.name, account, len(v.Messages))
		return nil
	}
	for _, raw := range v.Messages {
		m := inbound{
			channel: ch, id: raw.ID, kind: raw.Type, operator: op, text: raw.Text.Body,
			address: strings.TrimPrefix(raw.From, "+"), userID: raw.FromUserID, received: in.clock.Now(),
		}
		m.unix, m.at = instant(raw.Timestamp, m.received)
		own := m.address != "" && m.address == strings.TrimPrefix(v.Metadata.DisplayNumber, "+")
		if m.id == "" || m.customer() == "" || own || in.policy.ignores(m.kind) {
			continue
		}
		list = append(list, m)
	}
	return list
}

// instant reads Meta's Unix seconds. Unreadable ones give 0 and the time of
// receipt: the gap can still be told, but Encore is told no timestamp, as the
// guide prefers none to a wrong one (Encore integration guide, Where each
// field comes from).
func instant(seconds string, received time.Time) (int64, time.Time) {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 {
		return 0, received
	}
	return n, time.Unix(n, 0)
}

// statusChanged takes a status of an outgoing message. A read message was
// delivered, and Meta may skip saying so (WhatsApp Cloud API, status webhooks).
func (in *Integrator) statusChanged(s status) {
	_, at := instant(s.Timestamp, in.clock.Now())
	in.became(s.Status, at, s.ID)
}

// ownChatID is a key of our own: WhatsApp has no thread id, and the phone
// number id that the guide allows is shared by all customers.
func ownChatID(m inbound) string { return chatID(threadKey(m)) }

func numberMessages(c Config, m inbound) (string, http.Header) {
	return c.GraphURL + fmt.Sprintf(messagesPath, m.operator.PhoneNumberID), http.Header{"Authorization": {"Bearer " + c.GraphToken}}
}

// textMessage is the reply (WhatsApp Cloud API, text messages). Recipient is
// for customers that are known by user id only.
type textMessage struct {
	Product       string `json:"messaging_product"`
	RecipientType string `json:"recipient_type"`
	To            string `json:"to,omitempty"`
	Recipient     string `json:"recipient,omitempty"`
	Type          string `json:"type"`
	Text          struct {
		Body string `json:"body"`
	} `json:"text"`
}

func whatsappReply(m inbound, text string) any {
	msg := textMessage{Product: "whatsapp", RecipientType: "individual", To: m.address, Type: "text"}
	if m.address == "" {
		msg.Recipient = m.userID
	}
	msg.Text.Body = text
	return msg
}

// whatsappSeen marks as read and shows a typing indicator (WhatsApp Cloud API,
// typing indicators).
func whatsappSeen(m inbound) []any {
	return []any{map[string]any{
		"messaging_product": "whatsapp", "status": "read", "message_id": m.id, "typing_indicator": map[string]string{"type": "text"},
	}}
}

func wamid(answer []byte) string {
	var a struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
	}
	if json.Unmarshal(answer, &a) != nil || len(a.Messages) == 0 {
		return ""
	}
	return a.Messages[0].ID
}
