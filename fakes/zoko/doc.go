// Package zoko plays the Zoko API v2 (docs.zoko.io), by which an integrator
// sends WhatsApp messages and gets webhooks about them. It owns what may be
// sent, what the answers and errors look like, which templates an account has,
// what became of a message, the account's registered webhooks and what those
// say.
//
//	POST /v2/message ─▶ reader ─▶ send ─▶ template, window ─▶ accepted, *Error
//	                                          │
//	                 message:store:out, message:delivery:update ─▶ webhook
//	a customer writes ─▶ message:user:in ─▶ webhook
//	GET /v2/message/… ◀─ a message and its steps, as far as thread time has come
//
// A conforming integrator takes from message:user:in for its request to Encore:
//
//	inboundMessageId   id
//	inboundTimestamp   platformTimestamp, in milliseconds
//	recipient          platformSenderId without its plus
//	chatId             customer.id
//	messagingPlatform  whatsapp
//
// The account is the one whose key the apikey header holds; a key that is
// nobody's and does not begin with "invalid" is the first account's.
//
// Without registered webhooks an account's events go to the sandbox's own
// target. From the first POST /v2/webhook on they go to the registered ones, to
// each those it takes, and the target gets none; a private address may be
// registered, a link-local one may not. Five attempts are made of a webhook, 200
// alone is success, and six failures in a row disable the address until it is
// set again.
//
// Zoko signs no webhook. Its error bodies are known from one sample
// (status, type, message, timestamp); all other texts are the sandbox's own. What
// is deleted one by one is answered with 204, as Zoko's list of statuses has it,
// several messages at once with what became of each.
package zoko
