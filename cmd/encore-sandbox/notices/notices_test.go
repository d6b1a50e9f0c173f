package notices

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write third-party.txt anew")

// module is one that is linked.
type module struct{ Path, Version, Dir string }

// linked are the modules of the binary on the platforms that are released, without
// the sandbox itself.
func linked(t *testing.T) (all []module) {
	t.Helper()
	for _, system := range []string{"linux", "darwin", "windows"} {
		c := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", "github.com/encore-sandbox/sandbox/cmd/encore-sandbox")
		c.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		var problems bytes.Buffer
		c.Stderr = &problems
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", c, err, problems.String())
		}
		for dec := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct {
				Module *struct {
					module
					Main bool
				}
			}
			if err := dec.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Module != nil && !p.Module.Main && !slices.Contains(all, p.Module.module) {
				all = append(all, p.Module.module)
			}
		}
	}
	slices.SortFunc(all, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// legal are the names of files that have to be passed on.
var legal = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|patents)([.-].*)?$`)

// gather lays the texts of all modules down, each text once.
func gather(t *testing.T, modules []module) string {
	t.Helper()
	var texts []string
	covers := map[string][]string{}
	for _, m := range modules {
		files, err := os.ReadDir(m.Dir)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range files {
			if f.IsDir() || !legal.MatchString(f.Name()) || strings.HasSuffix(f.Name(), ".go") {
				continue
			}
			data, err := os.ReadFile(filepath.Join(m.Dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			name, text := strings.TrimSpace(m.Path+" "+m.Version), strings.Trim(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
			if !strings.HasPrefix(strings.ToLower(f.Name()), "li") {
				name += ", " + f.Name()
			}
			if covers[text] == nil {
				texts = append(texts, text)
			}
			covers[text], found = append(covers[text], name), true
		}
		if !found {
			t.Errorf("%s has no licence that could be passed on", m.Path)
		}
	}
	var b strings.Builder
	for _, text := range texts {
		for _, name := range covers[text] {
			b.WriteString(mark + name + "\n")
		}
		b.WriteString("\n" + text + "\n\n")
	}
	return b.String()
}

// goItself is the runtime and the standard library, which every binary has. Its
// version is the toolchain's and left out.
func goItself(t *testing.T) module {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return module{Path: "Go (go.dev), runtime and standard library", Dir: strings.TrimSpace(string(root))}
}

// TestNoticesAreOfWhatIsLinked: every module that is linked on a released
// platform, with the version that go.mod has, and no other.
func TestNoticesAreOfWhatIsLinked(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("go is not installed")
	}
	modules := linked(t)
	if *update {
		if err := os.WriteFile("third-party.txt", []byte(gather(t, append(modules, goItself(t)))), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	var want, got []string
	for _, m := range modules {
		want = append(want, m.Path+" "+m.Version)
	}
	for _, n := range All() {
		for _, name := range n.Covers {
			name, _, _ = strings.Cut(name, ", ")
			got = append(got, name)
		}
	}
	want = append(want, "Go (go.dev)")
	slices.Sort(want)
	slices.Sort(got)
	if diff := gocmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("what the file covers differs from what is linked; write it anew with -update (-linked +file):\n%s", diff)
	}
	required, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range modules {
		if !strings.Contains(string(required), "\t"+m.Path+" "+m.Version) {
			t.Errorf("%s %s is linked and not in go.mod", m.Path, m.Version)
		}
	}
}

// TestEveryNoticeIsKnown: nothing is linked under terms that nobody has looked at.
func TestEveryNoticeIsKnown(t *testing.T) {
	t.Parallel()
	kinds := map[string]int{}
	for _, n := range All() {
		kinds[n.Kind()] += len(n.Covers)
		if n.Kind() == "notice" && !strings.Contains(strings.ToUpper(strings.Join(n.Covers, " ")), "NOTICE") && !strings.Contains(strings.ToUpper(strings.Join(n.Covers, " ")), "PATENTS") {
			t.Errorf("%q is under a licence that Kind does not know", n.Covers)
		}
		if n.Kind() != "notice" && len(n.Text) < 500 {
			t.Errorf("%q has hardly a text: %q", n.Covers, n.Text)
		}
	}
	for _, kind := range []string{"MIT", "Apache-2.0", "BSD-3-Clause"} {
		if kinds[kind] == 0 {
			t.Errorf("nothing is under %s: %v", kind, kinds)
		}
	}
}
