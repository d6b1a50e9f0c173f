package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/interakt"
	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/scenarios/report"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/har"
)

// Capture is traffic of an integrator that somebody recorded: webhooks that came
// in, and calls that went out to the vendors. It is judged by the same rules as
// what is played.
//
//	archive ─▶ sorted (webhook of which channel, call of a fake, or aside) ─▶ sim.Hearing ─▶ journal of a sandbox
//	       └▶ accounts that webhooks name                                                   │
//	                               results by thread ◀─ rules ◀─ evidence, with what it leaves open
type Capture struct {
	File   *har.File
	Config Config // operators that it does not name are found in the file
	// Settings are those of accounts that Config does not name.
	Settings rules.Settings
	// Complete says that every thread is there from its first message to its last
	// reply. Else what was before and what may come after are left open. Unset: what
	// the sandbox exported is complete.
	Complete *bool
	// Production says that calls of Encore's own host need a live key. Unset: unless
	// the sandbox exported it.
	Production *bool
	// AppSecret is by what Meta signed. Unset, signatures are looked at in what the
	// sandbox exported alone.
	AppSecret string
	FailOn    rules.Severity // default must
}

// Captured is what came of judging a capture.
type Captured struct {
	report.Report          // with a result for each thread, by the name of the thread
	Entries       int      `json:"entries"`
	Webhooks      int      `json:"webhooks"`
	Calls         int      `json:"calls"`
	Signed        int      `json:"signed"`          // webhooks whose signature was checked
	Aside         int      `json:"aside"`           // entries that are neither
	Hosts         []string `json:"hosts,omitempty"` // of those
	Notes         []string `json:"notes,omitempty"` // what the capture cannot show, in words
}

// ErrNothingCaptured says that none of an archive's entries concerns the vendors.
var ErrNothingCaptured = errors.New("the file has no webhook of a vendor and no call to one")

// ErrSecret says that none of the webhooks is signed by the secret that was given.
var ErrSecret = errors.New("no webhook is signed with this secret")

// Judge applies every rule to a capture, in a sandbox of its own. It fails on a
// capture in which nothing can be judged.
func (c Capture) Judge(ctx context.Context) (Captured, error) {
	named := len(c.Config.Operators) > 0
	if err := c.discover(); err != nil {
		return Captured{}, err
	}
	sb, err := New(Options{Config: c.Config, AppSecret: c.AppSecret, Clock: clock.NewManual(c.first()), Unlimited: true})
	if err != nil {
		return Captured{}, err
	}
	defer sb.Close()
	return sb.judgeCapture(ctx, sb.Default(), c, named)
}

// JudgeCapture hears a capture in a workspace that nothing else happens in, and
// judges it there. The accounts are those of the sandbox's own config.
func (sb *Sandbox) JudgeCapture(ctx context.Context, ws *sim.Workspace, c Capture) (Captured, error) {
	c.Config = sb.options.Config
	return sb.judgeCapture(ctx, ws, c, len(c.Config.Operators) > 0)
}

func (sb *Sandbox) judgeCapture(ctx context.Context, ws *sim.Workspace, c Capture, named bool) (Captured, error) {
	began := clock.Real()
	c.FailOn = cmp.Or(c.FailOn, rules.Must)
	h := hearing{
		Capture: c, sb: sb, ws: ws, named: named, gaps: map[string][]string{}, keys: c.keys(),
		complete: assume(c.Complete, c.own()), production: assume(c.Production, !c.own()),
	}
	if err := h.hear(ctx); err != nil {
		return h.out, err
	}
	if h.out.Webhooks+h.out.Calls == 0 {
		return h.out, ErrNothingCaptured
	}
	err := h.judge(ctx)
	h.out.Elapsed = clock.Since(began)
	return h.out, err
}

// assume is what was said, or else what is assumed.
func assume(b *bool, assumed bool) bool {
	if b != nil {
		return *b
	}
	return assumed
}

// own tells what the sandbox exported itself.
func (c Capture) own() bool { return c.File.Log.Creator.Name == har.Creator }

// signed tells whether the secrets are known by which a vendor's webhooks were
// signed.
func (c Capture) signed(fake string) bool {
	return c.own() || fake == meta.Name && c.AppSecret != "" || fake == interakt.Name && c.Config.Interakt.Secret != ""
}

