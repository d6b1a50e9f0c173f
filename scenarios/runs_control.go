package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/library"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// RunRequest asks for scenarios to be played in a running sandbox. The zero
// value plays the whole library against whoever takes the webhooks.
type RunRequest struct {
	Scenarios []string    `json:"scenarios,omitempty"` // names or patterns of the library; default all, unless there are Files
	Files     []StoryFile `json:"files,omitempty"`     // scenarios of the caller
	Channels  []string    `json:"channels,omitempty"`
	// Integrator is webhook, which plays whoever the workspace's webhooks reach,
	// or built-in; default webhook when there is one that is not built in.
	Integrator  string         `json:"integrator,omitempty"`
	Defects     []string       `json:"defects,omitempty"` // of the built-in integrator
	Cap         *int           `json:"cap,omitempty"`
	IdleGap     string         `json:"idleGap,omitempty"`
	ReplyBudget string         `json:"replyBudget,omitempty"`
	Settle      string         `json:"settle,omitempty"`
	Parallel    int            `json:"parallel,omitempty"`
	FailOn      rules.Severity `json:"failOn,omitempty"`
	Seed        uint64         `json:"seed,omitempty"`
	Replay      string         `json:"replay,omitempty"` // the command that asked, for reports
}

// StoryFile is a scenario as it is written.
type StoryFile struct {
	Name string `json:"name"` // for errors and reports, such as mine.yaml
	Text string `json:"text"` // YAML
}

// RunProgress is how far a run has come.
type RunProgress struct {
	ID     string `json:"id"`
	State  string `json:"state"` // playing, passed, failed, stopped
	Of     int    `json:"of"`    // stories on channels that are played
	Played int    `json:"played"`
	// Kept is set where the threads stay in the workspace: the built-in integrator
	// is played in workspaces of their own, which are gone afterwards.
	Kept        bool            `json:"kept,omitempty"`
	Problem     string          `json:"problem,omitempty"` // why it stopped
	Unreachable bool            `json:"unreachable,omitempty"`
	Remarks     []string        `json:"remarks,omitempty"` // of the preflight
	Results     []report.Result `json:"results"`           // those after the number that was asked for
	Told        []string        `json:"told,omitempty"`    // the same as a terminal shows them, with the timelines of what failed
	Verdict     *rules.Verdict  `json:"verdict,omitempty"` // of the run as a whole, once it has ended
	Seed        uint64          `json:"seed,omitempty"`
	Elapsed     time.Duration   `json:"elapsed,omitempty"` // wall time, nanoseconds
	Replay      string          `json:"replay,omitempty"`
}

// ListedScenario is a shipped scenario.
type ListedScenario struct {
	Name     string   `json:"name"`
	About    string   `json:"about"`
	Channels []string `json:"channels,omitempty"` // absent: all
	Text     string   `json:"text"`               // as it is written
}

func (sb *Sandbox) listScenarios(*sim.Call) (any, error) {
	stories, err := story.Library()
	if err != nil {
		return nil, err
	}
	listed := []ListedScenario{}
	for _, s := range stories {
		text, err := fs.ReadFile(library.Files, s.File)
		if err != nil {
			return nil, err
		}
		listed = append(listed, ListedScenario{Name: s.Name, About: s.About, Channels: s.Channels, Text: string(text)})
	}
	var defects []map[string]string
	for _, d := range integrator.Defects() {
		defects = append(defects, map[string]string{"name": d.Name, "rule": d.Rule, "about": d.About})
	}
	return map[string]any{"scenarios": listed, "defects": defects}, nil
}

