package scenarios_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// TestConfigErrorsSpeakToPeople: file, line, column, field and what to write,
// and no word of Go or of the YAML library.
func TestConfigErrorsSpeakToPeople(t *testing.T) {
	t.Parallel()
	const puzzled = "; compare the quotes and the indentation with the lines around"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a text for a number":        {"seed: many", []string{`:1:7: seed: "many" cannot be; write a whole number from 0`}},
		"a negative number":          {"seed: -1", []string{`:1:7: seed: -1 is out of range; write a whole number from 0`}},
		"a number that is too large": {"seed: 99999999999999999999", []string{`:1:7: seed: 99999999999999999999 is out of range; write a whole number from 0`}},
		"a number with a fraction":   {"operators: [{clientId: client-42, cap: 2.5}]", []string{`:1:40: operators[0].cap: 2.5 cannot be; write a whole number`}},
		"more of them":               {"limits: {encore: {trial: 1.5}}\nseed: 0.5", []string{`:1:26: limits.encore.trial: 1.5 cannot be; write a whole number`, `:2:7: seed: 0.5 cannot be; write a whole number from 0`}},
		"a list for a number":        {"seed: [1]", []string{`:1:7: seed: write a whole number from 0 here`}},
		"a list for a text":          {"clock: [a]", []string{`:1:8: clock: write a text here`}},
		"no truth value":             {"whatsapp: {ipLinks: maybe}", []string{`:1:21: whatsapp.ipLinks: "maybe" cannot be; write true or false`}},
		"one operator, not a list":   {"operators: {a: 1}", []string{`:1:12: operators: a field with values stands where a list belongs`}},
		"a number for an operator":   {"operators: [7]", []string{`:1:13: a number stands where a field with values belongs`}},
		"a negative cap":             {"operators: [{clientId: client-42, cap: -1}]", []string{`:1:40: operators[0].cap: is negative; write 0 for no offers, or leave it out for 3`}},
		"a list for the file":        {"- a", []string{`:1:1: a list stands where a field with values belongs`}},
		"a name that is there twice": {"seed: 1\nseed: 2", []string{`:2:1: "seed" is there twice, first in line 1; keep one of them`}},
		"a bracket left open":        {"a: [", []string{`:1:4: not YAML: sequence end token ']' not found` + puzzled}},
		"a misspelt name":            {"seed: 1\noperatrs: []", []string{`:2:1: unknown field "operatrs"`}},
		"faults, every one with its line, and the grammar": {
			"faults:\n  - 503\n  - 77\n  - 503;tims=2\n  - {status: 503, tims: 2}",
			append([]string{
				`:3:5: faults[1]: "77": a status is three digits, as in 503`,
				`:4:5: faults[2]: "503;tims=2": "tims" is no part of a fault; did you mean times?`,
				`:5:6: faults[3]: unknown field "tims"; did you mean times?`,
				"how faults are written: encore-sandbox help faults; in short,",
			}, strings.Split(fault.Usage(), "\n")...),
		},
	} {
		path := written(t, c.text+"\n")
		_, err := scenarios.LoadConfig(path)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		got := strings.Split(strings.ReplaceAll(err.Error(), path, ""), "\n")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestOperatorByItsName lets a file change one thing of an operator that every
// sandbox knows.
func TestOperatorByItsName(t *testing.T) {
	t.Parallel()
	c, err := scenarios.LoadConfig(written(t, "operators: [{clientId: client-43, cap: 2, name: Noor}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := fakes.Operators()[1]
	want.Name = "Noor"
	if len(c.Operators) != 1 || *c.Operators[0].Cap != 2 {
		t.Fatalf("the operators are %+v, want the one of the file with its cap", c.Operators)
	}
	if diff := cmp.Diff(want, c.Operators[0].Operator); diff != "" {
		t.Errorf("what the file leaves out (-want +got):\n%s", diff)
	}
	for channel, account := range want.Accounts() {
		if got := c.Settings(account); got.Cap != 2 || got.Operator != want.ClientID {
			t.Errorf("settings by the %s account %s: cap %d, operator %q; want those of %s", channel, account, got.Cap, got.Operator, want.ClientID)
		}
	}
	_, err = scenarios.LoadConfig(written(t, "operators: [{clientId: client-99}]\n"))
	if err == nil || !strings.Contains(err.Error(), "operators[0]: has no account; give it one of phoneNumberId") {
		t.Errorf("an operator that nobody knows: %v, want its accounts to be missed", err)
	}
}
