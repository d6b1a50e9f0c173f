package fault_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

func TestUnmarshalJSON(t *testing.T) {
	t.Parallel()
	status := func(n int) fault.Effect { return fault.Effect{Status: n} }
	cases := []struct {
		why, data string
		want      fault.Fault
	}{
		{"an object", `{"status":503,"times":2,"match":{"customer":"1"}}`,
			fault.Fault{Effect: status(503), Times: 2, Match: fault.Match{Customer: "1"}}},
		{"the grammar as text", `"503;times=2"`, fault.Fault{Effect: status(503), Times: 2}},
		{"a bare status", `503`, fault.Fault{Effect: status(503)}},
		{"durations are text", `{"latency":"100ms..300ms","ttl":"3d"}`, fault.Fault{TTL: fault.Duration(72 * time.Hour),
			Effect: fault.Effect{Latency: fault.Latency{Min: 1e8, Max: 3e8}}}},
		{"steps of every form", `{"sequence":[429,"503+html",{"status":500,"after":true},"ok",{}]}`, fault.Fault{Sequence: fault.Sequence{
			status(429), {Status: 503, HTML: true}, {Status: 500, After: true}, {}, {}}}},
		{"a sequence as text", `{"sequence":"429,429,ok"}`, fault.Fault{Sequence: fault.Sequence{status(429), status(429), {}}}},
		{"values of the body keep their text", `{"status":503,"match":{"body":{"a":"x","b":1.50,"c":true,"d":null,"e":1700000000}}}`,
			fault.Fault{Effect: status(503), Match: fault.Match{Body: fault.Values{"a": "x", "b": "1.5", "c": "true", "d": "null", "e": "1700000000"}}}},
		{"a preset, narrowed", `{"preset":"encore-down","match":{"clientId":"client-42"}}`,
			fault.Fault{Preset: "encore-down", Match: fault.Match{ClientID: "client-42"}}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			var fromJSON, fromYAML fault.Fault
			if err := json.Unmarshal([]byte(c.data), &fromJSON); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, fromJSON); diff != "" {
				t.Errorf("JSON %s (-want +got):\n%s", c.data, diff)
			}
			// JSON is YAML, so the same text must mean the same in a scenario.
			if err := yaml.Unmarshal([]byte(c.data), &fromYAML); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, fromYAML); diff != "" {
				t.Errorf("YAML %s (-want +got):\n%s", c.data, diff)
			}
		})
	}
}

func TestYAMLInAList(t *testing.T) {
	t.Parallel()
	const text = `
faults:
  - 503;times=2
  - latency: 2s
    from: 2026-01-02T03:04:05Z
    match:
      operation: encore.offersMessage
      body: {attributes.vip: true}
  - sequence: [429, ok]
`
	var got struct{ Faults []fault.Fault }
	if err := yaml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := []fault.Fault{
		{Effect: fault.Effect{Status: 503}, Times: 2},
		{Effect: fault.Effect{Latency: fault.Fixed(2 * time.Second)}, From: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			Match: fault.Match{Operation: "encore.offersMessage", Body: fault.Values{"attributes.vip": "true"}}},
		{Sequence: fault.Sequence{{Status: 429}, {}}},
	}
	if diff := cmp.Diff(want, got.Faults); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnmarshalJSONRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct{ why, data, say string }{
		{"an unknown field is named", `{"status":503,"tiems":2}`, `unknown field "tiems"; did you mean times?`},
		{"in the match too", `{"status":503,"match":{"clientID2":"x"}}`, `unknown field "clientID2"; did you mean clientId?`},
		{"in a step too", `{"sequence":[{"status":429,"tiems":2},"ok"]}`, `sequence[0]: unknown field "tiems"`},
		{"a status as text", `{"status":"many"}`, "status cannot be a string: it wants a whole number"},
		{"a member of an effect in a list", `{"sequence":[{"after":1},"ok"]}`, "sequence[0]: after cannot be a number"},
		{"a member of the match", `{"status":503,"match":{"nth":"two"}}`, "match.nth cannot be a string"},
		{"an answer after clients gave up", `{"latency":"24h"}`, "latency is 10m at most, and a mean 1m, since a draw is up to ten means: take hang"},
		{"a duration as a number", `{"latency":2}`, `latency cannot be a number: it wants text such as "2s"`},
		{"a number as text", `{"status":503,"times":"two"}`, "times cannot be a string: it wants a whole number"},
		{"a fraction of a call", `{"status":503,"times":1.5}`, "times cannot be a number 1.5: it wants a whole number"},
		{"a flag as text", `{"status":503,"after":"yes"}`, "after cannot be a string: it wants true or false"},
		{"a fault that is a list", `[503]`, "it cannot be a array: it wants an object"},
		{"a fault that is true", `true`, "it wants an object"},
		{"null is no fault", `null`, "the fault does nothing"},
		{"an object without an effect", `{"times":2}`, "the fault does nothing"},
		{"text that does not parse", `"503;tiems=2"`, "did you mean times?"},
		{"a step that does not parse", `{"sequence":["429","503;x"]}`, `sequence[1]: "503;x" is no part`},
		{"a sequence with a schedule in its text", `{"sequence":"429,ok;times=2"}`, "put the rest beside it"},
		{"a sequence that is an object", `{"sequence":{"status":429}}`, "it wants a list"},
		{"a body value that is an object", `{"status":503,"match":{"body":{"a":{"b":1}}}}`, "by a path such as a.id"},
		{"a time that is none", `{"status":503,"from":"noon"}`, "a time is written like 2026"},
		{"several mistakes are all named", `{"status":99,"times":-1}`, "times is up to a million: leave it out to strike for ever; a status is 200 to 599"},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			before := fault.Fault{ID: "kept", Effect: fault.Effect{Hang: true}}
			got := before
			err := json.Unmarshal([]byte(c.data), &got)
			if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "Effect") {
				t.Errorf("error %v does not say %q, in the words of the document", err, c.say)
			}
			if diff := cmp.Diff(before, got); diff != "" {
				t.Errorf("half a fault was read (-want +got):\n%s", diff)
			}
		})
	}
}

