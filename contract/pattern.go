package contract

import (
	"fmt"

	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/expect"
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
// The control API takes the same patterns (POST /_sandbox/v1/journal/expect), and
// more exact ones; Sandbox.Expect waits for those.
type Pattern string

func patternsOf(sources []Pattern) []expect.Pattern {
	patterns := make([]expect.Pattern, len(sources))
	for i, source := range sources {
		patterns[i].What = string(source)
	}
	return patterns
}

// sentence reads a pattern. A nil term means an operation.
func sentence(p Pattern) (expect.Sentence, error) { return expect.Parse(string(p), story.Terms()) }

// expectations reads the patterns of Only.
func expectations(words []Pattern) ([]story.Expectation, error) {
	all := []story.Expectation{}
	for _, w := range words {
		s, err := sentence(w)
		if err != nil {
			return nil, err
		}
		if s.Term == nil || s.Status != nil {
			return nil, fmt.Errorf("pattern %q: Only takes words and texts; use Received for operations and statuses", w)
		}
		all = append(all, story.Expectation{Word: story.Word(s.Term.Words), Text: s.Text, Times: story.Range{Min: 1, Max: 1}})
	}
	return all, nil
}

// observed is what an exchange is in the words of stories.
func observed(e sim.Entry) []story.Observation {
	events := make([]sim.Event, len(e.Notes))
	for i, n := range e.Notes {
		events[i] = sim.Event{N: e.N, Tick: e.Tick, At: e.At, Note: n}
	}
	return story.Observe(events)
}
