// Package story owns the scenario language: what a scenario file may say, how
// it is read, and whether what an integrator did is what the file expects. It
// plays nothing: no sockets, no clock, no goroutines, every function is pure.
//
//	file.yaml ─▶ Parse ─▶ Story ─▶ Playable, Plan (with Settings) ─▶ the runner plays the turns
//	                                                                        │
//	                 report ◀─ Mismatch ◀─ Match ◀─ Observation ◀─ Observe ◀─ events of a step
//
// The language in short (schema.json says the same to editors):
//
//	name: cap-reached                     # what `run` takes; lower case, digits and dashes
//	about: One sentence for reports.
//	channels: [whatsapp, instagram]       # where the story makes sense; without it everywhere
//	needs: {cap: 1..}                     # not played by an integrator with another cap; reply likewise
//	limits: on                            # the vendors' rate limits hold; off without it
//	fault: 503;operation=offersMessage    # holds for the whole story
//	steps:
//	  - customer: Hi                      # somebody writes
//	    expect: [offer requested, offer sent, reply sent]
//	  - wait: idle + 2h                   # time passes in the thread; up to the gap (idle, idle - 1m) it
//	                                      # counts from the customer's last message, so that it is exact
//	  - repeat: cap - 1
//	    steps: […]
//	  - given: {offers: 2, quiet: 3d}     # earlier sessions, played through the integrator
//	  - deliver: {status: read}           # a webhook about the last message sent
//
// A step does one thing. A customer's message may add `as` (another customer,
// named for the story), `name` (of the profile), `operator` (the business written
// to), `burst` (that many fresh customers at once; the expectation holds for each),
// `meanwhile` (the next step follows at once), `deliver` (twice, late, drop,
// reorder, batch, signature), `fault` (holds for this step) and `expect`. Webhooks
// of other kinds are status, echo, reaction, unsupported (a message that the
// platform cannot tell of) and optout.
//
// A step with `meanwhile` is not waited for: what it and the step behind it lead
// to comes together, and is expected at the latter when both are of one customer.
//
// A step without `expect` is not judged by its story (the rules still judge
// it); `expect: []` demands silence. Expectations are exact and ordered: what
// is not named must not come. One may be loosened: `offer requested: {times:
// 1..4}`, `reply sent: {times: 2, text: /open/}`, and `reply: any` for any
// number of replies, none included, accepted or refused by the provider.
// Every retry of an offer request is an `offer requested` of its own; where the
// normal reply has several messages, `reply sent` stands for all of them.
package story
