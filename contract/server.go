package contract

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/scenarios/check"
)

// ServerOptions say which Encore is judged by Server. URL is needed.
type ServerOptions struct {
	// URL is the server's base, such as http://127.0.0.1:8080; the documented
	// path is looked for below it.
	URL string
	// Key is a publishable test key that the server takes, by default the one
	// of every sandbox.
	Key string
	// Client sends the requests; its Timeout bounds each of them, by default
	// 10 seconds.
	Client *http.Client
	// Seed makes the ids of the run; 0 takes the time of the start, so that a
	// server which remembers the last run is not taken in.
	Seed uint64
	// Skip names cases that are not played, as patterns of path.Match: "refuse.*".
	Skip []string
	// Wait lets time pass for the server. Without it the case that outlives the
	// deduplication window is skipped.
	Wait func(context.Context, time.Duration) error
}

// Server puts a server that claims to be Encore through the contract of its
// publisher API, each clause in a subtest of its own whose name is the id of
// the case ("repeat.same"). It is for whoever writes such a server: Encore
// itself, or somebody's own fake. A case that fails says what was got, what was
// wanted, and which document wants it.
//
// The cases every.… judge all answers that the others received, so they are
// skipped when -run picks them alone.
func Server(t *testing.T, o ServerOptions) {
	t.Helper()
	if o.Key == "" {
		o.Key = scenarios.EncoreKey
	}
	s, err := check.Open(t.Context(), check.Config{
		URL: o.URL, Key: o.Key, Client: o.Client, Seed: o.Seed, Skip: o.Skip, Wait: o.Wait,
	})
	if err != nil {
		t.Fatalf("contract: %v", err)
	}
	for _, c := range s.Cases() {
		t.Run(c.ID, func(t *testing.T) {
			t.Helper()
			switch r := s.Play(t.Context(), c); r.Outcome {
			case check.Failed:
				t.Fatalf("%s\nclause: %s\nreason: %s", r.Message, r.Clause, r.Reason)
			case check.Skipped:
				t.Skip(r.Message)
			}
		})
	}
}
