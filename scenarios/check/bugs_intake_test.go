package check_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// brokenIntake are servers that refuse what the contract admits.
func brokenIntake() []broken {
	attribute := func(name string, values ...any) bug {
		return refusing(func(h *hop) bool {
			value, there := h.attributes()[name]
			return there && (len(values) == 0 || slices.Contains(values, value))
		})
	}
	field := func(name string) bug {
		return refusing(func(h *hop) bool { _, there := h.sent[name]; return there })
	}
	size := func(least, most int) func(*hop) bool {
		return func(h *hop) bool { n := h.r.ContentLength; return n >= int64(least) && n < int64(most) }
	}
	known := []string{"clientId", "clientName", "messagingPlatform", "recipient", "inboundMessageId", "chatId", "inboundTimestamp", "userId", "requestId", "attributes"}
	return []broken{
		{"milliseconds refused", refusing(func(h *hop) bool { ms, _ := h.sent["inboundTimestamp"].(float64); return ms > 1e11 }),
			[]string{"accept.timestamp-milliseconds"}},
		{"timestamps refused", field("inboundTimestamp"), []string{"accept.timestamp-*", "accept.everything", "repeat.other-timestamp"}},
		{"unknown fields refused", refusing(func(h *hop) bool {
			return slices.ContainsFunc(slices.Collect(maps.Keys(h.sent)), func(name string) bool { return !slices.Contains(known, name) })
		}), []string{"accept.unknown-field"}},
		{"unknown attributes refused", attribute("weather"), []string{"accept.unknown-attribute"}},
		{"attributes wanted", refusing(func(h *hop) bool { return h.sent["attributes"] == nil }), []string{"accept.required-only"}},
		{"some attribute wanted", refusing(func(h *hop) bool { a, ok := h.sent["attributes"].(object); return ok && len(a) == 0 }), []string{"accept.attributes-empty"}},
		{"userId refused", field("userId"), []string{"accept.user-id", "accept.everything", "repeat.other-user"}},
		{"requestId refused", field("requestId"), []string{"accept.request-id", "accept.everything", "offer.request-id", "repeat.other-request-id"}},
		{"long ids refused", refusing(func(h *hop) bool { return len(fmt.Sprint(h.sent["inboundMessageId"])) > 255 }), []string{"accept.long-id"}},
		{"chatId must differ", refusing(func(h *hop) bool { return h.sent["chatId"] == h.sent["recipient"] }), []string{"accept.chat-is-recipient"}},
		{"other countries refused", attribute("countryCode", "GB"), []string{"accept.country", "repeat.other-attributes"}},
		{"city refused", attribute("city"), []string{"accept.city", "accept.everything"}},
		{"region refused", attribute("region"), []string{"accept.region", "accept.everything"}},
		{"language refused", attribute("language"), []string{"accept.language", "accept.language-region", "accept.everything", "repeat.other-attributes"}},
		{"device refused", attribute("platform"), []string{"accept.platform-*", "accept.everything", "repeat.other-attributes", "impression.*-sample"}},
		{"gender refused", attribute("gender"), []string{"accept.gender-*", "accept.everything"}},
		{"custom refused", attribute("custom"), []string{"accept.custom", "accept.custom-empty", "accept.everything", "body.large"}},
		{"some kilobytes refused", refusing(size(4<<10, 1<<20)), []string{"body.large", "text.long-name"}},
		{"megabytes crash it", bug{raw: true, request: func(h *hop) {
			if size(1<<20, 1<<30)(h) {
				h.refuse(http.StatusInternalServerError)
			}
		}}, []string{"body.huge"}},
		{"charset refused", refusing(func(h *hop) bool { return h.r.Header.Get("Content-Type") != "application/json" }), []string{"body.charset"}},
	}
}

