package fault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

func ms(n int) fault.Duration { return fault.Duration(time.Duration(n) * time.Millisecond) }

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

var parseCases = []struct {
	why, text string
	want      fault.Fault
}{
	{"a bare status", "503", fault.Fault{Effect: fault.Effect{Status: 503}}},
	{"a spelled-out status", "status=503", fault.Fault{Effect: fault.Effect{Status: 503}}},
	{"a countdown", "429;times=2", fault.Fault{Effect: fault.Effect{Status: 429}, Times: 2}},
	{"a fixed latency", "latency=2s", fault.Fault{Effect: fault.Effect{Latency: fault.Fixed(2 * time.Second)}}},
	{"a uniform latency", "latency=100ms..300ms", fault.Fault{Effect: fault.Effect{Latency: fault.Latency{Min: ms(100), Max: ms(300)}}}},
	{"an exponential latency", "latency=mean:200ms", fault.Fault{Effect: fault.Effect{Latency: fault.Latency{Mean: ms(200)}}}},
	{"a reset before the answer", "reset", fault.Fault{Effect: fault.Effect{Reset: fault.ResetNow}}},
	{"a reset after the headers", "reset=headers", fault.Fault{Effect: fault.Effect{Reset: fault.ResetHeaders}}},
	{"garbled", "garbled", fault.Fault{Effect: fault.Effect{Garbled: true}}},
	{"truncate", "truncate=40", fault.Fault{Effect: fault.Effect{Truncate: 40}}},
	{"hang", "hang", fault.Fault{Effect: fault.Effect{Hang: true}}},
	{"drip", "drip=16/100ms", fault.Fault{Effect: fault.Effect{Drip: fault.Drip{Bytes: 16, Every: ms(100)}}}},
	{"no-fill", "no-fill=geo", fault.Fault{Effect: fault.Effect{NoFill: "geo"}}},
	{"a reason with blanks needs no quotes", "no-fill=no active campaign", fault.Fault{Effect: fault.Effect{NoFill: "no active campaign"}}},
	{"the answer lost after the work", "503;after", fault.Fault{Effect: fault.Effect{Status: 503, After: true}}},
	{"a gateway's page", "502;html", fault.Fault{Effect: fault.Effect{Status: 502, HTML: true}}},
	{"a sequence", "429,429,ok", fault.Fault{Sequence: fault.Sequence{{Status: 429}, {Status: 429}, {}}}},
	{"effects of one step, and blanks between", "503+html, latency=1s ,ok; times=3", fault.Fault{Times: 3,
		Sequence: fault.Sequence{{Status: 503, HTML: true}, {Latency: fault.Fixed(time.Second)}, {}}}},
	{"a quoted body keeps separators and quotes", `500;body="{\"a\":\"x;y,z+\"}"`,
		fault.Fault{Effect: fault.Effect{Status: 500, Body: `{"a":"x;y,z+"}`}}},
	{"a plus in a number is no separator", "503;customer=+15014005001",
		fault.Fault{Effect: fault.Effect{Status: 503}, Match: fault.Match{Customer: "+15014005001"}}},
	{"everything that a rule can match", "503;fake=encore;operation=offersMessage;thread=whatsapp:1:2;client-id=client-42;recipient=1;" +
		"customer=2;key=pk_test_x;header.X-A=1;header.X-B=*;body.a.b[0].c=US;body.[1]=;nth=3;well-formed;offer-message",
		fault.Fault{Effect: fault.Effect{Status: 503}, Match: fault.Match{Fake: "encore", Operation: "offersMessage",
			Thread: "whatsapp:1:2", ClientID: "client-42", Recipient: "1", Customer: "2", Key: "pk_test_x",
			Header: map[string]string{"X-A": "1", "X-B": "*"}, Body: fault.Values{"a.b[0].c": "US", "[1]": ""},
			Nth: 3, WellFormed: true, OfferMessage: true}}},
	{"everything about when", "hang;skip=1;every=2;probability=0.25;seed=7;from=2026-01-02T14:00:00+02:00;until=2026-01-02T13:00:00Z;ttl=1d12h",
		fault.Fault{Effect: fault.Effect{Hang: true}, Skip: 1, Every: 2, Probability: 0.25, Seed: 7,
			From: noon, Until: noon.Add(time.Hour), TTL: fault.Duration(36 * time.Hour)}},
	{"a bare preset, narrowed", "encore-503-twice;customer=1;id=a.b;name=my outage",
		fault.Fault{Preset: "encore-503-twice", Match: fault.Match{Customer: "1"}, ID: "a.b", Name: "my outage"}},
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range parseCases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			got, err := fault.Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", c.text, diff)
			}
			again, err := fault.Parse(got.String())
			if err != nil {
				t.Fatalf("String() = %q cannot be read: %v", got.String(), err)
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("Parse(String()) with %q (-want +got):\n%s", got.String(), diff)
			}
		})
	}
}