// startRun begins to play and answers at once.
func (sb *Sandbox) startRun(c *sim.Call) (any, error) {
	request, err := sim.Decode[RunRequest](c)
	if err != nil {
		return nil, err
	}
	runner, err := sb.runnerFor(c.Workspace, request)
	if err != nil {
		return nil, err
	}
	r := &run{space: c.Workspace.Tag(), of: len(runner.jobs()), failOn: runner.FailOn, replay: request.Replay, kept: runner.External}
	sb.runs.begin(r, sb.options.Replica)
	runner.Name = r.id
	sb.runs.playing.Go(func() { r.play(sb.life, runner) })
	p, _ := r.progress(0)
	return sim.Answer{Status: http.StatusAccepted, Body: p}, nil
}

// runnerFor reads a request. Every error says what to write instead.
func (sb *Sandbox) runnerFor(ws *sim.Workspace, request RunRequest) (Runner, error) {
	r := Runner{
		Sandbox: sb, Workspace: ws, Channels: request.Channels, Settings: sb.options.Config.Settings(""), Defects: request.Defects,
		Parallel: request.Parallel, FailOn: request.FailOn, Seed: request.Seed,
	}
	if r.Seed == 0 {
		r.Seed = 1
	}
	for _, read := range []func(*Runner, RunRequest) error{readStories, readSettings, readSubject} {
		if err := read(&r, request); err != nil {
			return r, err
		}
	}
	if len(r.jobs()) == 0 {
		return r, fmt.Errorf("none of these scenarios is for channel %s", strings.Join(r.channels(), ", "))
	}
	return r, nil
}

func readStories(r *Runner, request RunRequest) error {
	for _, f := range request.Files {
		s, err := story.Parse(f.Name, []byte(f.Text))
		if err != nil {
			return err
		}
		r.Stories = append(r.Stories, s)
	}
	if len(request.Scenarios) == 0 && len(request.Files) > 0 {
		return nil
	}
	shipped, err := story.PickShipped(request.Scenarios)
	for _, c := range shipped {
		r.Stories = append(r.Stories, c.Story)
	}
	var problem *story.PickError
	if errors.As(err, &problem) {
		return &sim.ControlError{Status: http.StatusBadRequest, Message: problem.Message, Details: []string{problem.Hint}}
	}
	return err
}

func readSettings(r *Runner, request RunRequest) error {
	if request.Cap != nil {
		r.Settings.Cap, r.Fixed = *request.Cap, true
	}
	for _, d := range []struct {
		name, text string
		to         *time.Duration
	}{{"idleGap", request.IdleGap, &r.Settings.IdleGap}, {"replyBudget", request.ReplyBudget, &r.Settings.ReplyBudget}, {"settle", request.Settle, &r.Settle}} {
		if d.text == "" {
			continue
		}
		parsed, err := story.ParseDuration(d.text)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		*d.to = parsed
	}
	switch {
	case r.Settings.Cap < 0, request.Parallel < 0:
		return fmt.Errorf("cap and parallel are not negative")
	case !slices.Contains([]rules.Severity{"", rules.Must, rules.Should}, request.FailOn):
		return fmt.Errorf("failOn is %q; write must or should", request.FailOn)
	}
	return nil
}

// readSubject decides who is played.
func readSubject(r *Runner, request RunRequest) error {
	listener, _ := r.Workspace.Listener(context.Background())
	theirs := listener.Connected
	for _, t := range r.Workspace.Webhooks() {
		theirs = theirs || t.Transport == nil
	}
	switch request.Integrator {
	case "webhook":
		r.External = true
	case "built-in":
	case "":
		r.External = theirs && len(request.Defects) == 0
	default:
		return fmt.Errorf("integrator is %q; write webhook or built-in", request.Integrator)
	}
	for _, channel := range request.Channels {
		if !slices.ContainsFunc(r.Sandbox.Channels(), func(c sim.Channel) bool { return c.Name == channel }) {
			return fmt.Errorf("there is no channel %q", channel)
		}
	}
	for _, d := range request.Defects {
		if !slices.ContainsFunc(integrator.Defects(), func(known integrator.Defect) bool { return known.Name == d }) {
			return fmt.Errorf("there is no defect %q; see GET /_sandbox/v1/scenarios", d)
		}
	}
	if r.External && len(r.Workspace.Webhooks()) == 0 {
		return sim.ErrNoWebhook
	}
	if r.External && len(request.Defects) > 0 {
		return fmt.Errorf("defects are of the built-in integrator; leave out integrator: webhook, or the defects")
	}
	return nil
}

