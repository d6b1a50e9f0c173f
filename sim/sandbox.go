// Package sim is the engine: it takes a request to a fake all the way from its
// bytes to its answer and keeps the journal of it. It knows no vendor.
//
//	capture ─ route ─ workspace ─ authenticate ─ describe ─ decide fault ─ validate request
//	   ─ handle ─ validate response ─ commit ─ enact ─ HTTP out
//
// What a vendor does is data of type Fake. State lives in a store, time in a
// clock, and both belong to a workspace. Everything random is a hash of the
// seed and of what it is for.
package sim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/expect"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// DefaultWorkspace always exists.
const DefaultWorkspace = "default"

// Vocabulary makes the notes that the engine itself has to attach. Their types
// belong to the fakes. Terms are the things that can happen, as patterns of
// Workspace.Expect name them.
type Vocabulary struct {
	Terms    []expect.Term
	Acked    func(status int, reason string) Note
	Advanced func(thread string, by time.Duration) Note
	Stray    func(host, path, method, reason string) Note
	Forged   func(n Note, signature string) Note // a note of a webhook whose signature is wrong or missing
	// Read gives a note its type back, out of its kind and its JSON or, of a note
	// with a compact form (a method Pack), that and the bodies of its exchange.
	// Without it, and where it gives nil, readers get a note that is kind and JSON.
	Read func(kind string, data, request, answer []byte) (Note, error)
}

// Config says what a sandbox is made of. Zero fields have the stated defaults.
type Config struct {
	Fakes []*Fake
	Words Vocabulary
	Store store.Store // default: in memory, with Bounds
	// Replica is this sandbox's own name where others work on the same Store, and
	// empty where none does. No two starts share a name.
	Replica string
	// Ready says why the store cannot be used now; nil, or giving nil: it can.
	Ready func() error
	// Bounds limit a workspace of the default store.
	Bounds store.Bounds
	Seed   uint64
	// Run makes minted ids differ from those of another start with the same seed.
	Run   string
	Clock clock.Clock // of the default workspace; default wall time
	// Webhooks are the targets of the default workspace, by channel; "" is for
	// every channel that has none of its own.
	Webhooks map[string]Target
	// Patience is the clock by which a vendor waits for the answer to a webhook;
	// default real time, so that moving the simulated clock times nothing out.
	Patience clock.Clock
	// Lazy leaves an OpenAPI document unread until the first call for its fake, so
	// that a start costs nothing; New then finds no difference between documents
	// and handlers.
	Lazy bool
	// RetryRefused redelivers a webhook after this time when the integrator's
	// port was closed, instead of on the vendor's schedule. Zero: the schedule.
	RetryRefused time.Duration
	// Secret is what minted credentials, tokens and tags are signed with. Default:
	// a hash of Seed, which keeps nobody out.
	Secret []byte
	// Strict takes minted credentials only. Without them a call is the default
	// workspace's and refused.
	Strict bool
	// AdminToken guards the control API when it is not empty: whoever has it may do
	// everything, others what their owner's or workspace's token allows.
	AdminToken string
	// Quotas bound the workspaces that are made over the control API.
	Quotas Quotas
	// Dropped is told of a workspace that was dropped or has expired.
	Dropped func(*Workspace)
	// Hosts are further names under which the control API may be called.
	Hosts []string
	// Control is mounted under /_sandbox/ for what the engine does not know:
	// findings, scenarios, runs. It answers 404 where it has nothing.
	Control http.Handler
	// Document is what GET /_sandbox/v1/openapi.yaml answers, by default
	// ControlDocument: with Control, both parts in one.
	Document func() []byte
	// Pages is mounted at /_sandbox/ beside the control API, for people: a browser
	// that asks for the root is sent there. It changes nothing on a GET.
	Pages http.Handler
	// Contained says that the sandbox runs in a container, whose loopback address is
	// not that of the machine: a webhook that is refused there says so.
	Contained bool
	// Metrics is mounted at /metrics.
	Metrics http.Handler
	Log     *slog.Logger // default: discarded
}

