package meta

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// errorRow is one documented error.
type errorRow struct {
	Code, Subcode int
	Status        int
	Title         string
	Details       string // what error_data says when the caller knows nothing better
	// Message replaces "(#<code>) <title>" as a whole.
	Message   string
	Type      string // OAuthException when empty
	Transient bool
	Async     bool
}

func (r errorRow) error() *Error {
	if r.Message == "" {
		r.Message = "(#" + strconv.Itoa(r.Code) + ") " + r.Title
	}
	return &Error{
		Code: r.Code, Subcode: r.Subcode, Status: r.Status, Title: r.Title, Details: r.Details, Message: r.Message,
		Type:      cmp.Or(r.Type, "OAuthException"),
		Transient: r.Transient, Async: r.Async,
	}
}

// lookup finds the row of a code and subcode. Where only the subcode is not
// documented it is the code's first row, with the subcode asked for.
func lookup(code, subcode int) (errorRow, bool) {
	first := slices.IndexFunc(errorTable, func(r errorRow) bool { return r.Code == code })
	exact := slices.IndexFunc(errorTable, func(r errorRow) bool { return r.Code == code && r.Subcode == subcode })
	switch {
	case exact >= 0:
		return errorTable[exact], true
	case first < 0:
		return errorRow{}, false
	}
	row := errorTable[first]
	row.Subcode = cmp.Or(subcode, row.Subcode)
	return row, true
}

// Short names keep a row on a line.
const (
	refused     = http.StatusBadRequest
	noToken     = http.StatusUnauthorized
	forbidden   = http.StatusForbidden
	absent      = http.StatusNotFound
	throttled   = http.StatusTooManyRequests
	broken      = http.StatusInternalServerError
	unavailable = http.StatusServiceUnavailable
)

