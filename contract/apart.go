package contract

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/sim"
)

// Apart is the same sandbox with a workspace of its own: journal, threads,
// faults, time and webhooks that no other has, and credentials that name it. It
// is for subtests that run in parallel and share what is costly about a start:
//
//	sb := contract.Start(t, contract.Options{})
//	for _, c := range cases {
//		t.Run(c.name, func(t *testing.T) {
//			t.Parallel()
//			sb := sb.Apart(t)
//			sb.Handle(newIntegration(sb.EncoreURL(), sb.GraphURL(), sb.Credentials))
//			…
//
// An integration is told apart by the keys that it calls with, or by [Sandbox.Client],
// which says so in a header. It has no webhook until Handle or SetWebhook. The
// workspace is dropped with the test.
func (s *Sandbox) Apart(t testing.TB) *Sandbox {
	t.Helper()
	ws, err := s.engine.NewWorkspace(sim.WorkspaceConfig{Name: s.nextName(t.Name()), Seed: s.Workspace().Seed, Run: t.Name()})
	if err != nil {
		t.Fatalf("contract: no workspace: %v", err)
	}
	out := *s
	out.t, out.ws, out.boxes, out.inbox = t, ws, &sync.Mutex{}, nil
	env := out.ownKeys()
	out.EncoreKey, out.GraphToken = env["ENCORE_API_KEY"], env["GRAPH_ACCESS_TOKEN"]
	out.end = sync.OnceFunc(func() {
		out.reportBreaches()
		out.saveFailed()
		s.engine.DropWorkspace(ws.Name)
	})
	t.Cleanup(out.end)
	return &out
}

// ownKeys are the keys and tokens that name a workspace of Apart, as variables of
// Env. Secrets by which webhooks are signed are the same everywhere.
func (s *Sandbox) ownKeys() map[string]string {
	if s.ws == nil {
		return nil
	}
	operator := fakes.Operators()[0]
	if own := s.options.Config.Operators; len(own) > 0 {
		operator = own[0].Operator
	}
	keys, env := s.ws.Credentials(), map[string]string{}
	for name, mint := range map[string]string{
		"ENCORE_API_KEY": "encore.key", "GRAPH_ACCESS_TOKEN": "meta.token", "KALEYRA_API_KEY": "kaleyra.key",
		"INTERAKT_API_KEY": "interakt.key." + operator.Interakt, "ZOKO_API_KEY": "zoko.key." + operator.Zoko,
	} {
		if key, ok := keys[mint]; ok {
			env[name] = key
		}
	}
	return env
}

// nextName makes the name of a workspace of a test's: it begins with the test's
// own, and no two are the same.
func (s *Sandbox) nextName(test string) string {
	const most = 40
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, test)
	return strings.Trim(name[:min(len(name), most)], "-") + "-" + strconv.FormatInt(s.apart.Add(1), 10)
}