// Sandbox is an http.Handler that plays every fake of its configuration. Make
// as many as you like in one process.
type Sandbox struct {
	config   Config
	routes   *routes
	store    store.Store
	local    store.Store // of workspaces that only this process has; mostly the same
	owed     backlog
	ending   endings
	life     context.Context // ends with the sandbox
	end      context.CancelFunc
	tending  sync.WaitGroup
	codec    codec
	rooms    sync.Pool // of *[]byte, see room
	words    Vocabulary
	channels map[string]Channel
	fakeOf   map[string]*Fake // by channel
	log      *slog.Logger
	ticks    clock.Ticker
	dates    dates
	control  *control
	closed   atomic.Bool
	draining atomic.Bool
	tallies  tallies
	// posting is the context of deliveries, which Drain cuts short in the end.
	posting  context.Context
	cut      context.CancelCauseFunc
	patrols  sync.Once
	arriving atomic.Int64 // calls that are not in the journal yet
	// direct calls webhooks without a proxy: targets are the user's own hosts.
	direct *http.Transport
	// wary calls those that came over an API.
	wary *http.Transport
	// patience is Config.Patience.
	patience clock.Clock

	mu         sync.RWMutex
	workspaces map[string]*Workspace
}

// New makes a sandbox. It fails on a fake whose document and handlers differ.
func New(config Config) (*Sandbox, error) {
	rs := newRoutes(config.Fakes)
	if !config.Lazy {
		if err := rs.check(); err != nil {
			return nil, err
		}
	}
	s := &Sandbox{
		config: config, routes: rs, store: config.Store, codec: codec{config.Words.Read}, words: config.Words, log: config.Log,
		channels: map[string]Channel{}, fakeOf: map[string]*Fake{}, workspaces: map[string]*Workspace{},
		patience: config.Patience,
		direct:   transport(&net.Dialer{}), wary: transport(waryDialer(config.Strict)),
	}
	if s.store == nil {
		s.store = store.NewMemory(config.Bounds)
	}
	s.ending.slots = make(chan struct{}, endsAtMost)
	s.life, s.end = context.WithCancel(context.Background())
	s.posting, s.cut = context.WithCancelCause(context.Background())
	if s.local = s.store; config.Replica != "" {
		s.local = store.NewMemory(config.Bounds)
	}
	if s.patience == nil {
		s.patience = clock.NewWall(0)
	}
	if len(config.Secret) == 0 {
		s.config.Secret = binary.BigEndian.AppendUint64([]byte("seed"), config.Seed)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for _, f := range config.Fakes {
		for _, c := range f.Channels {
			s.channels[c.Name], s.fakeOf[c.Name] = c, f
		}
	}
	var err error
	if s.control, err = newControl(s); err != nil {
		return nil, fmt.Errorf("control API: %w", err)
	}
	clk := config.Clock
	if clk == nil {
		clk = clock.NewWall(0)
	}
	_, err = s.NewWorkspace(WorkspaceConfig{Name: DefaultWorkspace, Clock: clk, Seed: config.Seed, Run: config.Run, Webhooks: config.Webhooks})
	if config.Replica != "" {
		s.tending.Go(s.tend)
		s.patrols.Do(func() { s.tending.Go(s.patrol) })
	}
	return s, err
}

// ServeHTTP implements http.Handler. The sandbox's own paths come first, then
// the vendors'.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.control.serves(r.URL.Path) && s.routes.byHost[strings.ToLower(hostOnly(r))] == nil {
		s.control.ServeHTTP(w, r)
		return
	}
	s.pass(w, r)
}

// Close stops deliveries and closes the store. Exchanges under way end as they will.
func (s *Sandbox) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.end()
	s.ending.work.Wait()
	s.tending.Wait()
	s.forgive()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, ws := range s.workspaces {
		ws.outbox.stop()
	}
	s.direct.CloseIdleConnections()
	s.wary.CloseIdleConnections()
	return s.store.Close()
}

// Workspace returns a workspace by name.
func (s *Sandbox) Workspace(name string) (*Workspace, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ws, ok := s.workspaces[name]
	return ws, ok
}

