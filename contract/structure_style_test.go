package contract_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// timeRules hold where time and chance may enter.
func timeRules() []structureRule {
	return []structureRule{
		{
			name:     "time comes from sim/clock",
			reason:   "a story of days plays in milliseconds, and equally each time, only if nobody looks at the machine's clock",
			breaches: machineTime,
			bad: map[string]string{
				"sim/a.go":                       "package sim\nimport \"time\"\nvar _ = time.Now\nfunc f() { time.Sleep(1) }\n",
				"fakes/meta/a.go":                "package meta\nimport wall \"time\"\nvar _ = wall.NewTicker\n",
				"scenarios/a.go":                 "package scenarios\nimport \"context\"\nvar _ = context.WithTimeout\n",
				"scenarios/integrator/policy.go": "package integrator\nimport . \"time\"\nvar _ = Now\n",
			},
			want: []string{
				"fakes/meta/a.go:3: time.NewTicker; take the time from a parameter or from sim/clock",
				"scenarios/a.go:3: context.WithTimeout; take the time from a parameter or from sim/clock",
				"scenarios/integrator/policy.go:2: dot import of time; import it by name",
				"sim/a.go:3: time.Now; take the time from a parameter or from sim/clock",
				"sim/a.go:4: time.Sleep; take the time from a parameter or from sim/clock",
			},
			good: map[string]string{
				"sim/clock/a.go":               "package clock\nimport \"time\"\nvar _ = time.Now\n",
				"sim/a_test.go":                "package sim\nimport \"time\"\nvar _ = time.Now\n",
				"scenarios/integrator/wall.go": "package integrator\nimport \"time\"\nvar _ = time.NewTimer\n",
				"examples/go/main.go":          "package main\nimport \"time\"\nvar _ = time.Since\n",
				"sim/b.go":                     "package sim\nimport \"time\"\nvar _ = time.Second\nvar _ time.Time\n",
				"sim/c.go":                     "package sim\nimport time \"strings\"\nvar _ = time.Now\n",
			},
		},
		{
			name:     "chance is a hash of inputs",
			reason:   "a random value that depends on arrival order or on the replica cannot be repeated",
			breaches: randomImports,
			bad: map[string]string{
				"sim/a.go": "package sim\nimport _ \"math/rand/v2\"\n",
				"sim/b.go": "package sim\nimport _ \"crypto/rand\"\n",
				"cmd/a.go": "package main\nimport _ \"math/rand\"\n",
			},
			want: []string{
				"cmd/a.go:2: imports math/rand; hash the seed, the purpose and the ids instead",
				"sim/a.go:2: imports math/rand/v2; hash the seed, the purpose and the ids instead",
				"sim/b.go:2: imports crypto/rand; only cmd draws a seed",
			},
			good: map[string]string{"cmd/encore-sandbox/seed.go": "package main\nimport _ \"crypto/rand\"\n"},
		},
	}
}

// styleRules hold size and completeness.
func styleRules() []structureRule {
	lines := func(n int) string { return strings.Repeat("\n", n) }
	return []structureRule{
		{
			name:     "functions are short",
			reason:   "what is longer than a screen does more than one thing",
			breaches: longFunctions,
			bad:      map[string]string{"sim/a.go": "package sim\nfunc f() {" + lines(60) + "}\n", "sim/a_test.go": "package sim\nfunc f() {" + lines(60) + "}\n"},
			want: []string{
				"sim/a.go:2: f has 61 lines, 60 are allowed; give a part of it a name",
				"sim/a_test.go:2: f has 61 lines, 60 are allowed; give a part of it a name",
			},
			good: map[string]string{"sim/a.go": "package sim\n" + lines(9) + "func f() {" + lines(59) + "}\n" + lines(9)},
		},
		{
			name:     "most functions are very short",
			reason:   "a reader follows names, not blocks; half of all functions have at most 12 lines",
			breaches: longMedian,
			bad:      map[string]string{"sim/a.go": "package sim\nfunc f() {" + lines(12) + "}\nfunc g() {" + lines(12) + "}\nfunc h() {}\n"},
			want:     []string{"sim/a.go:2: the longest of 3 functions; their median is 13 lines, 12 are allowed"},
			good:     map[string]string{"sim/a.go": "package sim\nfunc f() {" + lines(12) + "}\nfunc g() {" + lines(11) + "}\nfunc h() {}\n"},
		},
		{
			name:     "files are short",
			reason:   "the handlers file and main are where a fake rots",
			breaches: longFiles,
			bad:      map[string]string{"sim/a.go": "package sim" + lines(401), "sim/a_test.go": "package sim" + lines(601)},
			want: []string{
				"sim/a.go:1: the file has 401 lines, 400 are allowed; split it by what it talks about",
				"sim/a_test.go:1: the file has 601 lines, 600 are allowed; split it by what it talks about",
			},
			good: map[string]string{"sim/a.go": "package sim" + lines(400), "sim/a_test.go": "package sim" + lines(600)},
		},
		{
			name:     "nothing is left for later",
			reason:   "what is not done is an issue, where somebody sees it",
			breaches: unfinishedMarks,
			bad:      map[string]string{"README.md": "# Title\nTO" + "DO: write\n", "sim/a_test.go": "package sim\n// FIX" + "ME later\n"},
			want: []string{
				"README.md:2: TO" + "DO; do it now or file an issue",
				"sim/a_test.go:2: FIX" + "ME; do it now or file an issue",
			},
			good: map[string]string{"README.md": "a to-do list, Todos, MASTO" + "DON\n"},
		},
	}
}

