package encore

import (
	"net/http"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// Name of the fake.
const Name = "encore"

// keyPrefix is what the keys of the sandbox project begin with (Encore
// integration guide, Authentication).
const keyPrefix = "pk_test_"

// fake is the state that the functions of both fakes share. But for the
// bounded memories of indexes and images and the queue, which a restart may
// forget, it is built once and never changes.
type fake struct {
	Config
	index   *Index // of the configured catalog
	apps    map[string]App
	service time.Duration // that a call keeps its place in the queue
	tokens  Tokens
	indexes indexes
	images  images
	lines   lines
}

// New builds Encore's API and what a customer meets behind an offer; a sandbox
// needs both, in this order. It fails on a configuration that Validate refuses.
func New(c Config) (api, advertiser *sim.Fake, err error) {
	f, err := newFake(c)
	if err != nil {
		return nil, nil, err
	}
	return f.encore(), f.advertiser(), nil
}

func newFake(c Config) (*fake, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.filled()
	f := &fake{Config: c, index: NewIndex(c.Catalog), apps: map[string]App{}, tokens: newTokens(c.Secret)}
	service, _ := fault.ParseDuration(c.Limits.Queue.ServiceTime) // Validate has read it
	f.service = service.Std()
	for _, a := range c.Apps {
		f.apps[a.Key] = a
	}
	return f, nil
}

func (f *fake) encore() *sim.Fake {
	offers := sim.Operation{
		Describe: describeOffer, Reads: f.offerReads, Handle: f.offersMessage, Conclude: concludeOffer, Heard: heardOffer, Fated: true,
	}
	if f.Limits.Queue.Concurrency > 0 {
		offers.Admit = f.queue
	}
	return &sim.Fake{
		Name:         Name,
		Document:     sandbox.OpenAPI(),
		Keeps:        forms(),
		Hosts:        []string{apiHost},
		Owns:         []string{"/encore/", "/publisher/"},
		Authenticate: authenticate,
		Credential:   func(c *sim.Call) string { return c.Header.Get("X-Api-Key") },
		Mints:        []sim.Mint{{Name: "encore.key", Head: keyPrefix}},
		Workspace:    f.tokenWorkspace,
		Refuse:       f.refuse,
		Fault:        func(_ *sim.Call, status int) sim.Answer { return f.failure(ErrorFor(status), time.Second) },
		Operations: map[string]sim.Operation{
			"offersMessage": offers,
			"impressionDelivered": {
				Describe: describeDelivered, Reads: deliveredReads, Handle: delivered, Conclude: concludeDelivered, Heard: heardDelivered,
			},
			"click": {Describe: f.describeToken, Reads: f.tokenReads, Handle: f.click, Open: true},
		},
	}
}

const apiHost = "api.encorekit.com"

// authenticate wants a publishable test key (Encore integration guide, Authentication).
func authenticate(c *sim.Call) *sim.Refusal {
	key := c.Header.Get("X-Api-Key")
	switch {
	case strings.HasPrefix(key, keyPrefix) && len(key) > len(keyPrefix):
		return nil
	case key == "" && strings.HasPrefix(c.Header.Get("Authorization"), "Bearer pk_"):
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "the key came in the Authorization header; send it as X-API-Key"}
	case key == "":
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "the X-API-Key header is missing; send any key that begins with pk_test_"}
	case strings.HasPrefix(key, "pk_live_"):
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "a pk_live_ key belongs to production; the sandbox takes any key that begins with pk_test_"}
	}
	return &sim.Refusal{Kind: sim.Unauthorized, Message: "the X-API-Key is no publishable key; the sandbox takes any key that begins with pk_test_"}
}

// kindOf maps what the engine refuses to Encore's errors. A body that is too
// large or no JSON is a 400: the contract has no other status for it. The
// engine words a wrong header of its own by itself.
var kindOf = map[sim.RefusalKind]Kind{
	sim.NoOperation: NotFound, sim.MethodNotAllowed: MethodNotAllowed, sim.Unauthorized: Unauthorized,
	sim.TooLarge: BadRequest, sim.NotJSON: BadRequest, sim.Invalid: BadRequest, sim.Internal: Internal,
	sim.Overloaded: Overloaded,
}

func (f *fake) refuse(_ *sim.Call, r sim.Refusal) sim.Answer {
	a := f.failure(Error{Kind: kindOf[r.Kind], Text: r.Message, Details: r.Details}, f.service)
	if len(r.Allow) > 0 {
		a.Header = http.Header{"Allow": {strings.Join(r.Allow, ", ")}}
	}
	return a
}

func answer(e Error) sim.Answer { return sim.Answer{Status: e.Status(), Body: e.Body()} }

// credential names the kind of key a request came with.
func credential(key string) string {
	switch {
	case key == "":
		return "none"
	case strings.HasPrefix(key, keyPrefix):
		return "pk_test"
	case strings.HasPrefix(key, "pk_live_"):
		return "pk_live"
	}
	return "other"
}
