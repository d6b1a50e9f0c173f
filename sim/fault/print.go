package fault

import (
	"slices"
	"strconv"
	"strings"
)

// String writes the fault in the grammar that Parse reads. For a valid fault
// Parse gives the same fault back.
func (f Fault) String() string {
	var out []string
	if len(f.Sequence) > 0 {
		out = append(out, f.Sequence.String())
	}
	for _, row := range parts {
		out = append(out, row.write(&f)...)
	}
	return strings.Join(out, ";")
}

// String writes the steps in the grammar: "429,503+html,ok".
func (s Sequence) String() string {
	steps := make([]string, len(s))
	for i, step := range s {
		steps[i] = step.text("+")
	}
	return strings.Join(steps, ",")
}

// String writes the effect in the grammar: "503;html"; "ok" when it changes nothing.
func (e Effect) String() string { return e.text(";") }

func (e Effect) text(separator string) string {
	carrier := Fault{Effect: e}
	var out []string
	for _, row := range effectParts {
		out = append(out, row.write(&carrier)...)
	}
	if out == nil {
		return "ok"
	}
	return strings.Join(out, separator)
}

// assign writes key=value, or nothing for an empty value.
func assign(key, value string) []string {
	if value == "" {
		return nil
	}
	return []string{key + "=" + quote(value)}
}

// quote puts a value in quotes where it could not be read back without them,
// or would not be fit for a header.
func quote(value string) string {
	plain := value != "" && value == strings.TrimSpace(value) && printable(value) && !strings.ContainsAny(value, `;,+"`)
	if plain {
		return value
	}
	return strconv.QuoteToASCII(value)
}

// Usage is the grammar in a few lines: one example of each part.
func Usage() string {
	var b strings.Builder
	b.WriteString("a fault is an effect and what narrows it, joined by semicolons:\n")
	for _, g := range groups {
		b.WriteString("    " + string(g) + ":")
		for i, row := range g.rows() {
			if i > 0 {
				b.WriteString(" |")
			}
			b.WriteString(" " + row.example)
		}
		b.WriteString("\n")
	}
	b.WriteString("    one effect per call: 429,429,ok or 503+html,ok")
	return b.String()
}

var groups = []group{effects, schedule, matching, labels}

func (g group) rows() []part {
	return slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return p.group != g })
}
