package contract_test

import (
	"go/ast"
	"go/token"
	"slices"
)

// stateRules hold that values, not packages, remember things.
func stateRules() []structureRule {
	return []structureRule{
		{
			name:     "packages keep no state",
			reason:   "two sandboxes in one process must not know of each other",
			breaches: packageState,
			bad: map[string]string{
				"sim/a.go": "package sim\nimport \"net/http\"\nvar seen = map[string]bool{}\nvar list []int\nvar mu sync.Mutex\nfunc init() {}\n" +
					"func f() {\n\tseen[\"x\"] = true\n\tlist = append(list, 1)\n\thttp.DefaultClient = nil\n}\n",
				"sim/b.go":     "package sim\nfunc g() {\n\tlist[0]++\n\tdelete(seen, \"x\")\n\tp := &list\n}\n",
				"fakes/m/a.go": "package m\nvar one, two = new(atomic.Int64), 2\n",
			},
			want: []string{
				"fakes/m/a.go:2: one is shared state of type atomic.Int64; make it a field",
				"sim/a.go:5: mu is shared state of type sync.Mutex; make it a field",
				"sim/a.go:6: init function; do it in a constructor",
				"sim/a.go:8: changes the package variable seen; make it a field or a local",
				"sim/a.go:9: changes the package variable list; make it a field or a local",
				"sim/a.go:10: assigns http.DefaultClient, which belongs to the whole process; make a value of your own",
				"sim/b.go:3: changes the package variable list; make it a field or a local",
				"sim/b.go:4: changes the package variable seen; make it a field or a local",
				"sim/b.go:5: changes the package variable list; make it a field or a local",
			},
			good: map[string]string{
				"sim/a.go": "package sim\nvar table = map[string]int{\"x\": 1}\nvar ErrGone = errors.New(\"gone\")\nvar re = sync.OnceValue(compile)\n",
				"sim/b.go": "package sim\nfunc f() {\n\ttable := map[string]int{}\n\ttable[\"x\"] = 2\n\tdelete(table, \"x\")\n}\n" +
					"func (s *s) init() { s.table[\"x\"] = 1 }\nfunc g(table []int) { table[0] = 1; x := table[0]; x++ }\n",
				"fakes/m/a.go": "package m\nfunc f() { var table int; table = 1; _ = table }\n", // another package's table
			},
		},
	}
}

// packageVars are the variables that a directory's package declares outside
// functions, by name and by the declaration to which the parser resolves uses
// in the same file; so a local variable of the same name is told apart.
type packageVars struct {
	names map[string]bool
	specs map[*ast.ValueSpec]bool
}

func packageState(t sourceTree) (breaches []string) {
	vars := map[string]packageVars{}
	for _, f := range t.code() {
		if _, ok := vars[f.dir()]; !ok {
			vars[f.dir()] = packageVars{map[string]bool{}, map[*ast.ValueSpec]bool{}}
		}
		vars[f.dir()].add(f.ast)
	}
	for _, f := range t.code() {
		for n := range ast.Preorder(f.ast) {
			if what := vars[f.dir()].offence(n, f.importNames()); what != "" {
				breaches = append(breaches, t.at(n, "%s", what))
			}
		}
	}
	return breaches
}

func (v packageVars) add(f *ast.File) {
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			value := spec.(*ast.ValueSpec)
			v.specs[value] = true
			for _, name := range value.Names {
				v.names[name.Name] = name.Name != "_"
			}
		}
	}
}

// offence says what is wrong with the node itself, not with those below it, or
// nothing.
func (v packageVars) offence(n ast.Node, imports map[string]string) string {
	switch n := n.(type) {
	case *ast.ValueSpec:
		if kind := sharedKind(n); v.specs[n] && kind != "" {
			return n.Names[0].Name + " is shared state of type " + kind + "; make it a field"
		}
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			return "init function; do it in a constructor"
		}
	}
	for _, target := range changed(n) {
		id, sel := rootOf(target)
		switch {
		case id == nil:
		case v.declares(id):
			return "changes the package variable " + id.Name + "; make it a field or a local"
		case sel != nil && id.Obj == nil && imports[id.Name] != "":
			return "assigns " + id.Name + "." + sel.Sel.Name + ", which belongs to the whole process; make a value of your own"
		}
	}
	return ""
}

// declares reports whether the identifier means one of the variables. The
// parser resolves what is declared in the same file and leaves the rest open.
func (v packageVars) declares(id *ast.Ident) bool {
	if id.Obj == nil {
		return v.names[id.Name]
	}
	spec, ok := id.Obj.Decl.(*ast.ValueSpec)
	return ok && v.specs[spec]
}

// changed returns the expressions that the node changes, or whose address it
// takes so that others can.
func changed(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if _, ok := n.X.(*ast.Ident); ok && n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy"}, fn.Name) && len(n.Args) > 0 {
			return n.Args[:1]
		}
	}
	return nil
}

// rootOf finds the variable of which an expression is a part, and the
// selector next to it (x.Sel), if there is one.
func rootOf(e ast.Expr) (*ast.Ident, *ast.SelectorExpr) {
	var sel *ast.SelectorExpr
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x, sel
		case *ast.SelectorExpr:
			sel, e = x, x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil, nil
		}
	}
}

// sharedKind names the first type in a declaration that exists to be changed
// by several goroutines. sync.OnceValue is none: it is a constant, made late.
func sharedKind(spec *ast.ValueSpec) string {
	kinds := []string{"Mutex", "RWMutex", "Once", "Map", "Pool", "WaitGroup", "Cond"}
	for n := range ast.Preorder(spec) {
		if _, ok := n.(*ast.ChanType); ok {
			return "chan"
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			continue
		}
		x, ok := sel.X.(*ast.Ident)
		if ok && (x.Name == "atomic" || x.Name == "sync" && slices.Contains(kinds, sel.Sel.Name)) {
			return x.Name + "." + sel.Sel.Name
		}
	}
	return ""
}
