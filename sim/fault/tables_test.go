package fault_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

var update = flag.Bool("update", false, "write the golden files")

func TestFateOfNumber(t *testing.T) {
	t.Parallel()
	cases := []struct {
		why, customer string
		want          string // in the grammar; empty for no fate
	}{
		{"the documented example", "15005550503", "503;operation=encore.offersMessage;well-formed;id=fate-503"},
		{"with a plus", "+15005550503", "503;operation=encore.offersMessage;well-formed;id=fate-503"},
		{"the lowest exchange", "15002000400", "400;operation=encore.offersMessage;well-formed;id=fate-400"},
		{"the highest exchange", "15009990401", "401;operation=encore.offersMessage;well-formed;id=fate-401"},
		{"trial limit", "15005550409", "409;operation=encore.offersMessage;well-formed;id=fate-409"},
		{"rate limit", "15005550429", "429;operation=encore.offersMessage;well-formed;id=fate-429"},
		{"failure", "15005550500", "500;operation=encore.offersMessage;well-formed;id=fate-500"},
		{"a gateway", "15005550502", "502;html;operation=encore.offersMessage;well-formed;id=fate-502"},
		{"a slow gateway", "15005550504", "504;html;operation=encore.offersMessage;well-formed;id=fate-504"},
		{"429 twice", "15005550829", "429;times=2;operation=encore.offersMessage;well-formed;id=fate-829"},
		{"503 twice", "15005550803", "503;times=2;operation=encore.offersMessage;well-formed;id=fate-803"},
		{"no fill", "15005550900", "no-fill=geo;operation=encore.offersMessage;id=fate-900"},
		{"no answer", "15005550901", "hang;operation=encore.offersMessage;id=fate-901"},
		{"reset", "15005550902", "reset;operation=encore.offersMessage;id=fate-902"},
		{"garbled", "15005550903", "garbled;operation=encore.offersMessage;id=fate-903"},
		{"answer lost once", "15005550904", "reset;after;times=1;operation=encore.offersMessage;well-formed;id=fate-904"},
		{"invalid parameter", "15005550911", "provider=invalid-parameter;offer-message;id=fate-911"},
		{"window closed", "15005550912", "provider=window-closed;offer-message;id=fate-912"},
		{"rate limit once", "15005550913", "provider=rate-limit;times=1;offer-message;id=fate-913"},
		{"a PSID", "7123455005550503", "503;operation=encore.offersMessage;well-formed;id=fate-503"},
		{"an IGSID of 17 digits", "17841455005550904", "reset;after;times=1;operation=encore.offersMessage;well-formed;id=fate-904"},
		{"a code without a fate", "15005550200", ""},
		{"the documented customer", "15014005001", ""},
		{"an exchange below 200", "15001990503", ""},
		{"no zero before the code", "15005551503", ""},
		{"another country that happens to end so", "495005550503", ""},
		{"a mobile number of 13 digits that happens to end so", "4915005550503", ""},
		{"a number that only ends like an American one", "25005550503", ""},
		{"too short", "5005550503", ""},
		{"empty", "", ""},
		{"letters", "1500555O503", ""},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			f, ok := fault.Fate(c.customer)
			if ok != (c.want != "") {
				t.Fatalf("Fate(%q) found %v", c.customer, ok)
			}
			if diff := cmp.Diff(c.want, f.String()); ok && diff != "" {
				t.Errorf("Fate(%q) (-want +got):\n%s", c.customer, diff)
			}
		})
	}
}

func TestFateEndingAsksForItsFate(t *testing.T) {
	t.Parallel()
	for _, row := range fault.Fates() {
		if err := row.Fault.Validate(); err != nil {
			t.Errorf("fate %d: %v", row.Code, err)
		}
		for random := range uint64(1000) {
			ending := fault.FateEnding(row.Code, random)
			for _, customer := range []string{"1" + ending, "71234" + ending, "712345" + ending} {
				if f, ok := fault.Fate(customer); !ok || f.ID != fmt.Sprintf("fate-%d", row.Code) {
					t.Fatalf("%s does not meet fate %d but %q", customer, row.Code, f.ID)
				}
			}
		}
	}
}

