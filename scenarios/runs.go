package scenarios

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
)

// States of a run that was started over the control API.
const (
	RunPlaying = "playing"
	RunPassed  = "passed"
	RunFailed  = "failed"
	RunStopped = "stopped" // not to its end: Problem says why
)

// keptRuns bounds how many runs of a workspace are remembered; the oldest go first.
const keptRuns = 20

// runs are those that were started over the control API.
type runs struct {
	mu  sync.Mutex
	seq int
	all []*run // oldest first

	playing sync.WaitGroup
}

// run is one of them, as far as it has come.
type run struct {
	id     string
	space  string // Tag of the workspace that asked
	of     int    // stories on channels
	failOn rules.Severity
	replay string
	kept   bool // its threads stay in the workspace that asked

	mu      sync.Mutex
	changed chan struct{} // closed at the next change
	results []report.Result
	setup   Setup
	whole   report.Report
	state   string
	problem string
}

// begin makes a run and gives it an id, which no replica gives again.
func (rs *runs) begin(r *run, replica string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.seq++
	r.id, r.state, r.changed = runPrefix(replica)+strconv.Itoa(rs.seq), RunPlaying, make(chan struct{})
	rs.all = append(rs.all, r)
	kept := 0
	for i := len(rs.all) - 1; i >= 0; i-- {
		if rs.all[i].space == r.space {
			if kept++; kept > keptRuns {
				rs.all = slices.Delete(rs.all, i, i+1)
			}
		}
	}
}

// runPrefix begins the ids of a replica's runs.
func runPrefix(replica string) string {
	if replica == "" {
		return ""
	}
	return replica[:min(len(replica), 8)] + "-"
}

// list is what a workspace has asked for.
func (rs *runs) list(ws *sim.Workspace) []*run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(rs.all), func(r *run) bool { return r.space != ws.Tag() })
}

func (rs *runs) find(ws *sim.Workspace, id string) (*run, bool) {
	all := rs.list(ws)
	i := slices.IndexFunc(all, func(r *run) bool { return r.id == id })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

// forget forgets what a workspace has asked for.
func (rs *runs) forget(space string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.all = slices.DeleteFunc(rs.all, func(r *run) bool { return r.space == space })
}

// change changes a run and wakes whoever waits for that.
func (r *run) change(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	close(r.changed)
	r.changed = make(chan struct{})
}

// progress is what a run looks like from outside.
func (r *run) progress(after int) (RunProgress, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := RunProgress{
		ID: r.id, State: r.state, Of: r.of, Played: len(r.results), Problem: r.problem, Unreachable: r.setup.Unreachable,
		Remarks: r.setup.Remarks, Replay: r.replay, Kept: r.kept, Results: []report.Result{},
	}
	if after < len(r.results) {
		p.Results = slices.Clone(r.results[max(after, 0):])
	}
	for _, result := range p.Results {
		p.Told = append(p.Told, report.Text{}.Result(result))
	}
	if r.state == RunPassed || r.state == RunFailed {
		verdict := r.whole.Verdict
		p.Verdict, p.Seed, p.Elapsed = &verdict, r.whole.Seed, r.whole.Elapsed
	}
	return p, r.changed
}

// report is what a run that has ended is reported from; false while it plays.
func (r *run) report() (report.Report, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.whole, r.state == RunPassed || r.state == RunFailed
}

// play plays a run to its end.
func (r *run) play(ctx context.Context, runner Runner) {
	runner.Progress = func(result report.Result) {
		r.change(func() { r.results = append(r.results, result) })
	}
	if runner.External {
		setup, err := runner.Ready(ctx)
		if err != nil || setup.Problem != "" {
			r.stop(setup, err)
			return
		}
		runner.Settings = setup.Settings
		r.change(func() { r.setup = setup })
	}
	whole, err := runner.Play(ctx)
	if err != nil {
		r.stop(r.setup, err)
		return
	}
	r.change(func() {
		r.whole, r.state = whole, RunPassed
		if whole.Failed(r.failOn) {
			r.state = RunFailed
		}
	})
}

// stop ends a run that could not be played.
func (r *run) stop(setup Setup, err error) {
	r.change(func() {
		r.setup, r.state, r.problem = setup, RunStopped, setup.Problem
		if err != nil {
			r.problem = err.Error()
		}
	})
}
