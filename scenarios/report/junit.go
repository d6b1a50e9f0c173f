package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/scenarios/junit"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

// JUnit writes a run as JUnit XML: a suite for each channel, with a case for
// each of its stories, and a suite with a case for each duty. A story that was
// not played, a duty that was not judged and a finding that was waived are
// skipped, with the reason. FailOn is the level at which a duty fails.
func JUnit(w io.Writer, r Report, failOn rules.Severity) error {
	suites := byChannel(r)
	return junit.Write(w, append(suites, duties(r, failOn))...)
}

// byChannel are the suites of stories, in the order in which channels appear.
func byChannel(r Report) (suites []junit.Suite) {
	for _, result := range r.Results {
		i := slices.IndexFunc(suites, func(s junit.Suite) bool { return s.Name == result.Channel })
		if i < 0 {
			i = len(suites)
			suites = append(suites, junit.Suite{Name: result.Channel, Properties: []junit.Property{
				{Name: "seed", Value: strconv.FormatUint(r.Seed, 10)}, {Name: "run", Value: r.Run},
			}})
		}
		suites[i].Cases = append(suites[i].Cases, storyCase(result))
	}
	return suites
}

// storyCase is one story; what a terminal prints of it is its text.
func storyCase(r Result) junit.Case {
	c := junit.Case{Class: "scenarios." + r.Channel, Name: r.Story, Elapsed: r.Elapsed}
	note := &junit.Note{Headline: headline(r), Type: r.Outcome, Text: Text{}.Result(r)}
	switch r.Outcome {
	case NotPlayed:
		c.Skipped = &junit.Note{Headline: r.Reason}
	case Failed:
		c.Failure = note
	case Errored:
		c.Error = note
	}
	return c
}

// headline is the first thing to know of a story that failed.
func headline(r Result) string {
	for _, s := range r.Steps {
		for _, m := range s.Mismatches {
			return fmt.Sprintf("%s:%d: %s", s.File, cmp.Or(m.Pos.Line, s.Line), m)
		}
	}
	for _, f := range r.Verdict.Findings {
		return Text{}.finding(f)
	}
	return r.Reason
}

// duties is the suite that has a case for each rule.
func duties(r Report, failOn rules.Severity) junit.Suite {
	suite, verdict := junit.Suite{Name: "duties"}, r.Merged()
	for _, rule := range rules.All() {
		c := junit.Case{Class: "duties." + string(rule.Severity), Name: rule.ID + " " + rule.Duty}
		broken := ofRule(verdict.Findings, rule.ID, itself)
		waived := ofRule(verdict.Waived, rule.ID, func(w rules.Waiver) rules.Finding { return w.Finding })
		switch {
		case (rules.Verdict{Findings: broken}).Fails(failOn):
			c.Failure = &junit.Note{Headline: Text{}.finding(broken[0]), Type: string(broken[0].Severity), Text: told(broken)}
		case len(waived) > 0:
			c.Skipped = &junit.Note{Headline: fmt.Sprintf("waived until %s: %s", waived[0].Until, waived[0].Reason)}
		case len(broken) > 0:
			c.Output = told(broken)
		case !slices.Contains(verdict.Judged, rule.ID):
			c.Skipped = &junit.Note{Headline: "not judged" + why(verdict, rule.ID)}
		}
		suite.Cases = append(suite.Cases, c)
	}
	return suite
}

// why a rule was not judged, where the verdict says so.
func why(v rules.Verdict, id string) string {
	for _, u := range v.NotJudged {
		if u.Rule == id {
			return ": " + u.Reason
		}
	}
	return ""
}

func itself(f rules.Finding) rules.Finding { return f }

// ofRule picks what concerns one rule.
func ofRule[T any](all []T, id string, finding func(T) rules.Finding) (of []T) {
	for _, x := range all {
		if finding(x).Rule == id {
			of = append(of, x)
		}
	}
	return of
}

// told words all breaches of a rule.
func told(findings []rules.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(Text{}.Finding(f))
	}
	return b.String()
}
