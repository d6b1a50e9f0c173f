// Package check puts any server that claims to be Encore through the contract
// of its publisher API, from outside, with nothing but HTTP: the sandbox's own
// fake as well as a real one.
//
//	Config ─▶ Open ─▶ Suite ─┬─ Cases ─▶ Play ─▶ Result ┬─▶ Report ─▶ WriteText, WriteJUnit
//	        (finds the path) │   (one clause each)      │
//	                         └────── every answer ──────┘
//	                          (judged once more at the end)
//
// A case provokes one thing and judges one clause, so that a broken server
// fails where it is broken and nowhere else. What holds for every answer (its
// status is documented, it fits openapi.yaml, it is JSON, the ids are right) is
// judged by the cases every.…, over all answers that the others received.
//
// The clauses come from the Encore integration guide. Where the guide is
// silent they come from the OpenAPI document that shipped with Encore's iOS
// SDK in the same weeks; each case names its document. What can be met in no
// way from outside (409, 429 and 5xx are the server's own affair) has no case.
package check
