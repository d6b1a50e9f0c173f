package check

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
)

// authCases are about X-API-Key.
func authCases() []Case {
	const clause = guide + "Status codes: 401 for a missing or invalid X-API-Key"
	return []Case{
		{"auth.key", guide + "Authentication: the publishable key in X-API-Key is all that is needed",
			"with no other credential to send, a refused key leaves nothing to try", keyTaken},
		{"auth.missing", clause, "an open server would let anybody spend the app's offers",
			refusesKey(func(h http.Header, _ string) { h.Del("X-Api-Key") })},
		{"auth.empty", clause, "an unset variable in the integrator's configuration looks like this",
			refusesKey(func(h http.Header, _ string) { h.Set("X-Api-Key", "") })},
		{"auth.garbage", clause, "what is no publishable key at all must not pass for one",
			refusesKey(func(h http.Header, _ string) { h.Set("X-Api-Key", "not-a-key") })},
		{"auth.unknown-live", clause, "a production key of no project is nobody's key",
			refusesKey(func(h http.Header, unused string) { h.Set("X-Api-Key", "pk_live_"+unused) })},
		{"auth.bearer", guide + "Authentication: X-API-Key is the header",
			"a key in another header is a slip that has to show in the first test",
			refusesKey(func(h http.Header, _ string) {
				h.Set("Authorization", "Bearer "+h.Get("X-Api-Key"))
				h.Del("X-Api-Key")
			})},
		{"auth.callback", spec + "delivered callback: 401 without a key",
			"else anybody could report deliveries", callbackWithoutKey},
	}
}

// keyTaken judges the request that the suite began with.
func keyTaken(_ context.Context, s *Suite) error { return s.first.isDecision() }

// refusesKey spoils the credential of a request that is good otherwise.
func refusesKey(spoil func(header http.Header, unused string)) func(context.Context, *Suite) error {
	return func(ctx context.Context, s *Suite) error {
		c := s.post(offersMessage, encode(s.fresh()))
		spoil(c.header, strings.ReplaceAll(uuid(s.unused()), "-", ""))
		return s.answers(ctx, c, http.StatusUnauthorized)
	}
}

func callbackWithoutKey(ctx context.Context, s *Suite) error {
	c := s.post(delivered(impressionID(s.fresh())), encode(object{"deliveredTimestamp": s.seconds()}))
	c.header.Del("X-Api-Key")
	return s.answers(ctx, c, http.StatusUnauthorized)
}

// answers makes a call and wants one of the statuses.
func (s *Suite) answers(ctx context.Context, c call, statuses ...int) error {
	a, err := s.send(ctx, c)
	if err != nil {
		return err
	}
	return a.is(statuses...)
}

// seconds is the time in Unix seconds, as callbacks and requests carry it.
func (s *Suite) seconds() int64 { return s.config.Now().Unix() }

// routeCases are about calls outside every operation. No document describes
// their answers; that they fail is HTTP.
func routeCases() []Case {
	outside := func(method, path string, statuses ...int) func(context.Context, *Suite) error {
		return func(ctx context.Context, s *Suite) error {
			c := s.post(operation{path: path}, encode(s.fresh()))
			c.method = method
			if method == http.MethodGet {
				c.body = nil
			}
			return s.answers(ctx, c, statuses...)
		}
	}
	const clause = guide + "Request: the one call is POST …/offers/message"
	return []Case{
		{"route.get", clause, "a method that was mixed up must not look like a decision",
			outside(http.MethodGet, offersMessage.path, http.StatusNotFound, http.StatusMethodNotAllowed)},
		{"route.put", clause, "a method that was mixed up must not look like a decision",
			outside(http.MethodPut, offersMessage.path, http.StatusNotFound, http.StatusMethodNotAllowed)},
		{"route.unknown", clause, "a mistyped path must not look like a decision",
			outside(http.MethodPost, "/offers/messages-of-nobody", http.StatusNotFound)},
	}
}

// bodyCases are about bodies that are no request.
func bodyCases() []Case {
	refused := func(body string) func(context.Context, *Suite) error {
		return func(ctx context.Context, s *Suite) error {
			return s.answers(ctx, s.post(offersMessage, []byte(body)), http.StatusBadRequest)
		}
	}
	const clause = guide + "Status codes: 400 for a malformed request"
	return []Case{
		{"body.empty", clause, "a client that lost its body must hear of it", refused("")},
		{"body.not-json", clause, "a form or a text in place of JSON must not be a server error, which integrators do not debug", refused("clientId=client-42")},
		{"body.truncated", clause, "half a body must not be decided upon", refused(`{"clientId":"client-42","clientName":`)},
		{"body.array", clause, "several requests in one are not in the contract", refused("[]")},
		{"body.text", clause, "a body that was encoded twice is a text", refused(`"{}"`)},
		{"body.null", clause, "null has none of the required fields", refused("null")},
		{"body.charset", guide + "Request: JSON with Content-Type application/json",
			"many clients add a charset, which JSON permits", charset},
		{"body.large", guide + "Request: attributes.custom is a map without a stated limit",
			"metadata of some kilobytes is passed through and must not break the call", largeBody},
		{"body.huge", guide + "Status codes: what the client did wrong is no 5xx",
			"a 503 would make integrators repeat a megabyte three times", hugeBody},
	}
}

func charset(ctx context.Context, s *Suite) error {
	c := s.post(offersMessage, encode(s.fresh()))
	c.header.Set("Content-Type", "application/json; charset=utf-8")
	a, err := s.send(ctx, c)
	if err != nil {
		return err
	}
	return a.isDecision()
}

func largeBody(ctx context.Context, s *Suite) error {
	custom := object{}
	for i := range 200 {
		custom[fmt.Sprintf("key-%d", i)] = strings.Repeat("v", 40)
	}
	r := s.fresh()
	put(r, "attributes.custom", custom)
	_, err := s.decided(ctx, r)
	return err
}

// hugeBody may be taken or refused in the contract's way or in HTTP's. It is
// outside the contract, since 413 is a gateway's word.
func hugeBody(ctx context.Context, s *Suite) error {
	r := s.fresh()
	put(r, "attributes.custom", object{"blob": string(bytes.Repeat([]byte("x"), 1<<20))})
	c := s.post(operation{path: offersMessage.path}, encode(r))
	return s.answers(ctx, c, http.StatusOK, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
}
