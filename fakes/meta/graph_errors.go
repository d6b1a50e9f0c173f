package meta

import (
	"net/http"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// hinted is an error with a hint that people can read. Messenger and Instagram
// have no error_data; error_user_msg is where Graph explains.
type hinted struct {
	Error struct {
		Message   string `json:"message"`
		Type      string `json:"type"`
		Code      int    `json:"code"`
		Subcode   int    `json:"error_subcode,omitempty"`
		Transient bool   `json:"is_transient,omitempty"`
		UserTitle string `json:"error_user_title,omitempty"`
		UserMsg   string `json:"error_user_msg,omitempty"`
		Trace     string `json:"fbtrace_id"`
	} `json:"error"`
}

// socialAnswer is the answer of an error as Messenger and Instagram word it:
// its details, if any, are for people.
func (e *Error) socialAnswer(c *sim.Call) sim.Answer {
	a := e.answer(c)
	var body hinted
	b := &body.Error
	b.Message, b.Type, b.Code, b.Subcode, b.Transient, b.Trace = e.Message, e.Type, e.Code, e.Subcode, e.Transient, trace(c)
	if e.Details != "" {
		b.UserTitle, b.UserMsg = e.Title, e.Details
	}
	a.Body = encode(body)
	return a
}

// isSocial tells the operations of Messenger and Instagram.
func isSocial(operation string) bool { return slices.Contains(socialOperations, operation) }

// social tells a path without an operation whose object is a page, an Instagram
// account or the token's own.
func (f *fake) social(c *sim.Call) bool {
	id := objectOf(c.Path)
	_, known := f.actor(id)
	return c.Operation == "" && (known || id == "me")
}

// refuseEach words a refusal of the engine for the product that was called.
func (f *fake) refuseEach(c *sim.Call, r sim.Refusal) sim.Answer {
	if !isSocial(c.Operation) && !f.social(c) {
		return f.refuse(c, r)
	}
	details := strings.Join(append([]string{r.Message}, r.Details...), "; ")
	e := paramError("Invalid parameter")
	switch r.Kind {
	case sim.Unauthorized:
		e = unauthorized(r, details)
	case sim.NoOperation:
		e = f.unknownPath(c.Path, details)
	case sim.MethodNotAllowed:
		e = unsupported(c)
	case sim.TooLarge:
		e = NewSubError(100, 2018109)
	case sim.Internal:
		e = NewError(1, "")
		e.Status = http.StatusInternalServerError
	}
	e.Details = details
	a := e.socialAnswer(c)
	if len(r.Allow) > 0 {
		a.Fields = append(a.Fields, [2]string{"Allow", strings.Join(r.Allow, ", ")})
	}
	return a
}

// socialFaults are the codes with which an injected status is answered.
var socialFaults = map[int]int{400: 100, 401: 190, 403: 200, 404: 803, 429: 4, 500: 1, 503: 2}

// faultEach words an injected status for the product that was called.
func faultEach(c *sim.Call, status int) sim.Answer {
	if !isSocial(c.Operation) {
		return faulted(c, status)
	}
	code, ok := socialFaults[status]
	if !ok {
		code = 1
	}
	e := NewError(code, "")
	e.Status, e.Details = status, ""
	return e.socialAnswer(c)
}
