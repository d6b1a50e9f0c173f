package sim

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// outboxEntry is a webhook that waits for its delivery.
type outboxEntry struct {
	Webhook
	Seq     int64     `json:"seq"`
	Fake    string    `json:"fake"`
	Channel string    `json:"channel"`
	Due     time.Time `json:"due"` // thread time
	Attempt int       `json:"attempt"`
	Created time.Time `json:"created"`
	Waits   bool      `json:"waits,omitempty"`   // for the one that is to overtake it
	Refused int       `json:"refused,omitempty"` // how often the port was found closed since
	Life    int64     `json:"life,omitempty"`    // of the workspace, which a reset ends
	Off     bool      `json:"off,omitempty"`     // dropped since the vendor has switched the webhook off
}

// outboxQueue is what a thread has to deliver, in order of Seq.
type outboxQueue struct {
	Entries []outboxEntry `json:"entries"`
	Seq     int64         `json:"seq"`
	// Holder is the replica that delivers the thread's webhooks now, until it is
	// done or real time is past Until: then another takes over.
	Holder string    `json:"holder,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// next is the entry that is due first. While the integrator's port is closed,
// everything waits behind the one that found it so: order within a thread holds.
func (q outboxQueue) next() (outboxEntry, bool) {
	if len(q.Entries) == 0 {
		return outboxEntry{}, false
	}
	if i := slices.IndexFunc(q.Entries, func(e outboxEntry) bool { return e.Refused > 0 }); i >= 0 {
		return q.Entries[i], true
	}
	return slices.MinFunc(q.Entries, byDue), true
}

// with returns the queue with one entry replaced, or removed when e is nil.
func (q outboxQueue) with(seq int64, e *outboxEntry) outboxQueue {
	out := outboxQueue{Seq: q.Seq, Holder: q.Holder, Until: q.Until}
	if e == nil && len(q.Entries) > 0 && q.Entries[0].Seq == seq { // as nearly always
		out.Entries = q.Entries[1:]
		return out
	}
	for _, old := range q.Entries {
		switch {
		case old.Seq != seq:
			out.Entries = append(out.Entries, old)
		case e != nil:
			out.Entries = append(out.Entries, *e)
		}
	}
	return out
}

// queue lays the transaction's webhooks into the thread's outbox.
func (tx *Tx) queue() {
	if len(tx.due) == 0 || !tx.Heard() {
		tx.due = nil
		return
	}
	q, _ := Get[outboxQueue](tx, kindOutbox, tx.Thread.ID)
	waiting := len(q.Entries)
	waits := slices.ContainsFunc(q.Entries, func(e outboxEntry) bool { return e.Waits })
	if waits || tx.Workspace.shared {
		q.Entries = slices.Clone(q.Entries) // overtake changes them; guesses of one queue run side by side
	}
	// What is appended may lie in memory behind the entries of a snapshot, which
	// ends before it. Only one transaction at a time appends to a queue.
	fake := tx.Workspace.sandbox.fakeOf[tx.Thread.Channel].Name
	for _, due := range tx.due {
		for _, w := range tx.addressed(due) {
			q.Seq++
			q.Entries = append(q.Entries, outboxEntry{
				Webhook: w, Seq: q.Seq, Fake: fake, Channel: tx.Thread.Channel, Due: tx.Now.Add(w.After), Created: tx.Now, Attempt: w.Delivered, Waits: w.Held,
				Life: tx.Workspace.life.Load(),
			})
		}
	}
	for i := 0; waits && i < waiting; i++ {
		q.overtake(i, q.Entries[waiting:])
	}
	tx.Put(kindOutbox, tx.Thread.ID, q)
}

// overtake lets entry i, if it waits for that, go out behind the last of the
// newer ones that report the same kind of event.
func (q *outboxQueue) overtake(i int, newer []outboxEntry) {
	held, waited := &q.Entries[i], q.Entries[i].Waits
	for _, e := range newer {
		if waited && e.Event == held.Event {
			q.Seq++
			held.Seq, held.Due, held.Waits = q.Seq, e.Due, false
		}
	}
}

// outbox delivers the webhooks of one workspace: one at a time in each thread,
// all threads at once.
type outbox struct {
	s  *Sandbox
	ws *Workspace

	slots  chan struct{} // taken by deliveries over a socket
	mu     sync.Mutex
	active map[string]*draining
	timers map[string]alarm
	over   bool // nothing is delivered any more
}

// alarm begins the work on a thread's queue when its next webhook is due.
type alarm struct {
	stop func() bool
	due  time.Time // of that webhook
}

// draining is one thread whose queue is being worked off.
type draining struct {
	again   bool
	waiters []context.CancelFunc
}

// kick starts to work a thread's queue off unless that is under way.
func (o *outbox) kick(thread string) {
	if thread == "" || !o.claim(thread, nil) {
		return
	}
	o.ws.Clock.Go(func() { o.drain(thread) })
}

// flush works off what is due of a thread and returns when it was attempted.
func (o *outbox) flush(thread string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if o.claim(thread, cancel) {
		o.drain(thread)
		return
	}
	// Somebody else is at it: wait in the clock, so that virtual time knows.
	_ = o.ws.Clock.Sleep(ctx, clock.Forever)
}

// await returns when nobody works on a thread's queue.
func (o *outbox) await(thread string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o.mu.Lock()
	d := o.active[thread]
	if d != nil {
		d.waiters = append(d.waiters, cancel)
	}
	o.mu.Unlock()
	if d != nil {
		_ = o.ws.Clock.Sleep(ctx, clock.Forever)
	}
}

func (o *outbox) claim(thread string, wait context.CancelFunc) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if a, ok := o.timers[thread]; ok {
		a.stop()
		delete(o.timers, thread)
	}
	if d := o.active[thread]; d != nil {
		d.again = true
		if wait != nil {
			d.waiters = append(d.waiters, wait)
		}
		return false
	}
	o.active[thread] = &draining{}
	return true
}

// storePause is how long a thread's deliveries rest when the store fails.
const storePause = time.Second

// drain attempts what is due, then sets a timer for what comes next.
func (o *outbox) drain(thread string) {
	for {
		entry, wait, ok := o.next(thread)
		if ok && wait == heldElsewhere {
			if o.pass() {
				continue
			}
			ok = false // the sandbox ends
		}
		if ok && wait <= 0 {
			err := o.attempt(thread, entry)
			if err == nil {
				continue
			}
			o.s.log.Error("a webhook could not be recorded", "thread", thread, "error", err)
			wait = storePause
		}
		if o.rest(thread, entry.Due, wait, ok) {
			return
		}
	}
}

func (o *outbox) next(thread string) (e outboxEntry, wait time.Duration, ok bool) {
	doc, ok, _ := o.ws.store.Get(context.Background(), o.ws.space, store.Key{Kind: kindOutbox, ID: thread})
	if !ok || o.s.closed.Load() || o.ended() {
		return e, 0, false
	}
	q := doc.Value.(outboxQueue)
	if o.held(q) {
		return e, heldElsewhere, true
	}
	e, ok = q.next()
	now := o.ws.Clock.Now().Add(o.s.offset(context.Background(), o.ws, thread))
	if wait = e.Due.Sub(now); ok && wait <= 0 && o.fetchedElsewhere() {
		wait = heldElsewhere
	}
	return e, wait, ok
}

// rest ends the work on a thread unless somebody asked for more meanwhile.
func (o *outbox) rest(thread string, due time.Time, wait time.Duration, pending bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.active[thread]
	if d.again {
		d.again = false
		return false
	}
	delete(o.active, thread)
	for _, done := range d.waiters {
		done()
	}
	if pending && !o.over {
		o.timers[thread] = alarm{o.ws.Clock.AfterFunc(wait, func() { o.kick(thread) }), due}
	}
	return true
}

// attempt delivers one webhook once: journal, send, journal the end. An error
// is the store's.
func (o *outbox) attempt(thread string, e outboxEntry) error {
	s, fake := o.s, o.s.fakeByName(e.Fake)
	target, ok := o.destination(thread, e)
	if !ok {
		s.log.Warn("a webhook was dropped: no webhook is set for its channel any more", "channel", e.Channel, "thread", thread)
		return o.settle(thread, e, Ended{}, 0, 0)
	}
	if o.suspended(thread, e) {
		e.Dropped, e.Off = true, true
	}
	if e.Refused > 0 && o.closed(target) {
		e.Refused++
		return o.settle(thread, e, Ended{}, o.pause(e), 0)
	}
	e.Attempt, e.Refused, e.Webhook = e.Attempt+1, 0, fake.written(e.Webhook)
	dispatch := signed(fake, o.ws, e.Webhook, e.Attempt)
	defer o.slot(target)()
	x := &Exchange{
		Direction: Out, Fake: e.Fake, Operation: e.Event, Thread: thread, Tick: s.ticks.Next(), Wall: s.real(),
		Request: Message{Method: http.MethodPost, URL: withoutUser(target.URL), Header: dispatch.Header, Body: e.Body, Size: int64(len(e.Body))},
		Notes:   dispatch.Notes, Fault: e.hit(),
	}
	n, err := o.begin(thread, e, x, target, fake.Timeout)
	if errors.Is(err, errTaken) {
		return nil
	}
	if err != nil {
		return err
	}
	about := &about{n: n, fake: e.Fake, event: e.Event, thread: thread}
	answer, reason, status := o.send(target, e, about, dispatch.Header, fake.Timeout)
	end := Ended{N: n, Tick: s.ticks.Next(), Outcome: Completed, Response: answer, Duration: cmp.Or(about.took, s.real().Sub(x.Wall))}
	switch {
	case e.Dropped:
		end.Outcome = Dropped
	case status == 0:
		end.Outcome = Failed
	}
	s.tallies.webhook(e.Fake, e.Event).add(status, end.Duration)
	o.logAttempt(thread, e, end, status, reason)
	if s.words.Acked != nil {
		end.Notes = []Note{s.words.Acked(status, s.explained(target, reason))}
	}
	if s.config.RetryRefused > 0 && absent(reason) {
		e.Refused = 1
	}
	return o.surely(func() error { return o.settle(thread, e, end, o.retry(e, reason, o.takes(e, status)), status) })
}

// takes tells an answer that says the webhook was received.
func (o *outbox) takes(e outboxEntry, status int) bool {
	if takes := o.s.channels[e.Channel].Takes; takes != nil {
		return takes(status)
	}
	return status >= 200 && status < 300
}

// send is post, but for a webhook that gets lost.
func (o *outbox) send(t Target, e outboxEntry, a *about, header http.Header, timeout time.Duration) (*Message, string, int) {
	switch {
	case e.Off:
		return nil, switchedOff, 0
	case e.Dropped:
		return nil, Dropped, 0
	}
	return o.post(t, e, a, header, timeout)
}

// settle records the end of an attempt, if there was one, and removes its entry
// or makes it due again.
func (o *outbox) settle(thread string, e outboxEntry, end Ended, again time.Duration, status int) error {
	s, reads := o.s, o.reads(thread)
	if s.channels[e.Channel].Suspend != nil {
		reads.Own = append(reads.Own, suspensionOf(thread, e.Endpoint))
	}
	_, err := o.ws.update(context.Background(), reads, func(v store.View) (store.Change, error) {
		tx := s.begin(v, o.ws, thread)
		if e.Life != o.ws.life.Load() {
			return tx.change, nil // a reset forgot the entry, and its numbers begin anew
		}
		o.put(tx, e, again)
		if end.N != 0 {
			o.tried(tx, e, status)
			end := end
			end.At = tx.Now
			tx.change.End, tx.change.EndOf = s.codec.appendEnded(nil, &end), end.N
			tx.event(Event{N: end.N, Tick: end.Tick, At: end.At, Wall: s.real(), Outcome: end.Outcome})
			for _, note := range end.Notes {
				tx.event(Event{N: end.N, Tick: end.Tick, At: end.At, Wall: s.real(), Note: note})
			}
		}
		return tx.change, nil
	})
	return err
}

func (o *outbox) reads(thread string) store.Reads {
	return store.Reads{Own: []store.Key{{Kind: kindThread, ID: thread}, {Kind: kindOutbox, ID: thread}}, See: o.s.registered(thread)}
}

// retry says after which time a failed attempt is repeated; 0 is never.
func (o *outbox) retry(e outboxEntry, reason string, accepted bool) time.Duration {
	if reason == stopping {
		return time.Nanosecond // another replica goes on
	}
	if accepted || e.Forged != "" || e.Dropped || o.s.closed.Load() && !o.ws.shared {
		return 0
	}
	if e.Refused > 0 {
		return o.pause(e)
	}
	schedule := o.s.channels[e.Channel].Retry
	if schedule == nil {
		schedule = o.s.fakeByName(e.Fake).Retry
	}
	if schedule == nil {
		return 0
	}
	return schedule(e.Attempt)
}

// cancel forgets the timers. Deliveries under way end as they will.
func (o *outbox) cancel() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for thread, a := range o.timers {
		a.stop()
		delete(o.timers, thread)
	}
}

// stop ends the deliveries for good.
func (o *outbox) stop() {
	o.mu.Lock()
	o.over = true
	o.mu.Unlock()
	o.cancel()
}

func (o *outbox) ended() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.over
}
