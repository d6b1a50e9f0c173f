package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestRunInARunningSandbox has serve play, with a story of the caller's own.
func TestRunInARunningSandbox(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	dir := t.TempDir()
	mine, html, xml := filepath.Join(dir, "mine.yaml"), filepath.Join(dir, "out.html"), filepath.Join(dir, "out.xml")
	write(t, mine, "name: mine\nsteps:\n  - customer: Hi\n    expect: [reply sent]\n")
	o := invoke(t.Context(), nil, "run", "first-message", mine, "--sandbox", base, "--channel", "whatsapp", "--html", html, "--junit", xml)
	want := []string{"2 stories: 1 held, 1 failed", "replay: encore-sandbox run " + mine + " --channel whatsapp --seed 1 --sandbox " + base}
	if o.code != exitFailed || !inOrder(o.out, want) {
		t.Errorf("exit code %d, want %d and %q:\n%s%s", o.code, exitFailed, want, o.out, o.err)
	}
	for _, said := range []string{"ok    first-message", "FAIL  mine", mine + ":4: expected reply sent", "integrator → Encore"} {
		if !strings.Contains(o.out, said) {
			t.Errorf("%q is not said:\n%s", said, o.out)
		}
	}
	for file, has := range map[string]string{html: "<svg ", xml: "<testsuites "} {
		if !strings.Contains(read(t, file), has) {
			t.Errorf("%s lacks %s", file, has)
		}
	}
}

func TestRunInARunningSandboxThatCannotBe(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a flag of a sandbox of its own": {[]string{"--addr", "127.0.0.1:0"}, exitUsage, "--addr is about a sandbox of this command's own"},
		"a command":                      {[]string{"--", "true"}, exitUsage, "no command is started"},
		"nobody answers":                 {[]string{"--sandbox", "http://" + freePort(t)}, exitFailed, "no sandbox answers"},
		"no such channel":                {[]string{"--channel", "pigeon"}, exitFailed, `there is no channel "pigeon"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := invoke(t.Context(), nil, append([]string{"run", "first-message", "--sandbox", base}, c.args...)...)
			if o.code != c.code || !strings.Contains(o.err, c.want) {
				t.Errorf("exit code %d, want %d and %q: %s", o.code, c.code, c.want, o.err)
			}
		})
	}
}
