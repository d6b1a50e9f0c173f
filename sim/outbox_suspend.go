package sim

import (
	"context"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Attempted is how one attempt to deliver a webhook ended.
type Attempted struct {
	At    time.Time `json:"at"` // in the workspace's time
	Taken bool      `json:"taken"`
	// Status is what the integrator answered; 0: nothing in time. Vendors differ in
	// what they take for success.
	Status int `json:"status"`
}

// suspension is what a vendor knows of an account's webhook, by thread ids'
// beginning channel:account. It exists for channels with a Suspend only.
type suspension struct {
	Latest []Attempted `json:"latest"` // newest last
	Since  time.Time   `json:"since"`  // zero: the webhook is on
}

const (
	kindSuspension = "suspension"
	keptAttempts   = 16
	// switchedOff is why a webhook is not sent to a suspended target, in the
	// journal and in notes.
	switchedOff = "suspended"
)

// suspensionOf is the key of what holds for a thread's account, or for one of
// its registered addresses.
func suspensionOf(thread, endpoint string) store.Key {
	id := thread[:max(0, strings.LastIndexByte(thread, ':'))]
	if endpoint != "" {
		id += "/" + endpoint
	}
	return store.Key{Kind: kindSuspension, ID: id}
}

// suspended tells whether the vendor has switched off where an entry of a
// thread goes.
func (o *outbox) suspended(thread string, e outboxEntry) bool {
	if o.s.channels[e.Channel].Suspend == nil {
		return false
	}
	doc, ok, _ := o.ws.store.Get(context.Background(), o.ws.space, suspensionOf(thread, e.Endpoint))
	return ok && !doc.Value.(suspension).Since.IsZero()
}

// tried counts an attempt and switches the webhook off when the vendor has had
// enough. What was not sent, or not signed as it should be, does not count, nor
// does a closed port where that is waited for.
func (o *outbox) tried(tx *Tx, e outboxEntry, status int) {
	suspend := o.s.channels[e.Channel].Suspend
	if suspend == nil || e.Dropped || e.Forged != "" || e.Refused > 0 {
		return
	}
	key := suspensionOf(tx.Thread.ID, e.Endpoint)
	s, _ := Get[suspension](tx, key.Kind, key.ID)
	now := o.ws.Clock.Now()
	latest := append(append([]Attempted(nil), s.Latest...), Attempted{At: now, Taken: o.takes(e, status), Status: status})
	s.Latest = latest[max(0, len(latest)-keptAttempts):]
	if s.Since.IsZero() && suspend(s.Latest) {
		s.Since = now
		o.s.log.Warn("the vendor has switched a webhook off after failures; set it again to go on", "channel", e.Channel, "account", tx.Thread.Account)
	}
	tx.Put(key.Kind, key.ID, s)
}

// Resume switches the webhook of an account of a channel on again. ResumeEndpoint
// does so for one of its registered addresses.
func (tx *Tx) Resume(channel, account string) { tx.ResumeEndpoint(channel, account, "") }

// ResumeEndpoint switches a registered address of an account of a channel on
// again.
func (tx *Tx) ResumeEndpoint(channel, account, endpoint string) {
	key := suspensionOf(ThreadID(channel, account, ""), endpoint)
	tx.Delete(key.Kind, key.ID)
}

// resume switches the webhooks on again that a target is for: of an account,
// a channel, or, when it is empty, of all.
func (ws *Workspace) resume(ctx context.Context, of string) error {
	s := ws.store
	items, err := s.List(ctx, ws.space, kindSuspension, of)
	var r store.Reads
	for _, item := range items {
		if of == "" || item.ID == of || strings.HasPrefix(item.ID, of+":") {
			r.Own = append(r.Own, store.Key{Kind: kindSuspension, ID: item.ID})
		}
	}
	if err != nil || len(r.Own) == 0 {
		return err
	}
	_, err = s.Update(ctx, ws.space, r, func(store.View) (store.Change, error) {
		return store.Change{Deletes: r.Own}, nil
	})
	return err
}

// Suspended lists the accounts, as channel:account, whose webhook the vendor
// has switched off, with the time since when.
func (ws *Workspace) Suspended(ctx context.Context) (map[string]time.Time, error) {
	items, err := ws.store.List(ctx, ws.space, kindSuspension, "")
	out := map[string]time.Time{}
	for _, item := range items {
		if since := item.Value.(suspension).Since; !since.IsZero() {
			out[item.ID] = since
		}
	}
	return out, err
}
