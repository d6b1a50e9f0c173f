package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
)

// diagram is the sequence diagram of a thread: lanes from left to right, and
// below them, in order of time, what went from one lane to another. All
// measures are units of the SVG's view box.
type diagram struct {
	Thread     string
	Incomplete string
	Width      int
	Height     int
	Lanes      []lane
	Rows       []row
}

// lane is one party with its lifeline.
type lane struct {
	Name string
	X    int
}

// row is one arrow, or time that passed.
type row struct {
	Y          int
	N          int64  // of the exchange; 0 for time that passed
	At         string // simulated time
	Pause      string
	Kind       string // offer, reply, ask, hook: what colour says
	From, To   int    // x of the arrow's ends
	Label      int    // x of the text's middle
	Said       string
	Trouble    string
	Rules      string // ids of the duties that this exchange proves broken
	Unanswered bool   // drawn broken: what was sent did not arrive
}

// Measures of a diagram.
const (
	gutter    = 120 // for time and number, on the left
	laneWidth = 240
	header    = 56
	rowHeight = 46
	margin    = 90 // for the ids of rules, on the right
)

// diagramOf draws a thread. Findings name the exchanges that they are proven by.
func diagramOf(e rules.Evidence, findings []rules.Finding) diagram {
	told := scenes(e)
	ids := messages{}
	for i := range told {
		told[i].sent = ids
		ids.learn(told[i].notes)
	}
	d := diagram{Thread: e.Thread, Incomplete: e.Incomplete}
	names := lanes(told)
	for i, name := range names {
		d.Lanes = append(d.Lanes, lane{name, gutter + laneWidth/2 + i*laneWidth})
	}
	for i, s := range told {
		d.Rows = append(d.Rows, d.row(s, header+(i+1)*rowHeight, provenBy(findings, e.Thread, s.n)))
	}
	d.Width, d.Height = gutter+len(names)*laneWidth+margin, header+(len(told)+1)*rowHeight
	return d
}

// lanes are the parties of a thread: those that every thread has, then whoever
// else had to do with it.
func lanes(told []scene) []string {
	names := []string{theCustomer, theIntegrator, theEncore}
	for _, s := range told {
		d := s.tell()
		for _, name := range []string{d.from, d.to} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (d diagram) x(name string) int {
	i := slices.IndexFunc(d.Lanes, func(l lane) bool { return l.Name == name })
	return d.Lanes[max(i, 0)].X
}

func (d diagram) row(s scene, y int, broken string) row {
	told := s.tell()
	r := row{Y: y, N: s.n, At: s.at.Format("15:04:05.000"), Pause: told.pause, Rules: broken}
	if told.pause != "" {
		r.N, r.Label = 0, gutter+len(d.Lanes)*laneWidth/2
		return r
	}
	r.Kind, r.Said, r.Trouble = kind(s), told.said, told.trouble
	r.From, r.To = d.x(told.from), d.x(told.to)
	r.Label = (r.From + r.To) / 2
	r.Unanswered = s.unanswered()
	return r
}

// kind is what an exchange is for, by which it is coloured.
func kind(s scene) string {
	sent, ok := noted[note.MessageSent](s)
	refused, not := noted[note.SendRefused](s)
	_, asked := noted[note.OfferRequested](s)
	switch {
	case ok && sent.OfferLinks > 0, not && refused.OfferLinks > 0:
		return "offer"
	case ok, not:
		return "reply"
	case asked:
		return "ask"
	}
	return "hook"
}

func provenBy(findings []rules.Finding, thread string, n int64) string {
	var ids []string
	for _, f := range findings {
		if f.Thread == thread && slices.Contains(f.Exchanges, n) && !slices.Contains(ids, f.Rule) {
			ids = append(ids, f.Rule)
		}
	}
	return strings.Join(ids, " ")
}

// Tip is the point of the arrow, a triangle that ends at the lane.
func (r row) Tip() string {
	back := r.To - 9
	if r.To < r.From {
		back = r.To + 9
	}
	return fmt.Sprintf("%d,%d %d,%d %d,%d", r.To, r.Y, back, r.Y-5, back, r.Y+5)
}
