package sim

import (
	"context"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Edit changes documents of the workspace outside every call: what an
// operator of the sandbox sets rather than what an integrator does. f may run
// again, sees the workspace's time and reads what reads names; an error of it
// is returned and changes nothing. Notes, headers and webhooks go nowhere.
func (ws *Workspace) Edit(ctx context.Context, reads store.Reads, f func(*Tx) error) error {
	s := ws.sandbox
	_, err := ws.update(ctx, reads, func(v store.View) (store.Change, error) {
		tx := s.begin(v, ws, "")
		err := f(tx)
		return tx.change, err
	})
	return err
}

// Look reads one document of a workspace outside every transaction; false
// when there is none, or none any more in the workspace's time.
func Look[T any](ctx context.Context, ws *Workspace, kind, id string) (value T, ok bool, err error) {
	doc, ok, err := ws.store.Get(ctx, ws.space, store.Key{Kind: kind, ID: id})
	if err != nil || !ok || (!doc.Expires.IsZero() && !ws.Clock.Now().Before(doc.Expires)) {
		return value, false, err
	}
	return doc.Value.(T), true, nil
}

// Counters are the workspace's statistics: what Tx.Count added, by name.
func (ws *Workspace) Counters(ctx context.Context) (map[string]int64, error) {
	return ws.store.Counters(ctx, ws.space)
}
