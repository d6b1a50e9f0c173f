package encore

import (
	"net/http"
	"strings"

	sandbox "github.com/encore-sandbox/sandbox"
	"github.com/encore-sandbox/sandbox/sim"
)

// Config says how a fake Encore differs from the default one; the zero value
// is the default.
type Config struct {
	Seed    uint64
	Catalog *Catalog // default: Default(Seed)
	// Country and Platform are an app's defaults where a request names none;
	// "US" and "web".
	Country  string
	Platform string
	// Secret signs click tokens.
	Secret []byte
}

// Name of the fake.
const Name = "encore"

// fake is the state that the functions of a sim.Fake share. It is built once
// and never changes.
type fake struct {
	Config
	index  *Index
	tokens Tokens
}

// New builds the fake from its configuration.
func New(c Config) (*sim.Fake, error) {
	if c.Catalog == nil {
		c.Catalog = Default(c.Seed)
	}
	if err := c.Catalog.Validate(); err != nil {
		return nil, err
	}
	if c.Country == "" {
		c.Country = "US"
	}
	if c.Platform == "" {
		c.Platform = "web"
	}
	if len(c.Secret) == 0 {
		c.Secret = []byte("sandbox-click-secret")
	}
	f := &fake{Config: c, index: NewIndex(c.Catalog), tokens: Tokens{Secret: c.Secret}}
	return &sim.Fake{
		Name:         Name,
		Document:     sandbox.OpenAPI(),
		Hosts:        []string{"api.encorekit.com"},
		Owns:         []string{"/encore/", "/publisher/"},
		Authenticate: authenticate,
		Refuse:       refuse,
		Fault:        func(_ *sim.Call, status int) sim.Answer { return answer(ErrorFor(status)) },
		Operations: map[string]sim.Operation{
			"offersMessage": {
				Describe: describeOffer, Reads: offerReads, Handle: f.offersMessage, Conclude: concludeOffer, Fated: true,
			},
			"impressionDelivered": {
				Describe: describeDelivered, Reads: deliveredReads, Handle: delivered, Conclude: concludeDelivered,
			},
			"click": {Describe: f.describeClick, Handle: f.click, Open: true},
		},
	}, nil
}

// authenticate wants a publishable test key (Encore integration guide, Authentication).
func authenticate(c *sim.Call) *sim.Refusal {
	key := c.Header.Get("X-Api-Key")
	switch {
	case strings.HasPrefix(key, "pk_test_") && len(key) > len("pk_test_"):
		return nil
	case key == "":
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "the X-API-Key header is missing; send any key that begins with pk_test_"}
	case strings.HasPrefix(key, "pk_live_"):
		return &sim.Refusal{Kind: sim.Unauthorized, Message: "a pk_live_ key belongs to production; the sandbox takes any key that begins with pk_test_"}
	}
	return &sim.Refusal{Kind: sim.Unauthorized, Message: "the X-API-Key is no publishable key; the sandbox takes any key that begins with pk_test_"}
}

// kindOf maps what the engine refuses to Encore's errors. A body that is too
// large or no JSON is a 400: the contract has no other status for it.
var kindOf = map[sim.RefusalKind]Kind{
	sim.NoOperation: NotFound, sim.MethodNotAllowed: MethodNotAllowed, sim.Unauthorized: Unauthorized,
	sim.TooLarge: BadRequest, sim.NotJSON: BadRequest, sim.Invalid: BadRequest, sim.Internal: Internal,
}

func refuse(_ *sim.Call, r sim.Refusal) sim.Answer {
	a := answer(Error{Kind: kindOf[r.Kind], Text: r.Message, Details: r.Details})
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
	case strings.HasPrefix(key, "pk_test_"):
		return "pk_test"
	case strings.HasPrefix(key, "pk_live_"):
		return "pk_live"
	}
	return "other"
}
