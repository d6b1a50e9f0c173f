package meta

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// Name of the fake.
const Name = "meta"

type fake struct{ Config }

// New builds the fake from its configuration.
func New(c Config) *sim.Fake {
	f := &fake{c.withDefaults()}
	return &sim.Fake{
		Name:         Name,
		Document:     OpenAPI(),
		Keeps:        forms(),
		Hosts:        []string{"graph.facebook.com", "graph.instagram.com"},
		Prefix:       `/v[0-9]+\.[0-9]+`,
		Owns:         []string{downloadPath},
		OwnPaths:     ownPaths,
		LastSlash:    true,
		InQuery:      inQuery,
		Authenticate: f.authenticate,
		Credential:   credential,
		Mints: []sim.Mint{
			{Name: "meta.token", Head: "EAA"}, {Name: "meta.instagramToken", Head: "IGA"},
			{Name: "meta.appSecret", Head: headSecret}, {Name: "meta.verifyToken", Head: headVerify},
		},
		Refuse:     f.refuseEach,
		Fault:      faultEach,
		Operations: union(f.whatsappOperations(), f.pageOperations()),
		Pick:       f.pick,
		Channels:   f.channels(),
		Dispatch:   f.dispatch,
		Render:     f.render,
		Handshake:  f.handshake,
		Retry:      retry,
		Timeout:    10 * time.Second,
	}
}

// inQuery tells a parameter that may stand in the body as well, which Graph
// makes no difference of: all but the credentials.
func inQuery(name string) bool { return name != "access_token" && name != "appsecret_proof" }

// union joins the operations of the products, whose names differ.
func union(all ...map[string]sim.Operation) map[string]sim.Operation {
	out := map[string]sim.Operation{}
	for _, operations := range all {
		maps.Copy(out, operations)
	}
	return out
}

// pick chooses among operations that share a path, by the kind of the object.
func (f *fake) pick(c *sim.Call) string {
	if id := f.pickWhatsApp(c); id != "" {
		return id
	}
	return f.pickSocial(c)
}

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
	a := sim.Answer{Status: e.Status, Fields: headers(c, ""), Body: e.Body(trace(c))}
	if e.Status >= 400 && e.Status < 500 {
		a.Fields = append(a.Fields, [2]string{"Www-Authenticate", e.WWWAuthenticate()})
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

// answered is a 200 with Graph's headers.
func answered(c *sim.Call, body any) (sim.Answer, error) {
	return sim.Answer{Status: http.StatusOK, Fields: headers(c, ""), Body: body}, nil
}

// success is the 200 of calls that have nothing else to say.
func success(c *sim.Call) (sim.Answer, error) { return answered(c, map[string]bool{"success": true}) }

// fail answers a call with an error.
func fail(c *sim.Call, e *Error) (sim.Answer, error) { return sim.Answer{}, vendorError{e, c} }

// headers are what Graph sends with every answer, and the usage of the account
// where one is given.
func headers(c *sim.Call, usage string) [][2]string {
	id, version := trace(c), strings.TrimPrefix(c.Prefix, "/")
	fields := append(make([][2]string, 0, 14), [][2]string{
		{"X-Fb-Trace-Id", id}, {"X-Fb-Request-Id", id}, {"X-Fb-Debug", id}, {"X-Fb-Rev", "1029835515"},
		{"Access-Control-Allow-Origin", "*"}, {"Strict-Transport-Security", "max-age=15552000; preload"},
		{"Cache-Control", "private, no-cache, no-store, must-revalidate"}, {"Expires", "Sat, 01 Jan 2000 00:00:00 GMT"}, {"Pragma", "no-cache"},
		{"Vary", "Origin, Accept-Encoding"}, {"X-App-Usage", `{"call_count":1,"total_cputime":1,"total_time":1}`},
	}...)
	if version != "" {
		fields = append(fields, [2]string{"Facebook-Api-Version", version})
	}
	if usage != "" {
		fields = append(fields, [2]string{"X-Business-Use-Case-Usage", usage})
	}
	return fields
}

// trace is the fbtrace_id of a call: it depends on the call alone.
func trace(c *sim.Call) string {
	said := c.Body
	for _, file := range c.Files {
		said = append(said[:len(said):len(said)], file.SHA256...) // where there are files the body is not kept
	}
	r := sim.NewRand(0, "fbtrace", c.Method, c.Path).With(said)
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], r.Uint64())
	binary.BigEndian.PutUint64(raw[8:], r.Uint64())
	return string(base64.RawURLEncoding.AppendEncode(append(make([]byte, 0, 32), 'A'), raw[:]))
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
			"X-Hub-Signature-256": {Sign(f.appSecret(d.Workspace), d.Body)},
			"X-Hub-Signature":     {SignSHA1(f.appSecret(d.Workspace), d.Body)},
		},
		Notes: provider.Numbered(d.Notes, d.Attempt),
	}
}

// handshake is Meta's verification of a webhook: the integrator has to give
// the challenge back, bare.
func (f *fake) handshake(ws *sim.Workspace, r *sim.Rand) (url.Values, func(int, []byte) error) {
	challenge := strconv.FormatUint(r.Uint64()%1e10, 10)
	token := ws.Secret(headVerify, f.VerifyToken)
	query := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {token}}
	return query, func(status int, body []byte) error {
		if status != http.StatusOK {
			return fmt.Errorf("the verification request was answered with %d; answer 200 when hub.verify_token is %q", status, token)
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