var refusedTexts = []struct {
	why, text string
	at        string // the underlined part
	say       string
}{
	{"nothing", "", "", "a part is missing"},
	{"a trailing semicolon is a forgotten part", "503;", "", "a part is missing"},
	{"a mistyped key", "503;tiems=2", "tiems=2", "did you mean times?"},
	{"a mistyped preset", "encore-dwon", "encore-dwon", "did you mean encore-down?"},
	{"a word far from everything gets no suggestion", "503;xyzzyplugh=1", "xyzzyplugh=1", `"xyzzyplugh" is no part of a fault`},
	{"a status out of range", "999", "999", "a status is 200 to 599"},
	{"a status of four digits", "5030", "5030", "three digits"},
	{"a count that is none", "503;times=x", "times=x", "times wants a whole number from 1, as in times=2"},
	{"a count of nothing", "503;times=0", "times=0", "whole number from 1"},
	{"a duration without a unit", "latency=2", "latency=2", `"2" is no duration`},
	{"a range the wrong way round", "latency=3s..1s", "latency=3s..1s", "write 1s..3s"},
	{"a flag with a value", "hang=1", "hang=1", "hang takes no value"},
	{"a key without its value", "503;customer", "customer", "as in customer=15014005001"},
	{"a header without its value", "503;header.X-A", "header.X-A", "* is any value"},
	{"a part given twice", "503;times=1;times=2", "times=2", "given twice"},
	{"two statuses", "503;429", "429", "status is given twice"},
	{"a second sequence", "429,ok;503,ok", "503,ok", "already"},
	{"ok alone does nothing", "ok", "ok", "only for the steps of a sequence"},
	{"a schedule inside a step", "429+times=2,ok", "times=2", "steps hold effects only"},
	{"an unquoted comma in a value", "503;name=a,b", "name=a", "a value with a comma goes in quotes"},
	{"a quote that is not closed", `503;name="a;b`, `name="a;b`, "ends with a quote"},
	{"effects that exclude each other", "503;hang", "503;hang", "only one of status, hang"},
	{"html without a status", "html", "html", "as in 502;html"},
	{"after without something to be after", "garbled;after", "garbled;after", "the work is done anyway"},
	{"a hang with an answer to shape", "hang;truncate=4", "hang;truncate=4", "no body goes out"},
	{"an unknown way to reset", "reset=later", "reset=later", "reset=headers"},
	{"an unknown refusal", "provider=no", "provider=no", "window-closed"},
	{"an unknown reason", "no-fill=weather", "no-fill=weather", "geo, no active campaign, platform, language"},
	{"a reason that is none", "no-fill=", "no-fill=", "no-fill=geo"},
	{"a path that cannot be followed", "503;body.a..b=1", "503;body.a..b=1", "a.b[0].c"},
	{"an id that does not fit a header", "503;id=a b", "503;id=a b", "id is up to 64"},
	{"two vendors", "503;fake=meta;operation=encore.click", "503;fake=meta;operation=encore.click", "different vendors"},
	{"a window that ends first", "503;from=2026-01-02T15:00:00Z;until=2026-01-02T15:00:00Z",
		"503;from=2026-01-02T15:00:00Z;until=2026-01-02T15:00:00Z", "until is after from"},
	{"a preset with another effect", "encore-down;429", "encore-down;429", "has an effect already"},
	{"an unknown preset", "preset=nope", "preset=nope", "there is no preset"},
	{"a sequence that never strikes", "ok,ok", "ok,ok", "every step of the sequence is ok"},
	{"an effect beside a sequence", "429,ok;after", "429,ok;after", "join them with a plus"},
	{"a probability that is none", "503;probability=1.5", "probability=1.5", "up to 1"},
	{"a body where HTTP has none", "204;body=x", "204;body=x", "have no body"},
	{"plus signs outside of a sequence", "502+html", "502+html", "write 502;html"},
	{"plus signs between what is nothing", "502+hmtl", "502+hmtl", "is no part of a fault"},
	{"an unknown member", `{"status":503,"tmies":2}`, `{"status":503,"tmies":2}`, "did you mean times?"},
	{"an object that does not end", `{"status":503`, `{"status":503`, "unexpected EOF"},
	{"a step that is none, inside", `{"sequence":["429","bogus"]}`, `{"sequence":["429","bogus"]}`, "is no part of a fault"},
	{"two objects", `{"status":503}{}`, `{"status":503}{}`, "leave it out"},
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range refusedTexts {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			got, err := fault.Parse(c.text)
			var wrong *fault.ParseError
			if !errors.As(err, &wrong) {
				t.Fatalf("Parse(%q) = %v, %v, want a ParseError", c.text, got, err)
			}
			if diff := cmp.Diff(fault.Fault{}, got); diff != "" {
				t.Errorf("half a fault came back (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.at, wrong.Text[wrong.At:wrong.At+wrong.Len]); diff != "" {
				t.Errorf("underlined part (-want +got):\n%s", diff)
			}
			if !strings.Contains(wrong.Problem, c.say) {
				t.Errorf("problem %q does not say %q", wrong.Problem, c.say)
			}
			if strings.HasSuffix(wrong.Problem, ".") {
				t.Errorf("problem %q ends with a full stop", wrong.Problem)
			}
			if !strings.Contains(err.Error(), fault.Usage()) {
				t.Errorf("the error does not show the grammar:\n%v", err)
			}
		})
	}
}

// What can be written as text can be written as an object, wherever text is taken.
func TestParseTakesObjects(t *testing.T) {
	t.Parallel()
	for object, text := range map[string]string{
		`{"status":503,"times":2,"match":{"customer":"15014005001"}}`: "503;times=2;customer=15014005001",
		" " + `{"sequence":[429,"503+html","ok"]}` + " ":              "429,503+html,ok",
		`{"preset":"encore-down"}`:                                    "encore-down",
	} {
		got, err := fault.Parse(object)
		want, err2 := fault.Parse(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil || err2 != nil {
			t.Errorf("%s: %v, %v (-want +got):\n%s", object, err, err2, diff)
		}
	}
}

func TestParseErrorPointsUnderTheWord(t *testing.T) {
	t.Parallel()
	_, err := fault.Parse("503;name=\"café\";tiems=2")
	lines := strings.Split(err.Error(), "\n")
	want := []string{`"tiems" is no part of a fault; did you mean times?`, `    503;name="café";tiems=2`, `                    ^^^^^^^`}
	if diff := cmp.Diff(want, lines[:3]); diff != "" {
		t.Errorf("first lines (-want +got):\n%s", diff)
	}
}
