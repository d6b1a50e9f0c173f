package quick

import (
	"regexp"
	"regexp/syntax"
)

// Pattern is a regular expression. Most in a contract say which characters
// stand one behind the other ("^[0-9a-f]{64}$", "^https?://", "^(me|[0-9]+)$"):
// they are held against a text character by character, without the general
// machine.
type Pattern struct {
	general  *regexp.Regexp // nil: the branches say it all
	branches []branch       // one of them has to fit
}

// branch is a sequence of characters from the beginning of a text on.
type branch struct {
	steps []step
	whole bool // nothing follows the steps
}

// step is one ASCII character, which may be left out where it is optional, and
// come again where it is repeated.
type step struct {
	allowed            [128]bool
	optional, repeated bool
}

// NewPattern compiles a regular expression, or says what is wrong with it.
func NewPattern(text string) (*Pattern, error) {
	general, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if branches, ok := branchesOf(flat(tree.Simplify(), nil)); ok {
		return &Pattern{branches: branches}, nil
	}
	return &Pattern{general: general}, nil
}

// flat lays concatenations out in one list. What captures is what it captures.
func flat(tree *syntax.Regexp, list []*syntax.Regexp) []*syntax.Regexp {
	if tree.Op == syntax.OpCapture {
		return flat(tree.Sub[0], list)
	}
	if tree.Op != syntax.OpConcat {
		return append(list, tree)
	}
	for _, part := range tree.Sub {
		list = flat(part, list)
	}
	return list
}

// branchesOf takes the parts of an expression that begins at the beginning, and
// says whether it knows them all.
func branchesOf(parts []*syntax.Regexp) ([]branch, bool) {
	if len(parts) == 0 || parts[0].Op != syntax.OpBeginText {
		return nil, false
	}
	for len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		parts = parts[1:]
	}
	whole := false
	for len(parts) > 0 && parts[len(parts)-1].Op == syntax.OpEndText {
		parts, whole = parts[:len(parts)-1], true
	}
	if len(parts) != 1 || parts[0].Op != syntax.OpAlternate {
		one, ok := branchOf(parts, whole)
		return []branch{one}, ok
	}
	branches := make([]branch, 0, len(parts[0].Sub))
	for _, sub := range parts[0].Sub {
		one, ok := branchOf(flat(sub, nil), whole)
		if !ok {
			return nil, false
		}
		branches = append(branches, one)
	}
	return branches, true
}

func branchOf(parts []*syntax.Regexp, whole bool) (branch, bool) {
	b := branch{whole: whole}
	for _, part := range parts {
		if !b.add(part, step{}) {
			return b, false
		}
	}
	return b, b.certain()
}

// add adds the steps of a part, which are of the given kind.
func (b *branch) add(part *syntax.Regexp, kind step) bool {
	switch {
	case part.Flags&syntax.FoldCase != 0:
		return false
	case part.Op == syntax.OpLiteral && (len(part.Rune) == 1 || kind == step{}):
		for _, r := range part.Rune {
			if !b.class([]rune{r, r}, kind) {
				return false
			}
		}
		return true
	case part.Op == syntax.OpCharClass:
		return b.class(part.Rune, kind)
	case kind != step{}: // a repetition of a repetition
		return false
	case part.Op == syntax.OpQuest:
		return b.add(part.Sub[0], step{optional: true})
	case part.Op == syntax.OpPlus:
		return b.add(part.Sub[0], step{repeated: true})
	case part.Op == syntax.OpStar:
		return b.add(part.Sub[0], step{optional: true, repeated: true})
	}
	return false
}

// class adds a step for ranges of characters.
func (b *branch) class(ranges []rune, kind step) bool {
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1] >= 128 {
			return false
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			kind.allowed[r] = true
		}
	}
	b.steps = append(b.steps, kind)
	return true
}

// certain tells that no character could be taken by an optional or repeated
// step or by the one behind it.
func (b *branch) certain() bool {
	for i, s := range b.steps {
		if !s.optional && !s.repeated {
			continue
		}
		if i+1 == len(b.steps) {
			return b.whole
		}
		for c, allowed := range b.steps[i+1].allowed {
			if allowed && s.allowed[c] || b.steps[i+1].optional {
				return false
			}
		}
	}
	return true
}

// Matches tells whether the expression finds something in a text.
func (p *Pattern) Matches(text string) bool {
	if p.general != nil {
		return p.general.MatchString(text)
	}
	for i := range p.branches {
		if p.branches[i].fits(text) {
			return true
		}
	}
	return false
}

func (b *branch) fits(text string) bool {
	at := 0
	for i := range b.steps {
		s := &b.steps[i]
		from := at
		for at < len(text) && text[at] < 128 && s.allowed[text[at]] {
			at++
			if !s.repeated {
				break
			}
		}
		if at == from && !s.optional {
			return false
		}
	}
	return !b.whole || at == len(text)
}
