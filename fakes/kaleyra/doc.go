// Package kaleyra plays Kaleyra's WhatsApp API v2: a reseller's frame around
// Meta's own message objects. Its sources are Kaleyra's pages on sending
// limited-time offer templates and the other types of API v2, on error codes,
// on WhatsApp statuses and on webhook payloads of API v2.
//
//	POST /v2/{sid}/whatsapp/{sender}/messages ─▶ read (frame) ─▶ meta.ParseSend (messaging_object) ─▶ 202 WA202
//	                                                 └─▶ bars: RBC001, WA-401, WA401, E110, WAV2101, WA400, WA500
//	accepted ─▶ kept (refs, category) ─▶ sent, delivered, read or failed ┐
//	a customer writes ─▶ meta.Wrote ─────────────────────────────────────┴─▶ meta_object + extra_info ─▶ webhook
//
// The sender in the path is the business's number, "to" the customer's: the page
// says otherwise of the path, and its error texts say this. A message is known by
// the message_id of its 202, a UUID; WhatsApp's own id of it, a wamid, is made of
// that, so that each leads to the other. Callbacks have both: the wamid as
// message_id, the 202's as extra_info.reply_to.
//
// What an integrator gives Encore, out of an inbound webhook's
// meta_object.value:
//
//	inboundMessageId   messages[0].id
//	recipient          messages[0].from
//	inboundTimestamp   messages[0].timestamp, times 1000
//	chatId             messages[0].from, or anything of the integrator's own; metadata.phone_number_id is every customer's
//
// Order of the checks, which no page tells: credential and sid, the account, the
// sender, its version of the API, credit, the day's limit, then the request.
package kaleyra
