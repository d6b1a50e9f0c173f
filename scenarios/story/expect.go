package story

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/encore-sandbox/sandbox/sim/expect"
)

// words gives the expectations that can stand alone, in the order in which
// they happen.
func words() []string {
	return []string{
		string(OfferRequested), string(OfferSent), string(OfferRefused),
		string(ReplySent), string(ReplyRefused),
	}
}

const aWord = "an expectation"

// expectations never gives nil: a list without items demands silence.
func (r *reader) expectations(n ast.Node) []Expectation {
	items, _ := r.items(n, "expect")
	out := make([]Expectation, 0, len(items))
	for _, item := range items {
		out = append(out, r.expectation(item))
	}
	return out
}

func (r *reader) expectation(n ast.Node) Expectation {
	e := Expectation{Pos: place(n), Times: Range{1, 1}}
	if s, ok := text(n); ok {
		e.Word = r.word(n, s)
		if e.Word == AnyReply {
			r.fail(n, `%q alone says too little; write "reply: any" or "reply sent"`, s)
		}
		return e
	}
	entries, ok := r.entries(n, aWord, words())
	if !ok {
		return e
	}
	if len(entries) != 1 {
		r.fail(n, "an expectation is one word with what loosens it, like offer requested: {times: 1..4}; here are %d", len(entries))
		return e
	}
	return r.loosened(e, entries[0])
}

func (r *reader) loosened(e Expectation, by entry) Expectation {
	if e.Word = r.word(by.key, by.name); e.Word == AnyReply {
		r.choice(by.value, string(AnyReply), "any")
		e.Times = Range{0, Unbounded}
		return e
	}
	seen, ok := r.object(by.value, by.name, []key{
		{"times", func(n ast.Node) { e.Times = r.times(n) }},
		{"text", func(n ast.Node) { e.Text = r.pattern(n) }},
	})
	if ok && len(seen) == 0 {
		r.fail(by.value, "%s is loosened by nothing; write {times: 1..4}, {text: /open/} or the word alone", by.name)
	}
	if e.Word == OfferRequested && seen["text"] != nil {
		r.fail(seen["text"], "an offer request has no text; text goes with the messages sent or refused")
	}
	return e
}

func (r *reader) word(n ast.Node, s string) Word {
	switch {
	case s == string(AnyReply), slices.Contains(words(), s):
	case s == "no offer" || s == "no reply" || s == "nothing":
		r.fail(n, "%q goes without saying: what is not named must not come; leave it out ([] is silence)", s)
	default:
		r.fail(n, "unknown expectation %q;%s allowed: %s or reply: any", s, suggest(s, words()), strings.Join(words(), ", "))
	}
	return Word(s)
}

// Repeated gives expectations for an integrator whose normal reply has so many
// messages: each reply that is expected without a text is all of them.
func Repeated(expect []Expectation, messages int) []Expectation {
	if messages < 2 {
		return expect
	}
	out := slices.Clone(expect)
	for i, e := range out {
		if (e.Word == ReplySent || e.Word == ReplyRefused) && e.Text == "" {
			out[i].Times.Min *= messages
			if e.Times.Max != Unbounded {
				out[i].Times.Max *= messages
			}
		}
	}
	return out
}

func (r *reader) times(n ast.Node) Range {
	before := len(r.errs)
	t := r.rangeOf(n, "times")
	if len(r.errs) == before && t.Max == 0 {
		r.fail(n, "times is 0, which goes without saying; leave the expectation out")
	}
	return t
}

func (r *reader) pattern(n ast.Node) string {
	s := r.line(n, "text")
	if re, ok := regexpOf(s); ok {
		if _, err := regexp.Compile(re); err != nil {
			r.fail(n, "text: %v; write a regular expression of the RE2 kind between the slashes", err)
		}
	}
	if meant := expect.Unflagged(s); meant != "" {
		r.fail(n, "text: flags stand within the slashes, as in %s", meant)
	}
	return s
}

// regexpOf takes the slashes off a regular expression.
func regexpOf(s string) (string, bool) {
	if len(s) < 2 || !strings.HasPrefix(s, "/") || !strings.HasSuffix(s, "/") {
		return "", false
	}
	return s[1 : len(s)-1], true
}
