package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// token finds the access token: header, query or body (Meta accepts all three
// on all surfaces).
func token(c *sim.Call) (value, kind string) {
	if bearer, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer "); ok {
		return bearer, "bearer"
	}
	if t := c.URL.Query().Get("access_token"); t != "" {
		return t, "query"
	}
	if t, _ := c.Object()["access_token"].(string); t != "" {
		return t, "form"
	}
	return "", ""
}

// Heads of the secrets that a workspace has of its own.
const (
	headSecret = "appsecret_"
	headVerify = "verify_"
)

// appSecret is the workspace's own, or the configured one.
func (f *fake) appSecret(ws *sim.Workspace) string { return ws.Secret(headSecret, f.AppSecret) }

// credential is the access token or, of an app's own token, the secret in it.
func credential(c *sim.Call) string {
	value, _ := token(c)
	if app, secret, found := strings.Cut(value, "|"); found && strings.Trim(app, "0123456789") == "" {
		return secret
	}
	return value
}

// equal compares in constant time.
func equal(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// tokenState is a word in an access token that says what has become of it, so
// that an integrator's handling of each state can be tried at will.
type tokenState struct {
	Word    string // anywhere in the token
	Subcode int    // of code 190
}

// tokenStates are the documented ends of a token (WhatsApp Cloud API, Error
// codes, 190; Graph API, Handling errors).
var tokenStates = []tokenState{
	{"expired", 463},
	{"revoked", 460},
	{"invalidated", 467},
	{"uninstalled", 458},
}

// Refusal codes by which authenticate tells refuse what is wrong.
const (
	codeNoToken = "104"
	codeProof   = "100/appsecret_proof"
)

// authenticate takes every token that looks like one of Meta's and says
// nothing of its end, and checks the proof when one is given.
func (f *fake) authenticate(c *sim.Call) *sim.Refusal {
	if unknown := f.unknownVersion(c); unknown != nil {
		return unknown
	}
	value, _ := token(c)
	if value == "" {
		return &sim.Refusal{Kind: sim.Unauthorized, Code: codeNoToken, Message: "send Authorization: Bearer <token>; the sandbox takes any that begins with EAA or IGA"}
	}
	if strings.Contains(c.Operation, "AppSubscription") && equal(value, c.Params["object"]+"|"+f.appSecret(c.Workspace)) {
		return nil // an app's own token
	}
	if len(value) <= 3 || !strings.HasPrefix(value, "EAA") && !strings.HasPrefix(value, "IGA") {
		return &sim.Refusal{Kind: sim.Unauthorized, Code: "190", Message: "the sandbox takes any access token that begins with EAA or IGA"}
	}
	words := value
	if c.Minted != nil {
		words = c.Minted.Tail // the workspace's name says nothing
	}
	for _, state := range tokenStates {
		if strings.Contains(words, state.Word) {
			return &sim.Refusal{Kind: sim.Unauthorized, Code: "190/" + strconv.Itoa(state.Subcode), Message: "the token contains the word " + state.Word + "; use another one"}
		}
	}
	if c.URL.RawQuery == "" {
		return nil
	}
	if proof := c.URL.Query().Get("appsecret_proof"); proof != "" && !equal(proof, mac(sha256.New, f.appSecret(c.Workspace), []byte(value))) {
		return &sim.Refusal{Kind: sim.Unauthorized, Code: codeProof, Message: "appsecret_proof is the hexadecimal HMAC-SHA256 of the token, keyed with the app secret"}
	}
	return nil
}

// unauthorized words a refusal of authenticate.
func unauthorized(r sim.Refusal, details string) *Error {
	code, sub, _ := strings.Cut(r.Code, "/")
	number, err := strconv.Atoi(code)
	if err != nil {
		number = 190
	}
	if r.Code == codeProof {
		e := NewError(number, details)
		e.Message = "Invalid appsecret_proof provided in the API argument"
		return e
	}
	subcode, _ := strconv.Atoi(sub)
	e := NewSubError(number, subcode)
	if details != "" {
		e.Details = details
	}
	return e
}

// refuse words a refusal of the engine as Graph does.
func (f *fake) refuse(c *sim.Call, r sim.Refusal) sim.Answer {
	details := strings.Join(append([]string{r.Message}, r.Details...), "; ")
	e := NewError(100, details)
	switch r.Kind {
	case sim.Unauthorized:
		e = unauthorized(r, details)
	case sim.NoOperation:
		e = f.unknownPath(c.Path, details)
	case sim.MethodNotAllowed:
		e = unsupported(c)
	case sim.Invalid:
		if id, ok := c.Params["object"]; ok && !isObject(id) {
			e = unknownObject(c, id)
		}
	case sim.TooLarge:
		if c.Operation == "uploadMedia" {
			e = NewError(131053, details)
		}
	case sim.Internal:
		e = NewError(131000, details)
	}
	a := e.answer(c)
	if len(r.Allow) > 0 {
		a.Fields = append(a.Fields, [2]string{"Allow", strings.Join(r.Allow, ", ")})
	}
	return a
}

// unknownObject is UnknownObject in the words of the call's method.
func unknownObject(c *sim.Call, id string) *Error {
	e := UnknownObject(id)
	e.Message = strings.Replace(e.Message, "post", strings.ToLower(c.Method), 1)
	return e
}

func isObject(id string) bool { return id == "me" || strings.Trim(id, "0123456789") == "" }
