package sim

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// kindShared is what replicas have to agree about, shared under the id "state".
const kindShared = "shared"

var sharedKey = store.Key{Kind: kindShared, ID: "state"}

// shared is that of one workspace. Every transaction reads it, so that none
// works by a clock that another replica has moved since.
type shared struct {
	Offset time.Duration `json:"offset"` // how far the clock was advanced
	Life   int64         `json:"life"`   // how often it was reset
	// Targets are those set over the control API, with an empty URL those that were
	// taken away.
	Targets map[string]string `json:"targets,omitempty"`
	Edition int64             `json:"edition"` // of Targets and Listener
	// Listener is who fetches the webhooks, or did so last.
	Listener *listening `json:"listener,omitempty"`
}

// followed is what of it this process has made its own.
type followed struct {
	following sync.Mutex
	state     shared
}

// errBehind ends a transaction of a replica that has to catch up first.
var errBehind = errors.New("another replica has moved the workspace on")

// update is the store's Update, for a workspace that may be shared. What other
// replicas did is followed first, and they are told of webhooks before these are
// committed.
func (ws *Workspace) update(ctx context.Context, reads store.Reads, f func(store.View) (store.Change, error)) (int64, error) {
	if !ws.shared {
		return ws.store.Update(ctx, ws.space, reads, f)
	}
	reads.See, reads.Guess = append(slices.Clip(reads.See), sharedKey, hintKey), true
	for hinted := false; ; {
		var newest shared
		n, err := ws.store.Update(ctx, ws.space, reads, func(v store.View) (store.Change, error) {
			doc, ok := v.Get(sharedKey)
			if !ok && ws.made != nil {
				return store.Change{}, errGone
			}
			if ok {
				if newest = doc.Value.(shared); ws.behind(newest) {
					return store.Change{}, errBehind
				}
			}
			c, err := f(v)
			if err == nil {
				err = hint(v, &c, hinted)
			}
			return c, err
		})
		switch {
		case errors.Is(err, errUnhinted):
			hinted, err = true, ws.remind(ctx)
		case errors.Is(err, errBehind):
			err = ws.follow(newest)
		default:
			return n, err
		}
		if err != nil {
			return 0, err
		}
	}
}

func (ws *Workspace) behind(s shared) bool {
	ws.following.Lock()
	defer ws.following.Unlock()
	return ws.state.behind(s)
}

func (s shared) behind(newer shared) bool {
	return newer.Offset > s.Offset || newer.Life > s.Life || newer.Edition > s.Edition
}

// follow does here what was done elsewhere.
func (ws *Workspace) follow(s shared) error {
	ws.following.Lock()
	defer ws.following.Unlock()
	old := ws.state
	if !old.behind(s) {
		return nil
	}
	if by := s.Offset - old.Offset; by > 0 {
		if _, err := ws.Clock.Advance(by); err != nil {
			return err
		}
	}
	if s.Life > old.Life {
		ws.life.Store(s.Life)
		ws.outbox.cancel()
	}
	if s.Edition > old.Edition {
		for of, url := range s.Targets {
			ws.SetWebhook(of, Target{URL: url, Foreign: true})
		}
	}
	ws.state = s
	return nil
}

// catchUp follows what others have done.
func (ws *Workspace) catchUp(ctx context.Context) error {
	if !ws.shared {
		return nil
	}
	return ws.learn(ctx)
}

// learn makes what is kept of the workspace's state this process's own.
func (ws *Workspace) learn(ctx context.Context) error {
	doc, ok, err := ws.store.Get(ctx, ws.space, sharedKey)
	switch {
	case err != nil:
		return err
	case ok:
		return ws.follow(doc.Value.(shared))
	case ws.made != nil:
		ws.sandbox.detach(*ws.made)
		return errGone
	}
	return nil
}

// share changes what replicas agree about, here first.
func (ws *Workspace) share(ctx context.Context, edit func(*shared)) error {
	var next shared
	_, err := ws.store.Update(ctx, ws.space, store.Reads{Own: []store.Key{sharedKey}}, func(v store.View) (store.Change, error) {
		next = shared{}
		doc, ok := v.Get(sharedKey)
		if !ok && ws.made != nil {
			return store.Change{}, errGone
		}
		if ok {
			next = doc.Value.(shared)
		}
		edit(&next)
		return store.Change{Puts: []store.Put{{Key: sharedKey, Doc: store.Doc{Value: next}}}}, nil
	})
	if err != nil {
		return err
	}
	return ws.follow(next)
}

// advance moves the workspace's clock, on all replicas.
func (ws *Workspace) advance(ctx context.Context, by time.Duration) error {
	if ws.shared {
		return ws.share(ctx, func(s *shared) { s.Offset += by })
	}
	_, err := ws.Clock.Advance(by)
	return err
}

// nextLife ends the workspace's life, on all replicas.
func (ws *Workspace) nextLife(ctx context.Context) error {
	if ws.shared {
		return ws.share(ctx, func(s *shared) { s.Life++ })
	}
	ws.life.Add(1)
	return nil
}

// setTarget sets a target that came by the control API, on all replicas.
func (ws *Workspace) setTarget(ctx context.Context, of, url string) error {
	if !ws.shared {
		ws.SetWebhook(of, Target{URL: url, Foreign: true})
		return nil
	}
	return ws.share(ctx, func(s *shared) {
		targets := map[string]string{of: url}
		for other, url := range s.Targets {
			if other != of {
				targets[other] = url
			}
		}
		s.Targets, s.Edition = targets, s.Edition+1
	})
}
