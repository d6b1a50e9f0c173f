package rules

import (
	"fmt"
	"slices"
	"time"
)

// Off is the level of a rule whose breaches are set aside.
const Off Severity = "off"

// dateForm is how the last day of a level is written.
const dateForm = "2006-01-02"

// Level is how much a team lets a rule weigh, whatever the document says, and
// why. Every level has an end, so that what was set aside comes up again.
type Level struct {
	Level  Severity `json:"level" yaml:"level"`   // off, should or must
	Reason string   `json:"reason" yaml:"reason"` // for those who read the report
	Until  string   `json:"until" yaml:"until"`   // the last day it holds, 2026-12-31, UTC
}

// Levels are a team's levels by rule id.
type Levels map[string]Level

// Problem says what is wrong with a level of a rule: the field and what to
// write; nothing when it can be used.
func (l Level) Problem(rule string) (field, text string) {
	if _, known := Lookup(rule); !known {
		return "", fmt.Sprintf("%s is no rule; see the rules with: encore-sandbox rules", rule)
	}
	switch {
	case !slices.Contains([]Severity{Off, Should, Must}, l.Level):
		return "level", fmt.Sprintf("%q is no level; write off, should or must", l.Level)
	case l.Reason == "":
		return "reason", "is missing; say why this rule weighs otherwise here"
	}
	if _, err := time.Parse(dateForm, l.Until); err != nil {
		return "until", fmt.Sprintf("%q is no date; write the last day it holds, such as 2026-12-31", l.Until)
	}
	return "", ""
}

// ended tells whether the last day is over, in UTC.
func (l Level) ended(today time.Time) bool {
	last, err := time.Parse(dateForm, l.Until)
	return err != nil || !today.Before(last.AddDate(0, 0, 1))
}

// On are the levels that hold on a day.
func (l Levels) On(today time.Time) Levels {
	holding := Levels{}
	for id, level := range l {
		if !level.ended(today) {
			holding[id] = level
		}
	}
	return holding
}

// Waiver is a finding that a team has set aside, and why.
type Waiver struct {
	Finding
	Reason string `json:"reason"`
	Until  string `json:"until"`
}

// Apply weighs a verdict by the levels that hold on a day: findings of rules
// that are off become waivers, others get the level's severity. Of a level that
// has ended a hint says so, and the document's severity counts again.
func (l Levels) Apply(v Verdict, today time.Time) Verdict {
	if len(l) == 0 {
		return v
	}
	var kept []Finding
	for _, f := range v.Findings {
		level, set := l[f.Rule]
		switch {
		case !set:
		case level.ended(today):
			v.Hints = append(v.Hints, Finding{
				Rule: f.Rule, Severity: Hint, Thread: f.Thread, Exchanges: f.Exchanges,
				What: fmt.Sprintf("the level %s of this rule ended on %s; its reason was: %s", level.Level, level.Until, level.Reason),
			})
		case level.Level == Off:
			v.Waived = append(v.Waived, Waiver{Finding: f, Reason: level.Reason, Until: level.Until})
			continue
		default:
			f.Severity = level.Level
		}
		kept = append(kept, f)
	}
	v.Findings = kept
	return v.sorted()
}
