package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/sim"
)

// Overview is what the first screen of a sandbox shows.
type Overview struct {
	Now        time.Time       `json:"now"`        // simulated time of the workspace
	Integrator string          `json:"integrator"` // built-in, webhook or none
	Channels   []Listed        `json:"channels"`
	Threads    []ThreadSummary `json:"threads"` // the most recently active first
	Of         int             `json:"of"`      // threads there are
}

// Listed is a channel with its accounts.
type Listed struct {
	Name     string        `json:"name"`
	Accounts []sim.Account `json:"accounts"`
}

// ThreadSummary is a thread with what a list says of it.
type ThreadSummary struct {
	sim.Thread
	Operator string       `json:"operator"` // name of the business
	Cap      int          `json:"cap"`      // offers it may get
	Last     report.Brief `json:"last"`
}

// defaultThreads is how many threads an overview has unless more are asked for.
const defaultThreads = 200

// overview reads the notes of the listed threads alone, so that its cost does
// not grow with the workspace.
func (sb *Sandbox) overview(c *sim.Call) (any, error) {
	query := c.URL.Query()
	limit, err := strconv.Atoi(cmp.Or(query.Get("limit"), strconv.Itoa(defaultThreads)))
	if err != nil {
		return nil, err
	}
	threads, err := c.Workspace.Threads(c.Context())
	if err != nil {
		return nil, err
	}
	if text := strings.ToLower(query.Get("text")); text != "" {
		threads = slices.DeleteFunc(threads, func(t sim.Thread) bool {
			return !strings.Contains(strings.ToLower(t.ID+" "+t.Name+" "+t.Text), text)
		})
	}
	slices.SortStableFunc(threads, func(a, b sim.Thread) int { return b.Active.Compare(a.Active) })
	o := Overview{Now: c.Workspace.Now(c.Context(), ""), Integrator: subject(c.Context(), c.Workspace), Channels: sb.listed(), Of: len(threads)}
	o.Threads, err = sb.summaries(c.Context(), c.Workspace, threads[:min(limit, len(threads))])
	return o, err
}

func (sb *Sandbox) summaries(ctx context.Context, ws *sim.Workspace, threads []sim.Thread) ([]ThreadSummary, error) {
	all := []ThreadSummary{}
	for _, t := range threads {
		events, _, err := ws.Timeline(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, ThreadSummary{t, sb.operator(t), sb.options.Config.Settings(t.Account).Cap, report.BriefOf(events)})
	}
	return all, nil
}

// operator names the business of a thread.
func (sb *Sandbox) operator(t sim.Thread) string {
	for _, c := range sb.Channels() {
		for _, a := range c.Accounts {
			if c.Name == t.Channel && a.ID == t.Account {
				return a.Name
			}
		}
	}
	return t.Account
}

func (sb *Sandbox) listed() (all []Listed) {
	for _, c := range sb.Channels() {
		all = append(all, Listed{c.Name, c.Accounts})
	}
	return all
}

// subject tells who takes the workspace's webhooks.
func subject(ctx context.Context, ws *sim.Workspace) string {
	answer := "none"
	if l, _ := ws.Listener(ctx); l.Connected {
		return "webhook"
	}
	for _, t := range ws.Webhooks() {
		if t.Transport == nil {
			return "webhook"
		}
		answer = "built-in"
	}
	return answer
}

// lookBack is how many exchanges before those that are asked for are read, so
// that a status can be told to be an offer's or a reply's.
const lookBack = 1000

// lines tells the journal, or a thread with the time that passed in it, in words.
func (sb *Sandbox) lines(c *sim.Call) (any, error) {
	query := c.URL.Query()
	thread := query.Get("thread")
	since, limit, err := window(query)
	if err != nil {
		return nil, err
	}
	var passed []sim.Event
	if thread != "" {
		if passed, _, err = c.Workspace.Timeline(c.Context(), thread); err != nil {
			return nil, err
		}
	}
	entries, err := c.Workspace.Find(c.Context(), max(since-lookBack, 0)+1, func(o sim.Outline) bool { return thread == "" || o.Thread == thread })
	if err != nil {
		return nil, err
	}
	first, last, more := picked(entries, since, limit)
	lines := slices.DeleteFunc(report.Lines(entries, passed), func(l report.Line) bool { return l.Pause == "" && (l.N < first || l.N > last) })
	counters, err := c.Workspace.Counters(c.Context())
	return map[string]any{"lines": lines, "more": more, "evicted": counters["evicted:journal"]}, err
}

// picked are the numbers of the first and the last exchange that are told: with
// since the first ones after it, else the newest. More are beyond the limit.
func picked(entries []sim.Entry, since int64, limit int) (first, last int64, more bool) {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e sim.Entry) bool { return e.N <= since })
	more = len(entries) > limit
	switch {
	case more && since > 0:
		entries = entries[:limit]
	case more:
		entries = entries[len(entries)-limit:]
	}
	if len(entries) == 0 {
		return since + 1, since, false
	}
	return entries[0].N, entries[len(entries)-1].N, more
}

func window(query url.Values) (since int64, limit int, err error) {
	if since, err = strconv.ParseInt(cmp.Or(query.Get("since"), "0"), 10, 64); err != nil {
		return 0, 0, fmt.Errorf("since: %w", err)
	}
	limit, err = strconv.Atoi(cmp.Or(query.Get("limit"), "1000"))
	return since, limit, err
}
