package contract_test

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// importRules hold what may import what.
func importRules() []structureRule {
	return []structureRule{
		{
			name:     "imports run one way",
			reason:   "a newcomer must be able to say in which package a change belongs, and a floor must build without those above it",
			breaches: wrongImports,
			bad: map[string]string{
				"sim/a.go":                  "package sim\nimport _ \"" + modulePath + "/fakes/note\"\n",
				"sim/b.go":                  "package sim\nimport _ \"" + modulePath + "\"\n",
				"fakes/meta/a.go":           "package meta\nimport _ \"" + modulePath + "/scenarios\"\n",
				"fakes/note/a.go":           "package note\nimport _ \"github.com/google/go-cmp/cmp\"\n",
				"scenarios/a.go":            "package scenarios\nimport _ \"" + modulePath + "/contract\"\n",
				"scenarios/integrator/a.go": "package integrator\nimport _ \"" + modulePath + "/sim/clock\"\n",
				"openapi.go":                "package sandbox\nimport _ \"" + modulePath + "/sim\"\n",
				"internal/glue/a.go":        "package glue\n",
			},
			want: []string{
				"fakes/meta/a.go:2: fakes must not import scenarios; it may import sim, fakes, the module's root",
				"fakes/note/a.go:2: fakes/note must not import github.com/google/go-cmp/cmp; it may import the standard library alone and sim/pack",
				"internal/glue/a.go:1: no floor of the layout covers this directory; move the file or add a row to floors()",
				"openapi.go:2: the module's root must not import sim; it may import nothing of the module",
				"scenarios/a.go:2: scenarios must not import contract; it may import sim, fakes, scenarios, the module's root",
				"scenarios/integrator/a.go:2: scenarios/integrator must not import sim/clock; it may import nothing of the module",
				"sim/a.go:2: sim must not import fakes/note; it may import sim",
				"sim/b.go:2: sim must not import the module's root; it may import sim",
			},
			good: map[string]string{
				"sim/a.go":                       "package sim\nimport _ \"" + modulePath + "/sim/clock\"\nimport _ \"net/http\"\n",
				"fakes/meta/a.go":                "package meta\nimport _ \"" + modulePath + "/sim\"\nimport _ \"" + modulePath + "/fakes/note\"\nimport _ \"" + modulePath + "\"\n",
				"scenarios/a.go":                 "package scenarios\nimport _ \"" + modulePath + "/fakes\"\nimport _ \"github.com/x/y\"\n",
				"cmd/encore-sandbox/main.go":     "package main\nimport _ \"" + modulePath + "/scenarios\"\n",
				"contract/contract.go":           "package contract\nimport _ \"" + modulePath + "/scenarios\"\n",
				"scenarios/integrator/a_test.go": "package integrator_test\nimport _ \"" + modulePath + "/sim/clock\"\n",
			},
		},
	}
}

// placeRules hold where things may lie and what their places are called.
func placeRules() []structureRule {
	return []structureRule{
		{
			name:     "root stays small",
			reason:   "openapi.go is at the top only because go:embed cannot reach upwards; everything else has a floor",
			breaches: strayRootFiles,
			bad:      map[string]string{"sandbox.go": "package sandbox\n", "structure_test.go": "package sandbox\n"},
			want: []string{
				"sandbox.go:1: the root holds openapi.go and openapi_test.go only; move the file to its floor",
				"structure_test.go:1: the root holds openapi.go and openapi_test.go only; move the file to its floor",
			},
			good: map[string]string{"openapi.go": "package sandbox\n", "openapi_test.go": "package sandbox\n"},
		},
		{
			name:     "testing stays in tests",
			reason:   "package testing brings its flags into every program that links it",
			breaches: testingInCode,
			bad: map[string]string{
				"sim/a.go":       "package sim\nimport _ \"testing\"\n",
				"sim/b.go":       "package sim\nimport _ \"testing/fstest\"\n",
				"scenarios/a.go": "package scenarios\nimport _ \"" + modulePath + "/sim/clock/clocktest\"\n",
				"sim/c.go":       "package sim\nimport _ \"net/http/httptest\"\n",
			},
			want: []string{
				"scenarios/a.go:2: imports " + modulePath + "/sim/clock/clocktest outside tests; move the code to a _test.go file, to contract or to a package whose name ends in test",
				"sim/a.go:2: imports testing outside tests; move the code to a _test.go file, to contract or to a package whose name ends in test",
				"sim/b.go:2: imports testing/fstest outside tests; move the code to a _test.go file, to contract or to a package whose name ends in test",
				"sim/c.go:2: imports net/http/httptest outside tests; move the code to a _test.go file, to contract or to a package whose name ends in test",
			},
			good: map[string]string{
				"sim/a_test.go":            "package sim\nimport _ \"testing\"\n",
				"sim/clock/clocktest/a.go": "package clocktest\nimport _ \"testing\"\n",
				"contract/a.go":            "package contract\nimport _ \"testing\"\n",
			},
		},
		{
			name:     "package names say what is inside",
			reason:   "a package named after nothing collects everything",
			breaches: emptyNames,
			bad:      map[string]string{"sim/util/a.go": "package util\n", "fakes/types/a_test.go": "package types_test\n"},
			want: []string{
				"fakes/types/a_test.go:1: package types says nothing; name it after what it owns",
				"sim/util/a.go:1: package util says nothing; name it after what it owns",
			},
			good: map[string]string{"sim/fault/a.go": "package fault\n"},
		},
	}
}

