package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/encore-sandbox/sandbox"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// helpOn is a page of the manual.
func helpOn(t *testing.T, name string) string {
	t.Helper()
	o := invoke(t.Context(), nil, "help", name)
	if o.code != 0 || o.err != "" {
		t.Fatalf("help %s: exit code %d, %s", name, o.code, o.err)
	}
	return o.out
}

// TestTopics: every page is there, as a topic and as a word of its own, fits a
// terminal, and names no command or path that does not exist.
func TestTopics(t *testing.T) {
	t.Parallel()
	_, base := startServe(t)
	var list []string
	for _, topic := range topics() {
		list = append(list, topic.name)
		page := helpOn(t, topic.name)
		if o := invoke(t.Context(), nil, topic.name); o.out != page {
			t.Errorf("encore-sandbox %s does not print what encore-sandbox help %s prints", topic.name, topic.name)
		}
		for line := range strings.Lines(page) {
			if len([]rune(line)) > 200 || strings.HasSuffix(line, " \n") {
				t.Errorf("help %s: this line is too long, or ends with a blank: %q", topic.name, line)
			}
		}
		for _, words := range commandsIn(page) {
			if what := unknown(program{}.root(), words); what != "" {
				t.Errorf("help %s: encore-sandbox %s: %s", topic.name, strings.Join(words, " "), what)
			}
		}
		if got := notServed(t, base, page); len(got) > 0 {
			t.Errorf("help %s names what is not served: %q", topic.name, got)
		}
	}
	pages := strings.Join(strings.Fields(read(t, "../../README.md")), " ")
	for _, name := range list {
		if !regexp.MustCompile("pages of `encore-sandbox help`:[^.]*\\b" + name + "\\b|encore-sandbox help " + name + "`").MatchString(pages) {
			t.Errorf("README does not mention the page %s", name)
		}
	}
	if root := invoke(t.Context(), nil); !inOrder(root.out, list) {
		t.Errorf("the topics %q are not listed:\n%s", list, root.out)
	}
}

// TestTopicsAreWhole: nothing of the tables that a page is made of is missing.
func TestTopicsAreWhole(t *testing.T) {
	t.Parallel()
	sb, err := newSandbox(scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sb.Close()
	want := map[string][]string{
		"environment": {"ENCORE_SANDBOX_IDLE_GAP  ", "ENCORE_SANDBOX_SANDBOX  ", "fault add"},
		"ci":          {"  0 ", "  1 ", "  2 ", "  3 ", "  130 ", "--junit"},
		"time":        {`"advanceSeconds":93600`, "SANDBOX_ADVANCE_SECONDS  93600", "--clock-hook"},
		"fields":      {"inboundMessageId*", "attributes.countryCode", "message.payload", "/delivered", "deliveredTimestamp"},
	}
	for _, c := range sb.Channels() {
		want["channels"] = append(want["channels"], "\n"+c.Name+", to Encore "+c.Platform+"\n", c.Accounts[0].ID)
		want["channels"] = append(want["channels"], occasions(c)...)
	}
	for name := range settings(t) {
		want["environment"] = append(want["environment"], "  "+name+" ")
	}
	for _, p := range fault.Presets() {
		want["presets"] = append(want["presets"], "\n"+p.Name+"\n    "+p.About+"\n    "+p.Fault.String()+"\n")
		if _, err := fault.Parse(p.Fault.String()); err != nil {
			t.Errorf("preset %s cannot be written as it is shown: %v", p.Name, err)
		}
	}
	document, err := openapi3.NewLoader().LoadFromData(sandbox.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	for name := range document.Components.Schemas["OfferRequest"].Value.Properties {
		want["fields"] = append(want["fields"], "    "+name)
	}
	if _, err := fault.Parse("encore-down;customer=15014005001"); err != nil || !strings.Contains(helpOn(t, "presets"), "'encore-down;customer=15014005001'") {
		t.Errorf("what the page of presets shows is not written so: %v", err)
	}
	for name, parts := range want {
		page := helpOn(t, name)
		for _, part := range parts {
			if !strings.Contains(page, part) {
				t.Errorf("help %s does not say %q:\n%s", name, part, page)
			}
		}
	}
}

// TestFiguresCanBeMeasuredAgain: every benchmark that the page names exists, and
// every table has the command by which it is measured below it.
func TestFiguresCanBeMeasuredAgain(t *testing.T) {
	t.Parallel()
	sources := ""
	files, err := filepath.Glob("../../contract/bench*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no benchmarks are found: %v", err)
	}
	for _, file := range files {
		sources += read(t, file)
	}
	measured := regexp.MustCompile(`(?m)^    go test -run '\^\$' -bench (\S+) -benchtime \d+x \./contract$`).FindAllStringSubmatch(figures, -1)
	for _, m := range measured {
		names := strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune("'/(|)", r) })
		for i, name := range names {
			if i == 0 && !strings.Contains(sources, "func Benchmark"+name+"(") || i > 0 && !regexp.MustCompile(`"[a-z0-9/]*\b`+name+`\b`).MatchString(sources) {
				t.Errorf("no benchmark is named %s, as %s has it", name, m[1])
			}
		}
	}
	commands := strings.Count(figures, "|\n\n    ")
	if tables := strings.Count(figures, "\n| -"); len(measured) < 4 || commands != tables {
		t.Errorf("%d tables, %d with commands below, %d benchmarks", tables, commands, len(measured))
	}
	if !strings.Contains(read(t, "../../README.md"), "(cmd/encore-sandbox/figures.md)") {
		t.Error("README does not point to the figures")
	}
}
