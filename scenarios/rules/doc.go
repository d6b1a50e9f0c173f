// Package rules judges an integrator: it knows the documented duties R1 to R48
// and says, from what was observed in a thread, which of them were broken and
// which exchanges prove it.
//
//	events of a thread ─▶ Evidence ─▶ Reading (who belongs to whom) ─▶ All() ─▶ Verdict
//	     (sim.Event)      + Settings     exchange, inbound,           one row     findings, hints,
//	                                     attempt, send                a rule      what was not judged
//
// Everything here is a pure function of its arguments: no input or output, no
// clock, no randomness. Rules read notes (package note), never vendor bodies.
// The authority is the Encore integration guide ("the guide" below); a rule
// quotes nothing and names the section it paraphrases.
//
// # Who belongs to whom
//
// A call to Encore belongs to the message whose id it carries; with a foreign
// id it belongs to the oldest trigger that has no reply yet. A sent offer
// belongs to its message by its click link, else by position. A reply belongs
// by the message it quotes, else to the oldest message without an answer.
// Messages that arrive before the previous one was answered form one group:
// one trigger, one to n replies. Attempts after a redelivered webhook are a
// new call.
//
// # One breach, one rule
//
// Where several duties are broken by one mistake, the most telling rule
// reports it and the others keep silent:
//
//   - a call that should not have been made: R6 when the cap was reached (also
//     a cap of 0, so R5 has no findings of its own), R4 when the message was
//     neither first nor after an idle gap, R10 when the customer opted out, and
//     R1 only when no message of a customer explains the call at all
//   - a call that is missing: R7 when something that is no offer was counted,
//     R6 when the thread had been offered again before and stopped early, R3
//     for a returning customer, R2 for a new thread; none of them when the call
//     went to an address that does not exist (R13)
//   - a missing field is R14, a wrong value is the rule of that field
//   - a retry that was not allowed is R30, R40, R42 or R43; R41 and R45 then
//     keep silent about the same call
//   - a foreign message id is R19 when it was foreign from the first attempt,
//     R20 when it changed or belongs to an earlier message
//   - an offer message without an offer is R29 after a no-fill, R39 after a
//     failure; two offers are R48 when a retry brought the same impression
//     twice, else R9; an offer that follows a call which should not have been
//     made is left to the rule of that call
//   - a missing reply is R37 after a sent offer, R38 after any other outcome of
//     a trigger, R8 when no call was due; a late one is R46
//   - an offer that was sent elsewhere than it was composed for is R35 on
//     another platform, R31 to another customer, R32 or R33 from another
//     account; this needs the whole run, because each thread sees half of it
package rules
