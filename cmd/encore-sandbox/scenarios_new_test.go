package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNewScenario writes one, checks it and plays it, and never over a file
// that is there. It changes the working directory.
func TestNewScenario(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args []string
		code int
		want string // within what is printed
	}{
		{[]string{"scenarios", "new", "closed-on-sunday"}, 0,
			"wrote closed-on-sunday.yaml, and scenario.schema.json for editors\nplay it: encore-sandbox run closed-on-sunday.yaml\n"},
		{[]string{"scenarios", "check", "closed-on-sunday.yaml"}, 0, "closed-on-sunday.yaml: closed-on-sunday is fine"},
		{[]string{"run", "closed-on-sunday.yaml", "--fail-on", "should"}, 0, "0 failed"},
		{[]string{"scenarios", "new", "closed-on-sunday"}, 2, "error: there is a file closed-on-sunday.yaml already\nhint: choose another name, or delete the file\n"},
		{[]string{"scenarios", "new", "closed-on-monday"}, 0, "wrote closed-on-monday.yaml"},
		{[]string{"scenarios", "new", "cap-reached"}, 2, "error: there is a scenario cap-reached already\nhint: choose another name, or copy it: encore-sandbox scenarios cap-reached > mine.yaml\n"},
		{[]string{"scenarios", "new", "../mine"}, 2, `error: "../mine" cannot be: a scenario is called by lower case letters`},
		{[]string{"scenarios", "new"}, 2, "error: what shall it be called?\nhint: for example: encore-sandbox scenarios new closed-on-sunday\n"},
		{[]string{"scenarios", "new", "a", "b"}, 2, "takes one argument"},
	} {
		o := invoke(t.Context(), nil, c.args...)
		if o.code != c.code || !strings.Contains(o.out+o.err, c.want) {
			t.Errorf("%v: exit %d, want %d, with %q in\n%s%s", c.args, o.code, c.code, c.want, o.out, o.err)
		}
	}
	printed := invoke(t.Context(), nil, "scenarios", "new", "closed-on-sunday", "--print")
	file, err := os.ReadFile("closed-on-sunday.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(file), printed.out); diff != "" {
		t.Errorf("--print (-file +printed):\n%s", diff)
	}
	schema, err := os.ReadFile("scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(invoke(t.Context(), nil, "schema", "scenario").out, string(schema)); diff != "" {
		t.Errorf("the schema beside it (-printed +file):\n%s", diff)
	}
	if o := invoke(t.Context(), nil, "schema", "config"); o.code != 0 || !strings.Contains(o.out, `"title": "Encore Sandbox configuration (sandbox.yaml)"`) {
		t.Errorf("schema config: %+v", o)
	}
	if o := invoke(t.Context(), nil, "schema", "konfig"); o.code != 2 || !strings.Contains(o.err, "did you mean config?") {
		t.Errorf("schema konfig: %+v", o)
	}
}
