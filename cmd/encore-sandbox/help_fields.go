package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/encore-sandbox/sandbox"
)

// fieldsPage describes Encore's operations by its OpenAPI document, which is also
// what validates them.
func fieldsPage(*cobra.Command) (string, error) {
	document, err := openapi3.NewLoader().LoadFromData(sandbox.OpenAPI())
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("The fields of Encore's operations. Those with a star have to be there.\n")
	for _, path := range document.Paths.InMatchingOrder() {
		for method, operation := range document.Paths.Value(path).Operations() {
			if operation.RequestBody == nil && operation.Responses.Value("200") == nil {
				continue
			}
			fmt.Fprintf(&b, "\n%s %s\n    %s\n", method, path, operation.Summary)
			describe(&b, "is sent", operation.RequestBody.Value.Content)
			for _, status := range []string{"200", "202"} {
				if answer := operation.Responses.Value(status); answer != nil {
					describe(&b, "answers "+status, answer.Value.Content)
				}
			}
		}
	}
	return b.String() + "\nThe whole contract, with every error: encore-sandbox openapi encore.\n", nil
}

// describe writes the fields of a JSON body.
func describe(b *strings.Builder, title string, content openapi3.Content) {
	media := content.Get("application/json")
	if media == nil || media.Schema == nil {
		return
	}
	rows := fieldRows("", media.Schema.Value, 0)
	if len(rows) > 0 {
		b.WriteString("\n  " + title + "\n" + table(rows))
	}
}

// Depth and width of what is shown of a body.
const (
	deepest = 3
	aboutTo = 100 // runes of a description
)

// fieldRows are the properties of a schema and of those below it: name, type,
// and what it is.
func fieldRows(prefix string, schema *openapi3.Schema, depth int) (rows [][]string) {
	if schema == nil || depth > deepest {
		return nil
	}
	for _, part := range slices.Concat(schema.AllOf, schema.OneOf, schema.AnyOf) {
		rows = append(rows, fieldRows(prefix, part.Value, depth)...)
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name].Value
		star := ""
		if slices.Contains(schema.Required, name) {
			star = "*"
		}
		rows = append(rows, []string{"  " + prefix + name + star, kindOf(property), firstSentence(property.Description)})
		rows = append(rows, fieldRows(prefix+name+".", property, depth+1)...)
	}
	return unique(rows)
}

// unique leaves out fields that several alternatives have.
func unique(rows [][]string) (kept [][]string) {
	for _, row := range rows {
		if !slices.ContainsFunc(kept, func(k []string) bool { return k[0] == row[0] }) {
			kept = append(kept, row)
		}
	}
	return kept
}

// kindOf is a type with what narrows it.
func kindOf(s *openapi3.Schema) string {
	if s.Const != nil {
		return fmt.Sprint(s.Const)
	}
	if len(s.Enum) > 0 && len(s.Enum) <= 4 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		return strings.Join(values, "|")
	}
	if s.Type == nil {
		return "any"
	}
	kind := strings.Join(*s.Type, " or ")
	if s.Format != "" {
		kind += ", " + s.Format
	}
	return kind
}

// firstSentence is what a description begins with, in one line.
func firstSentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if sentence, _, more := strings.Cut(text, ". "); more {
		text = sentence
	}
	if runes := []rune(text); len(runes) > aboutTo {
		return strings.TrimRight(string(runes[:aboutTo]), " ,") + "…"
	}
	return strings.TrimSuffix(text, ".")
}
