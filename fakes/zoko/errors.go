package zoko

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Error is a refusal in Zoko's words.
type Error struct {
	Status  int    // HTTP status, repeated in the body as a number
	Message string // what to change
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Status, e.Message) }

// errorBody is the one error body of Zoko's that is known, a 409's.
type errorBody struct {
	Status    int    `json:"status"`
	Type      string `json:"type"`
	Message   string `json:"message"`
	Timestamp string `json:"timestamp"`
}

// answer is the error as it goes out at a moment.
func (e *Error) answer(at time.Time) sim.Answer {
	kind := "client_error"
	if e.Status >= http.StatusInternalServerError {
		kind = "server_error"
	}
	return sim.Answer{Status: e.Status, Body: errorBody{e.Status, kind, e.Message, stamp(at)}}
}

// vendorError carries an Error through the engine.
type vendorError struct {
	zoko *Error
	at   time.Time
}

// Error implements error.
func (e vendorError) Error() string { return e.zoko.Error() }

// Answer implements sim.VendorError.
func (e vendorError) Answer() sim.Answer { return e.zoko.answer(e.at) }

// fail answers a call with an error.
func fail(tx *sim.Tx, e *Error) (sim.Answer, error) { return sim.Answer{}, vendorError{e, tx.Now} }

// bad is the answer to a request that cannot be put to use. The text begins
// with the field and says what to send.
func bad(format string, args ...any) *Error {
	return &Error{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// absent is the answer to an id that the account does not have.
func absent(what, id string) *Error {
	return &Error{http.StatusNotFound, fmt.Sprintf("no %s %q; ids are those of this account's answers and webhooks", what, id)}
}

// firstContact is the text of the one sample.
func firstContact() *Error {
	return &Error{http.StatusConflict, "New customer - please use template message for first contact."}
}

func windowClosed() *Error {
	return &Error{http.StatusConflict, "The customer's last message is more than 24 hours old - please use template message."}
}

// faultMessages are what injected statuses say.
var faultMessages = map[int]string{
	http.StatusBadRequest:          "The request could not be read.",
	http.StatusUnauthorized:        "The apikey is missing or wrong.",
	http.StatusForbidden:           "The apikey may not do this.",
	http.StatusNotFound:            "There is no such resource.",
	http.StatusConflict:            "The request conflicts with the state of the chat.",
	http.StatusTooManyRequests:     "Too many requests - please slow down.",
	http.StatusInternalServerError: "Something went wrong - please try again.",
	http.StatusServiceUnavailable:  "The service is unavailable - please try again.",
}

// faulted words a status that a fault injects.
func faulted(c *sim.Call, status int) sim.Answer {
	message, known := faultMessages[status]
	if !known {
		message = http.StatusText(status)
	}
	return (&Error{status, message}).answer(moment(c))
}

// provided words the refusals that a fault asks the provider for.
func provided(effect string) *Error {
	switch effect {
	case fault.ProviderInvalid:
		return bad("the sandbox was told to refuse this message")
	case fault.ProviderWindow:
		return windowClosed()
	}
	if status := providedStatus[effect]; status != 0 {
		return &Error{status, faultMessages[status]}
	}
	return nil
}

// providedStatus are refusals that Zoko has no text for.
var providedStatus = map[string]int{
	fault.ProviderRate: http.StatusTooManyRequests, fault.ProviderOutage: http.StatusInternalServerError, fault.ProviderAccount: http.StatusForbidden,
}

// refusedStatus is how the engine's refusals are answered; others with 400.
var refusedStatus = map[sim.RefusalKind]int{
	sim.Unauthorized: http.StatusUnauthorized, sim.NoOperation: http.StatusNotFound, sim.MethodNotAllowed: http.StatusMethodNotAllowed,
	sim.TooLarge: http.StatusRequestEntityTooLarge, sim.Internal: http.StatusInternalServerError, sim.Overloaded: http.StatusServiceUnavailable,
}

// refuse words a refusal of the engine as Zoko does.
func refuse(c *sim.Call, r sim.Refusal) sim.Answer {
	status, known := refusedStatus[r.Kind]
	if !known {
		status = http.StatusBadRequest
	}
	a := (&Error{status, strings.Join(append([]string{r.Message}, r.Details...), "; ")}).answer(moment(c))
	if len(r.Allow) > 0 {
		a.Header = http.Header{"Allow": {strings.Join(r.Allow, ", ")}}
	}
	return a
}

// moment is the time of a call outside its thread.
func moment(c *sim.Call) time.Time { return c.Workspace.Clock.Now() }

// stamp is a time as Zoko writes it: RFC 3339 in UTC, whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
