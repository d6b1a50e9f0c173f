package story

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Mismatch is one difference between what a step expects and what came.
type Mismatch struct {
	Pos       Pos     // of the expectation; zero where nothing was expected
	Expected  string  // "offer sent", "reply sent 2 times", "nothing more"
	Got       string  // "reply sent", "nothing", "2 more"
	Exchanges []int64 // numbers of the exchanges that came; empty when nothing did
}

// String gives one line: expected offer sent, got reply sent "Hello" (exchange 12).
func (m Mismatch) String() string {
	line := fmt.Sprintf("expected %s, got %s", m.Expected, m.Got)
	switch len(m.Exchanges) {
	case 0:
		return line
	case 1:
		return fmt.Sprintf("%s (exchange %d)", line, m.Exchanges[0])
	}
	numbers := make([]string, len(m.Exchanges))
	for i, n := range m.Exchanges {
		numbers[i] = strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s (exchanges %s)", line, strings.Join(numbers, ", "))
}

// Match compares what came with what was expected, exactly and in order, and
// explains the difference with as few mismatches as it can. The result is
// empty when everything holds. It does not know about steps that expect
// nothing in particular: do not call it for a nil Step.Expect.
func Match(expect []Expectation, got []Observation) []Mismatch {
	t := &table{expect: expect, got: got}
	t.slots = slots(expect, len(got))
	t.fill()
	return newReport(t).build()
}

// Covers reports whether the observation's word is one that e stands for.
func (e Expectation) Covers(o Observation) bool {
	return e.Word == o.Word || e.Word == AnyReply && (o.Word == ReplySent || o.Word == ReplyRefused)
}

// Reads reports whether the text that a customer reads is one that e allows.
func (e Expectation) Reads(text string) bool {
	re, ok := regexpOf(e.Text)
	if !ok {
		return e.Text == "" || e.Text == text
	}
	compiled, err := regexp.Compile(re)
	return err == nil && compiled.MatchString(text)
}

// String describes the expectation without its place.
func (e Expectation) String() string {
	out := string(e.Word)
	if e.Word == AnyReply {
		return "any reply"
	}
	if e.Times != (Range{1, 1}) {
		out += " " + times(e.Times)
	}
	return out + e.wanted()
}

// wanted is the text part of an expectation's description.
func (e Expectation) wanted() string {
	switch _, isRegexp := regexpOf(e.Text); {
	case e.Text == "":
		return ""
	case isRegexp && strconv.CanBackquote(e.Text):
		return " with text " + e.Text
	}
	return fmt.Sprintf(" with text %q", e.Text)
}

func times(r Range) string {
	if r == (Range{1, 1}) {
		return "once"
	}
	return r.String() + " times"
}

// describe gives an observation on one line, its text cut short.
func describe(o Observation) string {
	out := string(o.Word)
	if o.Text != "" {
		out += " " + strconv.Quote(shorten(o.Text))
	}
	if o.Detail != "" {
		out += ", " + o.Detail
	}
	return out
}

func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
