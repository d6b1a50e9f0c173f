package rules

import (
	"fmt"
	"mime"
	"regexp"
	"slices"
	"strings"
)

// Sections of the guide that most rules of the request come from.
const (
	guideRequest = "Encore integration guide, Request: "
	guideSource  = "Encore integration guide, Where each field comes from: "
)

// operatorRules are the rules about the call as a whole and about the operator.
func operatorRules() []Rule {
	return []Rule{
		{
			ID: "R13", Severity: Must, Scope: ScopeThread, Needs: needAddressed,
			Judge:  both(eachCall(wrongEnvelope), wrongAddress, weigh(Hint, eachCall(shortPath)), weigh(Hint, eachCall(unknownFields))),
			Duty:   "The call is a POST of a JSON object to /encore/publisher/sdk/v1/offers/message",
			Clause: guideRequest + "POST to that address with Content-Type application/json",
			Fix:    "POST to <base>/encore/publisher/sdk/v1/offers/message with Content-Type: application/json",
		},
		{
			ID: "R14", Severity: Must, Scope: ScopeThread, Needs: needAttempt, Judge: eachCall(missingFields),
			Duty:   "clientId, clientName, messagingPlatform, recipient, inboundMessageId and chatId are strings and not empty",
			Clause: guideRequest + "the six fields that are not marked optional in the table",
			Fix:    "fill every required field; each has a source in the webhook or in your own configuration",
		},
		{
			ID: "R15", Severity: Must, Scope: ScopeRun, Needs: needCall, Judge: changingClientID,
			NeedsRun: needThreadsWithCalls(2), JudgeRun: clientIDsOfRun,
			Duty:   "clientId stays the same for an operator, on every platform, and differs between operators",
			Clause: guideSource + "clientId is the operator's stable id, the same across platforms",
			Fix:    "take clientId from the operator's record, not from the channel or the conversation",
		},
		{
			ID: "R16", Severity: Must, Scope: ScopeThread, Needs: needAttempt, Judge: eachCall(wrongClientName),
			Duty:   "clientName is the name people know the operator by, not an id",
			Clause: guideRequest + "clientName appears in the text of the offer, so send the readable name",
			Fix:    "send the operator's display name, such as Tony's Pizza",
		},
	}
}

// messageRules are the rules about fields that come from the message.
func messageRules() []Rule {
	return []Rule{
		{
			ID: "R17", Severity: Must, Scope: ScopeThread, Needs: needAttempt, Judge: eachCall(wrongPlatform),
			Duty:   "messagingPlatform is whatsapp, instagram or facebook, and the one the message came from",
			Clause: guideRequest + "three values; the platform decides the shape of the payload",
			Fix:    "map the webhook's object to the platform; Messenger is called facebook",
		},
		{
			ID: "R18", Severity: Must, Scope: ScopeThread, Needs: needMessageAndCall,
			Judge:  both(eachCall(wrongRecipient), weigh(Hint, eachCall(plusInRecipient))),
			Duty:   "recipient is the sender of the message, in the platform's own format",
			Clause: guideSource + "recipient is the sender's phone number in E.164, PSID or IGSID",
			Fix:    "copy messages[].from or messaging[].sender.id as it is",
		},
		{
			ID: "R19", Severity: Must, Scope: ScopeThread, Needs: needCall, Judge: identities(idForeign, true),
			Duty:   "inboundMessageId is the platform's id of the message that triggered the call",
			Clause: guideSource + "inboundMessageId is the wamid or mid of the inbound message",
			Fix:    "copy messages[].id or message.mid; do not invent an id and do not use that of your own message",
		},
		{
			ID: "R20", Severity: Must, Scope: ScopeThread, Needs: needCall,
			Judge:  both(identities(idForeign, false), identities(idReused, true), identities(idReused, false)),
			Duty:   "inboundMessageId is the same in every retry of a call, and another one for another message",
			Clause: "Encore integration guide, Retry guidance: reuse the same inboundMessageId across retries",
			Fix:    "build the request once per message and send the same bytes again",
		},
		{
			ID: "R21", Severity: Must, Scope: ScopeThread, Needs: needAttempt,
			Judge:    both(changingChatID, weigh(Hint, eachCall(accountAsChatID))),
			NeedsRun: needThreadsWithCalls(2), JudgeRun: sharedChatIDs,
			Duty:   "chatId names the conversation: one value for a thread, another one for another customer",
			Clause: guideSource + "chatId is the thread's id on the platform, or your own key for the thread",
			Fix:    "derive chatId from the customer and the account, and keep it",
		},
	}
}

