package contract_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// The tests of this file hold the design's layout and house style over the
// whole module: contract is the top of the import graph, so what is said here
// is said about everything below.
//
//	files ─▶ sourceTree ─▶ structureRule.breaches ─▶ "file:line: what is wrong, how to mend it"
//
// Every rule carries a tiny source that breaks it and one that does not, so
// that a rule which has gone blind fails by itself.

const (
	modulePath = "github.com/encore-sandbox/sandbox"
	moduleRoot = ".." // from this directory
)

// structureRule is one promise about the sources. Bad is a tree that breaks it
// with exactly the breaches in want; good is a tree at its edge that does not.
type structureRule struct {
	name, reason string
	breaches     func(sourceTree) []string
	bad, good    map[string]string
	want         []string
}

func structureRules() []structureRule {
	return slices.Concat(importRules(), placeRules(), timeRules(), styleRules(), stateRules(), documentRules())
}

func TestStructure(t *testing.T) {
	t.Parallel()
	tree := parseSources(t, readModule(t))
	// Rules that look at nothing hold; that would happen if the root moved.
	for _, dir := range []string{"sim", "fakes", "scenarios", "contract"} {
		if !slices.ContainsFunc(tree.golang(), func(f sourceFile) bool { return within(f.path, dir) }) {
			t.Errorf("no Go file found below %s; is moduleRoot still right?", dir)
		}
	}
	for _, rule := range structureRules() {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			for _, breach := range rule.breaches(tree) {
				t.Error(breach)
			}
			if t.Failed() {
				t.Logf("why: %s", rule.reason)
			}
		})
	}
}

func TestStructureRulesBite(t *testing.T) {
	t.Parallel()
	for _, rule := range structureRules() {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			if rule.reason == "" {
				t.Error("the rule has no reason")
			}
			got := rule.breaches(parseSources(t, rule.bad))
			if diff := gocmp.Diff(rule.want, got); diff != "" {
				t.Errorf("breaches of the bad tree (-want +got):\n%s", diff)
			}
			for _, breach := range rule.breaches(parseSources(t, rule.good)) {
				t.Errorf("the good tree is refused: %s", breach)
			}
		})
	}
}

// sourceFile is one text file. Its ast is nil when it is not Go.
type sourceFile struct {
	path string // from the root of the module, with slashes
	text string
	ast  *ast.File
}

func (f sourceFile) dir() string  { return path.Dir(f.path) }
func (f sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// lines counts as an editor does: a last line without a newline is a line.
func (f sourceFile) lines() int {
	n := strings.Count(f.text, "\n")
	if f.text != "" && !strings.HasSuffix(f.text, "\n") {
		n++
	}
	return n
}

// importNames maps the name by which the file knows an imported package to the
// package's path. A dot import is known as ".".
func (f sourceFile) importNames() map[string]string {
	names := map[string]string{}
	for _, spec := range f.ast.Imports {
		name := packageNameOf(importPath(spec))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = importPath(spec)
	}
	return names
}

// packageNameOf guesses a package's name from its import path: the last part
// that is no major version. That is right for the standard library and for
// this module, which is all that the rules ask about.
func packageNameOf(importPath string) string {
	base := path.Base(importPath)
	if strings.HasPrefix(base, "v") && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(importPath))
	}
	return base
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic(err) // the parser has accepted it
	}
	return p
}

// sourceTree is the module, or a rule's tiny stand-in for it, by path.
type sourceTree struct {
	fset  *token.FileSet
	files []sourceFile
}

// code is the Go files outside tests, which most rules are about.
func (t sourceTree) code() []sourceFile {
	return slices.DeleteFunc(t.golang(), sourceFile.isTest)
}

// golang is all Go files.
func (t sourceTree) golang() []sourceFile {
	return slices.DeleteFunc(slices.Clone(t.files), func(f sourceFile) bool { return f.ast == nil })
}

// at formats a breach so that an editor can jump to it.
func (t sourceTree) at(n ast.Node, format string, args ...any) string {
	p := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d: %s", p.Filename, p.Line, fmt.Sprintf(format, args...))
}

// lineSpan is the number of lines from the first of n to the last, inclusive.
func (t sourceTree) lineSpan(n ast.Node) int {
	return t.fset.Position(n.End()).Line - t.fset.Position(n.Pos()).Line + 1
}

// within reports whether the path is dir or lies below it.
func within(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, dir+"/")
}

func parseSources(t *testing.T, texts map[string]string) sourceTree {
	t.Helper()
	tree := sourceTree{fset: token.NewFileSet()}
	for p, text := range texts {
		f := sourceFile{path: p, text: text}
		if strings.HasSuffix(p, ".go") {
			parsed, err := parser.ParseFile(tree.fset, p, text, parser.ParseComments)
			if err != nil {
				t.Fatalf("cannot parse: %v", err)
			}
			f.ast = parsed
		}
		tree.files = append(tree.files, f)
	}
	slices.SortFunc(tree.files, func(a, b sourceFile) int { return cmp.Compare(a.path, b.path) })
	return tree
}

// readModule returns the module's text files by path: sources, documents and
// the files of tools. What is not ours to write (git's, testdata, build
// output, binary files) is left out.
func readModule(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := fs.WalkDir(os.DirFS(moduleRoot), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "testdata", "dist", "artifacts", "node_modules"}, d.Name()):
			return fs.SkipDir
		case !d.Type().IsRegular() || !isOurText(p):
			return nil
		}
		text, err := os.ReadFile(filepath.Join(moduleRoot, p))
		texts[p] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func isOurText(p string) bool {
	return slices.Contains([]string{"Makefile", "Dockerfile", ".ci/run"}, p) ||
		slices.Contains([]string{".go", ".md", ".yaml", ".yml", ".html", ".css", ".js", ".sh"}, path.Ext(p))
}
