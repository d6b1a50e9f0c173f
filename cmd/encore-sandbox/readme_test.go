package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Marks in README between which the table of commands stands.
const (
	tableBegin = "<!-- the table is written by: go test ./cmd/encore-sandbox -run TestREADMETable -update -->\n"
	tableEnd   = "<!-- end of the table -->\n"
)

// README lists every command with its flags and nothing else, because a reader
// believes that what it lists works.
func TestREADMETable(t *testing.T) {
	t.Parallel()
	const file = "../../README.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), tableBegin)
	table, after, closed := strings.Cut(rest, tableEnd)
	if !found || !closed {
		t.Fatalf("README.md lacks the marks of the table: %q and %q", tableBegin, tableEnd)
	}
	want := commandTable(program{}.root())
	if *update {
		if err := os.WriteFile(file, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("README's table differs from the commands; rewrite it with -update (-want +got):\n%s", diff)
	}
}

// zokoID is a UUID that holds the time at which it was made.
var zokoID = regexp.MustCompile(`"messageId":"[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}`)

// TestREADMEProviders: the calls of the section on providers have the answers
// that stand below them, on a sandbox that was just started with seed 1.
func TestREADMEProviders(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Skip(command + " is not installed")
		}
	}
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "## Through a provider\n")
	_, section, _ = strings.Cut(section, "```sh\n")
	section, _, _ = strings.Cut(section, "```\n")
	var script, want strings.Builder
	for line := range strings.Lines(section) {
		if answer, is := strings.CutPrefix(line, "#"); is {
			want.WriteString(strings.TrimSpace(answer))
			continue
		}
		script.WriteString(line)
	}
	_, base := startServe(t, "--seed", "1")
	c := exec.CommandContext(t.Context(), "bash", "-ec", strings.ReplaceAll(script.String(), "http://127.0.0.1:8080", base))
	got, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(want.String(), "{") < 4 {
		t.Fatalf("the section has no answers:\n%s", section)
	}
	steady := func(text string) string { return zokoID.ReplaceAllString(text, `"messageId":"…`) }
	if diff := cmp.Diff(steady(want.String()), steady(string(got))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func commandTable(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("\n| command | does |\n| --- | --- |\n")
	for _, c := range root.Commands() {
		if c.Hidden || !c.Runnable() && !c.HasSubCommands() {
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(usageOf(c), "|", `\|`), c.Short)
	}
	return b.String() + "\n"
}

// usageOf is a command as it is typed, with its flags.
func usageOf(c *cobra.Command) string {
	parts := []string{strings.TrimSuffix(c.Use, " [flags]")}
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			parts = append(parts, sub.Name())
		}
	}
	if subs := strings.Join(parts[1:], "|"); subs != "" {
		parts = []string{c.Name(), subs}
		if own := strings.TrimSuffix(c.Use, " [flags]"); c.Runnable() && own != c.Name() {
			parts = []string{own + "|" + subs}
		}
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Hidden {
			return
		}
		name := "--" + f.Name
		if f.Value.Type() != "bool" {
			value, _ := pflag.UnquoteUsage(f)
			name += " " + value
		}
		if !strings.Contains(c.Use, "--"+f.Name+" ") {
			parts = append(parts, "["+name+"]")
		}
	})
	return strings.Join(parts, " ")
}