// first is when the capture begins.
func (c Capture) first() time.Time {
	var first time.Time
	for _, e := range c.File.Log.Entries {
		if at := startOf(e); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// keys are the configured credentials by which an account is known, by how the
// journal shortens them: an exported journal has no others.
func (c Capture) keys() map[string]string {
	keys := map[string]string{}
	for _, o := range c.Config.operators() {
		for _, key := range []string{o.InteraktKey, o.ZokoKey, o.PageToken, o.InstagramToken} {
			if key != "" {
				keys[sim.Fingerprint(key)] = key
			}
		}
	}
	return keys
}

// hearing is a capture on its way into a sandbox.
type hearing struct {
	Capture
	sb    *Sandbox
	ws    *sim.Workspace
	named bool                // operators are configured
	keys  map[string]string   // see Capture.keys
	gaps  map[string][]string // what is left open, by thread
	last  time.Time
	out   Captured

	complete, production bool // see Capture
}

// hear takes the entries in the order in which they began.
func (h *hearing) hear(ctx context.Context) error {
	l := sim.Hearing{Workspace: h.ws, Signed: h.signed}
	h.out.Entries = len(h.File.Log.Entries)
	for _, m := range momentsOf(h.File.Log.Entries) {
		e := h.File.Log.Entries[m.entry]
		direction, channel := h.sort(e)
		switch direction {
		case sim.Out:
			h.out.Webhooks++
		case sim.In:
			h.out.Calls++
		default:
			h.aside(e)
			continue
		}
		heard := h.heard(e, m)
		heard.Direction, heard.Channel = direction, channel
		if err := h.hearParts(ctx, &l, heard); err != nil {
			return fmt.Errorf("log.entries[%d]: %w", m.entry, err)
		}
		h.last = maxTime(h.last, heard.Over.At)
	}
	if l.Good == 0 && l.Bad > 0 && !h.own() {
		return fmt.Errorf("%w: %d", ErrSecret, l.Bad)
	}
	h.out.Signed = l.Good + l.Bad
	return nil
}

// hearParts takes an exchange; a webhook that reports of several customers is
// one for each of its events.
func (h *hearing) hearParts(ctx context.Context, l *sim.Hearing, whole sim.Heard) error {
	for _, part := range h.parts(whole) {
		as, err := l.Hear(ctx, part)
		if err != nil {
			return err
		}
		for _, gap := range as.Gaps {
			if !slices.Contains(h.gaps[as.Thread], gap) {
				h.gaps[as.Thread] = append(h.gaps[as.Thread], gap)
			}
		}
	}
	return nil
}

// parts are what one webhook reports of several customers.
func (h *hearing) parts(whole sim.Heard) (parts []sim.Heard) {
	channels := h.sb.Channels()
	i := slices.IndexFunc(channels, func(c sim.Channel) bool { return c.Name == whole.Channel })
	if i < 0 || channels[i].Parts == nil {
		return []sim.Heard{whole}
	}
	customers := map[string]bool{}
	for _, body := range channels[i].Parts(whole.Request.Body) {
		account, customer := channels[i].Locate(body)
		customers[account+" "+customer] = true
		part := whole
		part.Signed, part.Request.Body = whole.Request.Body, body
		parts = append(parts, part)
	}
	if len(customers) < 2 {
		return []sim.Heard{whole}
	}
	return parts
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// heard is an entry as the engine takes it.
func (h *hearing) heard(e har.Entry, m moments) sim.Heard {
	x := sim.Heard{
		Request: sim.Message{Method: e.Request.Method, URL: e.Request.URL, Header: har.Header(e.Request.Headers)},
		Began:   sim.Instant{Tick: m.began, At: startOf(e)}, Over: sim.Instant{Tick: m.ended, At: endOf(e)}, Outcome: sim.Completed,
	}
	x.Request.Body, _ = e.Request.Body() // har.Read has read it
	if e.Request.PostData != nil && x.Request.Header.Get("Content-Type") == "" && e.Request.PostData.MimeType != "" {
		x.Request.Header.Set("Content-Type", e.Request.PostData.MimeType)
	}
	h.restore(x.Request.Header)
	if e.Response.Status > 0 {
		x.Response = &sim.Message{Status: e.Response.Status, Header: har.Header(e.Response.Headers)}
		x.Response.Body, _ = e.Response.Body()
		if x.Response.Header.Get("Content-Type") == "" && e.Response.Content.MimeType != "" {
			x.Response.Header.Set("Content-Type", e.Response.Content.MimeType)
		}
	} else {
		x.Reason, x.Outcome = cmp.Or(e.Error, "no answer"), sim.Cut
	}
	if e.Sandbox != nil && e.Sandbox.Ended != nil {
		x.Outcome = e.Sandbox.Ended.Outcome
	}
	return x
}

// restore puts known keys in the place of their shortened forms.
func (h *hearing) restore(header http.Header) {
	for _, name := range []string{"Authorization", "Apikey", "X-Api-Key"} {
		scheme, value := split(header.Get(name))
		if key, known := h.keys[value]; known {
			header.Set(name, scheme+key)
		}
	}
}

// judge makes a result of every thread, and of all of them.
func (h *hearing) judge(ctx context.Context) error {
	threads, err := h.ws.Threads(ctx)
	if err != nil {
		return err
	}
	spoken := slices.DeleteFunc(slices.Clone(threads), func(t sim.Thread) bool { return t.Inbound.IsZero() })
	var all []rules.Evidence
	for _, t := range threads {
		e, err := h.evidence(ctx, t, len(spoken) == 1 && !t.Inbound.IsZero())
		if err != nil {
			return err
		}
		all = append(all, e)
		h.out.Results = append(h.out.Results, h.result(e))
	}
	if len(spoken) != 1 && h.complete {
		strays, err := homeless(ctx, h.ws, 1)
		if err != nil {
			return err
		}
		all = append(all, strays)
	}
	h.out.Verdict = h.sb.weigh(rules.JudgeRun(all))
	h.out.Notes = h.notes(len(spoken))
	return nil
}

// evidence is what is known of a thread, with what the capture leaves open.
// What no thread can claim is that of the only one.
func (h *hearing) evidence(ctx context.Context, t sim.Thread, alone bool) (rules.Evidence, error) {
	settings := h.Settings
	if h.named {
		settings = h.Config.Settings(t.Account)
	}
	settings.Live = h.production
	e, err := h.sb.Evidence(ctx, h.ws, t.ID, settings)
	if err != nil {
		return e, err
	}
	if !h.named && !h.own() {
		e.Operator = "" // which accounts are one business's is not in the capture
	}
	e.Now, e.Closed, e.Headless = h.last, h.complete, !h.complete
	switch gaps := h.gaps[t.ID]; {
	case t.Inbound.IsZero():
		e.Incomplete = "no message of this customer is in the capture"
	case len(gaps) > 0:
		e.Incomplete = gaps[0]
	}
	if alone {
		strays, err := h.ws.Find(ctx, 1, func(o sim.Outline) bool { return o.Thread == "" && o.Direction == sim.In })
		if err != nil {
			return e, err
		}
		for _, s := range strays {
			e.Events = append(e.Events, eventsOf(s)...)
		}
	}
	if e.Headless && e.Incomplete == "" {
		e.Events = fromFirstMessage(e.Events)
	}
	return e, nil
}

func (h *hearing) result(e rules.Evidence) report.Result {
	r := report.Result{
		Elapsed: span(e.Events), Story: e.Thread, Channel: e.Channel, Outcome: report.Passed, Threads: []string{e.Thread}, Evidence: []rules.Evidence{e},
		Verdict: h.sb.weigh(rules.Judge(e)),
	}
	if r.Verdict.Fails(h.FailOn) {
		r.Outcome = report.Failed
	}
	return r
}

// span is how long a thread lasted.
func span(events []sim.Event) time.Duration {
	var first, last time.Time
	for _, e := range events {
		if last = maxTime(last, e.At); first.IsZero() || e.At.Before(first) {
			first = e.At
		}
	}
	return last.Sub(first)
}

// notes say what the capture cannot show.
func (h *hearing) notes(spoken int) (notes []string) {
	if !h.complete {
		notes = append(notes, "what was before the capture's first and after its last exchange is left open; --complete says that nothing was")
	}
	if h.out.Signed == 0 && h.out.Webhooks > 0 {
		notes = append(notes, "signatures of webhooks were not looked at; --app-secret says by what they are signed")
	}
	if spoken == 0 {
		notes = append(notes, "there is no message of a customer in it: record the webhooks too, and more can be judged")
	}
	return notes
}
