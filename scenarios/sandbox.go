// Package scenarios puts a whole sandbox together and plays stories in it.
//
//	Config ─▶ New ─▶ Sandbox (engine + fakes + judge) ─▶ serve, contract
//	                    ▲
//	stories ─▶ Runner ──┘ ─▶ Report (what was expected, what came, which duty was broken)
//
//	stories × defects ─▶ Proof ─▶ Matrix (which story caught which bug, and what each story is there for)
//
// The language of the stories is in package story, the duties are in package
// rules, the integrator that is played when nobody brings one is in package
// integrator.
package scenarios

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios/integrator"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/inspector"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Credentials that every sandbox takes and every example uses.
const (
	EncoreKey  = "pk_test_sandbox"
	GraphToken = "EAAsandbox"
)

// Options say what a sandbox is made of. The zero value is a sandbox with
// default operators, a wall clock and no webhook.
type Options struct {
	Config Config
	Seed   uint64 // 0: Config.Seed
	// Run makes minted ids differ between two starts with the same seed.
	Run   string
	Clock clock.Clock // default: as Config.Clock says
	Store store.Store // default: in memory
	// OpenStore opens a Store that other sandboxes work on too, as Replica, given
	// the forms of what is kept there and how much of it. The sandbox closes it. Ready is asked
	// whether it can be used; nil: it always can.
	OpenStore func(store.Forms, store.Bounds) (store.Store, error)
	Replica   string
	Ready     func() error
	// Webhooks are targets by channel; "" is for channels without their own.
	Webhooks     map[string]sim.Target
	RetryRefused time.Duration // see sim.Config
	Patience     clock.Clock   // see sim.Config
	AppSecret    string        // default fakes.AppSecret
	VerifyToken  string        // default fakes.VerifyToken
	Hosts        []string      // further names of the control API
	Secret       []byte        // see sim.Config
	Strict       bool          // see sim.Config
	AdminToken   string        // see sim.Config
	// Offered is told how many bytes the catalog of a workspace takes, "" being
	// the configured one of those without one of their own. Nil: nobody is told.
	Offered func(workspace string, bytes int64)
	// Unlimited switches off vendors' limits that Config does not set, see
	// fakes.Config.
	Unlimited bool
	Metrics   http.Handler // see sim.Config
	Contained bool         // see sim.Config
	Log       *slog.Logger
}

// Sandbox is the engine with every fake in it and the judge beside it.
type Sandbox struct {
	*sim.Sandbox
	options Options
	api     http.Handler    // this floor's part of the control API
	catalog *encore.Catalog // of workspaces without one of their own
	runs    runs
	life    context.Context // ends with the sandbox
	end     context.CancelFunc
	// twin is the same but for the vendors' limits, made when first wanted.
	twin     *Sandbox
	twinErr  error
	twinOnce sync.Once
}

// limited is a sandbox so configured in which the vendors' limits hold, or do
// not: this one, or its twin.
func (sb *Sandbox) limited(hold bool) (*Sandbox, error) {
	if hold != sb.options.Unlimited {
		return sb, nil
	}
	sb.twinOnce.Do(func() {
		o := sb.options
		o.Unlimited, o.Store, o.Webhooks, o.Offered = !o.Unlimited, nil, nil, nil
		o.OpenStore, o.Replica, o.Ready = nil, "", nil
		sb.twin, sb.twinErr = New(o)
	})
	return sb.twin, sb.twinErr
}

// Close ends the runs under way and closes the engine.
func (sb *Sandbox) Close() error {
	sb.end()
	sb.runs.playing.Wait()
	sb.twinOnce.Do(func() {})
	if sb.twin != nil {
		return errors.Join(sb.twin.Close(), sb.Sandbox.Close())
	}
	return sb.Sandbox.Close()
}

