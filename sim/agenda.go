package sim

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Whoever commits a webhook delivers it. The agenda of the store is for the case
// that its replica dies first: which workspaces to look at, and when.
//
//	webhook ─▶ reminded? ─ no ─▶ Remind ─▶ commit, with the hint that it was done
//	                └─ yes ─────────────▶ commit
//	every second, on each replica: Due ─▶ sweep ─▶ Looked (next time, or nothing waits)
//
// The hint, a document of the workspace, is there only while the agenda has it,
// so the webhooks of a busy workspace cost no reminder each, and a workspace
// without webhooks costs nothing, however many there are. The agenda lies in
// another place than the workspace, whose commit cannot include it: so it is
// written before, is no more than a hint, and what it has lost, as a Cluster may
// when it fails over, is repaired by a slow round over what this process knows.

const kindHint = "hint" // under the id "agenda": the agenda has this workspace

var hintKey = store.Key{Kind: kindHint, ID: "agenda"}

const (
	agendaEvery = time.Second      // how often a replica asks what is due
	agendaAtOne = 32               // workspaces a replica takes at once
	agendaLease = 5 * time.Second  // for which nobody else gets them
	agendaGrace = 2 * time.Second  // how much later than its time a webhook counts as left behind
	farthest    = 10 * time.Minute // within which every workspace with webhooks is looked at
	roundTakes  = 2 * time.Minute  // for all workspaces that this process knows
)

// errUnhinted ends a transaction with webhooks of which the agenda does not know.
var errUnhinted = errors.New("the agenda has to be told of webhooks first")

// hint adds to a change with webhooks that the agenda has been told.
func hint(v store.View, c *store.Change, told bool) error {
	if !slices.ContainsFunc(c.Puts, func(p store.Put) bool { return p.Kind == kindOutbox }) {
		return nil
	}
	if _, ok := v.Get(hintKey); ok {
		return nil
	}
	if !told {
		return errUnhinted
	}
	c.Puts = append(c.Puts, store.Put{Key: hintKey, Doc: store.Doc{Value: "told"}})
	return nil
}

// remind has the workspace looked at soon, in case this process dies.
func (ws *Workspace) remind(ctx context.Context) error {
	if !ws.shared {
		return nil
	}
	return ws.store.Remind(ctx, ws.Name, ws.sandbox.real().Add(agendaGrace))
}

// tend takes over the webhooks of replicas that are gone, until the sandbox is
// closed.
func (s *Sandbox) tend() {
	real := clock.NewWall(0)
	for turn := 0; real.Sleep(s.life, agendaEvery) == nil; turn++ {
		err := s.lookAtDue(s.life)
		if err == nil {
			err = s.lookAround(s.life, turn)
		}
		if err != nil && !errors.Is(err, store.ErrAway) && s.life.Err() == nil {
			s.log.Error("webhooks that were left behind could not be looked for", "error", err)
		}
	}
}

// lookAtDue looks at the workspaces that are due.
func (s *Sandbox) lookAtDue(ctx context.Context) error {
	for {
		now := s.real()
		due, err := s.store.Due(ctx, now, now.Add(agendaLease), agendaAtOne)
		for _, r := range due {
			next, wrong := s.lookAt(ctx, r)
			if wrong == nil {
				wrong = s.store.Looked(ctx, r, next)
			}
			err = errors.Join(err, wrong)
		}
		if err != nil || len(due) < agendaAtOne {
			return err
		}
	}
}

// lookAt sweeps one workspace and says when to do that again; zero is never. That
// nothing waits is found out twice: before the hint goes, and after, since then
// nobody can have relied on it meanwhile.
func (s *Sandbox) lookAt(ctx context.Context, r store.Reminder) (time.Time, error) {
	ws, err := s.seek(ctx, r.Name)
	if errors.Is(err, errUnknown) || err == nil && !ws.shared {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	if err := ws.catchUp(ctx); err != nil {
		return time.Time{}, err
	}
	next, waiting, err := ws.outbox.sweep(ctx)
	if err == nil && !waiting {
		_, err = ws.store.Update(ctx, ws.space, store.Reads{}, func(store.View) (store.Change, error) {
			return store.Change{Deletes: []store.Key{hintKey}}, nil
		})
		if err == nil {
			next, waiting, err = ws.outbox.sweep(ctx)
		}
	}
	if err != nil || !waiting {
		return time.Time{}, err
	}
	return s.real().Add(next + agendaGrace), nil
}

// lookAround reminds of workspaces with webhooks of which the agenda may not know:
// in each turn of some that this process knows, so that all get their turn.
func (s *Sandbox) lookAround(ctx context.Context, turn int) error {
	all := s.sharedWorkspaces()
	turns := int(roundTakes / agendaEvery)
	for i, ws := range all {
		if i%turns != turn%turns {
			continue
		}
		queues, err := ws.store.List(ctx, ws.space, kindOutbox, "")
		if err == nil && len(queues) > 0 {
			err = ws.remind(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Sandbox) sharedWorkspaces() (all []*Workspace) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, ws := range s.workspaces {
		if ws.shared {
			all = append(all, ws)
		}
	}
	slices.SortFunc(all, func(a, b *Workspace) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
