package story

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// everything uses every word of the language once.
const everything = `# a comment
name: everything
about: All of the language.
channels: [whatsapp, zoko]
needs: {cap: 2.., reply: "Bye"}
limits: on
fault: {match: {operation: encore.offersMessage}, status: 503, times: 2, body: {a: [1, 1.5, null, true]}}
steps:
  - given: {offers: cap - 1, quiet: 3d}
    as: bob
    operator: 2
  - customer: "Hi: there"
    as: bob
    operator: 2
    fault: 503;times=2
    deliver: {twice: true, batch: 3, signature: wrong}
    expect:
      - offer requested: {times: 1..4}
      - offer sent
      - reply sent: {times: 2, text: /open/}
      - reply: any
  - customer: |
      Two
      lines
    burst: 50
    expect: []
  - repeat: 2
    steps:
      - repeat: cap + 1
        steps:
          - wait: idle - 1m
            expect: [offer refused, reply refused]
  - deliver: {status: read, twice: true}
  - deliver: {echo: true}
    fault: 500
  - wait: 1d12h
  - deliver: {reaction: true}
  - customer: Late
    deliver: {late: idle + 1h, reorder: true, signature: sha1}
    expect: []
  - customer: Lost
    deliver: {drop: true}
  - deliver: {unsupported: true, late: 1m}
  - deliver: {status: delivered, of: offer}
  - deliver: {optout: true}
  - customer: Quick
    name: Zoë 🍕
    meanwhile: true
  - customer: Quicker
`

func everythingAST() *Story {
	return &Story{
		File: "everything.yaml", Name: "everything", About: "All of the language.",
		Channels: []string{"whatsapp", "zoko"}, Needs: Needs{Cap: &Range{2, Unbounded}, Reply: "Bye"}, Limits: true,
		Fault: &Fault{Pos: Pos{7, 8}, Fields: map[string]any{
			"match":  map[string]any{"operation": "encore.offersMessage"},
			"status": uint64(503), "times": uint64(2),
			"body": map[string]any{"a": []any{uint64(1), 1.5, nil, true}},
		}},
		Steps: []Step{
			{
				Pos: Pos{9, 5}, As: "bob", Operator: 2,
				Given: &Given{Offers: Count{Cap: true, N: -1}, Quiet: &Wait{Extra: 72 * time.Hour}},
			},
			{
				Pos: Pos{12, 5}, As: "bob", Operator: 2, Customer: &Message{Text: "Hi: there"},
				Fault:   &Fault{Pos: Pos{15, 12}, Text: "503;times=2"},
				Deliver: &Delivery{Twice: true, Batch: 3, Signature: SignatureWrong},
				Expect: []Expectation{
					{Pos: Pos{18, 9}, Word: OfferRequested, Times: Range{1, 4}},
					{Pos: Pos{19, 9}, Word: OfferSent, Times: Range{1, 1}},
					{Pos: Pos{20, 9}, Word: ReplySent, Times: Range{2, 2}, Text: "/open/"},
					{Pos: Pos{21, 9}, Word: AnyReply, Times: Range{0, Unbounded}},
				},
			},
			{Pos: Pos{22, 5}, Operator: 1, Customer: &Message{Text: "Two\nlines\n"}, Burst: 50, Expect: []Expectation{}},
			{Pos: Pos{27, 5}, Operator: 1, Repeat: &Repeat{Times: Count{N: 2}, Steps: []Step{
				{Pos: Pos{29, 9}, Operator: 1, Repeat: &Repeat{Times: Count{Cap: true, N: 1}, Steps: []Step{{
					Pos: Pos{31, 13}, Operator: 1, Wait: &Wait{Idle: true, Extra: -time.Minute},
					Expect: []Expectation{
						{Pos: Pos{32, 22}, Word: OfferRefused, Times: Range{1, 1}},
						{Pos: Pos{32, 37}, Word: ReplyRefused, Times: Range{1, 1}},
					},
				}}}},
			}}},
			{Pos: Pos{33, 5}, Operator: 1, Deliver: &Delivery{Status: StatusRead, Twice: true}},
			{Pos: Pos{34, 5}, Operator: 1, Deliver: &Delivery{Echo: true}, Fault: &Fault{Pos: Pos{35, 12}, Text: "500"}},
			{Pos: Pos{36, 5}, Operator: 1, Wait: &Wait{Extra: 36 * time.Hour}},
			{Pos: Pos{37, 5}, Operator: 1, Deliver: &Delivery{Reaction: true}},
			{
				Pos: Pos{38, 5}, Operator: 1, Customer: &Message{Text: "Late"}, Expect: []Expectation{},
				Deliver: &Delivery{Late: &Wait{Idle: true, Extra: time.Hour}, Reorder: true, Signature: SignatureSHA1},
			},
			{Pos: Pos{41, 5}, Operator: 1, Customer: &Message{Text: "Lost"}, Deliver: &Delivery{Drop: true}},
			{Pos: Pos{43, 5}, Operator: 1, Deliver: &Delivery{Unsupported: true, Late: &Wait{Extra: time.Minute}}},
			{Pos: Pos{44, 5}, Operator: 1, Deliver: &Delivery{Status: StatusDelivered, Of: OfOffer}},
			{Pos: Pos{45, 5}, Operator: 1, Deliver: &Delivery{OptOut: true}},
			{Pos: Pos{46, 5}, Operator: 1, Customer: &Message{"Quick", "Zoë 🍕"}, Meanwhile: true},
			{Pos: Pos{49, 5}, Operator: 1, Customer: &Message{Text: "Quicker"}},
		},
	}
}