// errorTable has the codes of WhatsApp Cloud API, Error codes, then those of
// Messenger Platform, Error codes. The first page no longer gives the HTTP
// status: it is taken from Meta's OpenAPI document where that has the code,
// else from the page's earlier edition. Details are the sandbox's words.
var errorTable = []errorRow{
	// Tokens and permissions.
	{Code: 0, Status: noToken, Title: "AuthException", Details: "The access token cannot be authenticated; get a new one"},
	{Code: 104, Status: noToken, Title: "Access token required", Message: "An access token is required to request this resource."},
	{Code: 190, Status: noToken, Title: "Access token has expired", Message: "Invalid OAuth access token - Cannot parse access token"},
	{Code: 190, Subcode: 458, Status: noToken, Title: "App not installed", Message: "Error validating access token: The user has not authorized application."},
	{Code: 190, Subcode: 460, Status: noToken, Title: "Password changed", Message: "Error validating access token: The session has been invalidated because the user changed the password."},
	{Code: 190, Subcode: 463, Status: noToken, Title: "Access token has expired", Message: "Error validating access token: Session has expired."},
	{Code: 190, Subcode: 467, Status: noToken, Title: "Access token is invalid", Message: "Error validating access token: The session is invalid."},
	{Code: 3, Status: broken, Title: "API Method", Details: "The app lacks a capability that this method needs"},
	{Code: 10, Status: forbidden, Title: "Permission Denied", Details: "The permission was not granted or was removed"},
	{Code: 200, Status: forbidden, Title: "API Permission", Details: "The permission was not granted or was removed"},
	{Code: 131005, Status: forbidden, Title: "Access denied", Details: "The permission was not granted or was removed"},

	// Parameters.
	{Code: 33, Status: refused, Title: "Parameter value is not valid", Details: "The business phone number has been deleted"},
	{Code: 100, Status: refused, Title: "Invalid parameter", Details: "A parameter is unknown, misspelt or too long"},
	{Code: 100, Subcode: 33, Status: refused, Title: "Unsupported request", Type: "GraphMethodException",
		Message: "Unsupported post request. The object does not exist, cannot be loaded due to missing permissions, or does not support this operation"},
	{Code: 131008, Status: refused, Title: "Required parameter is missing", Details: "A required parameter is missing"},
	{Code: 131009, Status: refused, Title: "Parameter value is not valid", Details: "A parameter has a value that cannot be used"},
	{Code: 131021, Status: refused, Title: "Recipient cannot be sender", Details: "The recipient is the number that sends; use another one"},
	{Code: 2500, Status: refused, Title: "Unknown path components", Details: "Graph has no such object, edge or version"},
	{Code: 131055, Status: refused, Title: "Method not allowed", Details: "This method is not allowed for the object"},

	// Service.
	{Code: 1, Status: refused, Title: "API Unknown", Details: "The request is invalid or the server failed"},
	{Code: 2, Status: unavailable, Title: "API Service", Details: "The service is down or overloaded; try again", Transient: true},
	{Code: 131000, Status: broken, Title: "Something went wrong", Details: "The message could not be sent for an unknown reason; try again", Async: true},
	{Code: 131016, Status: broken, Title: "Service unavailable", Details: "A service is temporarily unavailable; try again", Async: true},
	{Code: 131057, Status: broken, Title: "Account in maintenance mode", Details: "The number is being upgraded for higher throughput; try again in a minute"},
	{Code: 133004, Status: unavailable, Title: "Server Temporarily Unavailable", Details: "The registration server is unavailable; try again"},

	// Limits.
	{Code: 4, Subcode: 2446079, Status: throttled, Title: "API Too Many Calls", Message: "(#4) Application request limit reached", Transient: true},
	{Code: 4, Status: throttled, Title: "API Too Many Calls", Message: "(#4) Application request limit reached", Transient: true},
	{Code: 613, Status: refused, Title: "Rate limit", Message: "(#613) Calls to this api have exceeded the rate limit."},
	{Code: 80007, Status: refused, Title: "Rate limit issues", Details: "The WhatsApp Business Account has reached its rate limit"},
	{Code: 130429, Status: refused, Title: "Rate limit hit", Details: "The number has reached its message throughput; send more slowly", Async: true},
	{Code: 131048, Status: refused, Title: "Spam rate limit hit", Details: "Too many earlier messages of this number were blocked or reported", Async: true},
	{Code: 131056, Status: refused, Title: "(Business Account, Consumer Account) pair rate limit hit", Details: "Too many messages to the same customer in a short time", Async: true},
	{Code: 131064, Status: refused, Title: "Classification limit hit", Details: "The limit of messages of this classification is reached", Async: true},
	{Code: 133016, Status: refused, Title: "Account register deregister rate limit exceeded", Details: "Too many registrations of this number in a short time"},

	// Accounts and policy.
	{Code: 368, Status: forbidden, Title: "Temporarily blocked for policies violations", Details: "The account is restricted for violating a policy"},
	{Code: 130497, Status: forbidden, Title: "Business account is restricted from messaging users in this country", Details: "The account may not message customers of this country", Async: true},
	{Code: 131031, Status: forbidden, Title: "Account has been locked", Details: "The account is locked for violating a policy or for data that could not be verified", Async: true},
	{Code: 131037, Status: refused, Title: "WhatsApp provided number needs display name approval before message can be sent.", Details: "The number has no approved display name", Async: true},
	{Code: 131042, Status: refused, Title: "Business eligibility payment issue", Details: "The account has no valid payment method", Async: true},
	{Code: 131045, Status: broken, Title: "Incorrect certificate", Details: "The number could not be registered", Async: true},
	{Code: 131063, Status: refused, Title: "Marketing messages are disabled", Details: "Marketing messages are disabled for this account", Async: true},
	{Code: 135000, Status: refused, Title: "Generic user error", Details: "The request cannot be handled as it is", Async: true},

	// Delivery.
	{Code: 130403, Status: refused, Title: "User has blocked the business", Details: "The customer blocked this business", Async: true},
	{Code: 130472, Status: refused, Title: "User's number is part of an experiment", Details: "The customer's number is part of an experiment", Async: true},
	{Code: 131026, Status: refused, Title: "Message undeliverable", Details: "The number is not on WhatsApp, its app is too old or its terms are not accepted", Async: true},
	{Code: 131030, Status: refused, Title: "Recipient phone number not in allowed list", Details: "A test number sends to its listed recipients only; add this one"},
	{Code: 131047, Status: refused, Title: "Re-engagement message", Details: "More than 24 hours have passed since the customer last wrote; send a template", Async: true},
	{Code: 131049, Status: refused, Title: "This message was not delivered to maintain healthy ecosystem engagement.", Details: "The customer has received enough marketing messages for now; do not try again soon", Async: true},
	{Code: 131050, Status: refused, Title: "User has stopped marketing messages", Details: "The customer opted out of marketing messages of this business", Async: true},
	{Code: 131051, Status: refused, Title: "Unsupported message type", Details: "The message type is not supported", Async: true},
	{Code: 131052, Status: refused, Title: "Media download error", Details: "The medium could not be fetched from the customer's message", Async: true},
	{Code: 131053, Status: refused, Title: "Media upload error", Details: "The medium could not be fetched from its link or has an unsupported type", Async: true},

	// Templates.
	{Code: 132000, Status: refused, Title: "Number of parameters does not match the expected number of params", Details: "The template has another number of parameters"},
	{Code: 132001, Status: absent, Title: "Template name does not exist in the translation", Details: "No approved template has this name in this language"},
	{Code: 132005, Status: refused, Title: "Translated text too long", Details: "The template's text is too long with these parameters"},
	{Code: 132007, Status: refused, Title: "Content policy violated", Details: "The template's content violates a policy"},
	{Code: 132012, Status: refused, Title: "Parameter format does not match format in the created template", Details: "A parameter is of another kind than in the template"},
	{Code: 132015, Status: refused, Title: "Template is paused", Details: "The template is paused for low quality"},
	{Code: 132016, Status: refused, Title: "Template is disabled", Details: "The template was paused too often and is disabled"},
	{Code: 132018, Status: refused, Title: "Template validation failed", Details: "The template's parameters are not valid"},
	{Code: 132068, Status: refused, Title: "Flow is blocked", Details: "The template's flow is blocked"},
	{Code: 132069, Status: refused, Title: "Flow is throttled", Details: "The template's flow is throttled"},
	{Code: 134011, Status: refused, Title: "Payments terms are not accepted", Details: "The terms of service of WhatsApp payments are not accepted"},
	{Code: 134100, Status: refused, Title: "Only marketing messages supported", Details: "This endpoint sends marketing templates only"},
	{Code: 134101, Status: refused, Title: "Template is still syncing", Details: "The template is being made ready; try again in ten minutes"},
	{Code: 134102, Status: broken, Title: "Template is unavailable for use", Details: "The template cannot be used on this endpoint"},

	// Registration of numbers.
	{Code: 133000, Status: broken, Title: "Incomplete Deregistration", Details: "An earlier deregistration is incomplete; deregister again"},
	{Code: 133005, Status: refused, Title: "Two step verification PIN Mismatch", Details: "The PIN is wrong"},
	{Code: 133006, Status: refused, Title: "Phone number re-verification needed", Details: "Verify the number before it is registered"},
	{Code: 133008, Status: refused, Title: "Too Many two step verification PIN Guesses", Details: "Too many wrong PINs; wait"},
	{Code: 133009, Status: refused, Title: "Two step verification PIN Guessed Too Fast", Details: "PINs were tried too fast; wait"},
	{Code: 133010, Status: refused, Title: "Phone number Not Registered", Details: "The number is not registered; register it first"},
	{Code: 133015, Status: refused, Title: "Phone number was deleted recently", Details: "The number was deleted a moment ago; wait some minutes"},

	// Messenger and Instagram.
	{Code: 10, Subcode: 2018278, Status: refused, Title: "Outside of allowed window",
		Message: "(#10) This message is sent outside of allowed window. Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview"},
	{Code: 10, Subcode: 2534022, Status: refused, Title: "Outside of allowed window",
		Message: "(#10) This message is sent outside of allowed window. Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview"},
	{Code: 10, Subcode: 2018065, Status: refused, Title: "This message needs a permission that the page does not have"},
	{Code: 10, Subcode: 2018108, Status: refused, Title: "This Person Cannot Receive Messages"},
	{Code: 10, Subcode: 1893063, Status: refused, Title: "The page is temporarily restricted from sending messages"},
	{Code: 100, Subcode: 2018001, Status: refused, Title: "No matching user found"},
	{Code: 100, Subcode: 2018109, Status: refused, Title: "Attachment size exceeds allowable limit"},
	{Code: 100, Subcode: 2018047, Status: refused, Title: "Upload attachment failure"},
	{Code: 100, Subcode: 2018008, Status: refused, Title: "Failed to fetch the file from the url"},
	{Code: 200, Subcode: 1545041, Status: refused, Title: "This person isn't available right now."},
	{Code: 551, Subcode: 1545041, Status: refused, Title: "This person isn't available right now."},
	{Code: 200, Subcode: 2018021, Status: refused, Title: "The app lacks a permission of the page"},
	{Code: 1200, Status: refused, Title: "Temporary send message failure. Please try again later.", Transient: true},
}
