package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/scenarios/junit/junittest"
)

// exported is the journal of a sandbox in which a customer wrote, as a file.
func exported(t *testing.T) string {
	t.Helper()
	_, base := startServe(t, "--seed", "1")
	const thread = "whatsapp:106540352242922:15014005001"
	o := invoke(t.Context(), nil, "message", "--from", "15014005001", "--text", "Hi", "--sandbox", base)
	if o.code != 0 {
		t.Fatal(o.err)
	}
	if err := (client{base: base}).call(t.Context(), "POST", "/_sandbox/v1/journal/expect", map[string]any{"patterns": []string{"offer sent", "reply sent"}, "thread": thread, "within": "10s"}, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "journal.har")
	if o := invoke(t.Context(), nil, "journal", "--har", file, "--thread", thread, "--sandbox", base); o.code != 0 || o.out != "" {
		t.Fatalf("exit code %d: %s%s", o.code, o.out, o.err)
	}
	return file
}

// TestJudge: what journal saves, judge reads, and a recorder's file of the same
// is judged as production's.
func TestJudge(t *testing.T) {
	t.Parallel()
	file := exported(t)
	o := invoke(t.Context(), nil, "judge", file)
	for _, want := range []string{"ok    whatsapp:106540352242922:15014005001  whatsapp", "1 thread: 1 held, 0 failed", "0 broken", "R10  not judged: no customer opted out", "entries in "} {
		if !strings.Contains(o.out, want) || o.code != 0 {
			t.Errorf("exit code %d, no %q in:\n%s%s", o.code, want, o.out, o.err)
		}
	}
	text := strings.Replace(read(t, file), `"encore-sandbox"`, `"mitmproxy"`, 1)
	dir := t.TempDir()
	xml, asJSON := filepath.Join(dir, "out.xml"), filepath.Join(dir, "out.json")
	o = invokeWith(t.Context(), text, nil, "judge", "-", "--junit", xml, "--json", asJSON, "--app-secret", "sandbox-app-secret")
	if o.code != exitFailed || !strings.Contains(o.out, "R12 must  a pk_test_ key was used against production") || !strings.Contains(o.out, "note: what was before") {
		t.Errorf("exit code %d, want %d and R12:\n%s%s", o.code, exitFailed, o.out, o.err)
	}
	if err := junittest.Validate([]byte(read(t, xml))); err != nil {
		t.Error(err)
	}
	var judged struct {
		Webhooks, Calls, Signed int
		Results                 []struct{ Story, Outcome string }
	}
	if err := json.Unmarshal([]byte(read(t, asJSON)), &judged); err != nil {
		t.Fatal(err)
	}
	if judged.Webhooks == 0 || judged.Calls < 3 || judged.Signed != judged.Webhooks || len(judged.Results) != 1 || judged.Results[0].Outcome != "failed" {
		t.Errorf("the results as JSON: %+v", judged)
	}
	if strings.Contains(o.out+read(t, asJSON), "sandbox-app-secret") {
		t.Error("the secret is printed")
	}
}

// TestJudgeSaysWhatItCannotRead: every bad file has exit code 2, and its place.
func TestJudgeSaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"text.har": "hello", "entry.har": `{"log":{"entries":[{"startedDateTime":"2026-05-04T12:00:00Z","request":{"method":"POST"}}]}}`,
		"other.har": `{"log":{"entries":[{"startedDateTime":"2026-05-04T12:00:00Z","request":{"method":"GET","url":"https://db.example/q"}}]}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "error: judge takes one file, got 0\nhint: see: encore-sandbox judge --help\n"},
		{[]string{"a", "b"}, "error: judge takes one file, got 2\nhint: see: encore-sandbox judge --help\n"},
		{[]string{"none.har"}, "error: there is no file \"none.har\"\nhint: give the path of an HTTP Archive\n"},
		{[]string{filepath.Join(dir, "text.har")}, "error: DIR/text.har cannot be judged\n  the file: is no JSON: line 1: invalid character 'h' looking for beginning of value\nhint: an HTTP Archive (HAR 1.2) is what mitmproxy, browsers and Charles save\n"},
		{[]string{filepath.Join(dir, "entry.har")}, "error: DIR/entry.har cannot be judged\n  log.entries[0].request.url: is missing\nhint: an HTTP Archive (HAR 1.2) is what mitmproxy, browsers and Charles save\n"},
		{[]string{filepath.Join(dir, "other.har")}, "error: DIR/other.har: the file has no webhook of a vendor and no call to one\nhint: it has 1 entry, 1 left aside (db.example)\n"},
		{[]string{"x.har", "--complete", "perhaps"}, "error: --complete: \"perhaps\" is not allowed\nhint: use yes or no or auto\n"},
	} {
		o := invoke(t.Context(), nil, append([]string{"judge"}, c.args...)...)
		if diff := cmp.Diff(c.want, strings.ReplaceAll(o.err, dir, "DIR")); diff != "" || o.code != exitUsage || o.out != "" {
			t.Errorf("judge %q: exit code %d, output %q (-want +got):\n%s", c.args, o.code, o.out, diff)
		}
	}
	o := invokeWith(t.Context(), strings.Replace(read(t, exported(t)), `"encore-sandbox"`, `"Charles Proxy"`, 1), nil, "judge", "-", "--app-secret", "guess-me")
	if o.code != exitUsage || !strings.Contains(o.err, "no webhook is signed with this secret") || strings.Contains(o.err, "guess-me") {
		t.Errorf("another secret: exit code %d: %s", o.code, o.err)
	}
}

// TestJournalHARIsAFormOfItsOwn refuses what does not go with it.
func TestJournalHARIsAFormOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--follow", "--json"} {
		if o := invoke(t.Context(), nil, "journal", "--har", "x.har", flag); o.code != exitUsage || !strings.Contains(o.err, "hint: leave out") {
			t.Errorf("%s: exit code %d: %s", flag, o.code, o.err)
		}
	}
}