// layoutFloor is what the packages at and below a directory may import of the
// module: the directories in may and what is below them.
type layoutFloor struct {
	dir     string
	may     []string
	stdOnly bool // nor any library
}

// floors lists the layout; the first whose directory holds a package decides.
func floors() []layoutFloor {
	return []layoutFloor{
		{dir: "."},
		{dir: "sim/pack", stdOnly: true},
		{dir: "sim", may: []string{"sim"}},
		{dir: "fakes/note", may: []string{"sim/pack"}, stdOnly: true},
		{dir: "fakes", may: []string{"sim", "fakes", "."}},
		{dir: "scenarios/integrator"},
		{dir: "scenarios", may: []string{"sim", "fakes", "scenarios", "."}},
		{dir: "contract", may: []string{"sim", "fakes", "scenarios", "contract", "."}},
		{dir: "cmd", may: []string{"sim", "fakes", "scenarios", "cmd", "."}},
		{dir: "examples", may: []string{"contract"}}, // as somebody else's program would
	}
}

func wrongImports(t sourceTree) (breaches []string) {
	for _, f := range t.code() {
		i := slices.IndexFunc(floors(), func(l layoutFloor) bool { return f.dir() == l.dir || within(f.dir(), l.dir) })
		if i < 0 {
			breaches = append(breaches, t.at(f.ast, "no floor of the layout covers this directory; move the file or add a row to floors()"))
			continue
		}
		floor := floors()[i]
		for _, spec := range f.ast.Imports {
			if p := importPath(spec); !floor.allows(p) {
				breaches = append(breaches, t.at(spec, "%s must not import %s; it may import %s", floorName(floor.dir), floorName(moduleDir(p)), floor.allowed()))
			}
		}
	}
	return breaches
}

func (l layoutFloor) allows(importPath string) bool {
	if !within(importPath, modulePath) {
		// Only paths of other people's modules begin with a host name.
		host, _, _ := strings.Cut(importPath, "/")
		return !l.stdOnly || !strings.Contains(host, ".")
	}
	return slices.ContainsFunc(l.may, func(dir string) bool { return within(moduleDir(importPath), dir) })
}

func (l layoutFloor) allowed() string {
	if l.stdOnly {
		return strings.Join(append([]string{"the standard library alone"}, l.may...), " and ")
	}
	if len(l.may) == 0 {
		return "nothing of the module"
	}
	names := slices.Clone(l.may)
	for i, dir := range names {
		names[i] = floorName(dir)
	}
	return strings.Join(names, ", ")
}

// moduleDir is the directory of one of the module's packages, "." for its
// root; other import paths stay as they are.
func moduleDir(importPath string) string {
	return path.Clean(strings.TrimPrefix(strings.TrimPrefix(importPath, modulePath), "/"))
}

func floorName(dir string) string {
	if dir == "." {
		return "the module's root"
	}
	return dir
}

func strayRootFiles(t sourceTree) (breaches []string) {
	for _, f := range t.golang() {
		if f.dir() == "." && f.path != "openapi.go" && f.path != "openapi_test.go" {
			breaches = append(breaches, t.at(f.ast, "the root holds openapi.go and openapi_test.go only; move the file to its floor"))
		}
	}
	return breaches
}

func testingInCode(t sourceTree) (breaches []string) {
	for _, f := range t.code() {
		if within(f.dir(), "contract") || strings.HasSuffix(f.ast.Name.Name, "test") {
			continue
		}
		for _, spec := range f.ast.Imports {
			p := importPath(spec)
			ours := within(p, modulePath) && strings.HasSuffix(p, "test")
			if within(p, "testing") || p == "net/http/httptest" || ours {
				breaches = append(breaches, t.at(spec, "imports %s outside tests; move the code to a _test.go file, to contract or to a package whose name ends in test", p))
			}
		}
	}
	return breaches
}

func emptyNames(t sourceTree) []string {
	firsts := map[string]string{} // by directory, since one breach a package is enough
	for _, f := range t.golang() {
		name := strings.TrimSuffix(f.ast.Name.Name, "_test")
		if _, told := firsts[f.dir()]; !told && slices.Contains([]string{"util", "common", "helpers", "types", "models"}, name) {
			firsts[f.dir()] = t.at(f.ast, "package %s says nothing; name it after what it owns", name)
		}
	}
	return slices.Sorted(maps.Values(firsts))
}
