package integrator

import (
	"net/http"
)

// channel is what differs between Meta's products. The rest of the package
// asks it and treats all of them alike.
type channel struct {
	name     string                // "whatsapp", "messenger" or "instagram"
	platform string                // Encore's messagingPlatform
	object   string                // names the product in a webhook
	field    string                // of Operator that holds the account's id, for errors
	account  func(Operator) string // the operator's account, empty when there is none
	// read takes one entry of a webhook: enqueues what customers wrote and
	// reports what became of messages.
	read func(*Integrator, *channel, entry)
	// chatID is what Encore is told of the thread (Encore integration guide,
	// Where each field comes from).
	chatID func(inbound) string
	// address is where messages to the customer go, and with which headers
	// (Encore integration guide, Sending the message).
	address func(Config, inbound) (target string, h http.Header)
	reply   func(m inbound, text string) any // body of a text to the customer
	sentID  func(answer []byte) string       // id of the message that an answer of Graph accepted
}

// channels is the table of all products. A new one is a new row.
func channels() []*channel {
	return []*channel{
		{
			name: "whatsapp", platform: "whatsapp", object: "whatsapp_business_account",
			field: "PhoneNumberID", account: func(o Operator) string { return o.PhoneNumberID },
			read: (*Integrator).readWhatsApp, chatID: ownChatID, address: numberMessages, reply: whatsappReply, sentID: wamid,
		},
		// What Encore and webhooks call facebook and page is Messenger.
		{
			name: "messenger", platform: "facebook", object: "page",
			field: "PageID", account: func(o Operator) string { return o.PageID },
			read: (*Integrator).readSocial, chatID: platformChatID, address: pageMessages, reply: socialReply, sentID: mid,
		},
		{
			name: "instagram", platform: "instagram", object: "instagram",
			field: "InstagramID", account: func(o Operator) string { return o.InstagramID },
			read: (*Integrator).readSocial, chatID: platformChatID, address: pageMessages, reply: socialReply, sentID: mid,
		},
	}
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
