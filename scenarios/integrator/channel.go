package integrator

import (
	"encoding/json"
	"net/http"
)

// channel is one way by which customers write: what tells it from the others.
// The rest of the package asks it and treats all of them alike.
type channel struct {
	name     string                // "whatsapp", "messenger", "kaleyra", …
	platform string                // Encore's messagingPlatform
	field    string                // of Operator that holds the account's id, for errors
	account  func(Operator) string // the operator's account, empty when there is none
	// needs lists what of the configuration must be set for an operator that has
	// an account here.
	needs func(Config, Operator) []setting

	// webhook is how messages come in. Meta's products share one: object names
	// the channel in it, and entry reads one entry of it.
	webhook *webhook
	object  string
	entry   func(*Integrator, *channel, entry)
	// chatID is what Encore is told of the thread (Encore integration guide,
	// Where each field comes from).
	chatID func(inbound) string

	// address is where messages to the customer go, and with which headers
	// (Encore integration guide, Sending the message).
	address func(Config, inbound) (target string, h http.Header)
	// offer is the body that carries Encore's payload, reply that of a text. An
	// error says why this provider cannot carry the payload.
	offer func(*Integrator, inbound, json.RawMessage) (json.RawMessage, error)
	reply func(m inbound, text string) any
	// seen is what marks a message as read; nil where that is none of a message's.
	seen   func(m inbound) []any
	sentID func(answer []byte) string // id of the message that an answer of the provider accepted
	// tracked is the id by which statuses report an accepted offer, given the id
	// that the answer had; nil: that id.
	tracked func(m inbound, id string) string
}

// setting is one value of the configuration that a channel needs.
type setting struct {
	name, value string
	url         bool // a base URL
}

// channels is the table of all channels. A new one is a new row.
func channels() []*channel {
	return append(metaChannels(), kaleyra(), interakt(), zoko())
}

// metaChannels are Meta's products: webhooks and payloads differ, the rest is
// one.
func metaChannels() []*channel {
	meta := metaWebhook()
	rows := []*channel{
		{
			name: "whatsapp", platform: "whatsapp", object: "whatsapp_business_account",
			field: "PhoneNumberID", account: func(o Operator) string { return o.PhoneNumberID },
			entry: (*Integrator).readWhatsApp, chatID: ownChatID, address: numberMessages, reply: whatsappReply, sentID: wamid,
			seen: whatsappSeen,
		},
		// What Encore and webhooks call facebook and page is Messenger.
		{
			name: "messenger", platform: "facebook", object: "page",
			field: "PageID", account: func(o Operator) string { return o.PageID },
			entry: (*Integrator).readSocial, chatID: platformChatID, address: pageMessages, reply: socialReply, sentID: mid, seen: socialSeen,
		},
		{
			name: "instagram", platform: "instagram", object: "instagram",
			field: "InstagramID", account: func(o Operator) string { return o.InstagramID },
			entry: (*Integrator).readSocial, chatID: platformChatID, address: pageMessages, reply: socialReply, sentID: mid, seen: socialSeen,
		},
	}
	for _, ch := range rows {
		ch.webhook, ch.needs, ch.offer = meta, metaNeeds, verbatim
	}
	return rows
}

func metaNeeds(c Config, _ Operator) []setting {
	return []setting{
		{"GraphURL", c.GraphURL, true}, {"GraphToken", c.GraphToken, false},
		{"AppSecret", c.AppSecret, false}, {"VerifyToken", c.VerifyToken, false},
	}
}

// verbatim sends the payload as it came.
func verbatim(_ *Integrator, _ inbound, payload json.RawMessage) (json.RawMessage, error) {
	return payload, nil
}

// book is who is answered for: operators by channel and account.
type book map[string]Operator

func (b book) find(ch *channel, account string) (Operator, bool) {
	op, ok := b[ch.name+":"+account]
	return op, ok
}

// enter adds the operator's account on a channel, if there is one; it is false
// when another operator has it.
func (b book) enter(ch *channel, op Operator) bool {
	key := ch.name + ":" + ch.account(op)
	if _, taken := b[key]; taken && ch.account(op) != "" {
		return false
	}
	if ch.account(op) != "" {
		b[key] = op
	}
	return true
}