// TestValidateRefuses has what only Go code can write: neither the grammar nor
// a text form lets it through.
func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	hang := fault.Effect{Hang: true}
	cases := []struct {
		say string
		f   fault.Fault
	}{
		{"skip is not negative", fault.Fault{Effect: hang, Skip: -1}},
		{"every is not negative", fault.Fault{Effect: hang, Every: -1}},
		{"ttl is not negative", fault.Fault{Effect: hang, TTL: -1}},
		{"nth is not negative", fault.Fault{Effect: hang, Match: fault.Match{Nth: -1}}},
		{"truncate is not negative", fault.Fault{Effect: fault.Effect{Truncate: -1}}},
		{"drip wants bytes and a pause", fault.Fault{Effect: fault.Effect{Drip: fault.Drip{Bytes: 1}}}},
		{"latency is one duration", fault.Fault{Effect: fault.Effect{Latency: fault.Latency{Min: 2, Max: 1}}}},
		{"latency is one duration", fault.Fault{Effect: fault.Effect{Latency: fault.Latency{Mean: 2, Max: 1}}}},
		{"latency is 10m at most", fault.Fault{Effect: fault.Effect{Latency: fault.Fixed(10*time.Minute + 1)}}},
		{"latency is 10m at most", fault.Fault{Effect: fault.Effect{Latency: fault.Latency{Max: math.MaxInt64}}}},
		{"latency is 10m at most", fault.Fault{Effect: fault.Effect{Latency: fault.Latency{Mean: fault.Duration(time.Minute + 1)}}}},
		{"latency is 10m at most", fault.Fault{Effect: fault.Effect{Latency: fault.Latency{Mean: math.MaxInt64}}}},
		{"latency is 10m at most", fault.Fault{Sequence: fault.Sequence{{}, {Latency: fault.Fixed(time.Hour)}}}},
		{"the pause of a drip is 10m at most", fault.Fault{Effect: fault.Effect{Drip: fault.Drip{Bytes: 1, Every: fault.Duration(time.Hour)}}}},
		{"probability is above 0", fault.Fault{Effect: hang, Probability: math.NaN()}},
		{"two steps or more", fault.Fault{Sequence: fault.Sequence{hang}}},
		{"only one of status, hang", fault.Fault{Sequence: fault.Sequence{{}, {Hang: true, Status: 503}}}},
		{"header names are letters", fault.Fault{Effect: hang, Match: fault.Match{Header: map[string]string{"X A": "1"}}}},
		{"leave out skip and every", fault.Fault{Effect: hang, Skip: 1, Match: fault.Match{Nth: 2}}},
		{"leave out the sequence", fault.Fault{Sequence: fault.Sequence{hang, {}}, Match: fault.Match{Nth: 2}}},
		{"the years 1 to 9998", fault.Fault{Effect: hang, From: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"content-type is printable", fault.Fault{Effect: fault.Effect{Status: 503, Body: "x", ContentType: "a\nb"}}},
		{"no-fill is one of geo, no active campaign, platform, language", fault.Fault{Effect: fault.Effect{NoFill: "weather"}}},
	}
	for _, c := range cases {
		if err := c.f.Validate(); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%+v: error %v does not say %q", c.f, err, c.say)
		}
	}
}

// TestLongestWaits are the last that Validate lets through: an answer ten
// minutes late, and a time to live beyond all of that, which nobody waits for.
func TestLongestWaits(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"latency=10m", "latency=1s..10m", "latency=mean:1m", "drip=1/10m", "503;ttl=365d"} {
		if _, err := fault.Parse(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2s": "2s", "60s": "1m", "90m": "1h30m", "3d": "72h", "1d12h": "36h", "10m": "10m", "100ms": "100ms", "3us": "3us", "3µs": "3us", "0s": "0s", "1h0m5s": "1h0m5s",
	} {
		got, err := fault.ParseDuration(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"", "2", "-1s", "d", "-1d", "1.5d", "1d-1s", "999999d", "106751d24h", "two seconds"} {
		if got, err := fault.ParseDuration(text); err == nil {
			t.Errorf("%q was read as %s", text, got)
		}
	}
}
