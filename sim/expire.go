package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// patrolEvery is how often idle workspaces are looked for, by the clock of
// Config.Patience.
const patrolEvery = time.Minute

// patrol drops workspaces that nobody uses, until the sandbox is closed.
func (s *Sandbox) patrol() {
	for {
		if err := s.round(s.life); err != nil && !errors.Is(err, store.ErrAway) && s.life.Err() == nil {
			s.log.Error("idle workspaces could not be looked for", "error", err)
		}
		if s.patience.Sleep(s.life, patrolEvery) != nil {
			return
		}
	}
}

// round looks at every workspace once: one that is idle is dropped. Those that
// nobody asks this process for are not taken up, and cost it nothing; of the
// webhooks of a replica that is gone the agenda tells.
func (s *Sandbox) round(ctx context.Context) error {
	items, err := s.store.List(ctx, directorySpace, kindMade, "")
	for _, item := range items {
		made := item.Value.(Made)
		ws, known := s.Workspace(made.Name)
		if known && ws.space == made.Space {
			made.Used = latest(made.Used, time.Unix(0, ws.used.Load()).UTC())
		}
		idle := s.patience.Now().Sub(made.Used)
		switch {
		case made.Idle > 0 && idle > made.Idle:
			s.log.Warn("a workspace has expired", "workspace", made.Name, "idle", idle)
			err = errors.Join(err, s.retire(ctx, made))
		case made.Used.Sub(item.Value.(Made).Used) > max(made.Idle/8, patrolEvery):
			err = errors.Join(err, s.remember(ctx, made))
		}
	}
	return err
}

// remember writes down when a workspace was used.
func (s *Sandbox) remember(ctx context.Context, made Made) error {
	key := madeKey(made.Name)
	_, err := s.store.Update(ctx, directorySpace, store.Reads{Own: []store.Key{key}}, func(v store.View) (store.Change, error) {
		doc, ok := v.Get(key)
		if !ok || doc.Value.(Made).Space != made.Space {
			return store.Change{}, nil
		}
		now := doc.Value.(Made)
		now.Used = latest(now.Used, made.Used)
		return store.Change{Puts: []store.Put{{Key: key, Doc: store.Doc{Value: now}}}}, nil
	})
	return err
}

// Drop forgets a workspace that was made over the control API, with everything
// in it and its credentials.
func (s *Sandbox) Drop(ctx context.Context, ws *Workspace) error {
	if ws.made == nil {
		return errors.New("the workspace " + ws.Name + " stays; reset it with POST /_sandbox/v1/reset")
	}
	return s.retire(ctx, *ws.made)
}

// retire takes a workspace out of the directory, of this process and of the store.
func (s *Sandbox) retire(ctx context.Context, made Made) error {
	_, err := s.store.Update(ctx, directorySpace, store.Reads{Own: []store.Key{madeKey(made.Name), ownerKey(made.Owner)}}, func(v store.View) (store.Change, error) {
		return strike(v, made), nil
	})
	if err != nil {
		return err
	}
	s.detach(made)
	// First what replicas look at: from then on none of them writes there.
	_, err = s.store.Update(ctx, made.Space, store.Reads{}, func(store.View) (store.Change, error) {
		return store.Change{Deletes: []store.Key{sharedKey}}, nil
	})
	return errors.Join(err, s.store.Forget(ctx, made.Space))
}

// strike removes a workspace from the directory, unless it was made anew since.
func strike(v store.View, made Made) (c store.Change) {
	if doc, ok := v.Get(madeKey(made.Name)); !ok || doc.Value.(Made).Space != made.Space {
		return c
	}
	c.Deletes = append(c.Deletes, madeKey(made.Name))
	doc, ok := v.Get(ownerKey(made.Owner))
	if !ok {
		return c
	}
	names := slices.DeleteFunc(slices.Clone(doc.Value.([]string)), func(n string) bool { return n == made.Name })
	if len(names) == 0 {
		c.Deletes = append(c.Deletes, ownerKey(made.Owner))
		return c
	}
	c.Puts = append(c.Puts, store.Put{Key: ownerKey(made.Owner), Doc: store.Doc{Value: names}})
	return c
}

// detach forgets a workspace in this process.
func (s *Sandbox) detach(made Made) {
	s.mu.Lock()
	ws := s.workspaces[made.Name]
	if ws == nil || ws.space != made.Space {
		s.mu.Unlock()
		return
	}
	delete(s.workspaces, made.Name)
	s.mu.Unlock()
	ws.outbox.stop()
	if told := s.config.Dropped; told != nil {
		told(ws)
	}
}
