package sim

import (
	"context"
	"errors"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// trail is what leads to the thread of a call: the first index document that is
// there, else the thread that the call names by itself; else the call stays
// outside every thread. An index has what this sandbox minted and, where the call
// names no account, the recipient's most recent thread.
type trail struct {
	index  [2]store.Key
	steps  int // of index
	thread string
	read   string // the thread whose account's addresses are in the read set
}

func (t *trail) step(key store.Key) {
	t.index[t.steps] = key
	t.steps++
}

// trail reads it out of a description.
func (s *Sandbox) trail(d Description) (t trail) {
	if d.ThreadID != "" {
		return trail{thread: d.ThreadID}
	}
	if d.Minted != "" {
		t.step(store.Key{Kind: kindMinted, ID: d.Minted})
	}
	switch {
	case d.Account != "" && d.Customer != "" && d.Channel != "":
		t.thread = ThreadID(d.Channel, d.Account, d.Customer)
	case d.Recipient != "":
		t.step(recentKey(d.Platform, d.Recipient))
	}
	return t
}

// locate follows a trail before the commit, where looking up costs nothing.
func (s *Sandbox) locate(ctx context.Context, ws *Workspace, t trail) string {
	for _, key := range t.index[:t.steps] {
		if thread := s.lookUp(ctx, ws, key); thread != "" {
			return thread
		}
	}
	return t.thread
}

// add lets the commit follow the trail. Calls that lead to one thread queue
// behind the last index, as others do behind the thread. What the thread's
// account registered is read for one thread, the likely one.
func (t *trail) add(r *store.Reads, likely string) {
	if t == nil {
		return
	}
	t.read = likely
	r.Own = append(r.Own, t.index[t.steps-1])
	r.Follow = store.Follow{Index: t.index[:t.steps], Kinds: []string{kindThread, kindOutbox}}
	if t.thread != "" && t.thread != likely {
		r.Own = append(r.Own, store.Key{Kind: kindThread, ID: t.thread}, store.Key{Kind: kindOutbox, ID: t.thread})
	}
}

// errAstray ends a transaction whose thread needs more than was read.
var errAstray = errors.New("the account of the thread has addresses of its own, which are not in the read set")

// arrive follows the trail of a call within its commit, where it has one.
func (s *Sandbox) arrive(v store.View, p *passage) error {
	if p.trail == nil {
		return nil
	}
	p.thread = p.trail.thread
	for _, key := range p.trail.index[:p.trail.steps] {
		if doc, ok := v.Get(key); ok {
			p.thread = doc.Value.(string)
			break
		}
	}
	if p.thread != p.trail.read && len(s.registered(p.thread)) > 0 {
		return errAstray
	}
	return nil
}
