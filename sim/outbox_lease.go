package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// A replica that delivers holds the thread: the claim is made with the entry of
// the journal, in one commit, and ends with the commit that settles the attempt,
// so it costs nothing. A replica that dies holds for as long as the attempt might
// have taken; then another makes the attempt again. So webhooks arrive at least
// once, and in order.

// heldElsewhere is the wait for a thread that another replica holds.
const heldElsewhere = -1 << 63

// leaseMargin is how much longer than its timeout an attempt may take.
const leaseMargin = 5 * time.Second

// lookAgain is when to look whether another replica still holds a thread.
const lookAgain = 50 * time.Millisecond

// errTaken ends an attempt that another replica makes or has made.
var errTaken = errors.New("another replica has it")

// held tells whether another replica delivers a thread's webhooks now.
func (o *outbox) held(q outboxQueue) bool {
	return o.ws.shared && q.Holder != "" && q.Holder != o.s.config.Replica && o.s.real().Before(q.Until)
}

// pass lets a moment pass in which another replica may let go of a thread. It is
// false when the sandbox ends.
func (o *outbox) pass() bool { return clock.NewWall(0).Sleep(o.s.life, lookAgain) == nil }

// take claims the thread for one attempt, which the queue then counts: it may be
// the last that this replica does.
func (o *outbox) take(tx *Tx, e outboxEntry, target Target, timeout time.Duration) error {
	if l := o.ws.heard(); target.connection() != "" && (l == nil || l.Connection != target.connection()) {
		return errTaken
	}
	if !o.ws.shared {
		return nil
	}
	q, _ := Get[outboxQueue](tx, kindOutbox, tx.Thread.ID)
	i := slices.IndexFunc(q.Entries, func(waiting outboxEntry) bool { return waiting.Seq == e.Seq && waiting.Life == e.Life })
	if i < 0 || o.held(q) {
		return errTaken
	}
	if timeout <= 0 {
		timeout = time.Minute
	}
	q = q.with(e.Seq, &e)
	q.Holder, q.Until = o.s.config.Replica, o.s.real().Add(timeout+leaseMargin)
	tx.Put(kindOutbox, tx.Thread.ID, q)
	return nil
}

// begin writes an outgoing exchange into the journal and its thread's timeline,
// and holds the thread for as long as the attempt may take.
func (o *outbox) begin(thread string, e outboxEntry, x *Exchange, target Target, timeout time.Duration) (int64, error) {
	return o.ws.update(context.Background(), o.reads(thread), func(v store.View) (store.Change, error) {
		tx := o.s.begin(v, o.ws, thread)
		if err := o.take(tx, e, target, timeout); err != nil {
			return store.Change{}, err
		}
		x := *x
		x.At = tx.Now
		tx.record(&x)
		return tx.change, nil
	})
}

// put writes the queue back without an entry, or with it due again. Where another
// replica has taken over, the queue is for that one to write.
func (o *outbox) put(tx *Tx, e outboxEntry, again time.Duration) {
	q, _ := Get[outboxQueue](tx, kindOutbox, tx.Thread.ID)
	if o.held(q) {
		return
	}
	q.Holder, q.Until = "", time.Time{}
	if again > 0 {
		e.Due = tx.Now.Add(again)
		q = q.with(e.Seq, &e)
	} else {
		q = q.with(e.Seq, nil)
	}
	if len(q.Entries) > 0 {
		tx.Put(kindOutbox, tx.Thread.ID, q)
	} else {
		tx.Delete(kindOutbox, tx.Thread.ID)
	}
}

// surely repeats what the store could not take, so that a webhook that arrived is
// not sent again for that.
func (o *outbox) surely(settle func() error) error {
	for {
		err := settle()
		if !errors.Is(err, store.ErrAway) || clock.NewWall(0).Sleep(o.s.life, owedPause) != nil {
			return err
		}
	}
}

// sweep begins the work on every thread that nobody works on: its replica died,
// or this one has just started. It says in how long the next sweep may find
// something, and false where nothing waits.
func (o *outbox) sweep(ctx context.Context) (next time.Duration, waiting bool, err error) {
	queues, err := o.ws.store.List(ctx, o.ws.space, kindOutbox, "")
	if err != nil || len(queues) == 0 {
		return 0, false, err
	}
	ahead, err := o.ahead(ctx, queues)
	now := o.ws.Clock.Now()
	next = farthest
	for _, item := range queues {
		q := item.Value.(outboxQueue)
		e, ok := q.next()
		if !ok {
			continue
		}
		waiting = true
		due := e.Due.Sub(now) - ahead[item.ID]
		if o.held(q) {
			due = max(due, q.Until.Sub(o.s.real()))
		} else if o.idle(item.ID, e.Due) {
			o.kick(item.ID)
		}
		next = min(next, max(due, 0))
	}
	return next, waiting, err
}

// errRead ends a transaction that only reads.
var errRead = errors.New("everything is read")

// ahead is how far the threads of some queues are ahead of their workspace.
func (o *outbox) ahead(ctx context.Context, queues []store.Item) (map[string]time.Duration, error) {
	all := map[string]time.Duration{}
	for some := range slices.Chunk(queues, 500) {
		var reads store.Reads
		for _, item := range some {
			reads.See = append(reads.See, store.Key{Kind: kindThread, ID: item.ID})
		}
		_, err := o.ws.store.Update(ctx, o.ws.space, reads, func(v store.View) (store.Change, error) {
			for _, key := range reads.See {
				if doc, ok := v.Get(key); ok {
					all[key.ID] = doc.Value.(Thread).Offset
				}
			}
			return store.Change{}, errRead
		})
		if !errors.Is(err, errRead) {
			return all, err
		}
	}
	return all, nil
}

// idle tells whether nothing here will look at a thread by the time.
func (o *outbox) idle(thread string, due time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	a, set := o.timers[thread]
	return o.active[thread] == nil && (!set || due.Before(a.due))
}
