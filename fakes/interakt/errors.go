package interakt

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// Error is a refusal in Interakt's words. There is no code: clients go by the
// status and the text.
type Error struct {
	Status  int
	Message string
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Answer implements sim.VendorError.
func (e *Error) Answer() sim.Answer {
	return sim.Answer{Status: e.Status, Body: refusal{Message: e.Message}}
}

// refusal is the envelope of every error.
type refusal struct {
	Result  bool   `json:"result"`
	Message string `json:"message"`
}

// Texts that the live API has been seen to answer.
const (
	textToken   = "Invalid token provided"
	textPhone   = "Phone Number & Country Code provided is invalid"
	textRate    = "Rate limit exceeded for this resource"
	textFailed  = "Error processing the request."
	textWindow  = "Customer has not messaged within last 24 hours"
	textUnknown = "Customer is not available for the organization"
)

// statusTexts are the words for a status that nothing else explains.
var statusTexts = map[int]string{
	http.StatusBadRequest: "Please correct the following error - the request was not understood", http.StatusUnauthorized: textToken,
	http.StatusTooManyRequests: textRate, http.StatusInternalServerError: textFailed,
}

// correct is a 400 in the frame that most of Interakt's have.
func correct(format string, args ...any) *Error {
	return &Error{http.StatusBadRequest, "Please correct the following error - " + fmt.Sprintf(format, args...)}
}

func badPhone() *Error { return &Error{http.StatusBadRequest, textPhone} }

func noTemplate(name, language string) *Error {
	return correct("No approved template found with name '%s' and language '%s'. Please re-sync on Interakt dashboard and try again", name, language)
}

// missingValues is the answer to too few values and to too many. Part is
// header, body or "button at index 0".
func missingValues(part string, want int) *Error {
	return &Error{http.StatusBadRequest, fmt.Sprintf("Missing variable values for template's %s, expected number of values are %d", part, want)}
}

// missingMedia is the answer to a header without its medium, which is image,
// video or document.
func missingMedia(kind string) *Error {
	return &Error{http.StatusBadRequest, fmt.Sprintf("Media Url is missing for header's %s", kind)}
}

// pageNotFound is what the web server in front of the API answers.
const pageNotFound = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Not Found</title></head>\n" +
	"<body>\n<h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n</html>\n"

func notFound() sim.Answer {
	return sim.Answer{Status: http.StatusNotFound, ContentType: "text/html; charset=utf-8", Body: []byte(pageNotFound)}
}

// refuse words a refusal of the engine.
func refuse(_ *sim.Call, r sim.Refusal) sim.Answer {
	e := correct("%s", r.Message)
	switch r.Kind {
	case sim.NoOperation:
		return notFound()
	case sim.Unauthorized:
		if e = (&Error{http.StatusUnauthorized, textToken}); r.Minting {
			e.Message += ": " + r.Message
		}
	case sim.MethodNotAllowed:
		e.Status = http.StatusMethodNotAllowed
	case sim.TooLarge:
		e.Status = http.StatusRequestEntityTooLarge
	case sim.Internal:
		e = &Error{http.StatusInternalServerError, textFailed}
	}
	a := e.Answer()
	if len(r.Allow) > 0 {
		a.Header = http.Header{"Allow": {strings.Join(r.Allow, ", ")}}
	}
	return a
}

// faulted words an injected status.
func faulted(_ *sim.Call, status int) sim.Answer {
	if status == http.StatusNotFound {
		return notFound()
	}
	text, known := statusTexts[status]
	if !known {
		text = http.StatusText(status)
	}
	return (&Error{status, text}).Answer()
}
