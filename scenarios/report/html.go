package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

//go:embed page.html
var pageSource string

// page is what the template shows.
type page struct {
	Title     string
	Seed      uint64
	Run       string
	Elapsed   string
	Held      int
	Failed    int
	NotPlayed int
	Replay    string
	Verdict   rules.Verdict
	Findings  []explained // of the run as a whole
	Stories   []played
}

// explained is a finding with its rule.
type explained struct {
	rules.Finding
	Rule rules.Rule
}

// played is one story on one channel.
type played struct {
	Result
	ID       string // of its place on the page
	Took     string
	Bad      bool
	Findings []explained
	Steps    string
	Threads  []diagram
	More     int // threads that are not drawn
}

// mostDiagrams bounds what a burst of customers draws.
const mostDiagrams = 12

// HTML writes a run as one page that needs nothing else: totals, every story
// with what did not hold, the findings with duty, clause and fix, and a sequence
// diagram for each thread. Replay is the command that repeats the run.
func HTML(w io.Writer, r Report, replay string) error {
	p := page{
		Title: "Encore Sandbox report", Seed: r.Seed, Run: r.Run, Elapsed: r.Elapsed.Round(time.Millisecond).String(), Replay: replay,
		Verdict: r.Merged(), Findings: explain(r.Verdict.Findings),
	}
	for i, result := range r.Results {
		p.Stories = append(p.Stories, storyOf(result, fmt.Sprintf("s%d", i+1)))
		switch result.Outcome {
		case Passed:
			p.Held++
		case NotPlayed:
			p.NotPlayed++
		default:
			p.Failed++
		}
	}
	parsed, err := template.New("page").Parse(pageSource)
	if err != nil {
		return err
	}
	return parsed.Execute(w, p)
}

func explain(findings []rules.Finding) (out []explained) {
	for _, f := range findings {
		rule, _ := rules.Lookup(f.Rule)
		out = append(out, explained{f, rule})
	}
	return out
}

func storyOf(r Result, id string) played {
	s := played{
		Result: r, ID: id, Took: r.Elapsed.Round(time.Millisecond).String(), Findings: explain(r.Verdict.Findings),
		Bad: r.Outcome == Failed || r.Outcome == Errored,
	}
	for _, step := range r.Steps {
		s.Steps += Text{}.step(step)
	}
	drawn := r.Evidence
	if len(drawn) > mostDiagrams {
		drawn = Text{}.concerned(r)
		if len(drawn) == 0 {
			drawn = r.Evidence[:mostDiagrams]
		}
	}
	s.More = len(r.Evidence) - len(drawn)
	for _, e := range drawn {
		s.Threads = append(s.Threads, diagramOf(e, r.Verdict.Findings))
	}
	return s
}
