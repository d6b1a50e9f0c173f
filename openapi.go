// Package sandbox is the first page of the manual of Encore Sandbox, and holds
// the contract that the sandbox plays.
//
// # What it is
//
// A messaging platform that integrates Encore talks to several outside systems:
// Encore, which supplies an offer for a conversation, and the Graph API,
// Kaleyra, Interakt or Zoko, which carry the messages. Encore Sandbox is one
// program that plays all of them on one port. It sends the platform the
// webhooks of customers who write, answers its calls as the real systems do,
// keeps one journal of what was said, and judges the journal against the
// documents: was Encore asked at the right moment, was the offer sent unchanged
// and before the reply, did the reply go out when Encore was down.
//
// # Start it
//
//	go run ./cmd/encore-sandbox serve
//
// serves every fake on http://127.0.0.1:8080, and the web inspector at
// /_sandbox/. No configuration is needed: a built-in integrator answers until
// --webhook names yours. Any key that begins with pk_test_ is good.
//
//	curl http://127.0.0.1:8080/encore/publisher/sdk/v1/offers/message \
//	  -H 'X-API-Key: pk_test_anything' -H 'Content-Type: application/json' \
//	  -d '{"clientId":"client-42","clientName":"Tony'"'"'s Pizza","messagingPlatform":"whatsapp",
//	       "recipient":"15014005001","inboundMessageId":"wamid.1","chatId":"chat-1"}'
//
// To have an integrator judged, let the sandbox play scenarios against it:
//
//	go run ./cmd/encore-sandbox run --webhook http://127.0.0.1:3000/webhook
//
// The exit status is 0 when all scenarios held. Go programs get the same from
// "go test" through the package contract, without a port and without waiting.
//
// # Words
//
// The code, the documents and the inspector use these words in one sense each:
//
//   - Sandbox: the process. Workspace: one isolated set of state in it.
//   - Fake: one vendor's API. Operation: one call of it, such as
//     encore.offersMessage, after the operationId in its OpenAPI document.
//   - Customer: the end user. Operator: the business. Integrator: the program
//     under test.
//   - Channel: whatsapp, instagram, messenger, kaleyra, interakt or zoko.
//     Thread: one customer with one account of an operator on one channel.
//   - Exchange: one HTTP request with its answer. Journal: the numbered list of
//     exchanges. Note: a typed fact that a fake attaches to an exchange.
//   - Fault: what changes an exchange. Rule: a documented duty of the
//     integrator. Finding: one breach of a rule, with the exchanges that prove it.
//   - Scenario: a script of one or more threads. Defect: a named bug of the
//     built-in integrator that proves that a rule bites.
//
// # Where things are
//
//	contract, cmd ─▶ scenarios ─▶ fakes ─▶ sim
//
// Package sim is the engine and knows no vendor. Each vendor has a package
// below fakes with its own OpenAPI document. Packages below scenarios hold the
// stories, the rules and the built-in integrator. This package is a leaf: it is
// at the top only because a file cannot be embedded from a directory further down.
package sandbox

import _ "embed"

//go:embed openapi.yaml
var document string

// OpenAPI returns Encore's contract, an OpenAPI 3.0.3 document in YAML, as
// fakes/encore routes and validates by it. The caller owns the copy. Sources:
// Encore integration guide; Encore iOS SDK, OpenAPI document of the backend.
func OpenAPI() []byte { return []byte(document) }
