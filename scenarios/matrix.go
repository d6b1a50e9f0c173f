package scenarios

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// Proof plays every story against every defect of the built-in integrator, to
// prove that each rule bites.
//
//	defects × stories ─▶ Runner (one a defect) ─▶ findings of each story ─▶ Row ─▶ Matrix
type Proof struct {
	Sandbox *Sandbox
	Stories []*story.Story
	Defects []integrator.Defect // default: all
	// Channels are played for every defect that shows on them. Default: those that
	// the defect names, WhatsApp for defects of all channels.
	Channels []string
	Seed     uint64
	Run      string
	Parallel int       // defects at once; default as many as processors
	Progress func(Row) // called as defects are done, one call at a time; may be nil
}

// Matrix is what came of a proof: a row a defect, in the order of the table.
type Matrix struct {
	Rows []Row `json:"defects"`
}

// Row says which stories caught a defect.
type Row struct {
	Defect   string   `json:"defect"`
	Rule     string   `json:"rule"` // that it breaks
	About    string   `json:"about"`
	Channels []string `json:"channels"` // on which it was played
	// CaughtBy are the stories in which its own rule had a finding, by channel;
	// WholeRun stands for all of them, where it takes a comparison of stories.
	CaughtBy map[string][]string `json:"caughtBy"`
	// AlsoBroke are the other rules that had findings, with those stories.
	AlsoBroke map[string][]string `json:"alsoBroke"`
	// Mismatched are the stories that did not go as they are written and in which
	// no rule was broken.
	Mismatched []string `json:"mismatched"`
}

// WholeRun is a finding that no single story shows.
const WholeRun = "the whole run"

// Caught tells whether the defect's own rule had a finding on every channel on
// which it was played.
func (r Row) Caught() bool {
	return len(r.CaughtBy[WholeRun]) > 0 || len(r.Channels) > 0 &&
		!slices.ContainsFunc(r.Channels, func(c string) bool { return len(r.CaughtBy[c]) == 0 })
}

// Missing are the channels on which the defect's own rule had no finding.
func (r Row) Missing() []string {
	if r.Caught() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Channels), func(c string) bool { return len(r.CaughtBy[c]) > 0 })
}

// Stories are those that caught the defect on any channel, by name.
func (r Row) Stories() []string {
	var all []string
	for _, stories := range r.CaughtBy {
		all = append(all, stories...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Missed are the rows whose defect got away.
func (m Matrix) Missed() (rows []Row) {
	for _, r := range m.Rows {
		if !r.Caught() {
			rows = append(rows, r)
		}
	}
	return rows
}

// Play plays them all. A defect that none of the channels shows has no row.
func (p Proof) Play(ctx context.Context) (Matrix, error) {
	defects := p.Defects
	if defects == nil {
		defects = integrator.Defects()
	}
	rows, errs := make([]Row, len(defects)), make([]error, len(defects))
	slots := make(chan struct{}, cmp.Or(p.Parallel, runtime.GOMAXPROCS(0)))
	var group sync.WaitGroup
	var progress sync.Mutex
	for i, d := range defects {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			rows[i], errs[i] = p.row(ctx, d)
			progress.Lock()
			defer progress.Unlock()
			if p.Progress != nil && errs[i] == nil && len(rows[i].Channels) > 0 {
				p.Progress(rows[i])
			}
		})
	}
	group.Wait()
	played := slices.DeleteFunc(rows, func(r Row) bool { return len(r.Channels) == 0 })
	return Matrix{Rows: played}, firstError(errs)
}

// channels are those on which a defect is played.
func (p Proof) channels(d integrator.Defect) []string {
	switch {
	case len(p.Channels) == 0 && d.Channels == nil:
		return []string{"whatsapp"}
	case len(p.Channels) == 0:
		return d.Channels
	}
	return slices.DeleteFunc(slices.Clone(p.Channels), func(c string) bool { return d.Channels != nil && !slices.Contains(d.Channels, c) })
}

// row plays one defect.
func (p Proof) row(ctx context.Context, d integrator.Defect) (Row, error) {
	row := Row{
		Defect: d.Name, Rule: d.Rule, About: d.About, Channels: p.channels(d),
		CaughtBy: map[string][]string{}, AlsoBroke: map[string][]string{}, Mismatched: []string{},
	}
	if len(row.Channels) == 0 {
		return row, nil
	}
	played, err := Runner{
		Sandbox: p.Sandbox, Name: d.Name, Stories: p.Stories, Channels: row.Channels, Settings: rules.DefaultSettings(),
		Defects: []string{d.Name}, Seed: p.Seed, Run: p.Run, Parallel: 1,
	}.Play(ctx)
	if err != nil {
		return row, err
	}
	for _, result := range played.Results {
		row.take(result)
	}
	ofAll := slices.ContainsFunc(played.Verdict.Findings, func(f rules.Finding) bool { return f.Rule == d.Rule })
	if ofAll && !row.Caught() {
		row.CaughtBy[WholeRun] = []string{WholeRun}
	}
	return row, nil
}

// take enters the findings of one story, those of the comparison of its own
// threads included.
func (r *Row) take(result report.Result) {
	threads := append(append(slices.Clone(result.Evidence), result.Elsewhere...), result.Homeless)
	v := rules.Merge(result.Verdict, rules.JudgeRun(threads))
	broken := map[string]bool{}
	for _, f := range v.Findings {
		broken[f.Rule] = true
	}
	for _, id := range slices.Sorted(maps.Keys(broken)) {
		if id == r.Rule {
			r.CaughtBy[result.Channel] = append(r.CaughtBy[result.Channel], result.Story)
		} else if !slices.Contains(r.AlsoBroke[id], result.Story) {
			r.AlsoBroke[id] = append(r.AlsoBroke[id], result.Story)
		}
	}
	if len(broken) == 0 && len(result.Steps) > 0 && !slices.Contains(r.Mismatched, result.Story) {
		r.Mismatched = append(r.Mismatched, result.Story)
	}
}

// Others lists the other rules that were broken, by number.
func (r Row) Others() []string {
	return slices.SortedFunc(maps.Keys(r.AlsoBroke), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
}
