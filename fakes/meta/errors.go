package meta

import (
	"fmt"
	"net/http"
	"strconv"
)

// Error is a refusal in the words of the Graph API.
type Error struct {
	Code      int    // what clients are to decide on
	Subcode   int    // error_subcode; 0 is left out
	Status    int    // HTTP status
	Type      string // OAuthException or GraphMethodException
	Title     string // the code's title, as a failed status repeats it
	Message   string // "(#<code>) <title>" for most codes
	Details   string // error_data.details; "" leaves error_data out
	Transient bool   // is_transient; false is left out
	// Async tells that the same error may come as a failed status after a 200.
	Async bool
}

// Error implements error.
func (e *Error) Error() string {
	if e.Details == "" {
		return e.Message
	}
	return e.Message + ": " + e.Details
}

// errorBody is Meta's envelope (WhatsApp Cloud API, Error codes).
type errorBody struct {
	Error struct {
		Message   string     `json:"message"`
		Type      string     `json:"type"`
		Code      int        `json:"code"`
		Data      *errorData `json:"error_data,omitempty"`
		Subcode   int        `json:"error_subcode,omitempty"`
		Transient bool       `json:"is_transient,omitempty"`
		Trace     string     `json:"fbtrace_id"`
	} `json:"error"`
}

type errorData struct {
	Product string `json:"messaging_product"`
	Details string `json:"details"`
}

// Body returns the answer's JSON. The trace id stands for Meta's own record of
// the call and is given by the caller.
func (e *Error) Body(fbtrace string) []byte {
	var b errorBody
	b.Error.Message, b.Error.Type, b.Error.Code = e.Message, e.Type, e.Code
	b.Error.Subcode, b.Error.Transient, b.Error.Trace = e.Subcode, e.Transient, fbtrace
	if e.Details != "" {
		b.Error.Data = &errorData{Product: "whatsapp", Details: e.Details}
	}
	return encode(b)
}

// WWWAuthenticate returns the header of that name, which Graph sets on every
// 4xx, or "" for other statuses. Its last word is the message, in ASCII.
func (e *Error) WWWAuthenticate() string {
	if e.Status < 400 || e.Status > 499 {
		return ""
	}
	reason := "invalid_request"
	if e.Status == http.StatusUnauthorized {
		reason = "invalid_token"
	}
	return fmt.Sprintf(`OAuth "Facebook Platform" "%s" %s`, reason, strconv.QuoteToASCII(e.Message))
}

// Errors returns one Error for every documented code and subcode, in the order
// of Meta's pages: material for listings and for faults.
func Errors() []*Error {
	all := make([]*Error, len(errorTable))
	for i, row := range errorTable {
		all[i] = row.error()
	}
	return all
}

// NewError returns the error of a documented code. Details replace the table's
// unless they are empty. A code of the range 200 to 299 that has no row of its
// own is a missing API permission; any other unknown code is a plain 400.
func NewError(code int, details string) *Error {
	e := NewSubError(code, 0)
	if details != "" {
		e.Details = details
	}
	return e
}

// NewSubError returns the error of a documented code with its subcode, as
// Messenger, Instagram and access tokens have them. A subcode that is not
// documented is kept with the words of its code.
func NewSubError(code, subcode int) *Error {
	if row, ok := lookup(code, subcode); ok {
		return row.error()
	}
	row := errorRow{Status: http.StatusBadRequest, Title: "Unknown error"}
	if code >= 200 && code <= 299 {
		row, _ = lookup(200, 0)
	}
	row.Code, row.Subcode = code, subcode
	return row.error()
}

// MissingParameter is the answer to a required parameter that is absent, null
// or empty. Name is its path, such as "text.body".
func MissingParameter(name string) *Error {
	return NewError(131008, fmt.Sprintf("Parameter '%s' is required; add it", name))
}

// InvalidParameter is the answer to a parameter of another type, of another
// length or with another word than documented. Fault completes the sentence
// that begins with the parameter, as in "must be a string".
func InvalidParameter(name, fault string) *Error {
	return NewError(100, fmt.Sprintf("Parameter '%s' %s", name, fault))
}

// InvalidValue is the answer to a parameter that is well formed and still
// cannot be used: a number that is none, a link that cannot be opened.
func InvalidValue(name, fault string) *Error {
	return NewError(131009, fmt.Sprintf("Parameter '%s' %s", name, fault))
}

// UnsupportedType is the answer to a message of a type that is not sent here.
func UnsupportedType(name, value string) *Error {
	return NewError(131051, fmt.Sprintf("Parameter '%s' has the value '%s', which is not supported", name, value))
}

// UnknownObject is the answer to a path whose object does not exist or is not
// the token's.
func UnknownObject(id string) *Error {
	e := NewSubError(100, 33)
	e.Message = fmt.Sprintf("Unsupported post request. Object with ID '%s' does not exist, "+
		"cannot be loaded due to missing permissions, or does not support this operation", id)
	return e
}