func (sb *Sandbox) listRuns(c *sim.Call) (any, error) {
	list := []RunProgress{}
	for _, r := range sb.runs.list(c.Workspace) {
		p, _ := r.progress(r.of)
		list = append(list, p)
	}
	return map[string]any{"runs": list}, nil
}

// longestLook bounds how long a request waits for a run's next result.
const longestLook = 30 * time.Second

// getRun answers when there is more than the caller knows, or when within has
// passed.
func (sb *Sandbox) getRun(c *sim.Call) (any, error) {
	r, err := sb.runOf(c)
	if err != nil {
		return nil, err
	}
	query := c.URL.Query()
	after, _ := strconv.Atoi(query.Get("after")) // the document says that it is a number
	var within time.Duration
	if text := query.Get("within"); text != "" {
		if within, err = story.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("within: %w", err)
		}
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	defer clock.NewWall(0).AfterFunc(min(within, longestLook), cancel)()
	for {
		p, changed := r.progress(after)
		if len(p.Results) > 0 || p.State != RunPlaying {
			return p, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return p, nil
		}
	}
}

func (sb *Sandbox) runOf(c *sim.Call) (*run, error) {
	id := c.Params["id"]
	r, ok := sb.runs.find(c.Workspace, id)
	switch {
	case ok:
		return r, nil
	case !strings.HasPrefix(id, runPrefix(sb.options.Replica)):
		return nil, &sim.ControlError{Status: http.StatusMisdirectedRequest, Message: fmt.Sprintf("run %q belongs to another sandbox on the same store, and only the one that plays a run tells of it; send POST runs and all that follows to one sandbox, past the proxy before them", id)}
	}
	return nil, &sim.ControlError{Status: http.StatusNotFound, Message: fmt.Sprintf("no run %q; the last %d are kept, see GET /_sandbox/v1/runs", id, keptRuns)}
}

// storyLines tells the threads of one story of a run in words.
func (sb *Sandbox) storyLines(c *sim.Call) (any, error) {
	r, err := sb.runOf(c)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(c.Params["n"])
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > len(r.results) {
		return nil, &sim.ControlError{Status: http.StatusNotFound, Message: fmt.Sprintf("run %s has %d results so far", r.id, len(r.results))}
	}
	type told struct {
		Thread     string        `json:"thread"`
		Incomplete string        `json:"incomplete,omitempty"`
		Lines      []report.Line `json:"lines"`
	}
	threads := []told{}
	for _, e := range r.results[n-1].Evidence {
		threads = append(threads, told{e.Thread, e.Incomplete, report.LinesOf(e)})
	}
	return map[string]any{"threads": threads}, nil
}

// runReport makes an operation that answers a report of a run.
func (sb *Sandbox) runReport(contentType string, write func(io.Writer, report.Report, *run) error) sim.ControlHandler {
	return func(c *sim.Call) (any, error) {
		r, err := sb.runOf(c)
		if err != nil {
			return nil, err
		}
		whole, ended := r.report()
		if !ended {
			return nil, &sim.ControlError{Status: http.StatusConflict, Message: "this run has no report: it still plays, or it was not played to its end"}
		}
		var b bytes.Buffer
		if err := write(&b, whole, r); err != nil {
			return nil, err
		}
		return sim.Answer{Status: http.StatusOK, ContentType: contentType, Body: b.Bytes()}, nil
	}
}

func htmlOf(w io.Writer, whole report.Report, r *run) error { return report.HTML(w, whole, r.replay) }

func junitOf(w io.Writer, whole report.Report, r *run) error {
	return report.JUnit(w, whole, r.failOn)
}
