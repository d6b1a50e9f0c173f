package story

import (
	"regexp"
	"strings"
	"testing"
)

// A new scenario can be read as it is, and so can every example in its
// comments: none may go out of date.
func TestSkeleton(t *testing.T) {
	t.Parallel()
	text, err := Skeleton("closed-on-sunday", "there.json")
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(text), "\n"); first != "# yaml-language-server: $schema=there.json" {
		t.Errorf("the first line is %s, want the one that editors look for", first)
	}
	example := regexp.MustCompile(`(?m)^( *)# ((- | )|[a-z]+: .*$)`)
	head, rest, _ := strings.Cut(string(text), "\nname: ")
	whole := head + "\nname: " + example.ReplaceAllString(rest, "$1$2")
	if n := strings.Count(whole, "\n") - strings.Count(regexp.MustCompile(`(?m)^ *#.*\n`).ReplaceAllString(whole, ""), "\n"); n > 25 {
		t.Errorf("%d lines are still comments:\n%s", n, whole)
	}
	s := compiled(t)
	for name, file := range map[string]string{"as it is": string(text), "with its examples": whole} {
		read, err := Parse("x.yaml", []byte(file))
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, file)
			continue
		}
		if read.Name != "closed-on-sunday" || strings.Contains(file, "NAME") {
			t.Errorf("%s: it is called %s, or has NAME left in it", name, read.Name)
		}
		if err := bySchema(t, s, []byte(file)); err != nil {
			t.Errorf("%s: the schema: %v", name, err)
		}
	}
	full, _ := Parse("x.yaml", []byte(whole))
	if full == nil || full.Needs.Cap == nil || full.Fault == nil || full.Channels == nil || len(full.Steps) < 10 {
		t.Errorf("an example of the comments is not there: %+v", full)
	}
	if _, err := Skeleton("Closed on Sunday", "x"); err == nil || !strings.Contains(err.Error(), "lower case") {
		t.Errorf("a name that cannot be: %v", err)
	}
}
