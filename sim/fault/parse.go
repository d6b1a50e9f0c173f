package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseError says what is wrong with the text of a fault and where.
type ParseError struct {
	Text    string // the whole text
	At, Len int    // the offending part, in bytes
	Problem string // what is wrong and how to put it right
}

// Error shows the problem, the text with the offending part underlined, and
// the grammar in short.
func (e *ParseError) Error() string {
	show := func(text string) string { return strings.Map(visible, text) }
	before, under := show(e.Text[:e.At]), show(e.Text[e.At:e.At+e.Len])
	return fmt.Sprintf("%s\n    %s\n    %s%s\n%s", e.Problem, show(e.Text),
		strings.Repeat(" ", utf8.RuneCountInString(before)),
		strings.Repeat("^", max(1, utf8.RuneCountInString(under))), Usage())
}

// visible keeps the marks under their text, whatever the text holds.
func visible(r rune) rune {
	if !unicode.IsPrint(r) {
		return '·'
	}
	return r
}

// Parse reads a fault in the grammar of the X-Sandbox-Fault header and of the
// command line, as printed by Grammar, or as a JSON object. The fault is valid;
// an error is a *ParseError.
func Parse(text string) (Fault, error) {
	p := parser{text: text, seen: map[string]bool{}}
	var f Fault
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return p.object()
	}
	for _, s := range split(text, span{0, len(text)}, ';') {
		if err := p.segment(&f, s); err != nil {
			return Fault{}, err
		}
	}
	if err := f.Validate(); err != nil {
		return Fault{}, p.fail(span{0, len(text)}, err)
	}
	return f, nil
}

// span is a piece of the text.
type span struct{ from, to int }

type parser struct {
	text string
	seen map[string]bool // parts that were given
}

func (p *parser) fail(s span, err error) *ParseError {
	return &ParseError{Text: p.text, At: s.from, Len: s.to - s.from, Problem: err.Error()}
}

// object reads a fault that is written as a JSON object.
func (p *parser) object() (f Fault, _ error) {
	err := f.UnmarshalJSON([]byte(p.text))
	if err == nil {
		return f, nil
	}
	var inside *ParseError // of a step
	if errors.As(err, &inside) {
		err = errors.New(inside.Problem)
	}
	return Fault{}, p.fail(span{0, len(p.text)}, err)
}

// segment reads what stands between two semicolons: a sequence where it has
// commas, else one part.
func (p *parser) segment(f *Fault, s span) error {
	steps := split(p.text, s, ',')
	if len(steps) == 1 {
		return p.one(f, s, p.seen, false)
	}
	if p.seen["sequence"] {
		return p.fail(s, errors.New("there is a sequence already: put all steps into one"))
	}
	p.seen["sequence"] = true
	for _, step := range steps {
		effect, err := p.step(step)
		if err != nil {
			return err
		}
		f.Sequence = append(f.Sequence, effect)
	}
	return nil
}

// step reads one step of a sequence: effects joined by plus signs, or "ok".
func (p *parser) step(s span) (Effect, error) {
	var carrier Fault
	seen := map[string]bool{}
	if strings.TrimSpace(p.text[s.from:s.to]) == "ok" {
		return Effect{}, nil
	}
	for _, piece := range split(p.text, s, '+') {
		if err := p.one(&carrier, piece, seen, true); err != nil {
			return Effect{}, err
		}
	}
	return carrier.Effect, nil
}

// one reads a single part, such as "503", "hang" or "times=2", into f.
func (p *parser) one(f *Fault, s span, seen map[string]bool, step bool) error {
	given, err := cutPart(p.text[s.from:s.to])
	if err != nil {
		return p.fail(s, err)
	}
	row, name, err := find(given.key, step)
	switch {
	case err != nil:
	case seen[given.key]:
		err = fmt.Errorf("%s is given twice: leave one out", given.key)
	case name != "" && given.bare:
		err = fmt.Errorf("%s wants a value, as in %s: * is any value", given.key, row.example)
	default:
		seen[given.key] = true
		err = row.set(f, name, given.value)
	}
	if err != nil {
		return p.fail(s, err)
	}
	return nil
}

// assignment is a part taken apart.
type assignment struct {
	key, value string
	bare       bool // nothing was assigned, not even an empty value
}

// cutPart takes a part apart. The two short forms, a bare status and the bare
// name of a preset, are spelled out.
func cutPart(part string) (assignment, error) {
	key, value, assigned := strings.Cut(strings.TrimSpace(part), "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if strings.HasPrefix(value, `"`) {
		plain, err := strconv.Unquote(value)
		if err != nil {
			return assignment{}, errors.New(`a quoted value ends with a quote, and has \" and \\ for quote and backslash inside`)
		}
		value = plain
	}
	switch {
	case assigned:
	case key != "" && strings.Trim(key, "0123456789") == "":
		return assignment{key: "status", value: key}, nil
	case slices.Contains(presetNames(), key):
		return assignment{key: "preset", value: key}, nil
	}
	return assignment{key, value, !assigned}, nil
}

// find returns the row of the grammar for a key, and the name inside the key
// of a family.
func find(key string, step bool) (row part, name string, err error) {
	for _, row := range parts {
		name, inFamily := strings.CutPrefix(key, row.key)
		named := strings.HasSuffix(row.key, ".")
		if !inFamily || named == (name == "") {
			continue
		}
		if step && row.group != effects {
			return part{}, "", fmt.Errorf("%s is no effect: steps hold effects only, and a value with a comma goes in quotes", key)
		}
		return row, name, nil
	}
	return part{}, "", unknownPart(key)
}

func unknownPart(key string) error {
	switch key {
	case "":
		return errors.New("here a part is missing, such as 503 or times=2")
	case "ok":
		return errors.New("ok is only for the steps of a sequence, as in 429,429,ok")
	}
	if joined := strings.ReplaceAll(key, "+", ";"); joined != key {
		if _, err := Parse(joined); err == nil {
			return fmt.Errorf("plus signs are for the steps of a sequence: write %s", joined)
		}
	}
	known := presetNames()
	for _, row := range parts {
		known = append(known, row.key)
	}
	return fmt.Errorf("%q is no part of a fault%s", key, didYouMean(key, known))
}

// split cuts a piece of the text at a separator, but not inside quotes. Quotes
// count only where a value begins, so that a stray one elsewhere hides nothing.
func split(text string, s span, sep byte) []span {
	var out []span
	from, quoted := s.from, false
	for i := s.from; i < s.to; i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case quoted:
			quoted = c != '"'
		case c == '"':
			quoted = i > s.from && text[i-1] == '='
		case c == sep:
			out = append(out, span{from, i})
			from = i + 1
		}
	}
	return append(out, span{from, s.to})
}