// brokenRefusals are servers that take what the contract refuses.
func brokenRefusals() []broken {
	good := object{"clientId": "x", "clientName": "x", "messagingPlatform": "whatsapp", "recipient": "1", "inboundMessageId": "x", "chatId": "x"}
	// lenient puts a good value wherever a required field is spoiled that way.
	lenient := func(spoiled func(value any, there bool) bool) bug {
		return taking(func(h *hop) {
			if !h.offers() {
				return
			}
			for name := range good {
				if value, there := h.sent[name]; spoiled(value, there) {
					h.pass[name] = good[name]
				}
			}
		})
	}
	value := func(field string, bad, mended any) bug {
		return taking(func(h *hop) {
			if h.sent[field] == bad {
				h.pass[field] = mended
			}
		})
	}
	attribute := func(field string, bad, mended any) bug {
		return taking(func(h *hop) {
			if h.attributes()[field] == bad {
				in(h.pass, "attributes")[field] = mended
			}
		})
	}
	return []broken{
		{"missing fields taken", lenient(func(_ any, there bool) bool { return !there }), []string{"refuse.*.missing"}},
		{"empty fields taken", lenient(func(v any, _ bool) bool { return v == "" }), []string{"refuse.*.empty"}},
		{"null fields taken", lenient(func(v any, there bool) bool { return there && v == nil }), []string{"refuse.*.null"}},
		{"numbers taken for texts", lenient(func(v any, _ bool) bool { _, is := v.(float64); return is }), []string{"refuse.*.number"}},
		{"objects taken for texts", lenient(func(v any, _ bool) bool { _, is := v.(object); return is }), []string{"refuse.*.object"}},
		{"unknown platforms taken", value("messagingPlatform", "telegram", "whatsapp"), []string{"refuse.messagingPlatform.unknown"}},
		{"messenger taken", value("messagingPlatform", "messenger", "facebook"), []string{"refuse.messagingPlatform.messenger"}},
		{"platforms in any case", value("messagingPlatform", "WhatsApp", "whatsapp"), []string{"refuse.messagingPlatform.capitals"}},
		{"lower-case countries taken", attribute("countryCode", "us", "US"), []string{"refuse.attributes.countryCode.lower-case"}},
		{"three letters taken", attribute("countryCode", "USA", "US"), []string{"refuse.attributes.countryCode.three-letters"}},
		{"devices in any case", attribute("platform", "iOS", "ios"), []string{"refuse.attributes.platform.capitals"}},
		{"unknown devices taken", attribute("platform", "windows", "web"), []string{"refuse.attributes.platform.unknown"}},
		{"unknown genders taken", attribute("gender", "unknown", "other"), []string{"refuse.attributes.gender.unknown"}},
		{"any requestId taken", value("requestId", "request-1", otherUUID), []string{"refuse.requestId.no-uuid"}},
		{"no validation at all", taking(func(h *hop) {
			if h.offers() {
				h.pass = maps.Clone(good)
				h.pass["inboundMessageId"] = h.key
			}
		}), []string{"refuse.*", "offer.*", "impression.*", "every.impression"}},
		{"bodies that are no requests taken", bug{raw: true, request: func(h *hop) {
			if h.offers() && h.r.Method == http.MethodPost && h.sent == nil && h.r.ContentLength < 1<<20 && strings.HasPrefix(h.r.Header.Get("X-Api-Key"), "pk_test_") {
				h.pass = maps.Clone(good)
			}
		}}, []string{"body.empty", "body.not-json", "body.truncated", "body.array", "body.text", "body.null"}},
	}
}

func brokenKeys() []broken {
	// takes is a server that mends a credential.
	takes := func(wrongly func(*hop) bool) bug {
		return taking(func(h *hop) {
			if wrongly(h) {
				h.r.Header.Set("X-Api-Key", "pk_test_other")
			}
		})
	}
	key := func(h *hop) string { return h.r.Header.Get("X-Api-Key") }
	return []broken{
		{"401 for a good key", bug{request: func(h *hop) { h.refuse(http.StatusUnauthorized) }}, []string{"auth.key"}},
		{"no key needed", takes(func(*hop) bool { return true }), []string{"auth.missing", "auth.empty", "auth.garbage", "auth.unknown-live", "auth.bearer", "auth.callback"}},
		{"any key taken", takes(func(h *hop) bool { return key(h) != "" }), []string{"auth.garbage", "auth.unknown-live"}},
		{"Bearer taken", takes(func(h *hop) bool { return h.r.Header.Get("Authorization") != "" }), []string{"auth.bearer"}},
		{"403 without a key", bug{answer: func(h *hop) {
			if h.status == http.StatusUnauthorized {
				h.refuse(http.StatusForbidden)
			}
		}}, []string{"auth.missing", "auth.empty", "auth.garbage", "auth.unknown-live", "auth.bearer", "auth.callback", "every.status"}},
	}
}

