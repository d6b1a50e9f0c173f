package sim

import (
	"context"
	"errors"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// kindOrdinal counts the random streams that calls outside every thread have
// drawn, int64 by digest of the call. Calls that differ have ids of their own,
// whatever the order in which they come; the count tells the same call, made
// again, from its first time.
const kindOrdinal = "ordinal"

// errUncounted ends a transaction that drew a random stream outside a thread
// without owning its count. Few calls do, so the count is not read for the others.
var errUncounted = errors.New("the count of random streams is not in the read set")

// ordinals are the random streams of a transaction outside every thread.
type ordinals struct {
	call    *Call
	id      string // digest of the call, once asked for
	counted bool   // the count is in the read set
	before  int64
	drawn   int64
}

// key is where the streams of a call are counted.
func (o *ordinals) key() store.Key {
	if o.id != "" {
		return store.Key{Kind: kindOrdinal, ID: o.id}
	}
	c := o.call
	text := strings.Join([]string{c.Method, c.Path, c.URL.RawQuery, c.digest(), c.Description.ClientID, c.Description.Recipient}, "\x00")
	o.id = digest([]byte(text))
	return store.Key{Kind: kindOrdinal, ID: o.id}
}

// next is what tells the next stream from all others.
func (o *ordinals) next(tx *Tx) (id string, ordinal int64) {
	if o.call == nil {
		o.drawn++
		return "", o.drawn
	}
	key := o.key()
	if o.counted && o.drawn == 0 {
		o.before, _ = Get[int64](tx, key.Kind, key.ID)
	}
	o.drawn++
	return key.ID, o.before + o.drawn
}

// keep puts the count into a change, or says that the change cannot be made
// without owning it.
func (o *ordinals) keep(change store.Change) (store.Change, error) {
	if o.call == nil || o.drawn == 0 {
		return change, nil
	}
	if !o.counted {
		return store.Change{}, errUncounted
	}
	change.Puts = append(change.Puts, store.Put{Key: o.key(), Doc: store.Doc{Value: o.before + o.drawn}})
	return change, nil
}

// update is the store's Update for a call. Where the call turns out to need more
// than was read, it runs once more with that: the count of its random streams, or
// what belongs to a thread that was not known before.
func (s *Sandbox) update(ctx context.Context, p *passage, f func(store.View, ordinals) (store.Change, error)) (int64, error) {
	ws, o := p.call.Workspace, ordinals{call: p.call}
	for {
		n, err := s.attempt(ctx, ws, p, o, f)
		switch {
		case errors.Is(err, errUncounted) && !o.counted:
			o.counted = true
		case !errors.Is(err, errAstray):
			return n, err
		}
	}
}

func (s *Sandbox) attempt(ctx context.Context, ws *Workspace, p *passage, o ordinals, f func(store.View, ordinals) (store.Change, error)) (int64, error) {
	reads := s.reads(p)
	if o.counted {
		reads.Own = append(reads.Own, o.key())
	}
	return ws.update(context.WithoutCancel(ctx), reads, func(v store.View) (store.Change, error) {
		if err := s.arrive(v, p); err != nil {
			return store.Change{}, err
		}
		return f(v, o)
	})
}
