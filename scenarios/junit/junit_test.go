package junit_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/junit"
	"github.com/encore-sandbox/sandbox/scenarios/junit/junittest"
)

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	err := junit.Write(&b, junit.Suite{
		Name:       "first",
		Properties: []junit.Property{{Name: "seed", Value: "1"}},
		Cases: []junit.Case{
			{Class: "a.b", Name: "held", Elapsed: 1500 * time.Millisecond, Output: "line\x00 one\n"},
			{Class: "a.b", Name: `broke "it" <here>`, Failure: &junit.Note{Headline: "R36", Type: "must", Text: "two\nlines"}},
			{Class: "a.b", Name: "broke off", Error: &junit.Note{Headline: "nobody answered", Type: "error"}},
			{Class: "a.b", Name: "not played", Skipped: &junit.Note{Headline: "cap is 3"}},
		},
	}, junit.Suite{Name: "empty"})
	if err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" errors="1" time="1.500">
  <testsuite name="first" tests="4" failures="1" errors="1" time="1.500" skipped="1">
    <properties>
      <property name="seed" value="1"></property>
    </properties>
    <testcase classname="a.b" name="held" time="1.500">
      <system-out>line� one&#xA;</system-out>
    </testcase>
    <testcase classname="a.b" name="broke &#34;it&#34; &lt;here&gt;" time="0.000">
      <failure message="R36" type="must">two&#xA;lines</failure>
    </testcase>
    <testcase classname="a.b" name="broke off" time="0.000">
      <error message="nobody answered" type="error"></error>
    </testcase>
    <testcase classname="a.b" name="not played" time="0.000">
      <skipped message="cap is 3"></skipped>
    </testcase>
  </testsuite>
  <testsuite name="empty" tests="0" failures="0" errors="0" time="0.000" skipped="0"></testsuite>
</testsuites>
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("document (-want +got):\n%s", d)
	}
	if err := junittest.Validate(b.Bytes()); err != nil {
		t.Error(err)
	}
}

// The check that every report goes through must be able to fail.
func TestValidate(t *testing.T) {
	for _, c := range []struct{ name, document, want string }{
		{"an unknown element", `<testsuites><suite/></testsuites>`, "no element is called suite"},
		{"another root", `<testsuite name="x" tests="0"/>`, "the document is a testsuite"},
		{"an unknown attribute", `<testsuites skipped="1"/>`, "testsuites has no attribute skipped"},
		{"a missing attribute", `<testsuites><testsuite name="x"/></testsuites>`, "testsuite lacks tests"},
		{"a wrong order", `<testsuites><testsuite name="x" tests="1"><testcase name="a"><failure/><skipped/></testcase></testsuite></testsuites>`, "skipped does not belong here in testcase"},
		{"a wrong place", `<testsuites><testsuite name="x" tests="1"><failure/></testsuite></testsuites>`, "failure does not belong here in testsuite"},
		{"a count in words", `<testsuites tests="many"/>`, `tests of testsuites is "many" and no number`},
		{"a time with its unit", `<testsuites time="1s"/>`, `time of testsuites is "1s" and no number of seconds`},
		{"text where none belongs", `<testsuites>hello</testsuites>`, "testsuites has text"},
		{"no XML", `<testsuites>`, "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := junittest.Validate([]byte(c.document))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Validate = %v; want %q", err, c.want)
			}
		})
	}
}
