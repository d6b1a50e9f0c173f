package rules_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

func TestLevelProblem(t *testing.T) {
	good := rules.Level{Level: rules.Off, Reason: "no opt-outs here", Until: "2026-12-31"}
	for _, c := range []struct {
		name, rule, field string
		change            func(*rules.Level)
	}{
		{"as it should be", "R10", "", func(*rules.Level) {}},
		{"a rule that is none", "R99", "?", func(*rules.Level) {}},
		{"hint is not for teams to set", "R10", "level", func(l *rules.Level) { l.Level = rules.Hint }},
		{"nothing says why", "R10", "reason", func(l *rules.Level) { l.Reason = "" }},
		{"no end", "R10", "until", func(l *rules.Level) { l.Until = "" }},
		{"a day that is none", "R10", "until", func(l *rules.Level) { l.Until = "2026-02-30" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := good
			c.change(&l)
			field, text := l.Problem(c.rule)
			if c.field == "?" {
				field, c.field = text, "R99 is no rule; see the rules with: encore-sandbox rules"
			}
			if field != c.field || (text == "") != (c.field == "") {
				t.Errorf("Problem = %q, %q; want field %q", field, text, c.field)
			}
		})
	}
}

func TestLevelsApply(t *testing.T) {
	reply := rules.Finding{Rule: "R36", Severity: rules.Must, Thread: "t", What: "late", Exchanges: []int64{4}}
	optOut := rules.Finding{Rule: "R10", Severity: rules.Should, Thread: "t", What: "offered", Exchanges: []int64{9}}
	level := func(s rules.Severity) rules.Levels {
		return rules.Levels{"R36": {Level: s, Reason: "being mended", Until: "2026-03-31"}}
	}
	within := time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC)
	softened := reply
	softened.Severity = rules.Should
	for _, c := range []struct {
		name   string
		levels rules.Levels
		today  time.Time
		want   rules.Verdict
	}{
		{"none set", nil, within, rules.Verdict{Findings: []rules.Finding{reply, optOut}}},
		{
			"off sets findings of that rule aside, on its last day too", level(rules.Off), within,
			rules.Verdict{
				Findings: []rules.Finding{optOut}, Hints: []rules.Finding{},
				Waived: []rules.Waiver{{Finding: reply, Reason: "being mended", Until: "2026-03-31"}},
			},
		},
		{"should weighs less", level(rules.Should), within, rules.Verdict{Findings: []rules.Finding{optOut, softened}, Hints: []rules.Finding{}}},
		{
			"a day later the document counts again, and a hint says so", level(rules.Off), within.Add(time.Second),
			rules.Verdict{Findings: []rules.Finding{optOut, reply}, Hints: []rules.Finding{{
				Rule: "R36", Severity: rules.Hint, Thread: "t", Exchanges: []int64{4},
				What: "the level off of this rule ended on 2026-03-31; its reason was: being mended",
			}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.levels.Apply(rules.Verdict{Findings: []rules.Finding{reply, optOut}}, c.today)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("Apply (-want +got):\n%s", d)
			}
		})
	}
}

func TestMergeKeepsWaiversOnce(t *testing.T) {
	w := rules.Waiver{Finding: rules.Finding{Rule: "R36", Thread: "t", Exchanges: []int64{4}}, Reason: "x", Until: "2026-03-31"}
	got := rules.Merge(rules.Verdict{Waived: []rules.Waiver{w}}, rules.Verdict{Waived: []rules.Waiver{w}}).Waived
	if d := cmp.Diff([]rules.Waiver{w}, got); d != "" {
		t.Errorf("waived (-want +got):\n%s", d)
	}
}