// New puts a sandbox together. It is the only place that does.
func New(o Options) (*Sandbox, error) {
	if o.Seed == 0 {
		o.Seed = o.Config.Seed
	}
	if o.Config.Catalog == nil {
		o.Config.Catalog = encore.Default(o.Seed)
	}
	config := o.Config.vendors()
	config.Secret = o.Secret
	config.Seed, config.AppSecret, config.VerifyToken, config.Unlimited = o.Seed, o.AppSecret, o.VerifyToken, o.Unlimited
	vendors, err := fakes.All(config)
	if err != nil {
		return nil, err
	}
	if o.Clock == nil && o.Config.Clock == "manual" {
		o.Clock = clock.NewManual(clock.Real())
	}
	if o.Offered == nil {
		o.Offered = func(string, int64) {}
	}
	o.Offered("", o.Config.Catalog.Weight())
	sb := &Sandbox{options: o, catalog: o.Config.Catalog}
	sb.life, sb.end = context.WithCancel(context.Background())
	words := fakes.Words()
	words.Terms = story.Terms()
	engine := sim.Config{
		Fakes: vendors, Words: words, Store: o.Store, Bounds: o.Config.Bounds(), Seed: o.Seed, Run: o.Run, Clock: o.Clock,
		Webhooks: o.Webhooks, RetryRefused: o.RetryRefused, Patience: o.Patience, Lazy: true, Hosts: o.Hosts, Control: http.HandlerFunc(sb.control), Document: OpenAPI, Pages: inspector.New(), Log: o.Log,
		Replica: o.Replica, Ready: o.Ready, Metrics: o.Metrics, Contained: o.Contained, Secret: o.Secret, Strict: o.Strict, AdminToken: o.AdminToken,
		Quotas: o.Config.Workspaces.engine(o.Strict), Dropped: sb.dropped,
	}
	if o.OpenStore != nil {
		if engine.Store, err = o.OpenStore(engine.Forms(), engine.Bounds); err != nil {
			return nil, err
		}
	}
	sb.Sandbox, err = sim.New(engine)
	if err != nil {
		return nil, err
	}
	if sb.api, err = sb.ControlAPI(controlDocument, sb.operations()); err != nil {
		return nil, err
	}
	if err := sb.arm(o.Config.Faults); err != nil {
		_ = sb.Close()
		return nil, err
	}
	return sb, nil
}

// dropped forgets what this floor knows of a workspace that is gone.
func (sb *Sandbox) dropped(ws *sim.Workspace) {
	sb.options.Offered(ws.Name, 0)
	sb.runs.forget(ws.Tag())
}

// arm puts the configured faults in force. Replicas have the same, so that each
// is armed by the first of them.
func (sb *Sandbox) arm(faults []fault.Fault) error {
	ctx, ws := context.Background(), sb.Default()
	for i, f := range faults {
		if f.ID == "" && sb.options.Replica != "" {
			f.ID = "config-" + strconv.Itoa(i+1)
		}
		_, err := ws.Arm(ctx, f)
		if err == nil {
			continue
		}
		armed, _ := ws.Faults(ctx)
		if sb.options.Replica == "" || !slices.ContainsFunc(armed, func(a fault.Armed) bool { return a.Fault.ID == f.ID }) {
			return fmt.Errorf("faults[%d]: %w", i, err)
		}
	}
	return nil
}

// BuiltIn makes the reference integrator the target of a workspace's webhooks:
// it answers when nobody brings an integrator. Everything passes in this process.
func (sb *Sandbox) BuiltIn(ws *sim.Workspace, defects []string, log func(string, ...any)) error {
	return sb.builtIn(ws, sb.options.Config.Settings(""), defects, log, nil)
}

