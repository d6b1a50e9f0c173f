package contract

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

// Pattern describes an exchange that a test waits for: what happened, then, if
// it matters, the status of the answer, then, after a colon, a text.
//
//	offer requested               a call to Encore, answered or not
//	offer requested 503           one that was answered with 503
//	offer sent · offer refused    a message with an Encore link that Graph accepted, or did not
//	reply sent · reply refused    one without
//	reply sent: Hello!            with exactly this text
//	reply sent: /open until \d+/  with a text that the regular expression matches
//	encore.impressionDelivered    an operation of a fake, by its operationId
//	meta.message 200              a webhook: a customer's message; the status is the integration's
//	meta.status: /delivered/      a webhook about a message sent; the text is the body's
//
// The first five are the words of scenario files. Status 0 is no answer at all.
type Pattern string

// pattern is a Pattern that was read.
type pattern struct {
	source string
	word   story.Word // empty: by fake and operation
	fake   string
	op     string
	status int // -1: any
	text   story.Expectation
}

// words are the things that can happen in a thread, whoever the provider is.
func words() []story.Word {
	return []story.Word{story.OfferRequested, story.OfferSent, story.OfferRefused, story.ReplySent, story.ReplyRefused}
}

func parsePatterns(sources []Pattern) (patterns []pattern, err error) {
	if len(sources) == 0 {
		return nil, errors.New(`no pattern is given; name what is expected, such as "offer requested", "offer sent", "reply sent"`)
	}
	for _, source := range sources {
		p, err := parsePattern(string(source))
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

func parsePattern(source string) (pattern, error) {
	p := pattern{source: source, status: -1}
	what, text, hasText := strings.Cut(source, ":")
	what = strings.TrimSpace(what)
	if i := strings.LastIndexByte(what, ' '); i >= 0 {
		if status, err := strconv.Atoi(what[i+1:]); err == nil {
			p.status, what = status, strings.TrimSpace(what[:i])
		}
	}
	if err := p.name(what); err != nil {
		return p, err
	}
	if !hasText {
		return p, nil
	}
	p.text.Text = strings.TrimSpace(text)
	if p.word == story.OfferRequested {
		return p, fmt.Errorf("pattern %q: an offer request has no text; text goes with messages", source)
	}
	return p, p.checkText()
}

func (p *pattern) name(what string) error {
	for _, word := range words() {
		if what == string(word) {
			p.word = word
			return nil
		}
	}
	fake, op, dotted := strings.Cut(what, ".")
	if dotted && fake != "" && op != "" && !strings.Contains(what, " ") {
		p.fake, p.op = fake, op
		return nil
	}
	names := make([]string, len(words()))
	for i, word := range words() {
		names[i] = string(word)
	}
	return fmt.Errorf("pattern %q: use %s, or an operation such as encore.offersMessage", p.source, strings.Join(names, ", "))
}

func (p *pattern) checkText() error {
	t := p.text.Text
	if t == "" {
		return fmt.Errorf("pattern %q: nothing follows the colon; write a text, a /regular expression/ or leave the colon out", p.source)
	}
	if len(t) < 2 || !strings.HasPrefix(t, "/") || !strings.HasSuffix(t, "/") {
		return nil
	}
	if _, err := regexp.Compile(t[1 : len(t)-1]); err != nil {
		return fmt.Errorf("pattern %q: %w", p.source, err)
	}
	return nil
}

// misfit says in what an exchange of the right kind differs from the pattern;
// empty when it fits. ok is false for an exchange of another kind.
func (p *pattern) misfit(e sim.Entry) (why string, ok bool) {
	text, ok := p.about(e)
	if !ok {
		return "", false
	}
	switch status, known := statusOf(e); {
	case p.status >= 0 && !known:
		return "its answer is not there yet", true
	case p.status >= 0 && status != p.status:
		return fmt.Sprintf("its status is %d", status), true
	case !p.text.Reads(text):
		return "its text is " + strconv.Quote(shortened(text)), true
	}
	return "", true
}

// about is the text of an exchange of the pattern's kind.
func (p *pattern) about(e sim.Entry) (text string, ok bool) {
	if p.word == "" {
		return string(e.Request.Body), p.fake == e.Fake && p.op == e.Operation
	}
	for _, o := range observed(e) {
		if o.Word == p.word {
			return o.Text, true
		}
	}
	return "", false
}

// observed is what an exchange is in the words of stories.
func observed(e sim.Entry) []story.Observation {
	events := make([]sim.Event, len(e.Notes))
	for i, n := range e.Notes {
		events[i] = sim.Event{N: e.N, Tick: e.Tick, At: e.At, Note: n}
	}
	return story.Observe(events)
}

// statusOf is the status of an exchange's answer, 0 when none came or will
// come. It is unknown while a webhook waits for its answer.
func statusOf(e sim.Entry) (status int, known bool) {
	if e.Direction == sim.In {
		if e.Response == nil {
			return 0, true
		}
		return e.Response.Status, true
	}
	if e.Ended == nil {
		return 0, false
	}
	if e.Ended.Response == nil {
		return 0, true
	}
	return e.Ended.Response.Status, true
}

// progress is how far a list of patterns holds.
type progress struct {
	found []sim.Entry // one for each pattern that holds, in order
	near  string      // the closest near miss of the next pattern, if any
	fix   string      // what to do about it
}

// follow walks the exchanges in the order of their arrival: each pattern takes
// the first exchange that fits it after those that were taken before.
func follow(patterns []pattern, entries []sim.Entry) (p progress) {
	for _, e := range entries {
		if len(p.found) == len(patterns) {
			break
		}
		why, ok := patterns[len(p.found)].misfit(e)
		switch {
		case ok && why == "":
			p.found, p.near, p.fix = append(p.found, e), "", ""
		case ok && p.near == "":
			p.near = fmt.Sprintf("#%d would be it, but %s", e.N, why)
			p.fix = "change what the closest exchange differs in, or the pattern"
		}
	}
	if p.near == "" && len(p.found) < len(patterns) {
		p.near = outOfTurn(&patterns[len(p.found)], p.found, entries)
		p.fix = "do things in the documented order and wait for each answer, or change the order of the patterns"
	}
	return p
}

// outOfTurn tells of an exchange that fits but came before the one that it
// should follow.
func outOfTurn(next *pattern, found, entries []sim.Entry) string {
	for _, e := range entries {
		if why, ok := next.misfit(e); ok && why == "" && len(found) > 0 && e.N != found[len(found)-1].N {
			return fmt.Sprintf("#%d would be it, but it came before #%d", e.N, found[len(found)-1].N)
		}
	}
	return ""
}
