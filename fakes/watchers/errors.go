package watchers

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// ErrorBody is the body of every answer that is no success. The document
// promises errors and prints none; this is how the framework words them whose
// default status explains the one that it prints (201 for the exclusion).
type ErrorBody struct {
	StatusCode int      `json:"statusCode"`
	Message    []string `json:"message"` // one line a problem
	Error      string   `json:"error"`   // the status in words
}

// Error is a failed call in Watchers' words.
type Error struct {
	Status  int
	Message []string
}

// Error implements error: all problems in one line.
func (e *Error) Error() string { return strings.Join(e.Message, "; ") }

// Answer implements sim.VendorError.
func (e *Error) Answer() sim.Answer {
	return sim.Answer{Status: e.Status, Body: ErrorBody{e.Status, e.Message, http.StatusText(e.Status)}}
}

func badRequest(problems ...string) *Error { return &Error{http.StatusBadRequest, problems} }

func notFound(problem string) *Error { return &Error{http.StatusNotFound, []string{problem}} }

// statusOf maps what the engine refuses to statuses.
var statusOf = map[sim.RefusalKind]int{
	sim.NoOperation: http.StatusNotFound, sim.MethodNotAllowed: http.StatusMethodNotAllowed, sim.Unauthorized: http.StatusUnauthorized,
	sim.TooLarge: http.StatusRequestEntityTooLarge, sim.Internal: http.StatusInternalServerError,
}

// refuse words a refusal of the engine; in a browser as a page.
func refuse(c *sim.Call, r sim.Refusal) sim.Answer {
	status, message := cmp.Or(statusOf[r.Kind], http.StatusBadRequest), []string{r.Message}
	if len(r.Details) > 0 {
		message = nil
	}
	for _, d := range r.Details {
		message = append(message, strings.Replace(d, ": ", " ", 1)) // as the other lines are written
	}
	a := failed(c, &Error{status, message})
	if len(r.Allow) > 0 {
		if a.Header == nil {
			a.Header = http.Header{}
		}
		a.Header.Set("Allow", strings.Join(r.Allow, ", "))
	}
	return a
}

// failed answers an error as a page to a browser that asks for one of the
// rooms, and in Watchers' envelope to everybody else.
func failed(c *sim.Call, e *Error) sim.Answer {
	if strings.HasPrefix(c.Path+"/", roomsPath) && strings.Contains(c.Header.Get("Accept"), "text/html") {
		return html(e.Status, problemPage(e), "")
	}
	return e.Answer()
}

// faulted words an injected status.
func faulted(_ *sim.Call, status int) sim.Answer {
	return (&Error{status, []string{cmp.Or(http.StatusText(status), "Unknown status")}}).Answer()
}

// authenticate wants both credentials: the text of the document names the
// Bearer token alone, each of its samples sends the project's key too.
func authenticate(c *sim.Call) *sim.Refusal {
	token, bearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	switch key := c.Header.Get("X-Api-Key"); {
	case key == "":
		return unauthorized("the x-api-key header is missing; send the project's key, in the sandbox any text")
	case strings.HasPrefix(key, "invalid"):
		return unauthorized("the x-api-key is not valid; in the sandbox any key will do that does not begin with invalid")
	case !bearer || strings.TrimSpace(token) == "":
		return unauthorized("the token is missing; send Authorization: Bearer with the token, in the sandbox any text")
	case strings.HasPrefix(token, "invalid"):
		return unauthorized("the Bearer token is not valid; in the sandbox any token will do that does not begin with invalid")
	}
	return nil
}

func unauthorized(message string) *sim.Refusal {
	return &sim.Refusal{Kind: sim.Unauthorized, Message: message}
}
