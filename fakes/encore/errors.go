package encore

import (
	"net/http"
	"slices"
	"strings"
)

// Kind names a way in which a call fails.
type Kind string

// The kinds of error, one per status of the Encore integration guide (Status
// codes) and of HTTP itself.
const (
	BadRequest       Kind = "bad request"
	Unauthorized     Kind = "unauthorized"
	NotFound         Kind = "not found"
	MethodNotAllowed Kind = "method not allowed"
	TrialLimit       Kind = "trial limit"
	TooLarge         Kind = "too large"
	MediaType        Kind = "media type"
	RateLimited      Kind = "rate limited"
	Internal         Kind = "internal"
	BadGateway       Kind = "bad gateway"
	Overloaded       Kind = "overloaded"
	GatewayTimeout   Kind = "gateway timeout"
)

// kinds is the table of errors. The texts are the sandbox's own: the wording
// of the real API for this route is not published.
var kinds = []struct {
	kind   Kind
	status int
	text   string
}{
	{BadRequest, http.StatusBadRequest, "the request is malformed: change what details names and do not retry it unchanged"},
	{Unauthorized, http.StatusUnauthorized, "missing or invalid API key: send your pk_test_ key in the X-API-Key header"},
	{NotFound, http.StatusNotFound, "no such route: offers are requested with POST /encore/publisher/sdk/v1/offers/message"},
	{MethodNotAllowed, http.StatusMethodNotAllowed, "this route does not take that method: use one that the Allow header names"},
	{TrialLimit, http.StatusConflict, "trial limit exceeded for this client: send the normal reply alone and do not retry"},
	{TooLarge, http.StatusRequestEntityTooLarge, "the request body is too large: send less than 1 MiB"},
	{MediaType, http.StatusUnsupportedMediaType, "the body is not JSON: send it with Content-Type: application/json"},
	{RateLimited, http.StatusTooManyRequests, "too many requests: back off and retry with the same inboundMessageId"},
	{Internal, http.StatusInternalServerError, "internal error: proceed without the offer and send the normal reply"},
	{BadGateway, http.StatusBadGateway, "bad gateway: proceed without the offer and send the normal reply"},
	{Overloaded, http.StatusServiceUnavailable, "temporarily over capacity: back off and retry with the same inboundMessageId"},
	{GatewayTimeout, http.StatusGatewayTimeout, "gateway timeout: proceed without the offer and send the normal reply"},
}

// ErrorBody is the body of every answer that is no success: a sentence and,
// where there is something to point at, one line per problem.
type ErrorBody struct {
	Error   string   `json:"error"`
	Details []string `json:"details,omitempty"`
}

// Error is a failed call in Encore's words. The zero value is an internal
// error. Text, when set, replaces the sentence of the table.
type Error struct {
	Kind    Kind
	Text    string
	Details []string // "clientId: is required"
	status  int      // set when Kind cannot say it
}

// Status is the HTTP status that the error is answered with.
func (e Error) Status() int {
	if e.status != 0 {
		return e.status
	}
	for _, row := range kinds {
		if row.kind == e.Kind {
			return row.status
		}
	}
	return http.StatusInternalServerError
}

// Body is the JSON body that the error is answered with.
func (e Error) Body() ErrorBody {
	body := ErrorBody{Error: e.Text, Details: slices.Clone(e.Details)}
	if body.Error == "" {
		body.Error = ErrorFor(e.Status()).Text
	}
	return body
}

// Error implements error: the sentence, then the problems.
func (e Error) Error() string {
	text := e.Body().Error
	if len(e.Details) > 0 {
		text += " (" + strings.Join(e.Details, "; ") + ")"
	}
	return text
}

// ErrorFor is the error that belongs to a status, with its sentence. A status
// outside the table, which only an injected fault can ask for, is worded with
// HTTP's own reason phrase and keeps its number.
func ErrorFor(status int) Error {
	for _, row := range kinds {
		if row.status == status {
			return Error{Kind: row.kind, Text: row.text}
		}
	}
	text := strings.ToLower(http.StatusText(status))
	if text == "" {
		text = "unknown status"
	}
	return Error{Text: text, status: status}
}
