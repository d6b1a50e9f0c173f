package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/encore-sandbox/sandbox/scenarios/junit"
)

// WriteJUnit writes the report as JUnit XML: one suite, the group of a case's
// id as its class name, the clause in the failure's text.
func (r Report) WriteJUnit(w io.Writer) error {
	suite := junit.Suite{Name: "Encore contract at " + r.URL}
	for _, result := range r.Results {
		suite.Cases = append(suite.Cases, result.junit())
	}
	return junit.Write(w, suite)
}

func (r Result) junit() junit.Case {
	group, name, _ := strings.Cut(r.ID, ".")
	c := junit.Case{Class: "encore." + group, Name: name, Elapsed: r.Elapsed}
	headline, _, _ := strings.Cut(r.Message, "\n")
	switch r.Outcome {
	case Failed:
		text := fmt.Sprintf("%s\nclause: %s\nreason: %s", strings.TrimSpace(r.Message), r.Clause, r.Reason)
		c.Failure = &junit.Note{Headline: headline, Type: "contract", Text: text}
	case Skipped:
		c.Skipped = &junit.Note{Headline: headline}
	}
	return c
}