// builtIn makes it with the settings by which it will be judged.
func (sb *Sandbox) builtIn(ws *sim.Workspace, settings rules.Settings, defects []string, log func(string, ...any), lead *leash) error {
	own := sb.credentials(ws)
	config := integrator.Config{
		EncoreURL: "http://api.encorekit.com", GraphURL: "http://graph.facebook.com", EncoreKey: or(own["encore.key"], EncoreKey), GraphToken: or(own["meta.token"], GraphToken),
		KaleyraURL: "http://api.in.kaleyra.io", KaleyraSID: or(sb.options.Config.Kaleyra.SID, fakes.KaleyraSID), KaleyraKey: or(own["kaleyra.key"], fakes.KaleyraKey),
		InteraktURL: "http://api.interakt.ai", InteraktSecret: or(own["interakt.secret"], or(sb.options.Config.Interakt.Secret, fakes.InteraktSecret)), ZokoURL: "http://chat.zoko.io",
		AppSecret: or(own["meta.appSecret"], or(sb.options.AppSecret, fakes.AppSecret)), VerifyToken: or(own["meta.verifyToken"], or(sb.options.VerifyToken, fakes.VerifyToken)),
		Cap: &settings.Cap, IdleGap: settings.IdleGap, ReplyBudget: settings.ReplyBudget, Seed: ws.Seed,
		Clock: lead.clock(ws.Clock), Defects: defects, Log: log, Reply: sb.reply(),
		Client: &http.Client{Transport: lead.transport(sim.Transport{Handler: sb, Header: http.Header{sim.HeaderWorkspace: {ws.Name}}})},
	}
	if len(settings.Reply) > 0 {
		config.Reply = settings.Reply[0].Text
	}
	for _, o := range sb.options.Config.operators() {
		config.Operators = append(config.Operators, integrator.Operator{
			ClientID: o.ClientID, ClientName: o.Name, PhoneNumberID: o.PhoneNumberID, PageID: o.Page, InstagramID: o.Instagram,
			KaleyraSender: o.Kaleyra, InteraktAccount: o.Interakt, InteraktKey: or(own["interakt.key."+o.Interakt], o.InteraktKey),
			ZokoAccount: o.Zoko, ZokoKey: or(own["zoko.key."+o.Zoko], o.ZokoKey),
		})
	}
	in, err := integrator.New(config)
	if err != nil {
		return err
	}
	const base = "http://integrator.localhost/webhook"
	target := sim.Target{URL: base, Transport: sim.Transport{Handler: lead.handler(in)}}
	ws.SetWebhook("", target)
	for _, channel := range sb.Channels() {
		for _, account := range channel.Accounts {
			if own := integrator.Path(channel.Name, account.ID); own != "" {
				target.URL = base + own
				ws.SetWebhook(channel.Name+":"+account.ID, target)
			}
		}
	}
	return nil
}

// reply is what the built-in integrator answers: the first operator's
// configured reply, or its own.
func (sb *Sandbox) reply() string {
	if configured := sb.options.Config.Settings("").Reply; len(configured) > 0 {
		return configured[0].Text
	}
	return integrator.DefaultReply
}

func or(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// Evidence is what is known of a thread, for the judge.
func (sb *Sandbox) Evidence(ctx context.Context, ws *sim.Workspace, thread string, settings rules.Settings) (rules.Evidence, error) {
	t, _, err := ws.Thread(ctx, thread)
	if err != nil {
		return rules.Evidence{}, err
	}
	events, lost, err := ws.Timeline(ctx, thread)
	settings.Operator = sb.options.Config.operatorOf(t.Account)
	e := rules.Evidence{Thread: thread, Channel: t.Channel, Events: events, Now: ws.Now(ctx, thread), Settings: settings}
	switch {
	case lost > 0:
		e.Incomplete = "its oldest exchanges were dropped"
	case t.Inbound.IsZero():
		e.Incomplete = "no message of this customer came from the sandbox"
	}
	return e, err
}

// Judge applies every rule to what has happened in a workspace so far.
func (sb *Sandbox) Judge(ctx context.Context, ws *sim.Workspace) (rules.Verdict, error) {
	threads, err := ws.Threads(ctx)
	if err != nil {
		return rules.Verdict{}, err
	}
	var verdicts []rules.Verdict
	var all []rules.Evidence
	for _, t := range threads {
		e, err := sb.Evidence(ctx, ws, t.ID, sb.options.Config.Settings(t.Account))
		if err != nil {
			return rules.Verdict{}, err
		}
		all = append(all, e)
		verdicts = append(verdicts, rules.Judge(e))
	}
	unclaimed, err := homeless(ctx, ws, 1)
	return sb.weigh(rules.Merge(append(verdicts, rules.JudgeRun(append(all, unclaimed)))...)), err
}

// weigh applies the team's levels to a verdict, as they hold today.
func (sb *Sandbox) weigh(v rules.Verdict) rules.Verdict {
	return sb.options.Config.Rules.Apply(v, clock.Real())
}
