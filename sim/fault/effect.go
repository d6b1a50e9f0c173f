package fault

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Effect is what becomes of a call that is struck. The zero value changes
// nothing. An Effect is comparable.
type Effect struct {
	// Status is the HTTP status answered in place of the vendor's own, 200 to
	// 599; the fake words the body in its vendor's envelope.
	Status int `json:"status,omitempty" yaml:"status,omitempty"`
	// Body replaces the body that goes with Status.
	Body string `json:"body,omitempty" yaml:"body,omitempty"`
	// ContentType is the type that is announced, of Body or of the vendor's own
	// answer. Empty: the vendor's, and for Body application/json when it is JSON,
	// else text/plain.
	ContentType string `json:"contentType,omitempty" yaml:"contentType,omitempty"`
	// HTML answers Status with the page of a gateway, as proxies in front of
	// an API do.
	HTML bool `json:"html,omitempty" yaml:"html,omitempty"`
	// Latency is waited before the answer begins: ten minutes at most.
	Latency Latency `json:"latency,omitzero" yaml:"latency,omitempty"`
	// Drip sends the body a few bytes at a time, with pauses of ten minutes at most.
	Drip Drip `json:"drip,omitzero" yaml:"drip,omitempty"`
	// Hang never answers: the connection stays open until the client gives up.
	Hang bool `json:"hang,omitempty" yaml:"hang,omitempty"`
	// Reset breaks the connection: ResetNow or ResetHeaders.
	Reset string `json:"reset,omitempty" yaml:"reset,omitempty"`
	// Truncate sends only that many bytes of the body and closes the
	// connection, though Content-Length announced all of it.
	Truncate int `json:"truncate,omitempty" yaml:"truncate,omitempty"`
	// Garbled spoils the body so that it is no JSON.
	Garbled bool `json:"garbled,omitempty" yaml:"garbled,omitempty"`
	// Duplicate sends the whole answer twice on the connection, which is then
	// closed (HTTP/1.1; elsewhere the answer comes once).
	Duplicate bool `json:"duplicate,omitempty" yaml:"duplicate,omitempty"`
	// NoFill makes Encore decide that there is no offer, for this reason
	// ("geo", "platform", …). The fake's handler reads it.
	NoFill string `json:"noFill,omitempty" yaml:"noFill,omitempty"`
	// Provider names a refusal that a message provider words in its own way, one
	// of the Provider constants. The fake's handler reads it.
	Provider string `json:"provider,omitempty" yaml:"provider,omitempty"`
	// After lets the vendor do its work before Status, Hang or Reset strikes.
	After bool `json:"after,omitempty" yaml:"after,omitempty"`
}

// Values of Effect.Reset.
const (
	ResetNow     = "now"     // before a byte of the answer goes out
	ResetHeaders = "headers" // once status line and headers are out
)

// Values of Effect.Provider. A provider that knows no such refusal takes the
// message.
const (
	ProviderInvalid = "invalid-parameter"   // the provider refuses the content
	ProviderWindow  = "window-closed"       // the customer's last message is too long ago
	ProviderRate    = "rate-limit"          // too many messages to this customer
	ProviderLater   = "fails-later"         // the message is accepted, then reported as failed
	ProviderBalance = "low-balance"         // the account's credit is used up
	ProviderOutage  = "internal-error"      // the provider's own failure
	ProviderAccount = "account-unavailable" // the account may not use the API
	ProviderVersion = "wrong-version"       // the sender's number belongs to another version of the API
	ProviderDaily   = "daily-limit"         // the account sent as much as it may in a day
	ProviderPerson  = "person-unavailable"  // the customer blocked the business, or is gone
)

// Why Encore has no offer (Effect.NoFill): the reasons that its choice of an
// offer gives by itself.
const (
	NoFillNoCampaign = "no active campaign"
	NoFillGeo        = "geo"
	NoFillPlatform   = "platform"
	NoFillLanguage   = "language"
)

// noFills are those values in the order of the manual.
var noFills = []string{NoFillGeo, NoFillNoCampaign, NoFillPlatform, NoFillLanguage}

// refusals are those values in the order of the manual.
var refusals = []string{
	ProviderInvalid, ProviderWindow, ProviderRate, ProviderLater, ProviderBalance, ProviderOutage, ProviderAccount, ProviderVersion, ProviderDaily, ProviderPerson,
}

// IsZero reports whether the effect changes nothing.
func (e Effect) IsZero() bool { return e == Effect{} }

// Works reports whether the vendor does its work: always, unless a status, a
// hang or a reset strikes before it.
func (e Effect) Works() bool {
	return e.After || (e.Status == 0 && !e.Hang && e.Reset == "")
}

// Cuts reports whether an answer with a body of size bytes cannot reach the
// client as a whole.
func (e Effect) Cuts(size int) bool {
	return e.Hang || e.Reset != "" || (e.Truncate > 0 && e.Truncate < size)
}

// Answer returns the body and its content type where the effect brings its
// own, by Body or HTML. Otherwise the fake words Status in its vendor's envelope.
func (e Effect) Answer() (body []byte, contentType string, ok bool) {
	switch {
	case e.HTML:
		return gatewayPage(e.Status), "text/html", true
	case e.Body == "":
		return nil, "", false
	case e.ContentType != "":
		return []byte(e.Body), e.ContentType, true
	case json.Valid([]byte(e.Body)):
		return []byte(e.Body), "application/json", true
	}
	return []byte(e.Body), "text/plain; charset=utf-8", true
}

func gatewayPage(status int) []byte {
	title := strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
	return fmt.Appendf(nil, "<!DOCTYPE html>\n<html>\n<head><title>%[1]s</title></head>\n"+
		"<body>\n<h1>%[1]s</h1>\n<hr>\n<p>gateway</p>\n</body>\n</html>\n", title)
}

// Shape returns the bytes of body that go out: garbled and truncated as the
// effect says. It never changes body and returns it as it is when there is
// nothing to do.
func (e Effect) Shape(body []byte) []byte {
	if e.Garbled {
		body = garble(body)
	}
	if e.Truncate > 0 && e.Truncate < len(body) {
		body = body[:e.Truncate:e.Truncate]
	}
	return body
}

// garble returns a spoiled copy of the same length, or of one byte where there
// was none. It is never JSON, and no looser dialect of it either: no value
// begins with a closing brace. The rest is spoiled too, so that a client that
// searches for the first "{" is not lucky.
func garble(body []byte) []byte {
	spoiled := append([]byte(nil), body...)
	if len(spoiled) == 0 {
		return []byte{'}'}
	}
	spoiled[0] = '}'
	for i := 3; i < len(spoiled); i += 5 {
		spoiled[i] = '~'
	}
	return spoiled
}
