// Package fault owns what changes an exchange on purpose: how a fault is
// written, which call it strikes and what then becomes of the answer. It is
// pure: it reads no clock, draws no random number and touches no connection.
//
//	text (header, CLI)   ─▶ Parse ─────────┐
//	JSON, YAML (API,     ─▶ UnmarshalJSON ─┼─▶ Fault ─▶ Arm ─▶ Armed ┐
//	config, scenario)                      │                         │
//	customer's number    ─▶ Fate ──────────┤                 Call ───┴─▶ Decide ─▶ Effect ─▶ Shape, Answer
//	name                 ─▶ Preset ────────┘                               └─▶ counters to store
//
// One struct, Fault, serves all of them, so whatever can be written in one
// place can be written in every other.
//
// # Precedence
//
// A call is struck by one fault at most. They are asked in this order
// (Precedence puts them in it):
//
//  1. the fault in the request's X-Sandbox-Fault header,
//  2. the fate of the customer's number (Fate),
//  3. the armed rules, in the order in which they were armed.
//
// The first that matches and is due strikes. Whatever stands behind it is
// shadowed: it is not asked, and its counters stay as they are. A rule that
// matches but is not due (it still skips, or waits for every third call)
// counts the call and lets the next one try. A step "ok" of a sequence is a
// turn like any other: the call passes untouched, by later rules too.
//
// # When in the way of a request
//
// Decide runs after authentication, so that a fault never disguises a 401.
// Match.WellFormed keeps a fault from calls that the contract refuses anyway:
// the caller says in Call.WellFormed whether the request validated.
//
// "Before" and "after" are seen from the vendor: a status, hang or reset
// strikes before the work is done unless Effect.After is set. Then the vendor
// did the work and only the answer is lost or changed, which is the fault that
// finds missing idempotency. Every other effect lets the work be done.
package fault
