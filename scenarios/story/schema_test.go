package story

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/encore-sandbox/sandbox/scenarios/library"
)

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bySchema is what an editor would say about a file: it sees plain YAML.
func bySchema(t testing.TB, s *jsonschema.Schema, file []byte) error {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal(file, &tree); err != nil {
		return err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestSchemaIsOfItsDraft(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	if s.DraftVersion != 2020 {
		t.Errorf("draft %d, want 2020", s.DraftVersion)
	}
}

func TestSchemaAcceptsStories(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	if err := bySchema(t, s, []byte(everything)); err != nil {
		t.Errorf("everything: %v", err)
	}
	files, err := fs.Glob(library.Files, "*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("the library has %d files (%v)", len(files), err)
	}
	for _, name := range files {
		data, err := library.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := bySchema(t, s, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// parserOnly lists the mistakes that a schema cannot see.
func parserOnly() []string {
	return []string{
		"backwards.yaml",  // compares two numbers of one text
		"bounds.yaml",     // numbers inside a text
		"regexp.yaml",     // is RE2, not the expression of a schema
		"depth.yaml",      // a schema would have to spell each level out
		"zero-range.yaml", // 0..0 is a text
		"overtaken.yaml",  // looks at the steps behind
		"meanwhile.yaml",  // likewise
		"lost.yaml",       // holds two keys of a step against each other
	}
}

func TestSchemaRefusesWhatTheParserRefuses(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad files", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		refused := bySchema(t, s, data) != nil
		if want := !slices.Contains(parserOnly(), name); refused != want && !strings.HasPrefix(name, "yaml-") {
			t.Errorf("%s: refused by the schema: %v, want %v", name, refused, want)
		}
	}
}

// head is a story without a mistake.
const head = "name: a\nsteps:\n  - customer: Hi\n"

// mistake is one mistake in an otherwise good story, so that neither parser
// nor schema refuses it for another reason.
type mistake struct{ name, text string }

func (m mistake) run(t *testing.T) {
	t.Parallel()
	if _, err := Parse("a.yaml", []byte(m.text)); err == nil {
		t.Errorf("the parser accepts\n%s", m.text)
	}
	if bySchema(t, compiled(t), []byte(m.text)) == nil {
		t.Errorf("the schema accepts\n%s", m.text)
	}
}

func TestHeadHasNoMistake(t *testing.T) {
	t.Parallel()
	if err := bySchema(t, compiled(t), []byte(head)); err != nil {
		t.Errorf("the schema: %v", err)
	}
	if _, err := Parse("a.yaml", []byte(head)); err != nil {
		t.Errorf("the parser: %v", err)
	}
}

func TestParserAndSchemaAgreeOnScenarios(t *testing.T) {
	t.Parallel()
	for _, c := range []mistake{
		{"no name", "steps: [{customer: Hi}]"},
		{"no steps", "name: a"},
		{"name is a number", "name: 1\nsteps: [{customer: Hi}]"},
		{"name in capitals", "name: Cap\nsteps: [{customer: Hi}]"},
		{"name ends in a line feed", "name: \"a\\n\"\nsteps: [{customer: Hi}]"},
		{"no steps in the list", "name: a\nsteps: []"},
		{"blank text", "name: a\nsteps: [{customer: \" \"}]"},
		{"unknown channel", "channels: [telegram]\n" + head},
		{"channel twice", "channels: [zoko, zoko]\n" + head},
		{"no channel", "channels: []\n" + head},
		{"unknown need", "needs: {cup: 1}\n" + head},
		{"blank reply", "needs: {reply: ' '}\n" + head},
		{"empty need", "needs: {}\n" + head},
		{"negative cap", "needs: {cap: -1}\n" + head},
		{"limits half on", "limits: half\n" + head},
		{"fault list", "fault: [503]\n" + head},
		{"fault empty", "fault: {}\n" + head},
	} {
		t.Run(c.name, c.run)
	}
}

func TestParserAndSchemaAgreeOnSteps(t *testing.T) {
	t.Parallel()
	for _, c := range []mistake{
		{"unknown step key", head + "    colour: red\n"},
		{"two actions", head + "    wait: 3d\n"},
		{"no action", head + "  - as: bob\n"},
		{"steps without repeat", head + "    steps: [{wait: 3d}]\n"},
		{"repeat without steps", head + "  - repeat: 2\n"},
		{"repeat zero", head + "  - repeat: 0\n    steps: [{wait: 3d}]\n"},
		{"repeat half", head + "  - repeat: 1.5\n    steps: [{wait: 3d}]\n"},
		{"repeat twice the cap", head + "  - repeat: 2 * cap\n    steps: [{wait: 3d}]\n"},
		{"expect beside repeat", head + "  - repeat: 2\n    expect: []\n    steps: [{wait: 3d}]\n"},
		{"wait without a unit", head + "  - wait: 90\n"},
		{"wait backwards", head + "  - wait: -3d\n"},
		{"wait for two gaps", head + "  - wait: idle + idle\n"},
		{"burst on a wait", head + "  - wait: 3d\n    burst: 3\n"},
		{"burst of one", head + "    burst: 1\n"},
		{"burst by name", head + "    burst: 3\n    as: bob\n"},
		{"a name for nobody", head + "  - wait: 3d\n    name: Zoë\n"},
		{"a blank name", head + "    name: ' '\n"},
		{"meanwhile off", head + "    meanwhile: false\n  - customer: Hi\n"},
		{"a wait meanwhile", head + "  - wait: 3d\n    meanwhile: true\n  - customer: Hi\n"},
		{"actor in capitals", head + "    as: Bob\n"},
		{"operator zero", head + "    operator: 0\n"},
		{"given without offers", head + "  - given: {quiet: 3d}\n"},
		{"given too many", head + "  - given: {offers: 101}\n"},
	} {
		t.Run(c.name, c.run)
	}
}

func TestParserAndSchemaAgreeOnDeliveries(t *testing.T) {
	t.Parallel()
	for _, c := range []mistake{
		{"deliver nothing", head + "    deliver: {}\n"},
		{"deliver twice off", head + "    deliver: {twice: false}\n"},
		{"status with a customer", head + "    deliver: {status: read}\n"},
		{"twice alone", head + "  - deliver: {twice: true}\n"},
		{"status and echo", head + "  - deliver: {status: read, echo: true}\n"},
		{"status and reaction", head + "  - deliver: {status: read, reaction: true}\n"},
		{"reaction with a customer", head + "    deliver: {reaction: true}\n"},
		{"unsupported with a customer", head + "    deliver: {unsupported: true}\n"},
		{"unsupported and opted out", head + "  - deliver: {unsupported: true, optout: true}\n"},
		{"opted out with a customer", head + "    deliver: {optout: true}\n"},
		{"of nothing", head + "  - deliver: {reaction: true, of: offer}\n"},
		{"of somebody", head + "  - deliver: {status: read, of: bob}\n"},
		{"batch of statuses", head + "  - deliver: {status: read, batch: 2}\n"},
		{"unknown status", head + "  - deliver: {status: seen}\n"},
		{"late by a number", head + "    deliver: {late: 5}\n"},
		{"dropped half", head + "    deliver: {drop: maybe}\n"},
		{"lost and late", head + "    deliver: {drop: true, late: 5m}\n"},
		{"lost and overtaken", head + "    deliver: {drop: true, reorder: true}\n  - customer: Hi\n"},
		{"a status that is overtaken", head + "  - deliver: {status: read, reorder: true}\n"},
		{"a late echo", head + "  - deliver: {echo: true, late: 5m}\n"},
		{"a lost echo", head + "  - deliver: {echo: true, drop: true}\n"},
		{"unknown signature", head + "    deliver: {signature: none}\n"},
	} {
		t.Run(c.name, c.run)
	}
}

func TestParserAndSchemaAgreeOnExpectations(t *testing.T) {
	t.Parallel()
	for _, c := range []mistake{
		{"expect is a word", head + "    expect: reply sent\n"},
		{"unknown expectation", head + "    expect: [no offer]\n"},
		{"reply alone", head + "    expect: [reply]\n"},
		{"reply of another kind", head + "    expect: [reply: some]\n"},
		{"two words in one", head + "    expect: [{offer sent: {times: 1}, reply sent: {times: 1}}]\n"},
		{"loosened by nothing", head + "    expect: [reply sent: {}]\n"},
		{"loosened by null", head + "    expect: [{reply sent: null}]\n"},
		{"loosened by an unknown key", head + "    expect: [reply sent: {count: 1}]\n"},
		{"times zero", head + "    expect: [reply sent: {times: 0}]\n"},
		{"times in words", head + "    expect: [reply sent: {times: twice}]\n"},
		{"text of a request", head + "    expect: [offer requested: {text: /a/}]\n"},
		{"text is a number", head + "    expect: [reply sent: {text: 42}]\n"},
	} {
		t.Run(c.name, c.run)
	}
}

func TestSchemaIsACopy(t *testing.T) {
	t.Parallel()
	Schema()[0] = 'x'
	if Schema()[0] != '{' {
		t.Error("a caller could change the schema of the next one")
	}
}

// FuzzParse holds that no input panics and that everything accepted is
// accepted by the schema too and can be planned.
func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	s := compiled(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		story, err := Parse("fuzz.yaml", data)
		if err != nil {
			if story != nil {
				t.Fatal("a story beside an error")
			}
			return
		}
		if err := bySchema(t, s, data); err != nil {
			t.Fatalf("parsed, but the schema says %v", err)
		}
		playEverywhere(t, story)
	})
}

func playEverywhere(t *testing.T, story *Story) {
	t.Helper()
	for _, set := range []Settings{{}, {Cap: 3}, {Cap: 1, IdleGap: 1, MaxExtra: 1}} {
		if story.Playable(set) != "" {
			continue
		}
		for _, turn := range story.Plan(set) {
			if w := turn.Step.Wait; w != nil && w.Resolve(set) <= 0 {
				t.Fatalf("playable, but waits %s", w.Resolve(set))
			}
			if turn.Step.Repeat != nil {
				t.Fatal("a repeat was left in the plan")
			}
		}
	}
}
