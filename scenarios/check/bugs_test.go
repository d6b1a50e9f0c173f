package check_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// brokenServers are one bug each.
func brokenServers() []broken {
	return slices.Concat(
		brokenIDs(), brokenOffers(), brokenTexts(), brokenNoFill(), brokenRepeats(),
		brokenIntake(), brokenRefusals(), brokenKeys(), brokenEnvelopes(), brokenCallbacks(),
	)
}

const otherUUID = "11111111-1111-4111-8111-111111111111"

// sha is a lower-case hex SHA-256.
func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func brokenIDs() []broken {
	renamed := func(name func(*hop) string) bug {
		return bug{answer: func(h *hop) {
			if h.decided() {
				h.body["impressionId"] = name(h)
			}
		}}
	}
	all := []string{"impression.request-sample", "impression.end-to-end-sample", "impression.utf8", "impression.colon", "every.impression", "nofill.shape"}
	capital := append([]string{"every.schema", "callback.delivered", "callback.read", "callback.repeated"}, all...)
	return []broken{
		{"impressionId in capitals", renamed(func(h *hop) string { return strings.ToUpper(fmt.Sprint(h.body["impressionId"])) }), capital},
		{"impressionId without the colon", renamed(func(h *hop) string { return sha(fmt.Sprint(h.sent["clientId"], h.sent["inboundMessageId"])) }), all},
		{"impressionId at random", renamed(func(h *hop) string { return sha(fmt.Sprint(h.key, h.nth)) }), append([]string{"repeat.*", "window.minute", "nofill.repeat"}, all...)},
		{"impressionId of the client alone", renamed(func(h *hop) string { return sha(fmt.Sprint(h.sent["clientId"])) }), append([]string{"impression.other-message"}, all...)},
		{"impressionId of the message alone", renamed(func(h *hop) string { return sha(fmt.Sprint(h.sent["inboundMessageId"])) }), append([]string{"impression.other-client"}, all...)},
		{"impressionId left out of no-fill", bug{answer: func(h *hop) {
			if h.decided() && h.body["offer"] == nil {
				delete(h.body, "impressionId")
			}
		}}, []string{"nofill.shape", "every.impression", "every.schema"}},
	}
}

func brokenOffers() []broken {
	return []broken{
		{"offer without message", onAnswer(func(h *hop) {
			if h.platform() == "instagram" {
				h.body["message"] = nil
			}
		}), []string{"every.null-together", "offer.platform", "offer.recipient", "offer.link"}},
		{"message without offer", onAnswer(func(h *hop) {
			if h.platform() == "instagram" {
				h.body["offer"] = nil
			}
		}), []string{"every.null-together", "offer.served"}},
		{"id is not campaignId", onAnswer(func(h *hop) { in(h.body, "offer")["id"] = otherUUID }), []string{"every.same-id"}},
		{"platform not repeated", onAnswer(func(h *hop) {
			if h.platform() == "facebook" {
				in(h.body, "message")["platform"] = "instagram"
			}
		}), []string{"offer.platform"}},
		{"recipient missing", onAnswer(func(h *hop) { delete(h.payload(), "to") }),
			[]string{"offer.recipient", "every.schema", "impression.other-*"}},
		{"recipient rewritten", onAnswer(func(h *hop) {
			if to, ok := h.payload()["to"]; ok {
				h.payload()["to"] = fmt.Sprint("+", to)
			}
		}), []string{"offer.recipient", "impression.other-*"}},
		{"recipient taken for a number", onAnswer(func(h *hop) {
			if id, ok := in(h.payload(), "recipient")["id"].(string); ok {
				in(h.payload(), "recipient")["id"] = id[:15] + "00"
			}
		}), []string{"offer.recipient"}},
		{"button leads elsewhere", onAnswer(func(h *hop) {
			in(h.payload(), "interactive", "action", "parameters")["url"] = "https://api.encorekit.com/encore/click/other"
		}), []string{"offer.link"}},
		{"tap on the card leads elsewhere", onAnswer(func(h *hop) {
			in(h.card(), "default_action")["url"] = "https://api.encorekit.com/encore/click/other"
		}), []string{"offer.link"}},
		{"click URL on the advertiser's host", onAnswer(func(h *hop) {
			const link = "https://advertiser.example/notencorekit.com"
			in(h.body, "offer")["clickUrl"] = link
			in(h.payload(), "interactive", "action", "parameters")["url"] = link
			in(h.card(), "default_action")["url"], in(h.card(), "buttons")["url"] = link, link
		}), []string{"every.click-host"}},
		{"requestId not repeated", onAnswer(func(h *hop) { in(h.body, "offer")["requestId"] = otherUUID }), []string{"offer.request-id"}},
		{"requestId not made", onAnswer(func(h *hop) {
			if h.first.sent["requestId"] == nil {
				in(h.body, "offer")["requestId"] = ""
			}
		}), []string{"offer.request-id-made", "every.schema"}},
		{"messaging_type in the card", onAnswer(func(h *hop) {
			if h.platform() != "whatsapp" {
				h.payload()["messaging_type"] = "RESPONSE"
			}
		}), []string{"offer.messaging-type"}},
	}
}

