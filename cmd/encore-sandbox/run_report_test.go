package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/encore-sandbox/sandbox/scenarios/junit/junittest"
)

// read gives a file that a command wrote.
func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestRunWritesReports asks one run for all of its reports.
func TestRunWritesReports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	xml, html, json := filepath.Join(dir, "out.xml"), filepath.Join(dir, "out.html"), filepath.Join(dir, "out.json")
	summary := filepath.Join(dir, "summary.md")
	if err := os.WriteFile(summary, []byte("an earlier step\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := invoke(t.Context(), []string{"GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=" + summary},
		"run", "first-message", "--channel", "whatsapp", "--defect", "reply-first", "--junit", xml, "--html", html, "--json", json)
	if o.code != exitFailed {
		t.Errorf("exit code %d, want %d:\n%s%s", o.code, exitFailed, o.out, o.err)
	}
	if err := junittest.Validate([]byte(read(t, xml))); err != nil {
		t.Error(err)
	}
	for what, has := range map[string][2]string{
		"JUnit":        {read(t, xml), `<testcase classname="scenarios.whatsapp" name="first-message"`},
		"page":         {read(t, html), `role="img" aria-label="Sequence diagram of whatsapp:`},
		"how to again": {read(t, html), "encore-sandbox run first-message --channel whatsapp --seed 1 --defect reply-first"},
		"JSON":         {read(t, json), `"rule": "R36"`},
		"annotation":   {o.out, "::error file=first-message.yaml,line="},
		"summary":      {read(t, summary), "an earlier step\n### Encore Sandbox: 0 of 1 story held\n"},
	} {
		if !strings.Contains(has[0], has[1]) {
			t.Errorf("%s lacks %q:\n%.2000s", what, has[1], has[0])
		}
	}
}

// TestReportThatCannotBeWritten must not pass in silence.
func TestReportThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	o := invoke(t.Context(), nil, "run", "first-message", "--channel", "whatsapp", "--junit", filepath.Join(t.TempDir(), "no", "such", "folder.xml"))
	if o.code == 0 || !strings.Contains(o.err, "folder.xml") {
		t.Errorf("exit code %d, %q; want the file named", o.code, o.err)
	}
}
