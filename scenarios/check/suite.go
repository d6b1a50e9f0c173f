package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Config says which server is judged and how. URL and Key are needed; for the
// rest the zero value works.
type Config struct {
	// URL is the server's base, such as http://127.0.0.1:8080 or
	// https://api.encorekit.com; the documented path is looked for below it.
	URL string
	// Key is a publishable test key (pk_test_…) that the server takes.
	Key string
	// Client sends the requests; its Timeout bounds each of them. The default
	// waits 10 seconds. Redirects are never followed.
	Client *http.Client
	// Seed makes the ids of the run. Two runs with one seed within a minute
	// repeat each other's requests; 0 takes the time of the start.
	Seed uint64
	// Skip names cases that are not played, as patterns of path.Match over
	// their ids: "refuse.*". A pattern that fits no case is an error.
	Skip []string
	// Wait lets this much time pass for the server, by waiting or by moving its
	// clock. Without it the case that outlives the deduplication window is skipped.
	Wait func(context.Context, time.Duration) error
	// Progress, if set, gets every result of Run as it comes.
	Progress func(Result)
	// Now is the time that requests mention and that Elapsed is measured with;
	// the default is the machine's.
	Now func() time.Time
}

// UnreachableError says that no answer came at all: there is nothing to judge.
type UnreachableError struct {
	URL string
	Err error
}

// Error implements error.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s does not answer: %v; is the server running, and is this its address?", e.URL, e.Err)
}

// Unwrap implements errors.Unwrap.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Suite is the contract in front of one server. It remembers the answers it
// has seen, so cases are played one after the other, by one goroutine.
type Suite struct {
	config Config
	base   string // with the path prefix
	doc    document
	first  answer // to the request that found the prefix

	samples  map[string]answer // an offer by messagingPlatform
	seen     []answer          // of the documented operations
	requests int
	scope    string // what fresh ids belong to: the case that is played
	ordinal  int    // of the fresh request within it
}

// prefixes are where the operations are looked for below the base: Encore's
// public path, the path of its development hosts, and none, for a base that
// is complete.
var prefixes = []string{"/encore/publisher/sdk/v1", "/publisher/sdk/v1", ""}

// Open finds the operations below the server's address with a request that
// every Encore answers. The error is an *UnreachableError when nobody answered,
// and says what to change in the configuration otherwise.
func Open(ctx context.Context, c Config) (*Suite, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	doc, err := readDocument()
	if err != nil {
		return nil, err
	}
	s := &Suite{config: c.complete(), doc: doc, samples: map[string]answer{}, scope: "open"}
	return s, s.find(ctx)
}

func (c Config) validate() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Errorf("server %q is no address; name it like http://127.0.0.1:8080", c.URL)
	case c.Key == "":
		return errors.New("no key; name one that begins with pk_test_")
	case strings.HasPrefix(c.Key, "pk_live_"):
		return errors.New("the key is a pk_live_ key, and the suite would count some 150 impressions in production; use a pk_test_ key")
	}
	for _, pattern := range c.Skip {
		if !slices.ContainsFunc(allCases(), func(k Case) bool { return fits(pattern, k.ID) }) {
			return fmt.Errorf("skip %q fits no case; use an id such as repeat.same, or a pattern such as refuse.*", pattern)
		}
	}
	return nil
}

// complete fills in what was left out.
func (c Config) complete() Config {
	client := http.Client{Timeout: 10 * time.Second}
	if c.Client != nil {
		client = *c.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Client = &client
	if c.Now == nil {
		c.Now = clock.Real
	}
	if c.Seed == 0 {
		c.Seed = uint64(c.Now().UnixNano())
	}
	c.URL = strings.TrimRight(c.URL, "/")
	return c
}

// find settles the path prefix.
func (s *Suite) find(ctx context.Context) error {
	request := encode(s.fresh())
	for _, prefix := range prefixes {
		s.base = s.config.URL + prefix
		a, err := s.exchange(ctx, s.post(offersMessage, request))
		s.requests++
		if err != nil {
			var call *url.Error // names method and address once more
			if errors.As(err, &call) {
				err = call.Err
			}
			return &UnreachableError{URL: s.config.URL, Err: err}
		}
		if a.status != http.StatusNotFound {
			s.first = a
			s.seen = append(s.seen, a)
			return nil
		}
	}
	return fmt.Errorf("no Encore at %s: POST %s answers 404 there; name the part of the address before /encore/publisher/sdk/v1",
		s.config.URL, prefixes[0]+offersMessage.path)
}

// Cases lists the suite in the order in which it is meant to be played. The
// caller owns the list.
func (s *Suite) Cases() []Case { return allCases() }

// Play plays one case. Its requests share nothing with those of other cases,
// whatever the order; the cases every.… judge what was received before.
func (s *Suite) Play(ctx context.Context, c Case) Result {
	start := s.config.Now()
	s.scope, s.ordinal = c.ID, 0
	r := Result{ID: c.ID, Clause: c.Clause, Reason: c.Reason, Outcome: Passed}
	err := s.excuse(c)
	if err == nil {
		err = c.run(ctx, s)
	}
	var excused skip
	switch {
	case errors.As(err, &excused):
		r.Outcome, r.Message = Skipped, string(excused)
	case err != nil:
		r.Outcome, r.Message = Failed, err.Error()
	}
	r.Elapsed = s.config.Now().Sub(start)
	return r
}

// excuse says why a case is not played. With a key that the server refuses
// every answer is a 401, which would hide that the key is all that is wrong.
func (s *Suite) excuse(c Case) error {
	if slices.ContainsFunc(s.config.Skip, func(pattern string) bool { return fits(pattern, c.ID) }) {
		return skip("left out as asked")
	}
	if s.first.status == http.StatusUnauthorized && !strings.HasPrefix(c.ID, "auth.") {
		return skip("not judged: the server refuses the key, see auth.key")
	}
	return nil
}

func fits(pattern, id string) bool {
	ok, err := path.Match(pattern, id)
	return err == nil && ok
}

// Run plays the whole suite: under 200 requests, one after the other but for
// the case about concurrent duplicates. An error means that there was nothing
// to judge, or that ctx ended; the report holds what was played until then.
func Run(ctx context.Context, c Config) (Report, error) {
	s, err := Open(ctx, c)
	if err != nil {
		return Report{URL: c.URL}, err
	}
	r := Report{URL: s.base}
	for _, k := range s.Cases() {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		result := s.Play(ctx, k)
		r.Results, r.Requests = append(r.Results, result), s.requests
		if c.Progress != nil {
			c.Progress(result)
		}
	}
	return r, nil
}
