package main

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestCheckOfTheSandbox(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	junit := filepath.Join(t.TempDir(), "check.xml")
	o := invoke(t.Context(), []string{"ENCORE_SANDBOX_KEY=pk_test_mine"}, "check", "--server", base, "--junit", junit)
	if o.code != 0 || o.err != "" {
		t.Errorf("exit code %d\n%s%s", o.code, o.out, o.err)
	}
	for _, line := range []string{`(?m)^passed   auth\.key$`, `(?m)^skipped  window\.minute$`, `(?m)\d+ cases, \d+ passed, 0 failed, 1 skipped, \d+ requests$`} {
		if !regexp.MustCompile(line).MatchString(o.out) {
			t.Errorf("no line %s in:\n%s", line, o.out)
		}
	}
	var report struct {
		Suite struct {
			Tests int        `xml:"tests,attr"`
			Cases []struct{} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	data, err := os.ReadFile(junit)
	if err == nil {
		err = xml.Unmarshal(data, &report)
	}
	if err != nil || report.Suite.Tests == 0 || report.Suite.Tests != len(report.Suite.Cases) {
		t.Errorf("the JUnit report has %d cases and announces %d (%v)", len(report.Suite.Cases), report.Suite.Tests, err)
	}
}

// TestCheckExits holds the exit codes, and that an error comes with a hint.
func TestCheckExits(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK")) }))
	defer broken.Close()
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	for _, tc := range []struct {
		name string
		args []string
		code int
		want string // on standard error, or on standard output when nothing is there
	}{
		{"a server that says OK to everything", []string{"--server", broken.URL, "--key", "pk_test_1", "--seed", "7"}, exitFailed,
			"replay: encore-sandbox check --server " + broken.URL + " --key pk_test_… --seed 7\n"},
		{"no server named", []string{"--key", "pk_test_1"}, exitUsage, "error: which server? --server is missing\nhint: encore-sandbox check --server"},
		{"no key named", []string{"--server", base}, exitUsage, "error: with which key? --key is missing\nhint: encore-sandbox check --server"},
		{"a production key", []string{"--server", base, "--key", "pk_live_1"}, exitUsage, "hint: use a pk_test_ key\n"},
		{"no address", []string{"--server", "localhost:8080", "--key", "pk_test_1"}, exitUsage,
			"error: server \"localhost:8080\" is no address\nhint: name it like http://127.0.0.1:8080\n"},
		{"a pattern for nothing", []string{"--server", base, "--key", "pk_test_1", "--skip", "txt.*"}, exitUsage, "error: skip \"txt.*\" fits no case\nhint: "},
		{"another server", []string{"--server", elsewhere.URL, "--key", "pk_test_1"}, exitUsage, "error: no Encore at " + elsewhere.URL},
		{"nobody there", []string{"--server", "http://" + freePort(t), "--key", "pk_test_1"}, exitUnreachable, "hint: is the server running"},
		{"an argument", []string{base}, exitUsage, "takes no argument"},
		{"a report nowhere", []string{"--server", base, "--key", "pk_test_1", "--junit", filepath.Join(t.TempDir(), "no", "check.xml")}, exitFailed,
			"hint: name a file in a directory that exists\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := invoke(t.Context(), nil, append([]string{"check"}, tc.args...)...)
			said := o.err
			if said == "" {
				said = o.out
			}
			if o.code != tc.code || !strings.Contains(said, tc.want) {
				t.Errorf("exit code %d, want %d, with %q in:\n%s", o.code, tc.code, tc.want, said)
			}
		})
	}
}

func TestCheckVerbose(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	o := invoke(t.Context(), nil, "check", "--server", base, "--key", "pk_test_1", "--skip", "text.*,refuse.*", "-v")
	if o.code != 0 || !strings.Contains(o.out, "clause: Encore integration guide, ") || !strings.Contains(o.out, "reason: ") {
		t.Errorf("exit code %d, want clauses and reasons in:\n%s%s", o.code, o.out, o.err)
	}
	if !strings.Contains(o.out, "left out as asked") {
		t.Errorf("the output does not say what was skipped:\n%s", o.out)
	}
}