func TestFateCountsPerThread(t *testing.T) {
	t.Parallel()
	for code, counts := range map[int]bool{503: false, 900: false, 901: false, 829: true, 803: true, 904: true, 911: false, 913: true} {
		f, ok := fault.Fate("1" + fault.FateEnding(code, 5))
		if !ok || f.Counts() != counts {
			t.Errorf("fate %d: found %v, counts %v, want %v", code, ok, f.Counts(), counts)
		}
	}
	f, _ := fault.Fate("15005550829")
	story, _ := play([]fault.Armed{{Fault: f, At: start}}, 4)
	if diff := cmp.Diff([]string{"fate-829 429", "fate-829 429", "ok", "ok"}, story); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	malformed := offer()
	malformed.WellFormed = false
	if _, hit, changed := fault.Decide([]fault.Armed{{Fault: f, At: start}}, &malformed); hit != nil || changed != nil {
		t.Errorf("a malformed call met its fate: %v, %v", hit, changed)
	}
}

func TestPresets(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range fault.Presets() {
		if err := p.Fault.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if seen[p.Name] {
			t.Errorf("%s is there twice", p.Name)
		}
		seen[p.Name] = true
		if p.About == "" || strings.HasSuffix(p.About, ".") || strings.Contains(p.About, ". ") {
			t.Errorf("%s: %q is not one sentence without a full stop", p.Name, p.About)
		}
		full, err := fault.Fault{Preset: p.Name}.Resolve()
		want := p.Fault
		want.Preset = p.Name
		if diff := cmp.Diff(want, full); err != nil || diff != "" {
			t.Errorf("%s resolves with %v (-want +got):\n%s", p.Name, err, diff)
		}
	}
	for _, name := range []string{"encore-503-twice", "encore-never-answers", "encore-429-then-ok", "encore-down", "encore-answer-lost", "meta-refuses-offer"} {
		if !seen[name] {
			t.Errorf("preset %s is missing", name)
		}
	}
}

func TestResolveLaysOwnFieldsOver(t *testing.T) {
	t.Parallel()
	own := fault.Fault{Preset: "meta-refuses-offer", ID: "x", Name: "mine", Times: 4, Skip: 1, Every: 2, Probability: 0.5, Seed: 3,
		From: start, Until: start.Add(1), TTL: 5, Match: fault.Match{Fake: "kaleyra", Thread: "t", ClientID: "c", Recipient: "r", Customer: "u", Key: "k",
			Header: map[string]string{"A": "1"}, Body: fault.Values{"a": "1"}, WellFormed: true}}
	want := own
	want.Effect = fault.Effect{Provider: fault.ProviderInvalid}
	want.Match.OfferMessage = true
	got, err := own.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGrammar(t *testing.T) {
	t.Parallel()
	golden(t, "testdata/grammar.txt", fault.Grammar())
	golden(t, "testdata/usage.txt", fault.Usage()+"\n")
}

// TestGrammarExamplesAreTrue reads the manual back: each example must parse,
// alone or as a part of a fault.
func TestGrammarExamplesAreTrue(t *testing.T) {
	t.Parallel()
	checked := 0
	for line := range strings.Lines(fault.Grammar()) {
		example, about, found := strings.Cut(strings.TrimSpace(line), "  ")
		if !found || about == "" || strings.HasPrefix(example, "{") || strings.HasPrefix(example, "1500") {
			continue
		}
		checked++
		if _, alone := fault.Parse(example); alone == nil {
			continue
		}
		with := "503;" + example
		if strings.HasPrefix(example, "content-type=") {
			with += ";body=x"
		}
		if _, err := fault.Parse(with); err != nil {
			t.Errorf("%s: %v", example, err)
		}
	}
	if checked < 50 {
		t.Errorf("only %d examples were found", checked)
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: write it with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
