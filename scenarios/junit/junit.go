// Package junit writes test results in the JUnit XML format, the part of it that
// CI services agree on (the schema of Jenkins' xUnit plugin): suites of cases
// that passed, failed, broke off or were skipped.
//
//	check.Report, report.Report ─▶ []Suite ─▶ Write ─▶ XML
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"
)

// Suite is a named list of cases. Its totals are counted when it is written.
type Suite struct {
	Name       string
	Properties []Property
	Cases      []Case
}

// Property is a named value of a suite.
type Property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// Case is one test. At most one of Failure, Error and Skipped is set; none means
// that it passed.
type Case struct {
	Class   string // dotted group, such as encore.whatsapp
	Name    string
	Elapsed time.Duration
	Failure *Note // what was expected did not hold
	Error   *Note // could not be carried through
	Skipped *Note
	Output  string // for system-out, may be empty
}

// Note says why a case did not pass: a headline, and a text of several lines.
type Note struct {
	Headline string
	Type     string
	Text     string
}

// Write writes the suites as one document.
func Write(w io.Writer, suites ...Suite) error {
	doc := document{}
	for _, s := range suites {
		doc.add(s.wire())
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// totals are counted over cases, and over suites.
type totals struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	elapsed  time.Duration
	Time     string `xml:"time,attr"`
}

func (t *totals) plus(other totals) {
	t.Tests, t.Failures, t.Errors = t.Tests+other.Tests, t.Failures+other.Failures, t.Errors+other.Errors
	t.elapsed += other.elapsed
	t.Time = seconds(t.elapsed)
}

type document struct {
	XMLName xml.Name `xml:"testsuites"`
	totals
	Suites []suite `xml:"testsuite"`
}

func (d *document) add(s suite) {
	d.Suites = append(d.Suites, s)
	d.plus(s.totals)
}

type suite struct {
	Name string `xml:"name,attr"`
	totals
	Skipped    int         `xml:"skipped,attr"` // the schema counts them by suite only
	Properties *properties `xml:"properties"`
	Cases      []testcase  `xml:"testcase"`
}

type properties struct {
	All []Property `xml:"property"`
}

type testcase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Skipped *skipped `xml:"skipped"`
	Error   *problem `xml:"error"`
	Failure *problem `xml:"failure"`
	Output  string   `xml:"system-out,omitempty"`
}

type skipped struct {
	Message string `xml:"message,attr"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func (s Suite) wire() suite {
	out := suite{Name: s.Name}
	if len(s.Properties) > 0 {
		out.Properties = &properties{s.Properties}
	}
	out.Time = seconds(0)
	for _, c := range s.Cases {
		out.Cases = append(out.Cases, c.wire())
		out.plus(c.count())
		if c.Skipped != nil {
			out.Skipped++
		}
	}
	return out
}

func (c Case) count() totals {
	t := totals{Tests: 1, elapsed: c.Elapsed}
	switch {
	case c.Failure != nil:
		t.Failures = 1
	case c.Error != nil:
		t.Errors = 1
	}
	return t
}

func (c Case) wire() testcase {
	out := testcase{
		Class: c.Class, Name: c.Name, Time: seconds(c.Elapsed), Output: c.Output,
		Failure: c.Failure.wire(), Error: c.Error.wire(),
	}
	if c.Skipped != nil {
		out.Skipped = &skipped{c.Skipped.Headline}
	}
	return out
}

func (n *Note) wire() *problem {
	if n == nil {
		return nil
	}
	return &problem{Message: n.Headline, Type: n.Type, Text: n.Text}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
