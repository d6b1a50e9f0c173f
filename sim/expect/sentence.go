package expect

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Term is a thing that can happen, in words, with the notes that tell it: the
// vocabulary of sentences belongs to an upper floor.
type Term struct {
	Words  string         // "reply sent"
	Kind   string         // of the note
	Fields map[string]any // that the note has, see Value
	Text   string         // path of the text within the note; empty where there is none
}

// Sentence is a pattern in words: a term or an operation, then, if it matters,
// the status of the answer, then, after a colon, a text. A text between slashes
// is a regular expression.
//
//	offer requested              a term
//	offer requested 503          answered with 503
//	reply sent: Hello!           with exactly this text
//	reply sent: /open until \d+/ with a text that the expression matches
//	encore.impressionDelivered   an operation, by its operationId
//	meta.status: /delivered/     a webhook; the text is the request's body
type Sentence struct {
	Term      *Term  // nil: Fake and Operation are given
	Fake      string //
	Operation string
	Status    *int
	Text      string
}

var flagged = regexp.MustCompile(`^/(.+)/([ims]+)$`)

// Unflagged is what a regular expression with flags behind its slash, as other
// languages write it, has to look like here: /(?i)hi/ for /hi/i. Empty: it has none.
func Unflagged(text string) string {
	found := flagged.FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	return "/(?" + found[2] + ")" + found[1] + "/"
}

// Parse reads a sentence. An error names what is known.
func Parse(source string, terms []Term) (Sentence, error) {
	var s Sentence
	what, text, hasText := strings.Cut(source, ":")
	what = strings.TrimSpace(what)
	if i := strings.LastIndexByte(what, ' '); i >= 0 {
		if status, err := strconv.Atoi(what[i+1:]); err == nil {
			s.Status, what = &status, strings.TrimSpace(what[:i])
		}
	}
	if err := s.name(what, terms); err != nil {
		return s, fmt.Errorf("pattern %q: %w", source, err)
	}
	if !hasText {
		return s, nil
	}
	if s.Text = strings.TrimSpace(text); s.Text == "" {
		return s, fmt.Errorf("pattern %q: nothing follows the colon; write a text, a /regular expression/ or leave the colon out", source)
	}
	if s.Term != nil && s.Term.Text == "" {
		return s, fmt.Errorf("pattern %q: %s has no text; leave out what follows the colon", source, s.Term.Words)
	}
	if _, err := expression(s.Text); err != nil {
		return s, fmt.Errorf("pattern %q: %w", source, err)
	}
	if meant := Unflagged(s.Text); meant != "" {
		return s, fmt.Errorf("pattern %q: flags stand within the slashes, as in %s", source, meant)
	}
	return s, nil
}

func (s *Sentence) name(what string, terms []Term) error {
	for i := range terms {
		if what == terms[i].Words {
			s.Term = &terms[i]
			return nil
		}
	}
	fake, op, dotted := strings.Cut(what, ".")
	if dotted && fake != "" && op != "" && !strings.Contains(what, " ") {
		s.Fake, s.Operation = fake, op
		return nil
	}
	if len(terms) == 0 {
		return errors.New("use an operation such as encore.offersMessage")
	}
	words := make([]string, len(terms))
	for i, t := range terms {
		words[i] = t.Words
	}
	return fmt.Errorf("use %s, or an operation such as encore.offersMessage", strings.Join(words, ", "))
}
