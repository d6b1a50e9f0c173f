package main

import (
	"fmt"
	"os"
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
