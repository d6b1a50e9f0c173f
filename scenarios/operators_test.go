package scenarios_test

import (
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/report"
)

// An operator may be on some channels only, even without a number of its own
// at Meta; a story that needs it elsewhere is not played there.
func TestOperatorOnSomeChannels(t *testing.T) {
	t.Parallel()
	config, err := scenarios.LoadConfig(written(t, `operators:
  - {clientId: a, name: A, zoko: a, zokoKey: key-a}
  - {clientId: b, name: B, phoneNumberId: "77", number: "1555", waba: "78"}
`))
	if err != nil {
		t.Fatal(err)
	}
	steps := "  - customer: Hi\n    operator: %s\n    expect: [offer requested, offer sent, reply sent]\n"
	for _, c := range []struct{ operator, channel, outcome, reason string }{
		{"1", "zoko", report.Passed, ""},
		{"2", "whatsapp", report.Passed, ""},
		{"2", "zoko", report.NotPlayed, "operator 2 has no account on zoko"},
		{"1", "whatsapp", report.NotPlayed, "operator 1 has no account on whatsapp"},
	} {
		played := playLibrary(t, config, told(t, strings.Replace(steps, "%s", c.operator, 1)), []string{c.channel})
		if r := played.Results[0]; r.Outcome != c.outcome || r.Reason != c.reason {
			t.Errorf("operator %s on %s: %s, %q; want %s, %q\n%s", c.operator, c.channel, r.Outcome, r.Reason, c.outcome, c.reason, report.Text{}.Result(r))
		}
	}
}

func TestAccountsAreOneOperators(t *testing.T) {
	t.Parallel()
	_, err := scenarios.LoadConfig(written(t, "operators:\n  - {clientId: a, zoko: same}\n  - {clientId: b, zoko: same}\n"))
	if want := ":3:25: operators[1].zoko: same is given twice"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("LoadConfig = %v, want %q", err, want)
	}
}
