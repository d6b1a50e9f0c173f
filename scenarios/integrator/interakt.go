package integrator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// interakt is WhatsApp by way of Interakt (Interakt public API, sending
// messages; Interakt webhooks).
func interakt() *channel {
	return &channel{
		name: "interakt", platform: "whatsapp",
		field: "InteraktAccount", account: func(o Operator) string { return o.InteraktAccount },
		needs: func(c Config, o Operator) []setting {
			return []setting{{"InteraktURL", c.InteraktURL, true}, {"InteraktSecret", c.InteraktSecret, false}, {"InteraktKey", o.InteraktKey, false}}
		},
		webhook: &webhook{
			path: "interakt", perAccount: true, header: "Interakt-Signature", secret: func(c Config) string { return c.InteraktSecret },
			read: readInterakt,
		},
		chatID: platformChatID, address: interaktMessages, offer: interaktOffer, reply: interaktReply, sentID: interaktID,
	}
}

type interaktNotice struct {
	Type string `json:"type"`
	Data struct {
		Customer struct {
			ID          string `json:"id"`
			Number      string `json:"channel_phone_number"` // digits, country code included
			National    string `json:"phone_number"`
			CountryCode string `json:"country_code"`
		} `json:"customer"`
		Message struct {
			ID          string `json:"id"`
			Kind        string `json:"message_content_type"`
			ReceivedAt  string `json:"received_at_utc"`
			DeliveredAt string `json:"delivered_at_utc"`
			SeenAt      string `json:"seen_at_utc"`
		} `json:"message"`
	} `json:"data"`
}

func readInterakt(in *Integrator, from sender, body []byte) (func(), error) {
	var n interaktNotice
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, err
	}
	return func() {
		msg, now := n.Data.Message, in.clock.Now()
		switch n.Type {
		case "message_received":
			in.interaktInbound(from, n)
		case "message_api_delivered":
			in.became("delivered", interaktInstant(msg.DeliveredAt, now), msg.ID)
		case "message_api_read":
			in.became("read", interaktInstant(msg.SeenAt, now), msg.ID)
		case "message_api_failed":
			in.became("failed", now, msg.ID)
		}
	}, nil
}

func (in *Integrator) interaktInbound(from sender, n interaktNotice) {
	who, msg := n.Data.Customer, n.Data.Message
	m := inbound{
		channel: from.channel, operator: from.operator, id: msg.ID, kind: strings.ToLower(msg.Kind),
		address: strings.TrimPrefix(who.Number, "+"), thread: who.ID, country: who.CountryCode, national: who.National, received: in.clock.Now(),
	}
	m.at = interaktInstant(msg.ReceivedAt, m.received)
	if m.at != m.received {
		m.unix = m.at.Unix()
	}
	if m.id == "" || m.address == "" || in.policy.ignores(m.kind) {
		return
	}
	in.enqueue(m)
}

// interaktInstant reads a time of a webhook, which is UTC and does not say so.
// As in instant, what cannot be read is the time of receipt.
func interaktInstant(text string, received time.Time) time.Time {
	at, err := time.Parse("2006-01-02T15:04:05", text) // reads a fraction too
	if err != nil {
		return received
	}
	return at
}

func interaktMessages(c Config, m inbound) (string, http.Header) {
	return c.InteraktURL + "/v1/public/message/", http.Header{"Authorization": {"Basic " + m.operator.InteraktKey}}
}

// interaktMessage is a message to a customer. The number is in two parts where
// the webhook gave them, else in one.
type interaktMessage struct {
	CountryCode string            `json:"countryCode,omitempty"`
	Number      string            `json:"phoneNumber,omitempty"`
	FullNumber  string            `json:"fullPhoneNumber,omitempty"`
	Type        string            `json:"type"`
	Data        map[string]string `json:"data,omitempty"`
	Template    *interaktTemplate `json:"template,omitempty"`
}

type interaktTemplate struct {
	Name     string              `json:"name"`
	Language string              `json:"languageCode"`
	Header   []string            `json:"headerValues"`
	Body     []string            `json:"bodyValues"`
	Buttons  map[string][]string `json:"buttonValues"`
}

func toInterakt(m inbound, kind string) interaktMessage {
	if m.country == "" || m.national == "" {
		return interaktMessage{FullNumber: m.address, Type: kind}
	}
	return interaktMessage{CountryCode: m.country, Number: m.national, Type: kind}
}

// clickBase is what the button's URL in the template begins with. WhatsApp has
// a variable at the end of a button's URL only.
const clickBase = "https://api.encorekit.com/encore/click/"

func interaktOffer(in *Integrator, m inbound, payload json.RawMessage) (json.RawMessage, error) {
	offer, err := in.carry(payload)
	if err != nil {
		return nil, err
	}
	token, fits := strings.CutPrefix(offer.link, clickBase)
	if !fits {
		return nil, fmt.Errorf("the offer's link does not begin with %s, as the template's button does", clickBase)
	}
	msg := toInterakt(m, "Template")
	msg.Template = &interaktTemplate{
		Name: offerTemplate, Language: offerTemplateLanguage,
		Header: []string{offer.image}, Body: []string{offer.text}, Buttons: map[string][]string{"0": {token}},
	}
	return json.Marshal(msg)
}

func interaktReply(m inbound, text string) any {
	msg := toInterakt(m, "Text")
	msg.Data = map[string]string{"message": text}
	return msg
}

func interaktID(answer []byte) string {
	var a struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(answer, &a) != nil {
		return ""
	}
	return a.ID
}