func brokenEnvelopes() []broken {
	onStatus := func(status int, change func(*hop)) bug {
		return bug{raw: true, answer: func(h *hop) {
			if h.status == status {
				change(h)
			}
		}}
	}
	return []broken{
		{"400 in plain text", onStatus(http.StatusBadRequest, func(h *hop) {
			h.header, h.text = http.Header{"Content-Type": {"text/plain"}}, []byte("bad request")
		}), []string{"every.error-body", "every.schema", "every.content-type"}},
		{"details as a text", onStatus(http.StatusBadRequest, func(h *hop) { h.body["details"] = "clientId" }), []string{"every.error-body", "every.schema"}},
		{"422 for 400", onStatus(http.StatusBadRequest, func(h *hop) { h.refuse(http.StatusUnprocessableEntity) }),
			[]string{"refuse.*", "body.empty", "body.huge", "body.not-json", "body.truncated", "body.array", "body.text", "body.null", "callback.*", "every.status"}},
		{"HTML content type", onStatus(http.StatusOK, func(h *hop) { h.header.Set("Content-Type", "text/html; charset=utf-8") }), []string{"every.content-type"}},
		{"success false", onStatus(http.StatusOK, func(h *hop) { h.body["success"] = false }), []string{"every.success", "every.schema", "nofill.shape"}},
		{"201 for 200", onStatus(http.StatusOK, func(h *hop) { h.status = http.StatusCreated }), []string{
			"auth.key", "accept.*", "body.charset", "body.large", "offer.*", "text.*", "nofill.*", "impression.*", "repeat.*", "window.*",
			"callback.delivered", "callback.read", "callback.repeated", "every.status",
		}},
		{"every method decides", onStatus(http.StatusMethodNotAllowed, decides), []string{"route.get", "route.put"}},
		{"every path decides", onStatus(http.StatusNotFound, decides), []string{"route.unknown"}},
	}
}

// decides answers as if nothing were wrong.
func decides(h *hop) {
	h.status, h.body = http.StatusOK, object{"success": true, "offer": nil, "message": nil}
}

func brokenCallbacks() []broken {
	onReport := func(change func(*hop)) bug {
		return bug{raw: true, answer: func(h *hop) {
			if strings.HasSuffix(h.r.URL.Path, "/delivered") {
				change(h)
			}
		}}
	}
	accepted := func(h *hop) {
		if h.status == http.StatusBadRequest {
			h.status, h.body = http.StatusAccepted, object{"success": true}
		}
	}
	reports := map[string]int{}
	return []broken{
		{"200 for the callback", onReport(func(h *hop) {
			if h.status == http.StatusAccepted {
				h.status = http.StatusOK
			}
		}), []string{"callback.delivered", "callback.read", "callback.repeated", "callback.unknown-impression", "every.status"}},
		{"any report taken", onReport(accepted), []string{
			"callback.missing", "callback.text", "callback.null", "callback.zero", "callback.negative", "callback.fraction",
			"callback.read-text", "callback.read-zero", "callback.array", "callback.*-id",
		}},
		{"404 for an unknown impression", onReport(func(h *hop) {
			if h.header.Get("X-Sandbox-Thread") == "" && h.status == http.StatusAccepted && h.sent["readTimestamp"] == nil {
				h.refuse(http.StatusNotFound)
			}
		}), []string{"callback.delivered", "callback.repeated", "callback.unknown-impression", "every.status"}},
		{"409 for a second report", onReport(func(h *hop) {
			if reports[h.r.URL.Path]++; reports[h.r.URL.Path] == 2 {
				h.refuse(http.StatusConflict)
			}
		}), []string{"callback.repeated", "every.status"}},
	}
}
