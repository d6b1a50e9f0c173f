package main

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCommandThatEndsEarlyIsExplained: whoever gave a command that does not run
// on hears what a command has to do.
func TestCommandThatEndsEarlyIsExplained(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	close(ended)
	c := &process{name: "false", output: &tail{}, ended: ended, quiet: true}
	var told strings.Builder
	code := conclude(&told, c.explain(context.Canceled))
	want := `error: false ended early: exit status 0
hint: it has to run on and to listen where --webhook says; try it alone, in the environment that encore-sandbox env prints
`
	if diff := cmp.Diff(want, told.String()); diff != "" || code != exitUnreachable {
		t.Errorf("exit code %d (-want +got):\n%s", code, diff)
	}
}

// TestEnvIsAskedAsServeWas: another terminal prints the secrets of this sandbox.
func TestEnvIsAskedAsServeWas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, base string
		flags      serveFlags
		want       string
	}{
		{"as it is", "http://127.0.0.1:8080", serveFlags{}, "encore-sandbox env\n"},
		{"elsewhere", "http://127.0.0.1:9", serveFlags{}, "encore-sandbox env --sandbox http://127.0.0.1:9\n"},
		{
			"with a file and secrets", "http://127.0.0.1:8080",
			serveFlags{config: "my file.yaml", credentials: credentials{"it's", "v3"}}, `encore-sandbox env --config 'my file.yaml' --app-secret 'it'\''s' --verify-token v3` + "\n",
		},
	} {
		_, got, _ := strings.Cut(next(c.base, "whatsapp", &c.flags), "What your integrator needs: ")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