// optionalRules are the rules about optional fields.
func optionalRules() []Rule {
	return []Rule{
		{
			ID: "R22", Severity: Must, Scope: ScopeThread, Judge: eachCall(wrongTimestamp),
			Needs:  needField("inboundTimestamp", func(a *attempt) bool { return wrote(a, a.request.Body.InboundTimestamp != nil, "inboundTimestamp") }),
			Duty:   "inboundTimestamp, if sent, is the time of the message in whole Unix seconds",
			Clause: guideSource + "seconds, not milliseconds; Messenger and Instagram timestamps are divided by 1000 and floored",
			Fix:    "convert milliseconds to whole seconds and a string to a number, or leave the field out",
		},
		{
			ID: "R23", Severity: Must, Scope: ScopeThread, Judge: eachCall(wrongRequestID),
			Needs:  needField("requestId", func(a *attempt) bool { return wrote(a, a.request.Body.RequestID != nil, "requestId") }),
			Duty:   "requestId, if sent, is a UUID",
			Clause: guideRequest + "requestId has the type UUID and may be omitted",
			Fix:    "send a UUID such as 11111111-1111-4111-8111-111111111111, or leave the field out",
		},
		{
			ID: "R24", Severity: Must, Scope: ScopeThread, Judge: eachCall(wrongAttributes),
			Needs:  needField("attributes", func(a *attempt) bool { return wrote(a, a.request.Body.Attributes != nil, "attributes") }),
			Duty:   "attributes keep to their formats: country alpha-2, the lists for platform and gender, strings in custom",
			Clause: guideRequest + "the types of attributes.countryCode, platform, gender and custom",
			Fix:    "send countryCode in two capital letters and only documented values, or leave the attribute out",
		},
		{
			ID: "R25", Severity: Should, Scope: ScopeThread, Judge: eachCall(rawUserID),
			Needs:  needField("userId", func(a *attempt) bool { return a.request.Body.UserID != nil }),
			Duty:   "userId, if sent, is a hash and never the customer's number or platform id",
			Clause: guideRequest + "userId is a hashed identifier of the end user",
			Fix:    "hash the identifier, or leave the field out",
		},
		{
			ID: "R26", Severity: Should, Scope: ScopeThread, Within: "R22",
			Duty:   "inboundTimestamp is rather left out than sent in the wrong unit",
			Clause: guideSource + "the field may be skipped on Instagram and Messenger",
			Fix:    "leave inboundTimestamp out when seconds are not at hand",
		},
	}
}

func needAddressed(r *Reading) string {
	return unless(len(r.attempts)+len(r.strayOffers()) > 0, "Encore was not called")
}

func needMessageAndCall(r *Reading) string {
	if reason := needAttempt(r); reason != "" {
		return reason
	}
	return unless(len(r.inbounds) > 0, "no message of a customer was delivered")
}

// wrote tells whether an optional field was sent, also with a wrong type.
func wrote(a *attempt, read bool, field string) bool { return read || mistyped(a, field) }

// mistyped tells whether a field, or something in it, has another JSON type
// than documented.
func mistyped(a *attempt, field string) bool {
	return slices.ContainsFunc(a.request.WrongType, func(name string) bool {
		return name == field || strings.HasPrefix(name, field+".")
	})
}

func wrongEnvelope(_ *Reading, a *attempt) string {
	q := a.request
	media, _, _ := mime.ParseMediaType(q.ContentType)
	switch {
	case q.Method != "POST":
		return fmt.Sprintf("Encore was called with %s instead of POST", q.Method)
	case !strings.HasSuffix(q.Path, "/publisher/sdk/v1/offers/message"):
		return "Encore was called at " + q.Path
	case q.NotJSON:
		return "the body of the call is no JSON object"
	case media != "application/json" && !strings.HasSuffix(media, "+json"):
		return fmt.Sprintf("the call has Content-Type %q instead of application/json", q.ContentType)
	}
	return ""
}

// shortPath hints at an address that works here and in Encore's development
// environments, but not in production.
func shortPath(_ *Reading, a *attempt) string {
	if a.request.Path == "/publisher/sdk/v1/offers/message" {
		return "the path lacks the /encore in front that production has"
	}
	return ""
}

func unknownFields(_ *Reading, a *attempt) string {
	if len(a.request.Unknown) == 0 {
		return ""
	}
	return "the call carries fields that Encore does not document: " + listed(a.request.Unknown)
}

// strayOffers are requests that were meant for the offers endpoint and missed it.
func (r *Reading) strayOffers() []*stray {
	var strays []*stray
	for _, s := range r.strays {
		if strings.Contains(s.Path, "offers") {
			strays = append(strays, s)
		}
	}
	return strays
}

func wrongAddress(r *Reading) []Breach {
	var breaches []Breach
	for _, s := range r.strayOffers() {
		breaches = append(breaches, Breach{
			What:      fmt.Sprintf("%s %s reached no operation (%s)", s.Method, s.Host+s.Path, s.Reason),
			Exchanges: []int64{s.n},
		})
	}
	return breaches
}

// missingFields names required fields that are absent, empty or no strings.
func missingFields(_ *Reading, a *attempt) string {
	if a.request.NotJSON {
		return "" // R13 says so
	}
	b := a.request.Body
	var missing []string
	for _, field := range []struct {
		name  string
		value *string
	}{
		{"clientId", b.ClientID},
		{"clientName", b.ClientName},
		{"messagingPlatform", b.MessagingPlatform},
		{"recipient", b.Recipient},
		{"inboundMessageId", b.InboundMessageID},
		{"chatId", b.ChatID},
	} {
		if strings.TrimSpace(value(field.value)) != "" {
			continue
		}
		if mistyped(a, field.name) {
			missing = append(missing, field.name+" (not a string)")
		} else {
			missing = append(missing, field.name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "the call lacks " + listed(missing)
}

var uuidPattern = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func wrongClientName(_ *Reading, a *attempt) string {
	name := value(a.request.Body.ClientName)
	switch {
	case name == "":
		return ""
	case name == value(a.request.Body.ClientID):
		return fmt.Sprintf("clientName is the clientId (%q)", name)
	case uuidPattern.MatchString(name):
		return fmt.Sprintf("clientName is a UUID (%s)", name)
	}
	return ""
}
