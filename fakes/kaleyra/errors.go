package kaleyra

import (
	"net/http"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Error is a refusal in Kaleyra's words: one row of the page's failure
// responses.
type Error struct {
	Status  int    // HTTP status
	Code    string // what clients are to decide on; WA-401 stands for two things
	Message string
	Key     string // the member of "error"
	Text    string // its text; the Message where empty
	List    bool   // "data" is an empty array instead of an empty object
}

// Error implements error.
func (e Error) Error() string { return e.Code + " " + e.Message }

// envelope is the body of every answer.
type envelope struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
	Error   any    `json:"error"`
}

// nothing is an empty object.
type nothing struct{}

// Answer implements sim.VendorError.
func (e Error) Answer() sim.Answer {
	text, data := e.Text, any(nothing{})
	if text == "" {
		text = e.Message
	}
	if e.List {
		data = []any{}
	}
	return sim.Answer{Status: e.Status, Body: envelope{e.Code, e.Message, data, map[string]string{e.Key: text}}}
}

// The failure responses of the page, but for WAV2101, of which the page of error
// codes tells the code and its meaning alone, and NotFound, which is the
// sandbox's own.
var (
	errCredential = Error{http.StatusUnauthorized, "RBC001", "Incorrect SID or API key.", "error", "", true}
	errAccount    = Error{http.StatusUnauthorized, "WA-401", "API is not available for given customer.Please contact support for more info", "account", "", false}
	errSender     = Error{http.StatusUnauthorized, "WA401", "Phone number is not present or does not belong to the account.", "phone_number", "", false}
	errVersion    = Error{http.StatusUnauthorized, "WA-401", "The phone number you're using is associated with different Version of our WA API. Please use the appropriate endpoint.", "phone_number", "", false}
	errBalance    = Error{http.StatusBadRequest, "E110", "Please check your balance, You have a low balance!", "balance", "", false}
	errDaily      = Error{http.StatusTooManyRequests, "WAV2101", "Your account has reached its daily limit.", "limit", "", false}
	errPayload    = Error{http.StatusBadRequest, "WA400", "Refer to correct payload format", "payload", "Incorrect payload format", false}
	errInternal   = Error{http.StatusInternalServerError, "WA500", "Please try again later", "error", "Internal server error", false}
	errNotFound   = Error{http.StatusNotFound, "WA404", "There is no such endpoint.", "path", "", false}
)

// Errors are the documented refusals, in the order of the page.
func Errors() []Error {
	return []Error{errCredential, errSender, errPayload, errInternal, errBalance, errAccount, errVersion, errDaily}
}

// provided are the refusals that a fault may ask for.
var provided = map[string]Error{
	fault.ProviderInvalid: errPayload, fault.ProviderRate: errDaily, fault.ProviderDaily: errDaily, fault.ProviderBalance: errBalance,
	fault.ProviderOutage: errInternal, fault.ProviderAccount: errAccount, fault.ProviderVersion: errVersion,
}

// faulted words a status that a fault injects: the documented error of that
// status, else that of its class.
func faulted(_ *sim.Call, status int) sim.Answer {
	e := errPayload
	switch {
	case status >= http.StatusInternalServerError:
		e = errInternal
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e = errCredential
	case status == http.StatusPaymentRequired:
		e = errBalance
	case status == http.StatusTooManyRequests:
		e = errDaily
	case status == http.StatusNotFound:
		e = errNotFound
	}
	e.Status = status
	return e.Answer()
}

// refuse words a refusal of the engine. What is wrong stays in the journal: the
// vendor has one text for all of it.
func refuse(_ *sim.Call, r sim.Refusal) sim.Answer {
	e := errPayload
	switch r.Kind {
	case sim.Unauthorized:
		if e = errCredential; r.Minting {
			e.Text = r.Message
		}
	case sim.NoOperation, sim.MethodNotAllowed:
		e = errNotFound
		e.Text = r.Message
		if r.Kind == sim.MethodNotAllowed {
			e.Status, e.Code = http.StatusMethodNotAllowed, "WA405"
			e.Message = "This endpoint takes another method."
		}
	case sim.Internal, sim.Overloaded:
		e = errInternal
	}
	a := e.Answer()
	if len(r.Allow) > 0 {
		a.Header = http.Header{"Allow": r.Allow}
	}
	return a
}
