package sim

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Redelivery is what became of a webhook that was sent again.
type Redelivery struct {
	Exchange int64  `json:"exchange"` // number of the new exchange
	Thread   string `json:"thread"`
	Attempt  int    `json:"attempt"` // how many times it has been sent by now
	Status   int    `json:"status"`  // of the integrator's answer; 0: none came
}

// ErrNotWebhook is returned for an exchange that cannot be sent again.
var ErrNotWebhook = errors.New("this exchange is no webhook of a thread whose body was kept; list them with GET /_sandbox/v1/journal?direction=out")

// Redeliver sends the webhook of exchange n again, as vendors do when they are
// not sure that it arrived: signed afresh, to the channel's target of now, as
// an exchange of its own. It returns when that was attempted. A webhook that
// waits for its next attempt has that attempt now.
func (ws *Workspace) Redeliver(ctx context.Context, n int64) (Redelivery, error) {
	x, attempts, err := ws.webhook(ctx, n)
	if err != nil {
		return Redelivery{}, err
	}
	if t := ws.sandbox.newThread(x.Thread, ws.Clock.Now()); !ws.hasTarget(t.Channel, t.Account) && ws.sandbox.channels[t.Channel].Registry == nil {
		return Redelivery{}, ErrNoWebhook
	}
	since, err := ws.moment(ctx)
	if err != nil {
		return Redelivery{}, err
	}
	same := func(e outboxEntry) bool {
		return e.Event == x.Operation && bytes.Equal(ws.sandbox.fakeByName(e.Fake).written(e.Webhook).Body, x.Request.Body)
	}
	err = ws.hasten(ctx, x.Thread, same, func(tx *Tx) {
		tx.Webhook(Webhook{Event: x.Operation, Body: x.Request.Body, Notes: ws.sandbox.forged(x.Notes, ""), Delivered: attempts})
	})
	if err != nil {
		return Redelivery{}, err
	}
	ws.outbox.flush(x.Thread)
	fired, err := ws.sent(ctx, since, x.Thread)
	for _, e := range fired {
		if e.repeats(x) {
			return Redelivery{e.N, x.Thread, attempts + 1, e.status()}, err
		}
	}
	return Redelivery{}, errors.Join(err, errors.New("the webhook was not sent: the sandbox is shutting down, or its store failed"))
}

// webhook finds an exchange that can be sent again and counts its attempts.
func (ws *Workspace) webhook(ctx context.Context, n int64) (*Exchange, int, error) {
	all, err := ws.Journal(ctx, 1, 0)
	if err != nil {
		return nil, 0, err
	}
	var found *Exchange
	for _, e := range all {
		if e.N == n && e.Direction == Out && e.Thread != "" && len(e.Request.Body) > 0 {
			found = e.Exchange
		}
	}
	if found == nil {
		return nil, 0, fmt.Errorf("exchange %d: %w", n, ErrNotWebhook)
	}
	attempts := 0
	for _, e := range all {
		if e.repeats(found) {
			attempts++
		}
	}
	return found, attempts, nil
}

// repeats tells another attempt of the same webhook.
func (e Entry) repeats(x *Exchange) bool {
	return e.Direction == Out && e.Thread == x.Thread && e.Operation == x.Operation && bytes.Equal(e.Request.Body, x.Request.Body)
}

func (e Entry) status() int {
	if e.Ended == nil || e.Ended.Response == nil {
		return 0
	}
	return e.Ended.Response.Status
}

// Flush attempts every webhook that waits, of one thread or, with an empty id,
// of all: what is due later and what waits for its next attempt alike. It
// returns when each was attempted once, with the numbers of the exchanges.
func (ws *Workspace) Flush(ctx context.Context, thread string) ([]int64, error) {
	if _, known, err := ws.Thread(ctx, thread); thread != "" && (err != nil || !known) {
		return nil, noThread(thread)
	}
	since, err := ws.moment(ctx)
	if err != nil {
		return nil, err
	}
	queues, err := ws.store.List(ctx, ws.space, kindOutbox, thread)
	if err != nil {
		return nil, err
	}
	queues = slices.DeleteFunc(queues, func(q store.Item) bool { return thread != "" && q.ID != thread })
	everything := func(outboxEntry) bool { return true }
	for _, q := range queues {
		ws.outbox.await(q.ID) // an attempt under way would put its entry off again
		if err := ws.hasten(ctx, q.ID, everything, nil); err != nil {
			return nil, err
		}
	}
	for _, q := range queues {
		ws.outbox.flush(q.ID)
	}
	fired, err := ws.sent(ctx, since, thread)
	return numbers(fired), err
}

func numbers(entries []Entry) []int64 {
	out := make([]int64, len(entries))
	for i, e := range entries {
		out[i] = e.N
	}
	return out
}

// moment is a place in the journal.
type moment struct{ rev, tick int64 }

// noRevision is newer than every revision: asked for changes since, a store
// tells its newest revision and nothing else.
const noRevision = 1 << 62

func (ws *Workspace) moment(ctx context.Context) (moment, error) {
	_, rev, err := ws.Changes(ctx, noRevision)
	return moment{rev, ws.sandbox.ticks.Next()}, err
}

// sent are the webhooks that went out after a moment, in a thread or in all.
func (ws *Workspace) sent(ctx context.Context, after moment, thread string) (sent []Entry, err error) {
	changed, _, err := ws.Changes(ctx, after.rev)
	for _, e := range changed {
		if e.Direction == Out && e.Tick > after.tick && (thread == "" || e.Thread == thread) {
			sent = append(sent, e)
		}
	}
	slices.SortFunc(sent, func(a, b Entry) int { return cmp.Compare(a.N, b.N) })
	return sent, err
}

// hasten makes what is picked of a thread's webhooks due now, or calls otherwise
// where nothing was, and begins to deliver.
func (ws *Workspace) hasten(ctx context.Context, thread string, pick func(outboxEntry) bool, otherwise func(*Tx)) error {
	s := ws.sandbox
	_, err := ws.update(ctx, ws.outbox.reads(thread), func(v store.View) (store.Change, error) {
		tx := s.begin(v, ws, thread)
		q, _ := Get[outboxQueue](tx, kindOutbox, thread)
		q, any := q.at(tx.Now, pick)
		switch {
		case any:
			tx.Put(kindOutbox, thread, q)
		case otherwise != nil:
			otherwise(tx)
			tx.queue()
		}
		return tx.change, nil
	})
	if err == nil {
		ws.outbox.kick(thread)
	}
	return err
}
