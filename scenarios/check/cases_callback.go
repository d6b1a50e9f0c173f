package check

import (
	"context"
	"net/http"
	"strings"
)

// callbackCases are about the report that an offer arrived (Encore iOS SDK,
// OpenAPI document, delivered callback).
func callbackCases() []Case {
	const (
		clause = spec + "delivered callback: "
		times  = clause + "400 when deliveredTimestamp is no positive integer"
		read   = clause + "400 when readTimestamp is no positive integer"
		id     = clause + "400 when the id is not 64 lower-case hex digits"
		slip   = "a report that is lost without a word is an impression that nobody counts"
	)
	report := func(timestamp any) any { return object{"deliveredTimestamp": timestamp} }
	return []Case{
		{"callback.delivered", clause + "202 and success", "the impression counts from here on", reportsSample},
		{"callback.read", clause + "readTimestamp is optional", "platforms report reading later or never", reportsRead},
		{"callback.repeated", clause + "calls are not deduplicated and no conflict is documented", "a report that was lost on the way back is sent again", reportsTwice},
		{"callback.unknown-impression", clause + "no 404 is documented", "a report may overtake the record of its impression", reports(http.StatusAccepted, same, nil)},
		{"callback.missing", clause + "400 without deliveredTimestamp", slip, reports(http.StatusBadRequest, same, object{})},
		{"callback.text", times, "the webhook's timestamp is a text and has to be converted", reports(http.StatusBadRequest, same, report("1778695611"))},
		{"callback.null", times, slip, reports(http.StatusBadRequest, same, report(nil))},
		{"callback.zero", times, "the zero of an unset variable is no time", reports(http.StatusBadRequest, same, report(0))},
		{"callback.negative", times, slip, reports(http.StatusBadRequest, same, report(-1))},
		{"callback.fraction", times, slip, reports(http.StatusBadRequest, same, report(1778695611.5))},
		{"callback.read-text", read, slip, reports(http.StatusBadRequest, same, object{"deliveredTimestamp": 1778695611, "readTimestamp": "1778695640"})},
		{"callback.read-zero", read, slip, reports(http.StatusBadRequest, same, object{"deliveredTimestamp": 1778695611, "readTimestamp": 0})},
		{"callback.array", clause + "400 when the body is no object", slip, reports(http.StatusBadRequest, same, []any{})},
		{"callback.upper-case-id", id, "ids are compared as they are", reports(http.StatusBadRequest, strings.ToUpper, nil)},
		{"callback.short-id", id, "an id that was cut names nothing", reports(http.StatusBadRequest, func(id string) string { return id[:63] }, nil)},
		{"callback.not-hex-id", id, "a request's or a message's id is not the impression's", reports(http.StatusBadRequest, func(id string) string { return "g" + id[1:] }, nil)},
	}
}

func same(id string) string { return id }

// reports makes one callback for an impression that nobody was told of. A body
// of nil stands for a correct one.
func reports(status int, spoil func(id string) string, body any) func(context.Context, *Suite) error {
	return func(ctx context.Context, s *Suite) error {
		text := encode(body)
		if body == nil {
			text = encode(object{"deliveredTimestamp": s.seconds()})
		}
		return s.answers(ctx, s.post(delivered(spoil(unknown(s))), text), status)
	}
}

// unknown is an impression id with letters, so that its capitals differ.
func unknown(s *Suite) string {
	for {
		if id := impressionID(s.fresh()); strings.ContainsAny(id, "abcdef") {
			return id
		}
	}
}

// reported asks for an offer and reports it.
func reported(ctx context.Context, s *Suite, report object) (call, error) {
	a, err := s.decided(ctx, s.fresh())
	if err != nil {
		return call{}, err
	}
	id, _ := a.at("impressionId").(string)
	if id == "" {
		return call{}, skip("not judged: the answer has no impressionId, see every.schema")
	}
	c := s.post(delivered(id), encode(report))
	return c, s.answers(ctx, c, http.StatusAccepted)
}

func reportsSample(ctx context.Context, s *Suite) error {
	_, err := reported(ctx, s, object{"deliveredTimestamp": s.seconds()})
	return err
}

func reportsRead(ctx context.Context, s *Suite) error {
	_, err := reported(ctx, s, object{"deliveredTimestamp": s.seconds() - 30, "readTimestamp": s.seconds()})
	return err
}

func reportsTwice(ctx context.Context, s *Suite) error {
	c, err := reported(ctx, s, object{"deliveredTimestamp": s.seconds()})
	if err != nil {
		return err
	}
	return within("the second report", s.answers(ctx, c, http.StatusAccepted))
}
