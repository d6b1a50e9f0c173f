package sim

import (
	"context"
	"sync"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Where the store is another process, an answer does not wait until its end is
// written: the end is on its way when the last byte goes out, and owed to the
// journal if the store goes away meanwhile. Moments are put in order by their
// ticks, so a record that is written late is late for nobody.

// endsAtMost is how many ends may be on their way at once; then answers wait.
const endsAtMost = 512

// endings are the ends that are on their way.
type endings struct {
	work  sync.WaitGroup
	slots chan struct{}
}

// endLater writes the end of an exchange while its answer goes out.
func (s *Sandbox) endLater(ws *Workspace, thread string, end Ended) {
	end.At = ws.Clock.Now()
	s.ending.slots <- struct{}{}
	s.ending.work.Go(func() {
		defer func() { <-s.ending.slots }()
		write := func(ctx context.Context) error { return s.writeEnd(ctx, ws, thread, end) }
		if err := write(context.Background()); err != nil {
			s.oweEnd(ws, end.N, 0, err, write)
		}
	})
}

// writeEnd records an end whose At is in the workspace's time, in that of the thread.
func (s *Sandbox) writeEnd(ctx context.Context, ws *Workspace, thread string, end Ended) error {
	reads, key := store.Reads{Guess: true}, store.Key{Kind: kindThread, ID: thread}
	if thread != "" {
		reads.See = []store.Key{key}
	}
	_, err := ws.store.Update(ctx, ws.space, reads, func(v store.View) (store.Change, error) {
		end := end
		if thread != "" {
			if doc, ok := v.Get(key); ok {
				end.At = end.At.Add(doc.Value.(Thread).Offset)
			}
		}
		return s.endOf(thread, end), nil
	})
	return err
}

// oweEnd owes the end of exchange n to the journal.
func (s *Sandbox) oweEnd(ws *Workspace, n int64, size int, why error, write func(context.Context) error) {
	s.log.Error("the end of an exchange was not recorded, but will be", "exchange", n, "error", why)
	s.owe(debt{ws, size, write})
}
