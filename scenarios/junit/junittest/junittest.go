// Package junittest checks JUnit XML against the schema that CI services share.
package junittest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// element is what the schema says of one element: its attributes, and its
// children in the order in which they have to stand.
type element struct {
	required, optional []string
	children           []string
	text               bool
}

// schema is the format as the xUnit plugin of Jenkins has it, which GitLab,
// GitHub's actions and others read too.
var schema = map[string]element{
	"testsuites": {optional: []string{"name", "time", "tests", "failures", "disabled", "errors"}, children: []string{"testsuite"}},
	"testsuite": {
		required: []string{"name", "tests"},
		optional: []string{"failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"},
		children: []string{"properties", "testcase", "system-out", "system-err"},
	},
	"properties": {children: []string{"property"}},
	"property":   {required: []string{"name", "value"}},
	"testcase": {
		required: []string{"name"}, optional: []string{"assertions", "time", "classname", "status"},
		children: []string{"skipped", "error", "failure", "system-out", "system-err"},
	},
	"skipped":    {optional: []string{"message"}, text: true},
	"error":      {optional: []string{"message", "type"}, text: true},
	"failure":    {optional: []string{"message", "type"}, text: true},
	"system-out": {text: true},
	"system-err": {text: true},
}

// counts are the attributes that hold a whole number.
var counts = []string{"tests", "failures", "errors", "skipped", "disabled"}

// Validate says what of a document does not fit the schema, nil when all does.
func Validate(document []byte) error {
	d := xml.NewDecoder(bytes.NewReader(document))
	var stack []string
	last := map[int]int{} // place of the latest child within its parent's order, by depth
	var problems []error
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return errors.Join(problems...)
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			problems = append(problems, opened(stack, last, token)...)
			stack = append(stack, token.Name.Local)
			last[len(stack)] = 0
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if n := len(stack); n > 0 && !schema[stack[n-1]].text && len(bytes.TrimSpace(token)) > 0 {
				problems = append(problems, fmt.Errorf("%s has text", stack[n-1]))
			}
		}
	}
}

// opened checks an element where it begins.
func opened(stack []string, last map[int]int, e xml.StartElement) (problems []error) {
	name, depth := e.Name.Local, len(stack)
	rule, known := schema[name]
	if !known {
		return []error{fmt.Errorf("no element is called %s", name)}
	}
	if depth > 0 {
		place := slices.Index(schema[stack[depth-1]].children, name)
		if place < last[depth] {
			problems = append(problems, fmt.Errorf("%s does not belong here in %s", name, stack[depth-1]))
		}
		last[depth] = max(place, last[depth])
	} else if name != "testsuites" {
		problems = append(problems, fmt.Errorf("the document is a %s", name))
	}
	return append(problems, attributes(name, rule, e.Attr)...)
}

func attributes(name string, rule element, given []xml.Attr) (problems []error) {
	var names []string
	for _, a := range given {
		names = append(names, a.Name.Local)
		if !slices.Contains(rule.required, a.Name.Local) && !slices.Contains(rule.optional, a.Name.Local) {
			problems = append(problems, fmt.Errorf("%s has no attribute %s", name, a.Name.Local))
		}
		if _, err := strconv.Atoi(a.Value); err != nil && slices.Contains(counts, a.Name.Local) {
			problems = append(problems, fmt.Errorf("%s of %s is %q and no number", a.Name.Local, name, a.Value))
		}
		if _, err := strconv.ParseFloat(a.Value, 64); err != nil && a.Name.Local == "time" {
			problems = append(problems, fmt.Errorf("time of %s is %q and no number of seconds", name, a.Value))
		}
	}
	for _, needed := range rule.required {
		if !slices.Contains(names, needed) {
			problems = append(problems, fmt.Errorf("%s lacks %s", name, needed))
		}
	}
	return problems
}
