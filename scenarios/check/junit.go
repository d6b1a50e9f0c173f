package check

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// junitSuites, junitSuite, junitCase and junitNote are the part of the JUnit
// XML format that CI systems agree on.
type junitSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr"`
	Failure *junitNote `xml:"failure"`
	Skipped *junitNote `xml:"skipped"`
}

type junitNote struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report as JUnit XML: one suite, the group of a case's
// id as its class name, the clause in the failure's text.
func (r Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{
		Name: "Encore contract at " + r.URL, Tests: len(r.Results), Failures: r.Count(Failed), Skipped: r.Count(Skipped),
	}
	var total time.Duration
	for _, result := range r.Results {
		total += result.Elapsed
		suite.Cases = append(suite.Cases, result.junit())
	}
	suite.Time = junitSeconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r Result) junit() junitCase {
	group, name, _ := strings.Cut(r.ID, ".")
	c := junitCase{Class: "encore." + group, Name: name, Time: junitSeconds(r.Elapsed)}
	headline, _, _ := strings.Cut(r.Message, "\n")
	switch r.Outcome {
	case Failed:
		text := fmt.Sprintf("%s\nclause: %s\nreason: %s", strings.TrimSpace(r.Message), r.Clause, r.Reason)
		c.Failure = &junitNote{Message: headline, Type: "contract", Text: text}
	case Skipped:
		c.Skipped = &junitNote{Message: headline}
	}
	return c
}

func junitSeconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
