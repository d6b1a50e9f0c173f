package integrator

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// zoko is WhatsApp by way of Zoko (Zoko API, messages and webhooks).
func zoko() *channel {
	return &channel{
		name: "zoko", platform: "whatsapp",
		field: "ZokoAccount", account: func(o Operator) string { return o.ZokoAccount },
		needs: func(c Config, o Operator) []setting {
			return []setting{{"ZokoURL", c.ZokoURL, true}, {"ZokoKey", o.ZokoKey, false}}
		},
		webhook: &webhook{path: "zoko", perAccount: true, read: readZoko}, // Zoko signs nothing
		chatID:  platformChatID, address: zokoMessages, offer: zokoOffer, reply: zokoReply, sentID: zokoID,
	}
}

type zokoNotice struct {
	Event    string `json:"event"`
	ID       string `json:"id"`
	Customer party  `json:"customer"`
	Number   string `json:"platformSenderId"` // always the customer's
	At       string `json:"platformTimestamp"`
	Kind     string `json:"type"`
	Status   string `json:"deliveryStatus"`
}

func readZoko(in *Integrator, from sender, body []byte) (func(), error) {
	var n zokoNotice
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, err
	}
	return func() {
		switch n.Event {
		case "message:user:in":
			in.zokoInbound(from, n)
		case "message:store:out":
			in.zokoEcho(from, n, body)
		case "message:delivery:update":
			_, at := zokoInstant(n.At, in.clock.Now())
			status := n.Status
			if status == "seen" { // webhooks also call read so
				status = "read"
			}
			in.became(status, at, n.ID)
		}
	}, nil
}

func (n zokoNotice) inbound(from sender) inbound {
	return inbound{
		channel: from.channel, operator: from.operator, id: n.ID, address: strings.TrimPrefix(n.Number, "+"), thread: n.Customer.ID,
	}
}

func (in *Integrator) zokoInbound(from sender, n zokoNotice) {
	m := n.inbound(from)
	m.kind, m.received = n.Kind, in.clock.Now()
	m.unix, m.at = zokoInstant(n.At, m.received)
	if m.id == "" || m.address == "" || in.policy.ignores(m.kind) {
		return
	}
	in.enqueue(m)
}

// zokoEcho takes the news of a message of the business: ours, or a colleague's
// at Zoko's inbox, whose link counts too. It is never a message of the customer.
func (in *Integrator) zokoEcho(from sender, n zokoNotice, body json.RawMessage) {
	m := n.inbound(from)
	in.mu.Lock()
	t := in.threadOf(m)
	in.mu.Unlock()
	in.accept(t, n.ID, carriesLink(body))
}

// zokoInstant reads a time of a webhook. As in instant, what cannot be read is 0.
func zokoInstant(text string, received time.Time) (int64, time.Time) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, received
	}
	return at.Unix(), at
}

func zokoMessages(c Config, m inbound) (string, http.Header) {
	return c.ZokoURL + "/v2/message", http.Header{"Apikey": {m.operator.ZokoKey}}
}

type zokoMessage struct {
	Channel   string   `json:"channel"`
	Recipient string   `json:"recipient"`
	Type      string   `json:"type"`
	Message   string   `json:"message,omitempty"`
	Template  string   `json:"templateId,omitempty"`
	Language  string   `json:"templateLanguage,omitempty"`
	Args      []string `json:"templateArgs,omitempty"`
}

func zokoOffer(in *Integrator, m inbound, payload json.RawMessage) (json.RawMessage, error) {
	offer, err := in.carry(payload)
	if err != nil {
		return nil, err
	}
	return json.Marshal(zokoMessage{
		Channel: "whatsapp", Recipient: m.address, Type: "richTemplate",
		Template: offerTemplate, Language: offerTemplateLanguage, Args: []string{offer.image, offer.text, offer.link},
	})
}

func zokoReply(m inbound, text string) any {
	return zokoMessage{Channel: "whatsapp", Recipient: m.address, Type: "text", Message: text}
}

func zokoID(answer []byte) string {
	var a struct {
		MessageID string `json:"messageId"`
	}
	if json.Unmarshal(answer, &a) != nil {
		return ""
	}
	return a.MessageID
}