// Default returns the workspace that always exists.
func (s *Sandbox) Default() *Workspace {
	ws, _ := s.Workspace(DefaultWorkspace)
	return ws
}

// WorkspaceConfig says how a workspace differs from the default one.
type WorkspaceConfig struct {
	Name     string
	Clock    clock.Clock // default wall time
	Seed     uint64
	Run      string
	Webhooks map[string]Target
	// Local keeps it in this process, where other replicas do not see it.
	Local bool
}

// NewWorkspace adds a workspace.
func (s *Sandbox) NewWorkspace(c WorkspaceConfig) (*Workspace, error) {
	if c.Name == "" {
		return nil, errors.New("a workspace needs a name")
	}
	if c.Clock == nil {
		c.Clock = clock.NewWall(0)
	}
	ws := s.workspaceOf(c)
	if err := ws.catchUp(s.life); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.workspaces[c.Name] != nil {
		return nil, fmt.Errorf("workspace %q exists", c.Name)
	}
	s.workspaces[c.Name] = ws
	return ws, nil
}

// workspaceOf makes one that nobody knows yet.
func (s *Sandbox) workspaceOf(c WorkspaceConfig) *Workspace {
	ws := &Workspace{Name: c.Name, space: c.Name, origin: c.Name, Clock: c.Clock, Seed: c.Seed, run: c.Run, sandbox: s, targets: map[string]Target{}}
	for channel, t := range c.Webhooks {
		ws.targets[channel] = t
	}
	if ws.store = s.local; !c.Local {
		ws.store, ws.shared = s.store, s.config.Replica != ""
	}
	ws.outbox = &outbox{s: s, ws: ws, active: map[string]*draining{}, timers: map[string]alarm{}, slots: make(chan struct{}, maxDeliveries)}
	return ws
}

// Channels lists the channels by name.
func (s *Sandbox) Channels() []Channel {
	var out []Channel
	for _, c := range s.channels {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Hosts lists the vendors' own host names, under which the sandbox answers as
// that vendor whatever the path.
func (s *Sandbox) Hosts() (hosts []string) {
	for _, f := range s.config.Fakes {
		for _, host := range f.Hosts {
			if !slices.Contains(hosts, host) { // fakes may share one
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}

func (s *Sandbox) fakeByName(name string) *Fake {
	for _, f := range s.config.Fakes {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (s *Sandbox) real() time.Time { return clock.Real() }

// stray notes a call that no documented operation takes.
func (s *Sandbox) stray(p *passage) []Note {
	if s.words.Stray == nil || p.refused == nil || p.refused.Kind == Crashed {
		return nil
	}
	return []Note{s.words.Stray(p.call.request.Host, p.call.Path, p.call.Method, string(p.refused.Kind))}
}

func (s *Sandbox) strayMessage(c *Call) string {
	var names []string
	for _, f := range s.config.Fakes {
		names = append(names, f.Name)
	}
	meant := ";"
	if path := s.routes.nearest(c.Method, c.Path); path != "" {
		meant = "; did you mean " + path + "? If not:"
	}
	return fmt.Sprintf("no fake takes %s %s%s the sandbox plays %s, and its own API is under /_sandbox/v1/", c.Method, c.Path, meant, strings.Join(names, ", "))
}

// DropWorkspace forgets a workspace and everything in it; the default one stays.
func (s *Sandbox) DropWorkspace(name string) {
	s.mu.Lock()
	ws := s.workspaces[name]
	if ws == nil || name == DefaultWorkspace {
		s.mu.Unlock()
		return
	}
	if ws.made != nil {
		s.mu.Unlock()
		if err := s.Drop(context.Background(), ws); err != nil {
			s.log.Error("a workspace was not dropped", "workspace", name, "error", err)
		}
		return
	}
	delete(s.workspaces, name)
	s.mu.Unlock()
	ws.outbox.stop()
	if err := ws.store.Drop(context.Background(), ws.space); err != nil {
		s.log.Error("a workspace was not dropped", "workspace", name, "error", err)
	}
}
