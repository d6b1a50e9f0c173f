// Package meta knows the APIs of Meta as integrators meet them: what may be
// sent, which error answers what may not, how ids look, what webhooks say and
// how they are signed. Its sources are the WhatsApp Cloud API's pages (send
// messages, error codes, webhooks), Meta's OpenAPI document of business
// messaging and the Graph API's page on webhooks.
//
//	POST /{object}/messages ─▶ ParseSend ─▶ Send ─▶ Accepted          ─▶ 200
//	                              └──────▶ *Error ─▶ Body              ─▶ 4xx, 5xx
//	template registry ─▶ check, render ──┘  (rates, window, opt-out: behaviour.go)
//	/{phone}/media, /{media_id}         ─▶ media.go    ─▶ read as it comes, a bounded store, an address for five minutes
//	/{phone}/…, /{waba}/…               ─▶ numbers.go, account.go, template_api.go
//	a customer writes ─▶ Messages, Preference ┐
//	a status changes  ─▶ Statuses, …          ┴─▶ WebhookBody ─▶ Sign  ─▶ webhook
//
// All of that is pure functions of their arguments: time, ids and secrets come
// in as parameters. The fake itself, which ties them to the engine, is built by
// New from a Config.
package meta
