package contract

import (
	"cmp"
	"context"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/fakes/encore"
	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Options say what a sandbox is made of. The zero value works: the two default
// operators, wall time, a loopback port, no webhook yet.
type Options struct {
	// Handler is the integration under test. It is served where the sandbox is,
	// on a loopback port or in memory. See also Sandbox.Handle, for a handler
	// that has to know the sandbox's URL first.
	Handler http.Handler
	// Webhook is where webhooks go: the URL of an integration that somebody else
	// serves; or, with a handler, the path under which it takes them, by
	// default DefaultPath.
	Webhook string
	// Config is what a sandbox.yaml would say: operators with their cap and idle
	// gap, the catalog, faults.
	Config scenarios.Config
	// Seed decides offers and everything random. The same seed repeats a test.
	Seed uint64
	// Run goes into customers' numbers and message ids, so that an integration
	// which remembers earlier tests is not taken in. By default the test's name;
	// with a Webhook elsewhere the moment of the start too.
	Run string
	// InMemory opens no socket, for tests inside testing/synctest.Test.
	InMemory bool
	// Within is how long a wait may take before it fails; by default the
	// documented reply budget, rules.DefaultReplyBudget.
	Within time.Duration
	// Settle is how long a thread must be silent to count as quiet, by default
	// scenarios.DefaultSettle. It must be longer than the pauses in which the
	// integration does nothing, such as the backoff between two retries. Inside
	// a synctest bubble waiting costs nothing: use ten seconds.
	Settle time.Duration
	// Addr is a loopback address to listen on, for an integration that is set up
	// for it already, such as 127.0.0.1:8080; by default a free port.
	Addr string
	// Artifacts is a directory in which tests that fail leave their journals, each
	// in one of its own name; by default the one in ArtifactsVariable, else that
	// of go test -artifacts, else none.
	Artifacts string
}

// DefaultPath is where a handler under test takes webhooks.
const DefaultPath = "/webhook"

// Credentials are what an integration needs to know besides the base URLs: the
// first operator's. They protect nothing.
type Credentials struct {
	EncoreKey     string // X-API-Key
	GraphToken    string // Authorization: Bearer
	AppSecret     string // signs webhooks
	VerifyToken   string // of Meta's webhook handshake
	PhoneNumberID string // the business's WhatsApp number, as Graph knows it
	ClientID      string // the business, as Encore knows it
	ClientName    string // the business, for people
}

// Sandbox is a running sandbox. Its methods may be called from several tests at
// once. Each fails the test that it is given; Handle and SetWebhook, which are
// set-up, fail the test of Start.
type Sandbox struct {
	Credentials
	URL string // base URL of the fakes and of the control API, without a slash at its end

	t       testing.TB // of Start: for what happens in no other test
	options Options
	engine  *scenarios.Sandbox
	memory  *inMemory // nil on loopback
	base    *http.Transport
	apart   *atomic.Int64  // of workspaces made by Apart
	ws      *sim.Workspace // of Apart; nil: the default one
	end     func()         // of that
	boxes   *sync.Mutex    // guards inbox
	inbox   *inbox         // takes webhooks that nobody serves; nil: none was wanted
}

// Start starts a sandbox that ends with the test.
func Start(t testing.TB, o Options) *Sandbox {
	t.Helper()
	o.Run = cmp.Or(o.Run, defaultRun(t, o))
	o.Within = cmp.Or(o.Within, rules.DefaultReplyBudget)
	o.Settle = cmp.Or(o.Settle, scenarios.DefaultSettle)
	o.Seed = cmp.Or(o.Seed, o.Config.Seed)
	if o.Config.Catalog == nil {
		o.Config.Catalog = catalogAt(clock.Real(), o.Seed)
	}
	engine, err := scenarios.New(scenarios.Options{Config: o.Config, Seed: o.Seed, Run: o.Run, Unlimited: true})
	if err != nil {
		t.Fatalf("contract: the sandbox does not start: %v\n  fix: change Options.Config", err)
	}
	s := &Sandbox{t: t, options: o, engine: engine, Credentials: credentials(o.Config), apart: &atomic.Int64{}, boxes: &sync.Mutex{}}
	if o.InMemory {
		s.memory = &inMemory{}
		s.base = s.memory.transport()
	} else {
		s.base = &http.Transport{MaxIdleConnsPerHost: idlePerHost}
	}
	t.Cleanup(s.base.CloseIdleConnections)
	s.URL = serveOn(t, s.listen(t, o.Addr, "sandbox.localhost"), engine)
	t.Cleanup(s.stop)
	t.Cleanup(s.saveFailed)
	t.Cleanup(s.reportBreaches)
	switch {
	case o.Handler != nil:
		s.Handle(o.Handler)
	case o.Webhook != "":
		s.SetWebhook(o.Webhook)
	}
	return s
}

// defaultRun keeps an integration that outlives the test process from meeting
// yesterday's customers again; within one process the test's name is enough
// and repeats.
func defaultRun(t testing.TB, o Options) string {
	if o.Handler == nil && o.Webhook != "" {
		return t.Name() + clock.Real().Format(time.RFC3339Nano)
	}
	return t.Name()
}

// catalogAt is the default catalog, or one like it for a time before its
// campaigns begin: a synctest bubble starts in the year 2000. What does not run
// today does not run then.
func catalogAt(now time.Time, seed uint64) *encore.Catalog {
	today := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	if !now.Before(today) {
		return nil
	}
	c := encore.Default(seed)
	for i := range c.Campaigns {
		if c.Campaigns[i].EndDate == nil && c.Campaigns[i].StartDate.Before(today) {
			c.Campaigns[i].StartDate = time.Time{}
		}
	}
	return c
}

func credentials(c scenarios.Config) Credentials {
	operator := fakes.Operators()[0]
	if len(c.Operators) > 0 {
		operator = c.Operators[0].Operator
	}
	return Credentials{
		EncoreKey: scenarios.EncoreKey, GraphToken: scenarios.GraphToken, AppSecret: fakes.AppSecret, VerifyToken: fakes.VerifyToken,
		PhoneNumberID: operator.PhoneNumberID, ClientID: operator.ClientID, ClientName: operator.Name,
	}
}

// reportBreaches fails a test in which the sandbox itself broke a vendor's
// contract: a verdict on that ground would be worth nothing.
func (s *Sandbox) reportBreaches() {
	entries, err := s.Workspace().Journal(context.Background(), 0, 0)
	if err != nil {
		s.t.Errorf("contract: the journal cannot be read: %v", err)
	}
	for _, e := range entries {
		if len(e.Breach) > 0 {
			s.t.Errorf("contract: the sandbox broke %s's contract in exchange #%d, which is no fault of the code under test; please report it: %s",
				e.Fake, e.N, strings.Join(e.Breach, "; "))
		}
	}
}

// stop ends deliveries; it may be called again.
func (s *Sandbox) stop() {
	if s.end != nil {
		s.end()
		return
	}
	_ = s.engine.Close()
}

// EncoreURL is the base URL to use in the place of https://api.encorekit.com.
func (s *Sandbox) EncoreURL() string { return s.URL }

// GraphURL is the base URL to use in the place of https://graph.facebook.com.
func (s *Sandbox) GraphURL() string { return s.URL }

// Env is what `encore-sandbox env` prints for this sandbox, by name: what every
// example of an integration is configured by.
func (s *Sandbox) Env() map[string]string {
	env := map[string]string{}
	for _, v := range s.engine.Environment(s.URL) {
		env[v.Name] = v.Value
	}
	maps.Copy(env, s.ownKeys())
	return env
}

// Setenv sets the variables of Env until the test ends. Like testing.T.Setenv
// it cannot be used in parallel tests; give those the URLs and Credentials.
func (s *Sandbox) Setenv(t testing.TB) {
	t.Helper()
	for name, value := range s.Env() {
		t.Setenv(name, value)
	}
}

// Client is an http.Client for code under test. It reaches the sandbox under
// its URL and under the vendors' own names (https://api.encorekit.com,
// https://graph.facebook.com, …), in memory as well as over loopback, and
// refuses every other host but this machine.
func (s *Sandbox) Client() *http.Client {
	c := client{base: s.base, sandbox: strings.TrimPrefix(s.URL, "http://"), vendors: s.engine.Hosts(), memory: s.memory != nil}
	if s.ws != nil {
		c.workspace = s.ws.Name
	}
	return &http.Client{Transport: c}
}

// Listen opens a listener that Client reaches: a loopback port, or in memory
// one under the given host name, for whatever else the code under test calls.
// The test's end closes it.
func (s *Sandbox) Listen(t testing.TB, host string) net.Listener {
	t.Helper()
	return s.listen(t, "", host)
}

func (s *Sandbox) listen(t testing.TB, addr, host string) net.Listener {
	t.Helper()
	listen := func(string) (net.Listener, error) { return net.Listen("tcp", cmp.Or(addr, "127.0.0.1:0")) }
	if s.memory != nil {
		listen = s.memory.listen
	}
	l, err := listen(host)
	if err != nil {
		t.Fatalf("contract: cannot listen as %s: %v", host, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// serveOn serves a handler until the test ends and returns its base URL.
func serveOn(t testing.TB, l net.Listener, h http.Handler) string {
	t.Helper()
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + l.Addr().String()
}

// Handle serves the integration under test until the test of Start ends, sends
// it the webhooks (Options.Webhook is their path) and returns their URL.
func (s *Sandbox) Handle(h http.Handler) string {
	s.t.Helper()
	path := cmp.Or(s.options.Webhook, DefaultPath)
	if !strings.HasPrefix(path, "/") {
		s.t.Fatalf("contract: Options.Webhook is %q; beside a handler it is the handler's path, such as %s", path, DefaultPath)
	}
	target := serveOn(s.t, s.Listen(s.t, "integration.localhost"), h) + path
	s.t.Cleanup(s.stop) // before its server ends, or that would look like an outage
	s.SetWebhook(target)
	return target
}

// SetWebhook sends the webhooks of every channel to a URL, or those of the named
// channels alone; "zoko:tonys" is one account of a channel.
func (s *Sandbox) SetWebhook(target string, channels ...string) {
	s.t.Helper()
	if err := sim.CheckWebhook(target); err != nil {
		s.t.Fatalf("contract: %v", err)
	}
	t := sim.Target{URL: target}
	if s.memory != nil {
		t.Transport = s.base
	}
	if len(channels) == 0 {
		channels = []string{""} // every one without its own
	}
	for _, channel := range channels {
		s.Workspace().SetWebhook(channel, t)
	}
}

// Handler is the sandbox itself, for calls without any network: fakes and
// control API.
func (s *Sandbox) Handler() http.Handler { return s.engine }

// Workspace is what the sandbox keeps for this test: journal, threads, time.
func (s *Sandbox) Workspace() *sim.Workspace {
	if s.ws != nil {
		return s.ws
	}
	return s.engine.Default()
}
