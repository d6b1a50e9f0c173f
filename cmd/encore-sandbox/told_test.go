package main

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// What the examples and README tell people to type is compared with the program
// by these functions: commands with their flags, variables, addresses.

var (
	typed    = regexp.MustCompile(`(?m)(?:^|[\s"'(\x60])encore-sandbox((?: +(?:"[^"\n]*"|'[^'\n]*'|[^\s\x60"'|;&<>)(]+))*)`)
	word     = regexp.MustCompile(`"[^"\n]*"|'[^'\n]*'|[^\s"']+`)
	setsFlag = regexp.MustCompile(`\bENCORE_SANDBOX_[A-Z_]+\b`)
	endpoint = regexp.MustCompile(`(?:http://[a-z0-9.]+:8080|\$at)(/[^\s"'\x60)>,]*)`)
)

// commandsIn are the invocations of encore-sandbox in a text, without its name.
func commandsIn(text string) (all [][]string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\\\n", " "), "-t encore-sandbox .", "") // the image
	for _, found := range typed.FindAllStringSubmatch(text, -1) {
		words := word.FindAllString(found[1], -1)
		for i := range words {
			words[i] = strings.TrimRight(strings.Trim(words[i], `"'`), ".,")
		}
		all = append(all, words)
	}
	return all
}

// unknown says what the program does not know of an invocation; empty: nothing.
func unknown(root *cobra.Command, words []string) string {
	if len(words) > 0 && words[0] == "help" {
		words = words[1:]
	}
	found, rest, err := root.Find(words)
	if err != nil {
		return err.Error()
	}
	for _, w := range rest {
		name, _, _ := strings.Cut(strings.TrimPrefix(w, "--"), "=")
		switch {
		case w == "--":
			return ""
		case strings.HasPrefix(w, "--") && found.Flags().Lookup(name) == nil:
			return found.Name() + " has no flag " + w
		case found == root && !strings.HasPrefix(w, "-"):
			return "there is no command " + w
		}
	}
	return ""
}

// strangers are the variables in a text that set no flag of a command.
func strangers(text string, c *cobra.Command) (all []string) {
	for _, name := range setsFlag.FindAllString(text, -1) {
		flag := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, environmentPrefix), "_", "-"))
		if c.Flags().Lookup(flag) == nil {
			all = append(all, name)
		}
	}
	return all
}

// child is a subcommand by its name.
func child(t *testing.T, root *cobra.Command, name string) *cobra.Command {
	t.Helper()
	found, _, err := root.Find([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// checkWords reports what a text tells people to type and the program does not
// know.
func checkWords(t *testing.T, file, text string) {
	t.Helper()
	root := program{}.root()
	commands := commandsIn(text)
	for _, words := range commands {
		if what := unknown(root, words); what != "" {
			t.Errorf("%s: encore-sandbox %s: %s", file, strings.Join(words, " "), what)
		}
	}
	if len(commands) == 0 {
		t.Errorf("%s: no command was found in it", file)
	}
}

// notServed are the paths in a text, after the addresses of this machine that it
// names, that a sandbox answers with 404 to every method.
func notServed(t *testing.T, base, text string) (paths []string) {
	t.Helper()
	for _, found := range endpoint.FindAllStringSubmatch(text, -1) {
		path := found[1]
		known := slices.ContainsFunc([]string{http.MethodGet, http.MethodPost}, func(method string) bool {
			req, err := http.NewRequestWithContext(t.Context(), method, base+path, http.NoBody)
			if err != nil {
				return false
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			return resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusMethodNotAllowed
		})
		if !known {
			paths = append(paths, path)
		}
	}
	return paths
}

func TestWordsAreFound(t *testing.T) {
	t.Parallel()
	root := program{}.root()
	for text, want := range map[string]string{
		"run encore-sandbox serve --seed 1 and look":               "",
		"`encore-sandbox help faults` prints":                      "",
		"encore-sandbox run \\\n  --html x -- npm --strange start": "",
		"encore-sandbox fault add '503;times=2;customer=1'  # two": "",
		`eval "$(encore-sandbox env --format shell)"`:              "",
		"`encore-sandbox help falts` prints":                       "no command",
		"encore-sandbox sreve":                                     `no command`,
		"encore-sandbox serve --sed 1":                             "serve has no flag --sed",
		"encore-sandbox run --junit out.xml --nope":                "run has no flag --nope",
		"encore-sandbox fault add 'latency=2s' --when now":         "add has no flag --when",
	} {
		var got []string
		for _, words := range commandsIn(text) {
			got = append(got, unknown(root, words))
		}
		if len(got) != 1 || (want == "") != (got[0] == "") || !strings.Contains(got[0], want) {
			t.Errorf("%q: %q, want one with %q", text, got, want)
		}
	}
	if got := fmt.Sprint(strangers("ENCORE_SANDBOX_WEBHOOK=x ENCORE_SANDBOX_WEBHOK=x", child(t, root, "serve"))); got != "[ENCORE_SANDBOX_WEBHOK]" {
		t.Errorf("variables that set nothing: %s", got)
	}
	_, base := startServe(t)
	if got := fmt.Sprint(notServed(t, base, "see http://127.0.0.1:8080/_sandbox/v1/health, $at/v2/message and http://localhost:8080/_sandbox/v1/helth")); got != "[/_sandbox/v1/helth]" {
		t.Errorf("paths that are not served: %s", got)
	}
}
