package contract_test

import (
	"go/ast"
	"maps"
	"slices"
	"strings"
)

// documentRules hold what a reader is told, and by whom.
func documentRules() []structureRule {
	return []structureRule{
		{
			name:     "packages say what they own",
			reason:   "the package comment is where a newcomer starts",
			breaches: silentPackages,
			bad: map[string]string{
				"sim/a.go":     "package sim\n",
				"fakes/m/a.go": "// About messages.\npackage m\n",
				"cmd/e/a.go":   "package main\n",
			},
			want: []string{
				"cmd/e/a.go:1: package main has no comment; say what it owns",
				"fakes/m/a.go:2: the package comment does not begin with \"Package m \"",
				"sim/a.go:1: package sim has no comment; say what it owns",
			},
			good: map[string]string{
				"sim/a.go":        "package sim\n",
				"sim/doc.go":      "// Package sim is the engine.\npackage sim\n",
				"cmd/e/a.go":      "// The command.\npackage main\n",
				"fakes/a_test.go": "package fakes_test\n",
			},
		},
		{
			name:     "exported names are documented",
			reason:   "whoever imports a name is owed its shapes, units, errors and the document it comes from",
			breaches: silentNames,
			bad: map[string]string{
				"sim/a.go": "package sim\ntype T struct{}\nfunc (t *T) M() {}\nfunc F() {}\nconst C = 1\nvar (\n\ta, V = 1, 2\n)\n" +
					"// I is documented.\ntype I interface {\n\tM()\n\tn()\n}\n// Group.\ntype (\n\tG int\n)\n//nolint:all\nfunc H() {}\nfunc (G[K]) M() {}\n",
			},
			want: []string{
				"sim/a.go:2: T has no comment",
				"sim/a.go:3: T.M has no comment",
				"sim/a.go:4: F has no comment",
				"sim/a.go:5: C has no comment",
				"sim/a.go:7: V has no comment",
				"sim/a.go:11: I.M has no comment",
				"sim/a.go:16: G has no comment",
				"sim/a.go:19: H has no comment",
				"sim/a.go:20: G.M has no comment",
			},
			good: map[string]string{
				"sim/a.go": "package sim\n// Kinds.\nconst (\n\tA = 1\n\tB = 2\n)\nvar (\n\tC = 1 // of hearts\n)\n" +
					"type hidden struct{}\nfunc (hidden) M() {}\n// T is.\ntype T interface {\n\tM() // does\n\thidden\n}\n// F does.\nfunc F() {}\n// O does.\ntype O interface{ Do() }\n",
				"cmd/e/a.go":    "package main\ntype T int\n",
				"sim/a_test.go": "package sim\nfunc TestX() {}\n",
			},
		},
	}
}

func silentPackages(t sourceTree) []string {
	silent := map[string]string{} // breach by directory
	var wrong []string
	told := map[string]bool{}
	for _, f := range t.code() {
		name, doc := f.ast.Name.Name, f.ast.Doc.Text()
		if doc == "" {
			if _, seen := silent[f.dir()]; !seen {
				silent[f.dir()] = t.at(f.ast.Name, "package %s has no comment; say what it owns", name)
			}
			continue
		}
		told[f.dir()] = true
		if name != "main" && !strings.HasPrefix(doc, "Package "+name+" ") {
			wrong = append(wrong, t.at(f.ast.Name, "the package comment does not begin with %q", "Package "+name+" "))
		}
	}
	maps.DeleteFunc(silent, func(dir, _ string) bool { return told[dir] })
	return slices.Sorted(slices.Values(slices.AppendSeq(wrong, maps.Values(silent))))
}

// silentNames leaves out fields of structs: a comment may speak for several.
func silentNames(t sourceTree) (breaches []string) {
	for _, f := range t.code() {
		if f.ast.Name.Name == "main" {
			continue
		}
		for _, decl := range f.ast.Decls {
			for _, silent := range silentIn(decl) {
				breaches = append(breaches, t.at(silent.node, "%s has no comment", silent.name))
			}
		}
	}
	return breaches
}

type silentName struct {
	node ast.Node
	name string
}

func silentIn(decl ast.Decl) (silent []silentName) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		name, visible := fullName(d)
		if visible && d.Doc.Text() == "" {
			silent = append(silent, silentName{d, name})
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				silent = append(silent, silentType(s, d)...)
			case *ast.ValueSpec:
				if d.Doc.Text()+s.Doc.Text()+s.Comment.Text() == "" {
					silent = append(silent, exportedNames(s)...)
				}
			}
		}
	}
	return silent
}

// silentType takes a comment on a group of types for none: each type is an
// idea of its own.
func silentType(s *ast.TypeSpec, group *ast.GenDecl) (silent []silentName) {
	if !s.Name.IsExported() {
		return nil
	}
	doc := s.Doc.Text() + s.Comment.Text()
	if !group.Lparen.IsValid() {
		doc += group.Doc.Text()
	}
	if doc == "" {
		silent = append(silent, silentName{s, s.Name.Name})
	}
	iface, ok := s.Type.(*ast.InterfaceType)
	if !ok {
		return silent
	}
	methods := slices.DeleteFunc(slices.Clone(iface.Methods.List), func(m *ast.Field) bool { return len(m.Names) == 0 })
	if len(methods) == 1 {
		return silent // the type's comment speaks for an only method
	}
	for _, m := range methods {
		if m.Names[0].IsExported() && m.Doc.Text()+m.Comment.Text() == "" {
			silent = append(silent, silentName{m, s.Name.Name + "." + m.Names[0].Name})
		}
	}
	return silent
}

func exportedNames(s *ast.ValueSpec) (names []silentName) {
	for _, name := range s.Names {
		if name.IsExported() {
			names = append(names, silentName{name, name.Name})
		}
	}
	return names
}

// fullName is the function's name with its receiver's, and whether importers see both.
func fullName(fn *ast.FuncDecl) (name string, visible bool) {
	if fn.Recv == nil {
		return fn.Name.Name, fn.Name.IsExported()
	}
	recv, _ := rootOf(fn.Recv.List[0].Type)
	if list, ok := fn.Recv.List[0].Type.(*ast.IndexListExpr); ok {
		recv, _ = rootOf(list.X)
	}
	if recv == nil {
		return fn.Name.Name, fn.Name.IsExported()
	}
	return recv.Name + "." + fn.Name.Name, fn.Name.IsExported() && recv.IsExported()
}
