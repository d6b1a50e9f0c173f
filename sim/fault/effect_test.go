package fault_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

func TestShapeGarbles(t *testing.T) {
	t.Parallel()
	bodies := []string{"", "1", "null", "true", `""`, "[]", "{}", "[1]", `{"a":1}`, " {} ", `"a long text that survives a few changes"`,
		`{"success":true,"offer":null,"message":null}`, strings.Repeat("1", 100)}
	for _, body := range bodies {
		given := []byte(body)
		got := fault.Effect{Garbled: true}.Shape(given)
		if json.Valid(got) {
			t.Errorf("%q became %q, which is still JSON", body, got)
		}
		if at := bytes.IndexByte(got, '{'); at >= 0 && json.Valid(got[at:]) {
			t.Errorf("%q became %q, in which JSON can be found", body, got)
		}
		if string(given) != body {
			t.Errorf("%q was changed in place", body)
		}
		if diff := cmp.Diff(got, (fault.Effect{Garbled: true}).Shape([]byte(body))); diff != "" {
			t.Errorf("garbling %q twice differs (-want +got):\n%s", body, diff)
		}
	}
}

func TestShapeTruncates(t *testing.T) {
	t.Parallel()
	cases := []struct {
		why    string
		effect fault.Effect
		want   string
		cuts   bool
	}{
		{"no effect", fault.Effect{}, `{"success":true}`, false},
		{"a status is not about bytes", fault.Effect{Status: 503}, `{"success":true}`, false},
		{"a few bytes", fault.Effect{Truncate: 5}, `{"suc`, true},
		{"just the whole body", fault.Effect{Truncate: 16}, `{"success":true}`, false},
		{"more than there is", fault.Effect{Truncate: 40}, `{"success":true}`, false},
		{"garbled and truncated", fault.Effect{Truncate: 4, Garbled: true}, `}"s~`, true},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			body := []byte(`{"success":true}`)
			if diff := cmp.Diff(c.want, string(c.effect.Shape(body))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := c.effect.Cuts(len(body)); got != c.cuts {
				t.Errorf("cuts %v, want %v", got, c.cuts)
			}
		})
	}
}

func TestWorksAndCuts(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text        string
		works, cuts bool
	}{
		{"503", false, false}, {"503;after", true, false}, {"hang", false, true}, {"hang;after", true, true},
		{"reset", false, true}, {"reset=headers", false, true}, {"reset;after", true, true},
		{"latency=1s", true, false}, {"garbled", true, false}, {"truncate=40", true, true}, {"drip=1/1s", true, false},
		{"no-fill=geo", true, false}, {"provider=rate-limit", true, false}, {"503;latency=1s", false, false},
	}
	for _, c := range cases {
		f, err := fault.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([2]bool{c.works, c.cuts}, [2]bool{f.Works(), f.Cuts(100)}); diff != "" {
			t.Errorf("%s: works, cuts (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	cases := []struct {
		why, text, contentType, body string
	}{
		{"the fake words a bare status", "503", "", ""},
		{"JSON is told by its look", `503;body="{\"a\":1}"`, "application/json", `{"a":1}`},
		{"other text is text", "503;body=down for tea", "text/plain; charset=utf-8", "down for tea"},
		{"unless its type is given", "503;body=<a/>;content-type=application/xml", "application/xml", "<a/>"},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			f, err := fault.Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			body, contentType, ok := f.Answer()
			if diff := cmp.Diff([]any{c.body, c.contentType, c.body != ""}, []any{string(body), contentType, ok}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	body, contentType, ok := fault.Effect{Status: 502, HTML: true}.Answer()
	if !ok || contentType != "text/html" || json.Valid(body) || !bytes.Contains(body, []byte("<title>502 Bad Gateway</title>")) {
		t.Errorf("a gateway's page is %q as %q", body, contentType)
	}
}

func TestEffectString(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]fault.Effect{
		"ok": {}, "503": {Status: 503}, "502;html": {Status: 502, HTML: true}, "reset;after": {Reset: fault.ResetNow, After: true},
		"reset=headers": {Reset: fault.ResetHeaders}, "drip=16/100ms": {Drip: fault.Drip{Bytes: 16, Every: 1e8}},
		`500;body="{\"a\":1}"`: {Status: 500, Body: `{"a":1}`}, "no-fill=no active campaign": {NoFill: "no active campaign"},
	} {
		if diff := cmp.Diff(want, e.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
