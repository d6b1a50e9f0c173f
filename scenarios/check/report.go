package check

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Outcome is what came of a case.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Result is a case that was played. Message says what was got and what was
// wanted (failed), or why nothing was judged (skipped); it may have several lines.
type Result struct {
	ID      string
	Clause  string
	Reason  string
	Outcome Outcome
	Message string
	Elapsed time.Duration
}

// Report is a whole run, in the order of Suite.Cases.
type Report struct {
	URL      string // of the operations, path prefix included
	Requests int    // that were sent
	Results  []Result
}

// Count says how many cases had that outcome.
func (r Report) Count(o Outcome) int {
	n := 0
	for _, result := range r.Results {
		if result.Outcome == o {
			n++
		}
	}
	return n
}

// WriteText writes a line for each case and a summary. A case that failed or
// was skipped says why, one that failed names its clause; with verbose every
// case names its clause, its reason and how long it took.
func (r Report) WriteText(w io.Writer, verbose bool) error {
	for _, result := range r.Results {
		if err := result.WriteText(w, verbose); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, r.Summary())
	return err
}

// Summary is one line: what was judged, and how it went.
func (r Report) Summary() string {
	return fmt.Sprintf("%s: %d cases, %d passed, %d failed, %d skipped, %d requests",
		r.URL, len(r.Results), r.Count(Passed), r.Count(Failed), r.Count(Skipped), r.Requests)
}

// WriteText writes the case's part of Report.WriteText.
func (r Result) WriteText(w io.Writer, verbose bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-7s  %s", r.Outcome, r.ID)
	if verbose {
		fmt.Fprintf(&b, "  (%s)", r.Elapsed.Round(time.Millisecond))
	}
	b.WriteByte('\n')
	if r.Message != "" {
		line(&b, r.Message)
	}
	if verbose || r.Outcome == Failed {
		line(&b, "clause: "+r.Clause)
		line(&b, "reason: "+r.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// line writes a text below the case it belongs to.
func line(b *strings.Builder, text string) {
	const indent = "\n         "
	b.WriteString(strings.TrimPrefix(indent, "\n") + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", indent) + "\n")
}
