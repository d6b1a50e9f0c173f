package report

import (
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// Outcomes of a story.
const (
	Passed    = "passed"
	Failed    = "failed"
	NotPlayed = "not played"
	Errored   = "error" // could not be played to its end; what was played held
)

// Result is what came of one story on one channel.
type Result struct {
	Story    string           `json:"story"`
	About    string           `json:"about,omitempty"`
	Channel  string           `json:"channel"`
	Outcome  string           `json:"outcome"`
	Reason   string           `json:"reason,omitempty"` // why it was not played, not to its end, or not judged to its end
	Steps    []StepFailure    `json:"steps,omitempty"`  // expectations that did not hold
	Verdict  rules.Verdict    `json:"verdict"`
	Elapsed  time.Duration    `json:"elapsed"` // wall time, nanoseconds
	Threads  []string         `json:"threads,omitempty"`
	Evidence []rules.Evidence `json:"-"` // of its threads
	// Elsewhere are further threads of its customers, where a message went out
	// from another account than they wrote to.
	Elsewhere []rules.Evidence `json:"-"`
	Homeless  rules.Evidence   `json:"-"` // what no thread can claim
}

// StepFailure is a step whose expectation did not hold.
type StepFailure struct {
	File       string           `json:"file"`
	Line       int              `json:"line"`
	Thread     string           `json:"thread"`
	Text       string           `json:"text"` // what the customer wrote
	Mismatches []story.Mismatch `json:"mismatches"`
}

// Report is what came of a run.
type Report struct {
	Seed    uint64        `json:"seed"`
	Run     string        `json:"run"`
	Results []Result      `json:"results"` // by story, then channel
	Verdict rules.Verdict `json:"verdict"` // over all threads, rules of run scope included
	Elapsed time.Duration `json:"elapsed"`
}

// Clean tells whether no rule found anything, advice included.
func (r Report) Clean() bool { return len(r.Merged().Findings) == 0 }

// Failed tells whether a story failed or could not be played to its end, or a
// rule of run scope found a breach.
func (r Report) Failed(failOn rules.Severity) bool {
	for _, result := range r.Results {
		if result.Outcome == Failed || result.Outcome == Errored {
			return true
		}
	}
	return r.Verdict.Fails(failOn)
}

// Merged is the verdict over all stories and the run.
func (r Report) Merged() rules.Verdict {
	all := []rules.Verdict{r.Verdict}
	for _, result := range r.Results {
		all = append(all, result.Verdict)
	}
	return rules.Merge(all...)
}
