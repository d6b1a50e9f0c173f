package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
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
	if n := strings.Count(string(data), "\n| --- |"); n != 1 {
		t.Errorf("README has %d tables; this test compares one of them with the program", n)
	}
	if n := strings.Count(string(data), "\n"); n > 250 {
		t.Errorf("README has %d lines, and is to be read: at most 250; the rest belongs to encore-sandbox help TOPIC", n)
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("README's table differs from the commands; rewrite it with -update (-want +got):\n%s", diff)
	}
}

// TestREADMEIsTrue plays README as its reader would. Every command of every block
// of shell is typed, on a sandbox that was just started; what stands below it is
// what it says. Where a program is played, three stories stand for all of them.
func TestREADMEIsTrue(t *testing.T) {
	t.Parallel()
	const file = "README.md"
	text := read(t, "../../"+file)
	checkWords(t, file, text)
	blocks := blocksOf(text)
	for i, b := range blocks {
		switch {
		case b.lang == "sh":
			var answer *block
			if next := i + 1; next < len(blocks) && (blocks[next].lang == "text" || blocks[next].lang == "json") {
				answer = &blocks[next]
			}
			t.Run(fmt.Sprintf("line %d", b.line), func(t *testing.T) {
				t.Parallel()
				installed(t, "curl")
				newPage(t, file).play(t, b, answer)
			})
		case b.lang == "go":
			t.Run(fmt.Sprintf("line %d", b.line), func(t *testing.T) {
				t.Parallel()
				testOfTheReader(t, b)
			})
		case i == 0 || blocks[i-1].lang != "sh" || b.lang != "text" && b.lang != "json":
			t.Errorf("%s:%d: nobody checks a block of %q", file, b.line, b.lang)
		}
	}
}

// TestREADMEBetweenBlocks runs the commands that stand in README's sentences and
// end by themselves. Those that are not run here are: the words of every command
// are compared with the program above.
func TestREADMEBetweenBlocks(t *testing.T) {
	t.Parallel()
	text := read(t, "../../README.md")
	for _, b := range blocksOf(text) {
		text = strings.Replace(text, b.text, "", 1)
	}
	environ := []string{"HOME=" + t.TempDir(), "XDG_CONFIG_HOME=" + t.TempDir()}
	var ran int
	for _, words := range commandsIn(text) {
		if len(words) == 0 || !slices.Contains([]string{"ca", "env", "help", "openapi", "rules", "scenarios", "schema", "version"}, words[0]) {
			continue
		}
		ran++
		if o := invoke(t.Context(), environ, words...); o.code != 0 || o.out == "" {
			t.Errorf("encore-sandbox %s: exit code %d\n%s%s", strings.Join(words, " "), o.code, o.out, o.err)
		}
	}
	if ran < 4 {
		t.Errorf("only %d commands were found", ran)
	}
}

// TestREADMEOnConfig: README lists the sections of sandbox.yaml, no more and no
// less, and what it shows of them can be copied.
func TestREADMEOnConfig(t *testing.T) {
	t.Parallel()
	text := read(t, "../../README.md")
	_, list, _ := strings.Cut(text, "`sandbox.yaml`, which\nmay hold ")
	list, _, _ = strings.Cut(list, ":")
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal([]byte(invoke(t.Context(), nil, "schema", "config").out), &schema); err != nil {
		t.Fatal(err)
	}
	listed := regexp.MustCompile("[a-z]+`").FindAllString(list, -1)
	for i := range listed {
		listed[i] = strings.TrimSuffix(listed[i], "`")
	}
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(schema.Properties)), listed); diff != "" {
		t.Errorf("the sections of sandbox.yaml (-want +got):\n%s", diff)
	}
	shown := regexp.MustCompile("`(rules: [^`]+)`").FindStringSubmatch(text)
	if shown == nil {
		t.Fatal("README shows no rule that is waived")
	}
	file := filepath.Join(t.TempDir(), scenarios.ConfigFile)
	write(t, file, shown[1]+"\n")
	if _, err := scenarios.LoadConfig(file); err != nil {
		t.Error(err)
	}
}

// dockerCommand is one that pages tell people to type, with what follows it.
var dockerCommand = regexp.MustCompile(`docker (build|run|compose) ([^\n\x60]*)`)

// TestDockerCommands compares the commands of a container engine that pages tell
// people to type with the files that they are about. They are not run here: the
// image that the Dockerfile makes is tested on its own.
func TestDockerCommands(t *testing.T) {
	t.Parallel()
	const image = "encore-sandbox"
	steps := read(t, "../../Dockerfile")
	seen := map[string]bool{}
	for _, file := range []string{"README.md", "Dockerfile", "examples/compose.yaml", "examples/README.md"} {
		for _, found := range dockerCommand.FindAllStringSubmatch(read(t, "../../"+file), -1) {
			seen[found[1]] = true
			wrong := ""
			switch words := strings.Fields(found[2]); found[1] {
			case "build":
				if !slices.Equal(words, []string{"-t", image, "."}) {
					wrong = "it is built by: docker build -t " + image + " ."
				}
			case "run":
				port := slices.Index(words, "-p")
				if port < 0 || words[port+1] != "127.0.0.1:8080:8080" || !strings.Contains(steps, "EXPOSE 8080\n") || !slices.Contains(words, image) {
					wrong = "the image " + image + " serves on 8080, which is published on 127.0.0.1 alone"
				}
			case "compose":
				if _, err := os.Stat("../../" + words[1]); words[0] != "-f" || err != nil {
					wrong = "there is no such file"
				}
			}
			if wrong != "" {
				t.Errorf("%s: %s: %s", file, found[0], wrong)
			}
		}
	}
	if !seen["build"] || !seen["run"] || !seen["compose"] {
		t.Errorf("only %v were found", seen)
	}
}

// testOfTheReader runs the test that README shows among the examples of package
// contract, with the integration of those as the reader's own.
func testOfTheReader(t *testing.T, b block) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles a package")
	}
	const before = `package contract_test

import (
	"net/http"
	"testing"

	"github.com/encore-sandbox/sandbox/contract"
)

func newMyIntegrator(encore, graph string, c contract.Credentials) http.Handler {
	return &shop{Credentials: c, encore: encore, graph: graph, http: http.DefaultClient}
}

`
	dir := t.TempDir()
	source, overlay := filepath.Join(dir, "reader_test.go"), filepath.Join(dir, "overlay.json")
	write(t, source, before+b.text)
	place, err := filepath.Abs("../../contract/reader_test.go")
	if err != nil {
		t.Fatal(err)
	}
	write(t, overlay, fmt.Sprintf(`{"Replace":{%q:%q}}`, place, source))
	c := exec.CommandContext(t.Context(), "go", "test", "-v", "-overlay", overlay, "-run", "^TestMyIntegrator$", "../../contract")
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestMyIntegrator") {
		t.Errorf("%v\n%s", err, out)
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