func brokenTexts() []broken {
	named := func(h *hop) string { return fmt.Sprint(h.sent["clientName"]) }
	// onNames is a server that puts names in badly.
	onNames := func(spoils func(name string) bool, text func(name string) string) bug {
		return onAnswer(func(h *hop) {
			if h.platform() == "facebook" && spoils(named(h)) {
				h.card()["title"] = text(named(h))
			}
		})
	}
	cut := func(n int) func(string) string {
		return func(name string) string { return name[:n] + "\uFFFD" }
	}
	whole := func(name string) string { return "A perk from " + name }
	starts := func(with string) func(string) bool {
		return func(name string) bool { return strings.HasPrefix(name, with) }
	}
	return []broken{
		{"long names not cut", onNames(starts("The Very Long"), whole), []string{"text.long-name", "every.schema"}},
		{"emoji cut in the middle", onNames(starts("👩"), cut(8)), []string{"text.emoji-name"}},
		{"Arabic cut in the middle", onNames(starts("مطعم"), cut(10)), []string{"text.arabic-name"}},
		{"accents counted as nothing", onNames(starts("e\u0301"), whole), []string{"text.combining-name", "every.schema"}},
		{"names escaped for HTML and not cut", onNames(starts("\"Tony"), func(name string) string { return strings.Repeat("&lt;", 30) + name }),
			[]string{"text.markup-name", "every.schema"}},
		{"short names filled up", onNames(func(name string) bool { return name == "X" }, func(string) string { return strings.Repeat("X", 81) }),
			[]string{"text.short-name", "every.schema"}},
		{"placeholder left", onAnswer(func(h *hop) { in(h.payload(), "interactive", "body")["text"] = "{clientName} has a perk for you" }),
			[]string{"text.placeholders"}},
	}
}

func brokenNoFill() []broken {
	onNoFill := func(change func(*hop)) bug {
		return bug{answer: func(h *hop) {
			if h.decided() && h.body["offer"] == nil {
				change(h)
			}
		}}
	}
	return []broken{
		{"404 for no-fill", onNoFill(func(h *hop) { h.refuse(http.StatusNotFound) }), []string{"nofill.*", "every.status"}},
		{"204 for no-fill", onNoFill(func(h *hop) { h.status, h.text = http.StatusNoContent, []byte{} }),
			[]string{"nofill.*", "every.status"}},
		{"nulls left out", onNoFill(func(h *hop) { delete(h.body, "offer"); delete(h.body, "message") }), []string{"nofill.shape", "every.schema"}},
		{"empty object for no offer", onNoFill(func(h *hop) { h.body["message"] = object{} }), []string{"nofill.shape", "every.schema", "every.null-together"}},
		{"no-fill not remembered", bug{
			request: func(h *hop) {
				if h.nth > 1 && fmt.Sprint(in(h.first.sent, "attributes")["countryCode"]) == "AQ" {
					h.pass["inboundMessageId"] = fmt.Sprint(h.key, h.nth)
				}
			},
			answer: func(h *hop) {
				if h.decided() {
					h.body["impressionId"] = sha(fmt.Sprint(h.sent["clientId"], ":", h.sent["inboundMessageId"]))
				}
			},
		}, []string{"nofill.repeat"}},
	}
}

func brokenRepeats() []broken {
	// again is a server that gives another offer to a repeat that it takes for a new request.
	again := func(anew func(*hop) bool) bug {
		return onAnswer(func(h *hop) {
			if h.nth > 1 && anew(h) {
				offer := in(h.body, "offer")
				offer["id"], offer["campaignId"] = otherUUID, otherUUID
			}
		})
	}
	differs := func(field string) func(*hop) bool {
		return func(h *hop) bool { return fmt.Sprint(h.sent[field]) != fmt.Sprint(h.first.sent[field]) }
	}
	repeats := []string{"repeat.same", "repeat.other-*", "repeat.concurrent", "window.minute"}
	return []broken{
		{"forgets at once", onAnswer(func(h *hop) {
			if h.first.sent["requestId"] == nil {
				in(h.body, "offer")["requestId"] = fmt.Sprintf("11111111-1111-4111-8111-%012d", h.nth)
			}
		}), repeats},
		{"another offer for the repeat", again(func(*hop) bool { return true }), repeats},
		{"chatId in the key", again(differs("chatId")), []string{"repeat.other-chat"}},
		{"userId in the key", again(differs("userId")), []string{"repeat.other-user"}},
		{"requestId in the key", again(differs("requestId")), []string{"repeat.other-request-id"}},
		{"attributes in the key", again(differs("attributes")), []string{"repeat.other-attributes"}},
		{"inboundTimestamp in the key", again(differs("inboundTimestamp")), []string{"repeat.other-timestamp"}},
		{"a race between duplicates", again(func(h *hop) bool { return h.nth > 3 }), []string{"repeat.concurrent"}},
		{"remembers for 45 seconds only", again(func(h *hop) bool { return h.at.Sub(h.first.at) > 45*time.Second }), []string{"window.minute"}},
		{"remembers refusals", bug{answer: func(h *hop) {
			if h.decided() && h.refusedBefore {
				h.refuse(http.StatusBadRequest)
			}
		}}, []string{"repeat.after-refusal"}},
	}
}
