// Package interakt plays the public API of Interakt, a reseller of WhatsApp:
// sending templates and session messages, the track APIs, and the webhooks that
// say what became of a message and what a customer wrote. Its sources are
// Interakt's help page on the template sending API, its Postman collection and
// its page on webhooks. Ongoing Campaigns are not simulated: the track APIs
// answer, and what they tell of a customer comes back in webhooks.
//
//	POST /v1/public/message/ ─▶ key ─▶ count of the minute ─▶ ParseSend ─▶ template, window ─▶ 201
//	                            401       429                   400           400
//	an accepted message ─▶ message_api_sent, _delivered, _read (or _failed) ─▶ signed webhook
//	a customer writes   ─▶ message_received                                 ─▶ signed webhook
//	POST /v1/public/track/… ─▶ traits of a customer, who are in every webhook
//
// What an integrator tells Encore of a message_received webhook:
//
//	Encore            of the webhook
//	inboundMessageId  data.message.id
//	recipient         data.customer.channel_phone_number, digits
//	chatId            data.customer.id
//	inboundTimestamp  data.message.received_at_utc, which is UTC without saying so, in milliseconds
//	messagingPlatform whatsapp
//
// An offer goes out in a template, since Interakt takes no payload of the Cloud
// API: encore_offer of DefaultTemplates has its image, its text and, behind the
// fixed beginning of the button's address, its click link.
package interakt
