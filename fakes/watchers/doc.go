// Package watchers plays the Marketing Offers API of Watchers: offers that a
// partner publishes, and the chat rooms that show them as widgets. The document
// is Watchers' Marketing Offers API; it has no webhook, and no customer of it is
// on a channel of Encore's, so it takes part in no thread: everything here runs
// on the workspace's clock.
//
//	body (JSON, multipart, urlencoded) ─▶ input ─▶ reader ─▶ Offer ─▶ catalogue (a document)
//	                                                                      │
//	a user enters a room ─▶ Offer.decide (target, schedule, frequency) ◀──┘ ─▶ Entry ─▶ page, click
//
// What the document requires but its own samples leave out (endTime,
// showMultipleTimes) may be missing unless Config.Strict; what it contradicts is
// decided once, beside the code that decides it. The errors are the sandbox's
// own: the document promises them and prints none.
//
// A user sees an offer as an entry has it: at the moment showDelayMS after the
// entry the offer has begun and not ended, is meant for the room and the user,
// and was not shown before, or not the same UTC day, as its frequency says. That
// moment counts as the showing. The rooms, under /watchers/, are the sandbox's
// own and need no credential.
package watchers
