package meta

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

// Config says whom the fake serves; the zero value has no account.
type Config struct {
	Numbers     []Account
	AppSecret   string
	VerifyToken string
	Limits      Limits
	// Delays after which statuses of an accepted message are reported, in
	// thread time. A negative delay leaves that status out; a zero Delays means
	// DefaultDelays.
	Delays Delays
}

// Account is a business number and the operator it belongs to.
type Account struct {
	Number
	ClientID string // Encore's clientId of the operator
	Name     string
}

// Delays is when the statuses of an outgoing message come, counted from its acceptance.
type Delays struct{ Sent, Delivered, Read time.Duration }

// DefaultDelays report a message as sent, delivered and read within a second.
func DefaultDelays() Delays {
	return Delays{Sent: 100 * time.Millisecond, Delivered: 300 * time.Millisecond, Read: 800 * time.Millisecond}
}

// Name of the fake.
const Name = "meta"

type fake struct{ Config }

// New builds the fake from its configuration.
func New(c Config) *sim.Fake {
	if c.Delays == (Delays{}) {
		c.Delays = DefaultDelays()
	}
	f := &fake{c}
	return &sim.Fake{
		Name:         Name,
		Document:     OpenAPI(),
		Hosts:        []string{"graph.facebook.com", "graph.instagram.com"},
		Prefix:       `/v[0-9]+\.[0-9]+`,
		Authenticate: authenticate,
		Refuse:       refuse,
		Fault:        faulted,
		Operations: map[string]sim.Operation{
			"whatsappMessages": {Describe: f.describeSend, Handle: f.send, Conclude: f.concludeSend, Fated: true},
		},
		Channels:  []sim.Channel{f.whatsapp()},
		Dispatch:  f.dispatch,
		Handshake: f.handshake,
		Retry:     retry,
		Timeout:   10 * time.Second,
	}
}

// token finds the access token: header, query or form (Meta accepts all three).
func token(c *sim.Call) (value, kind string) {
	if bearer, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer "); ok {
		return bearer, "bearer"
	}
	if t := c.URL.Query().Get("access_token"); t != "" {
		return t, "query"
	}
	return "", ""
}

// authenticate takes every token that looks like one of Meta's.
func authenticate(c *sim.Call) *sim.Refusal {
	value, _ := token(c)
	if len(value) > 3 && (strings.HasPrefix(value, "EAA") || strings.HasPrefix(value, "IGA")) {
		return nil
	}
	return &sim.Refusal{Kind: sim.Unauthorized, Code: "190", Message: "the sandbox takes any access token that begins with EAA or IGA"}
}

// refuse words a refusal of the engine as Graph does.
func refuse(c *sim.Call, r sim.Refusal) sim.Answer {
	details := strings.Join(append([]string{r.Message}, r.Details...), "; ")
	e := NewError(100, details)
	switch r.Kind {
	case sim.Unauthorized:
		e = NewError(190, details)
		e.Message = "Invalid OAuth access token - Cannot parse access token"
	case sim.NoOperation, sim.MethodNotAllowed:
		e.Message, e.Code = "Unknown path components: "+c.Path, 2500
	case sim.Invalid:
		if id, ok := c.Params["object"]; ok && !isObject(id) {
			e = UnknownObject(id)
		}
	case sim.Internal:
		e = NewError(131000, details)
	}
	a := e.answer(c)
	if len(r.Allow) > 0 {
		a.Header.Set("Allow", strings.Join(r.Allow, ", "))
	}
	return a
}

func isObject(id string) bool { return id == "me" || strings.Trim(id, "0123456789") == "" }

// faultCode picks the code that Graph would answer an injected status with.
var faultCode = map[int]int{
	400: 100, 401: 190, 403: 10, 404: 132001, 429: 4, 500: 131000, 503: 2,
}

func faulted(c *sim.Call, status int) sim.Answer {
	code, ok := faultCode[status]
	if !ok {
		code = 131000
	}
	e := NewError(code, "")
	e.Status = status
	return e.answer(c)
}

func (e *Error) answer(c *sim.Call) sim.Answer {
	a := sim.Answer{Status: e.Status, Header: headers(c), Body: e.Body(trace(c))}
	if e.Status >= 400 && e.Status < 500 {
		a.Header.Set("WWW-Authenticate", e.WWWAuthenticate())
	}
	return a
}

// vendorError carries an Error through the engine, with the call it answers.
type vendorError struct {
	graph *Error
	call  *sim.Call
}

// Error implements error.
func (e vendorError) Error() string { return e.graph.Error() }

// Answer implements sim.VendorError.
func (e vendorError) Answer() sim.Answer { return e.graph.answer(e.call) }

// headers are what Graph sends with every answer.
func headers(c *sim.Call) http.Header {
	h := http.Header{
		"X-Fb-Request-Id":             {trace(c)},
		"Access-Control-Allow-Origin": {"*"},
		"Cache-Control":               {"private, no-cache, no-store, must-revalidate"},
		"Expires":                     {"Sat, 01 Jan 2000 00:00:00 GMT"},
		"Pragma":                      {"no-cache"},
	}
	if c.Prefix != "" {
		h.Set("Facebook-Api-Version", strings.TrimPrefix(c.Prefix, "/"))
	}
	return h
}

// trace is the fbtrace_id of a call: it depends on the call alone.
func trace(c *sim.Call) string {
	return "A" + base64.RawURLEncoding.EncodeToString(sim.NewRand(0, "fbtrace", c.Method, c.Path, string(c.Body)).Bytes(16))
}

// retry is Meta's schedule in short: at once, then with growing gaps, for a day
// and a half (Graph API webhooks, getting started).
func retry(attempt int) time.Duration {
	schedule := []time.Duration{time.Second, time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, 18 * time.Hour}
	if attempt > len(schedule) {
		return 0
	}
	return schedule[attempt-1]
}

// dispatch signs a webhook as Meta does, over the bytes that are sent.
func (f *fake) dispatch(d sim.Delivery) sim.Dispatch {
	return sim.Dispatch{
		Header: http.Header{
			"Content-Type":        {"application/json"},
			"User-Agent":          {"facebookexternalua"},
			"X-Hub-Signature-256": {Sign(f.AppSecret, d.Body)},
			"X-Hub-Signature":     {SignSHA1(f.AppSecret, d.Body)},
		},
		Notes: numbered(d.Notes, d.Attempt),
	}
}

// handshake is Meta's verification of a webhook: the integrator has to give
// the challenge back, bare.
func (f *fake) handshake(r *sim.Rand) (url.Values, func(int, []byte) error) {
	challenge := strconv.FormatUint(r.Uint64()%1e10, 10)
	query := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {f.VerifyToken}}
	return query, func(status int, body []byte) error {
		if status != http.StatusOK {
			return fmt.Errorf("the verification request was answered with %d; answer 200 when hub.verify_token is %q", status, f.VerifyToken)
		}
		if strings.TrimSpace(string(body)) != challenge {
			return errors.New("the verification request was not answered with the bare hub.challenge")
		}
		return nil
	}
}

// number finds the account of a phone_number_id.
func (f *fake) number(id string) (Account, bool) {
	for _, a := range f.Numbers {
		if a.PhoneNumberID == id {
			return a, true
		}
	}
	return Account{}, false
}
