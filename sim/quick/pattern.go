package quick

import (
	"regexp"
	"regexp/syntax"
)

// pattern is a regular expression. Most in a contract say which characters
// stand one behind the other ("^[0-9a-f]{64}$", "^https?://"): they are held
// against a text character by character, without the general machine.
type pattern struct {
	general *regexp.Regexp // nil: steps say it all
	steps   []step
	whole   bool // nothing follows the steps
}

// step is one ASCII character, which may be left out where it is optional.
type step struct {
	allowed  [128]bool
	optional bool
}

func newPattern(text string) (*pattern, error) {
	general, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	var p pattern
	if parts := flat(tree.Simplify(), nil); p.read(parts) {
		return &p, nil
	}
	return &pattern{general: general}, nil
}

// flat lays concatenations out in one list.
func flat(tree *syntax.Regexp, list []*syntax.Regexp) []*syntax.Regexp {
	if tree.Op != syntax.OpConcat {
		return append(list, tree)
	}
	for _, part := range tree.Sub {
		list = flat(part, list)
	}
	return list
}

// read takes the parts of an expression that begins at the beginning, and says
// whether it knows them all.
func (p *pattern) read(parts []*syntax.Regexp) bool {
	if len(parts) == 0 || parts[0].Op != syntax.OpBeginText {
		return false
	}
	for i, part := range parts[1:] {
		if part.Op == syntax.OpEndText && i == len(parts)-2 {
			p.whole = true
			break
		}
		if !p.add(part, false) {
			return false
		}
	}
	return p.certain()
}

func (p *pattern) add(part *syntax.Regexp, optional bool) bool {
	switch {
	case part.Flags&syntax.FoldCase != 0:
		return false
	case part.Op == syntax.OpQuest && !optional && (part.Sub[0].Op == syntax.OpCharClass || len(part.Sub[0].Rune) == 1):
		return p.add(part.Sub[0], true)
	case part.Op == syntax.OpLiteral:
		for _, r := range part.Rune {
			if !p.class([]rune{r, r}, optional) {
				return false
			}
		}
		return true
	case part.Op == syntax.OpCharClass:
		return p.class(part.Rune, optional)
	}
	return false
}

// class adds a step for ranges of characters.
func (p *pattern) class(ranges []rune, optional bool) bool {
	s := step{optional: optional}
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1] >= 128 {
			return false
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			s.allowed[r] = true
		}
	}
	p.steps = append(p.steps, s)
	return true
}

// certain tells that no character could be taken by an optional step or by the
// one behind it.
func (p *pattern) certain() bool {
	for i, s := range p.steps {
		if !s.optional {
			continue
		}
		if i+1 == len(p.steps) {
			return p.whole
		}
		for c, allowed := range p.steps[i+1].allowed {
			if allowed && s.allowed[c] || p.steps[i+1].optional {
				return false
			}
		}
	}
	return true
}

func (p *pattern) matches(text string) bool {
	if p.general != nil {
		return p.general.MatchString(text)
	}
	at := 0
	for i := range p.steps {
		s := &p.steps[i]
		if at < len(text) && text[at] < 128 && s.allowed[text[at]] {
			at++
		} else if !s.optional {
			return false
		}
	}
	return !p.whole || at == len(text)
}
