package fault_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// dice is a reproducible source of choices.
type dice struct{ state uint64 }

func (d *dice) below(n int) int {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return int((z ^ (z >> 31)) % uint64(n))
}

func (d *dice) yes() bool { return d.below(3) == 0 }

// word picks text, awkward kinds included, or nothing.
func (d *dice) word() string {
	words := []string{"", "", "", "plain", "two words", " blank ends ", `a "quoted" \ one`, "a;b,c+d=e", "a+b", "a,b", "a;b", "naïve 你好", "line\nbreak\x00", "*", "="}
	return words[d.below(len(words))]
}

func (d *dice) duration() fault.Duration {
	all := []time.Duration{0, 1, time.Millisecond, 1500 * time.Millisecond, time.Minute, 26 * time.Hour, 90 * time.Minute, 1<<63 - 1}
	return fault.Duration(all[d.below(len(all))])
}

// wait is one that an answer may be held back for.
func (d *dice) wait() fault.Duration {
	all := []time.Duration{0, 1, time.Millisecond, 1500 * time.Millisecond, time.Minute}
	return fault.Duration(all[d.below(len(all))])
}

func (d *dice) effect() fault.Effect {
	var e fault.Effect
	switch d.below(7) {
	case 0:
		e.Status, e.After = []int{200, 204, 429, 503, 599}[d.below(5)], d.yes()
		e.HTML = d.yes()
		e.Body = d.word()
	case 1:
		e.Hang = true
	case 2:
		e.Reset = []string{fault.ResetNow, fault.ResetHeaders}[d.below(2)]
	case 3:
		e.NoFill = d.word()
	case 4:
		e.Provider = fault.ProviderRate
	}
	if d.yes() {
		lo := d.wait()
		e.Latency = []fault.Latency{{Mean: lo}, {Min: lo, Max: lo}, {Min: lo, Max: lo + 1}}[d.below(3)]
	}
	if d.yes() {
		e.Drip = fault.Drip{Bytes: 1 + d.below(9), Every: d.wait()}
	}
	e.Garbled, e.Truncate = d.yes(), d.below(2)*d.below(100)
	return e
}

func (d *dice) fault() fault.Fault {
	f := fault.Fault{Name: d.word(), Effect: d.effect(), TTL: d.duration(), Match: fault.Match{
		Fake: d.word(), Thread: d.word(), ClientID: d.word(), Recipient: d.word(), Customer: d.word(), Key: d.word(),
		WellFormed: d.yes(), OfferMessage: d.yes(),
	}}
	if d.yes() {
		f.Effect, f.Sequence = fault.Effect{}, fault.Sequence{d.effect(), d.effect(), {}}
	}
	if d.yes() {
		f.Match.Header = map[string]string{"X-One": d.word(), "user-agent": d.word()}
		f.Match.Body = fault.Values{"a.b[0].c": d.word(), "[3].naïve": d.word()}
	}
	if d.yes() {
		f.From = time.Date(2026, 1, 2, 3, 4, 5, d.below(1e9), time.UTC)
		f.Times, f.Skip, f.Every = d.below(3), d.below(3), d.below(3)
		f.Probability, f.Seed = float64(d.below(1000))/1000, uint64(d.below(1e6))
	}
	return f
}

// valid gives n different valid faults, and every preset.
func valid(t *testing.T, n int) []fault.Fault {
	t.Helper()
	var out []fault.Fault
	for _, p := range fault.Presets() {
		out = append(out, p.Fault, fault.Fault{Preset: p.Name, ID: "x"})
	}
	d := &dice{state: 1}
	for range 100 * n {
		if f := d.fault(); f.Validate() == nil {
			out = append(out, f)
		}
		if len(out) >= n {
			return out
		}
	}
	t.Fatalf("only %d of %d faults are valid: the generator is too wild", len(out), n)
	return nil
}

func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	for _, f := range valid(t, 1000) {
		text := f.String()
		got, err := fault.Parse(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if diff := cmp.Diff(f, got); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
		fit := !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
		if !fit && f.Match.Body == nil { // only names in a path are written as they are
			t.Fatalf("%q is not fit for a header", text)
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	for _, f := range valid(t, 1000) {
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var got fault.Fault
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if diff := cmp.Diff(f, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", data, diff)
		}
	}
}

func TestYAMLRoundTrip(t *testing.T) {
	t.Parallel()
	for _, p := range fault.Presets() {
		f := p.Fault
		f.Match.Body = fault.Values{"a.b[0]": "1"}
		f.From, f.TTL = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), fault.Duration(time.Hour)
		data, err := yaml.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var got fault.Fault
		if err := yaml.Unmarshal(data, &got); err != nil {
			t.Fatalf("%s\n%v", data, err)
		}
		if diff := cmp.Diff(f, got); diff != "" {
			t.Errorf("%s(-want +got):\n%s", data, diff)
		}
	}
}

func TestArmedSurvivesTheStore(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for _, p := range fault.Presets() {
		want, err := fault.Arm(p.Fault, "rule-1", at)
		if err != nil {
			t.Fatal(err)
		}
		want.Matched, want.Struck = 3, 2
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got fault.Armed
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", data, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, p := range fault.Presets() {
		f.Add(p.Fault.String())
	}
	for _, seed := range []string{
		"429,503+html,ok;times=2", `500;body="a;b\"c"`, "latency=1ms..2ms;header.X=*;body.a[0].b=\"\"",
		"from=9999-12-31T23:59:59-23:59;503", "503;ttl=99999999d", `503;name="\xff"`, "503;id=", "\x00;=", `"`, "drip=1/1ns",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := fault.Parse(text)
		if err != nil {
			_ = err.Error() // draws the text and its underline, whatever it holds
			return
		}
		again, err := fault.Parse(got.String())
		if err != nil {
			t.Fatalf("%q became %q, which cannot be read: %v", text, got.String(), err)
		}
		if diff := cmp.Diff(got, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q became %q (-want +got):\n%s", text, got.String(), diff)
		}
	})
}