func TestParseReadsEveryWord(t *testing.T) {
	t.Parallel()
	got, err := Parse("everything.yaml", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everythingAST(), got); diff != "" {
		t.Errorf("story (-want +got):\n%s", diff)
	}
}

func TestParseToleratesLayout(t *testing.T) {
	t.Parallel()
	plain := "name: a\nsteps:\n  - customer: Hi\n    expect: [reply sent]\n"
	for _, c := range []struct{ name, why, text string }{
		{"crlf", "editors on Windows", strings.ReplaceAll(plain, "\n", "\r\n")},
		{"document mark", "valid YAML", "---\n" + plain},
		{"end mark", "valid YAML", plain + "...\n"},
		{"json", "JSON is YAML", `{"name": "a", "steps": [{"customer": "Hi", "expect": ["reply sent"]}]}`},
		{"expect as a block", "both kinds of list", "name: a\nsteps:\n- customer: Hi\n  expect:\n  - reply sent\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse("a.yaml", []byte(c.text))
			if err != nil {
				t.Fatalf("%s: %v", c.why, err)
			}
			if got.Name != "a" || len(got.Steps) != 1 || got.Steps[0].Customer.Text != "Hi" || len(got.Steps[0].Expect) != 1 {
				t.Errorf("%s: got %+v", c.why, got)
			}
		})
	}
}

func TestFaultAsTheControlAPITakesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ why, written, want string }{
		{"a status alone is text too", "503", `"503"`},
		{"the grammar", "503;times=2", `"503;times=2"`},
		{"fields", "{status: 503, match: {nth: 2}}", `{"match":{"nth":2},"status":503}`},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(parse(t, "fault: "+c.written+"\nsteps: [{customer: Hi}]").Fault)
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestExpectMissingAndEmptyDiffer(t *testing.T) {
	t.Parallel()
	s, err := Parse("a.yaml", []byte("name: a\nsteps: [{customer: Hi}, {customer: Hi, expect: []}]"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Steps[0].Expect != nil || s.Steps[1].Expect == nil {
		t.Errorf("got %#v and %#v, want nil and an empty list", s.Steps[0].Expect, s.Steps[1].Expect)
	}
}

// Every file in testdata/bad holds one kind of mistake; the file beside it,
// ending in .txt, is the exact text of the error.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d bad files (%v), want all of them", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			got := parseError(t, file)
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func parseError(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(filepath.Base(file), data)
	if err == nil || s != nil {
		t.Fatalf("%s was accepted: %+v", file, s)
	}
	return err.Error() + "\n"
}

func TestParseRefusesHugeFiles(t *testing.T) {
	t.Parallel()
	_, err := Parse("a.yaml", []byte("name: a\n"+strings.Repeat("#", maxSize)))
	if err == nil || err.Error() != "a.yaml:1:1: larger than 64 KiB; split it into several scenarios" {
		t.Errorf("got %v", err)
	}
}

func TestErrorsCanBeTakenApart(t *testing.T) {
	t.Parallel()
	_, err := Parse("dir/a.yaml", []byte("name: a\nstep: []\n"))
	var got *Error
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want an *Error inside", err)
	}
	want := &Error{File: "dir/a.yaml", Pos: Pos{2, 1}, Message: got.Message}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestParseFS(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	one, other := "name: one\nsteps: [{customer: Hi}]", "name: other\nsteps: [{customer: Hi}]"
	for _, c := range []struct {
		name    string
		files   fstest.MapFS
		want    []string
		problem string
	}{
		{"sorted by story, not by file", fstest.MapFS{"a.yaml": file(other), "b.yaml": file(one)}, []string{"one", "other"}, ""},
		{"other files are not stories", fstest.MapFS{"a.yaml": file(one), "README.md": file("# no")}, []string{"one"}, ""},
		{"a name twice cannot be chosen", fstest.MapFS{"a.yaml": file(one), "b.yaml": file(one)}, nil, `a.yaml and b.yaml are both named "one"; rename one`},
		{
			"errors of all files", fstest.MapFS{"a.yaml": file(""), "b.yaml": file("")}, nil,
			"a.yaml:1:1: nothing here; a scenario needs at least name and steps\nb.yaml:1:1: nothing here; a scenario needs at least name and steps",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stories, err := ParseFS(c.files)
			var got []string
			for _, s := range stories {
				got = append(got, s.Name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("stories (-want +got):\n%s", diff)
			}
			if err == nil {
				err = errors.New("")
			}
			if diff := cmp.Diff(c.problem, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