// timeFunctions wait or look at the clock of the machine.
func timeFunctions(importPath string) []string {
	switch importPath {
	case "time":
		return []string{"Now", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Since", "Until"}
	case "context":
		return []string{"WithTimeout", "WithTimeoutCause", "WithDeadline", "WithDeadlineCause"}
	}
	return nil
}

// machineTime exempts the clock itself, the reference integrator's wall clock
// (it may import nothing of the module) and the examples, which are real programs.
func machineTime(t sourceTree) (breaches []string) {
	for _, f := range t.code() {
		if within(f.path, "sim/clock") || f.path == "scenarios/integrator/wall.go" || within(f.path, "examples") {
			continue
		}
		for _, spec := range f.ast.Imports {
			if spec.Name != nil && spec.Name.Name == "." && timeFunctions(importPath(spec)) != nil {
				breaches = append(breaches, t.at(spec, "dot import of %s; import it by name", importPath(spec)))
			}
		}
		names := f.importNames()
		for sel := range selectors(f.ast) {
			if p := names[sel.X.(*ast.Ident).Name]; slices.Contains(timeFunctions(p), sel.Sel.Name) {
				breaches = append(breaches, t.at(sel, "%s.%s; take the time from a parameter or from sim/clock", p, sel.Sel.Name))
			}
		}
	}
	return breaches
}

// selectors yields what is written name.Name, in source order.
func selectors(root ast.Node) func(yield func(*ast.SelectorExpr) bool) {
	return func(yield func(*ast.SelectorExpr) bool) {
		for n := range ast.Preorder(root) {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			if _, ok := sel.X.(*ast.Ident); ok && !yield(sel) {
				return
			}
		}
	}
}

func randomImports(t sourceTree) (breaches []string) {
	for _, f := range t.code() {
		for _, spec := range f.ast.Imports {
			switch p := importPath(spec); {
			case within(p, "math/rand"):
				breaches = append(breaches, t.at(spec, "imports %s; hash the seed, the purpose and the ids instead", p))
			case p == "crypto/rand" && !within(f.path, "cmd"):
				breaches = append(breaches, t.at(spec, "imports %s; only cmd draws a seed", p))
			}
		}
	}
	return breaches
}

// functions are the declared functions of the files that have a body. A
// function literal counts as part of the one around it.
func functions(files []sourceFile) (decls []*ast.FuncDecl) {
	for _, f := range files {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				decls = append(decls, fn)
			}
		}
	}
	return decls
}

func longFunctions(t sourceTree) (breaches []string) {
	for _, fn := range functions(t.golang()) {
		if n := t.lineSpan(fn); n > 60 {
			breaches = append(breaches, t.at(fn, "%s has %d lines, 60 are allowed; give a part of it a name", fn.Name.Name, n))
		}
	}
	return breaches
}

func longMedian(t sourceTree) []string {
	fns := functions(t.code())
	slices.SortStableFunc(fns, func(a, b *ast.FuncDecl) int { return cmp.Compare(t.lineSpan(b), t.lineSpan(a)) })
	if len(fns) == 0 {
		return nil
	}
	median := fns[len(fns)/2]
	if n := t.lineSpan(median); n > 12 {
		return []string{t.at(fns[0], "the longest of %d functions; their median is %d lines, 12 are allowed", len(fns), n)}
	}
	return nil
}

func longFiles(t sourceTree) (breaches []string) {
	for _, f := range t.golang() {
		limit := 400
		if f.isTest() {
			limit = 600
		}
		if n := f.lines(); n > limit {
			breaches = append(breaches, t.at(f.ast, "the file has %d lines, %d are allowed; split it by what it talks about", n, limit))
		}
	}
	return breaches
}

func unfinishedMarks(t sourceTree) (breaches []string) {
	mark := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)
	for _, f := range t.files {
		for i, line := range strings.Split(f.text, "\n") {
			if m := mark.FindString(line); m != "" {
				breaches = append(breaches, fmt.Sprintf("%s:%d: %s; do it now or file an issue", f.path, i+1, m))
			}
		}
	}
	return breaches
}
