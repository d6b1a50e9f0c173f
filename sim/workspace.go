package sim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Workspace is one isolated set of state in a sandbox.
type Workspace struct {
	Name  string
	Clock clock.Clock
	Seed  uint64

	// space is under which the store keeps it, origin what random values hash in the
	// place of its name: both are the name but where a workspace says otherwise.
	space, origin string
	made          *Made        // how it was made over the control API; nil: by the program itself
	used          atomic.Int64 // when a call was last seen, of those that were made so

	requests, webhooks bucket       // what quotas have left
	turned             atomic.Int64 // calls that came too fast

	run     string
	life    atomic.Int64 // how often it was reset, so that no life repeats the ids of another
	sandbox *Sandbox
	store   store.Store
	shared  bool // with other replicas
	followed
	outbox  *outbox
	mu      sync.RWMutex
	targets map[string]Target
	line    *line // of the listener, when it is connected here
}

// SetWebhook sets a target: of one account as channel:account, for vendors whose
// webhooks do not say whose they are; of a channel, for accounts without their
// own; "" is for every channel that has none. A target without URL removes it.
func (ws *Workspace) SetWebhook(of string, t Target) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if t.URL == "" {
		delete(ws.targets, of)
		return
	}
	ws.targets[of] = t
}

// Webhooks returns the targets by what SetWebhook set them for.
func (ws *Workspace) Webhooks() map[string]Target {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	out := make(map[string]Target, len(ws.targets))
	for of, t := range ws.targets {
		out[of] = t
	}
	return out
}

// target is where the webhooks of an account of a channel go.
func (ws *Workspace) target(channel, account string) (Target, bool) {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	t, ok := ws.targets[channel+":"+account]
	if !ok {
		t, ok = ws.targets[channel]
	}
	if !ok {
		t, ok = ws.targets[""]
	}
	return t, ok
}

func (ws *Workspace) hasTarget(channel, account string) bool {
	_, ok := ws.target(channel, account)
	if l := ws.heard(); !ok && l != nil {
		ok = forwarded(l.Forward, channel, account) != ""
	}
	return ok
}

// CustomerMessage is what a customer writes. Channel defaults to whatsapp,
// Account to the first operator's.
type CustomerMessage struct {
	Channel string `json:"channel"`
	Account string `json:"account,omitempty"` // account id, or an operator's clientId
	From    string `json:"from"`
	Name    string `json:"name,omitempty"`
	Text    string `json:"text"`
	Deliver Shape  `json:"deliver,omitzero"` // how it arrives
	Extra
}

// Sent says what became of a customer's message: its id and its thread.
type Sent struct {
	ID     string `json:"id"`
	Thread string `json:"thread"`
}

// ErrNoWebhook is returned when a message has nobody to go to.
var ErrNoWebhook = errors.New("no webhook is set for this channel; start with --webhook URL or PUT /_sandbox/v1/webhook")

// SetStatus reports a status of an outgoing message to the integrator.
func (ws *Workspace) SetStatus(ctx context.Context, change StatusChange) error {
	doc, ok, err := ws.store.Get(ctx, ws.space, store.Key{Kind: kindMinted, ID: change.MessageID})
	if err != nil || !ok {
		return fmt.Errorf("no message %q was sent through this sandbox", change.MessageID)
	}
	thread := doc.Value.(string)
	name, _, _ := strings.Cut(thread, ":")
	channel := ws.sandbox.channels[name]
	return ws.inThread(ctx, thread, channel.sees(thread, change.MessageID), func(tx *Tx) error {
		w, err := channel.Status(tx, change)
		if err == nil {
			err = change.Deliver.lay(tx, w)
		}
		return err
	})
}

// sees is Sees where the channel has it.
func (c Channel) sees(thread, message string) []store.Key {
	if c.Sees == nil {
		return nil
	}
	return c.Sees(thread, message)
}

// inThread runs f in a transaction on a thread, which may look at what it sees,
// and starts what it made due.
func (ws *Workspace) inThread(ctx context.Context, thread string, sees []store.Key, f func(*Tx) error) error {
	s, reads := ws.sandbox, ws.outbox.reads(thread)
	reads.See = append(reads.See, sees...)
	_, err := ws.update(ctx, reads, func(v store.View) (store.Change, error) {
		tx := s.begin(v, ws, thread)
		if err := f(tx); err != nil {
			return store.Change{}, err
		}
		s.touch(tx)
		tx.queue()
		return tx.change, nil
	})
	if err == nil {
		ws.outbox.kick(thread)
	}
	return err
}

// sender resolves channel, account and customer of a message.
func (ws *Workspace) sender(m CustomerMessage) (Channel, Account, string, error) {
	channel, account, err := ws.address(m)
	if err != nil {
		return channel, account, "", err
	}
	from, err := channel.Normal(m.From)
	return channel, account, from, err
}

func (ws *Workspace) address(m CustomerMessage) (Channel, Account, error) {
	s := ws.sandbox
	if m.Channel == "" {
		m.Channel = "whatsapp"
	}
	channel, ok := s.channels[m.Channel]
	if !ok {
		return channel, Account{}, fmt.Errorf("no channel %q; use one of %s", m.Channel, s.channelNames())
	}
	account, err := channel.account(m.Account)
	return channel, account, err
}

func (c Channel) account(want string) (Account, error) {
	var known []string
	for _, a := range c.Accounts {
		if want == "" || want == a.ID || want == a.ClientID {
			return a, nil
		}
		known = append(known, a.ID)
	}
	return Account{}, fmt.Errorf("no account %q on channel %s; use one of %s", want, c.Name, strings.Join(known, ", "))
}

func (s *Sandbox) channelNames() string {
	var names []string
	for _, c := range s.Channels() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

var errBackward = errors.New("a clock only goes forward; give a positive duration such as 26h")

// Advance moves a thread forward in time, or the whole workspace when thread
// is empty, and returns when what came due was attempted.
func (ws *Workspace) Advance(ctx context.Context, thread string, by time.Duration) error {
	if by < 0 {
		return errBackward
	}
	if thread != "" {
		return ws.advanceThread(ctx, thread, by)
	}
	if err := errors.Join(ws.remind(ctx), ws.advance(ctx, by)); err != nil {
		return err
	}
	threads, err := ws.AllThreads(ctx)
	if err != nil {
		return err
	}
	for _, t := range threads {
		if err := ws.mark(ctx, t.ID, "", by, 0); err != nil {
			return err
		}
		ws.outbox.flush(t.ID)
	}
	return nil
}

func (ws *Workspace) advanceThread(ctx context.Context, thread string, by time.Duration) error {
	if _, ok, err := ws.Thread(ctx, thread); err != nil || !ok {
		return errors.Join(err, fmt.Errorf("no thread %q; list them with GET /_sandbox/v1/threads", thread))
	}
	if err := errors.Join(ws.remind(ctx), ws.mark(ctx, thread, thread, by, by)); err != nil {
		return err
	}
	ws.outbox.flush(thread)
	return nil
}

// mark lays a ClockAdvanced note on a timeline and moves the thread by offset.
func (ws *Workspace) mark(ctx context.Context, thread, noted string, by, offset time.Duration) error {
	s := ws.sandbox
	_, err := ws.update(ctx, ws.outbox.reads(thread), func(v store.View) (store.Change, error) {
		tx := s.begin(v, ws, thread)
		tx.Thread.Offset += offset
		tx.Put(kindThread, thread, *tx.Thread)
		if s.words.Advanced != nil {
			tx.event(Event{Tick: s.ticks.Next(), At: tx.Now.Add(offset), Wall: s.real(), Note: s.words.Advanced(noted, by)})
		}
		return tx.change, nil
	})
	return err
}

// Now is the time of a thread, or of the workspace when thread is empty.
func (ws *Workspace) Now(ctx context.Context, thread string) time.Time {
	return ws.Clock.Now().Add(ws.sandbox.offset(ctx, ws, thread))
}

// Threads lists the threads of customers by id.
func (ws *Workspace) Threads(ctx context.Context) ([]Thread, error) {
	all, err := ws.AllThreads(ctx)
	return slices.DeleteFunc(all, func(t Thread) bool { return t.Customer == AccountCustomer }), err
}

// AllThreads lists the threads by id, with those of accounts, in which what
// concerns no customer is delivered.
func (ws *Workspace) AllThreads(ctx context.Context) ([]Thread, error) {
	items, err := ws.store.List(ctx, ws.space, kindThread, "")
	threads := make([]Thread, 0, len(items))
	for _, item := range items {
		threads = append(threads, item.Value.(Thread))
	}
	return threads, err
}

// Thread returns one thread.
func (ws *Workspace) Thread(ctx context.Context, id string) (Thread, bool, error) {
	doc, ok, err := ws.store.Get(ctx, ws.space, store.Key{Kind: kindThread, ID: id})
	if err != nil || !ok {
		return Thread{}, false, err
	}
	return doc.Value.(Thread), true, nil
}

// Timeline returns the events of a thread, oldest first, and how many of the
// oldest were lost to the bound.
func (ws *Workspace) Timeline(ctx context.Context, thread string) ([]Event, int64, error) {
	items, lost, err := ws.store.Items(ctx, ws.space, store.Key{Kind: kindTimeline, ID: thread})
	events := make([]Event, len(items))
	for i, item := range items {
		events[i] = item.Value.(Event)
		events[i].N = item.N
	}
	return events, lost, err
}

// Journal returns up to limit exchanges with numbers from from on, each with
// its end when that is known.
func (ws *Workspace) Journal(ctx context.Context, from int64, limit int) ([]Entry, error) {
	records, err := ws.store.Range(ctx, ws.space, from, limit)
	return ws.sandbox.entries(records), err
}

// Find returns the exchanges with numbers from from on that pick takes. It
// costs little for those that are not taken.
func (ws *Workspace) Find(ctx context.Context, from int64, pick func(Outline) bool) ([]Entry, error) {
	records, err := ws.store.Range(ctx, ws.space, from, 0)
	records = slices.DeleteFunc(records, func(r store.Record) bool { return !pick(outlineOf(r)) })
	return ws.sandbox.entries(records), err
}

// Changes returns the exchanges that were written or ended after revision rev,
// in the order of that, and the newest revision.
func (ws *Workspace) Changes(ctx context.Context, rev int64) ([]Entry, int64, error) {
	changed, _, rev, err := ws.FirstChanges(ctx, rev, math.MaxInt)
	return changed, rev, err
}

// FirstChanges is Changes for those who can take so many and no more; it counts
// the others.
func (ws *Workspace) FirstChanges(ctx context.Context, rev int64, atMost int) (changed []Entry, others int, newest int64, err error) {
	records, newest, err := ws.store.Changes(ctx, ws.space, rev)
	others = max(len(records)-atMost, 0)
	return ws.sandbox.entries(records[:len(records)-others]), others, newest, err
}

// Arriving tells that calls have come to the sandbox which are not in a journal
// yet: for a moment, or while a fake's document is read for its first call.
func (ws *Workspace) Arriving() bool { return ws.sandbox.arriving.Load() > 0 }

// Watch signals after every change of the journal until stop is called.
func (ws *Workspace) Watch() (signal <-chan struct{}, stop func()) {
	return ws.store.Watch(ws.space)
}

// Due counts the webhooks of a thread that wait for delivery, and says when
// the next is due in thread time.
func (ws *Workspace) Due(ctx context.Context, thread string) (int, time.Time, error) {
	doc, ok, err := ws.store.Get(ctx, ws.space, store.Key{Kind: kindOutbox, ID: thread})
	if err != nil || !ok {
		return 0, time.Time{}, err
	}
	q := doc.Value.(outboxQueue)
	next, _ := q.next()
	return len(q.Entries), next.Due, nil
}

// Reset forgets everything of the workspace but its clock and its targets.
func (ws *Workspace) Reset(ctx context.Context) error {
	if err := ws.nextLife(ctx); err != nil {
		return err
	}
	ws.outbox.cancel()
	return ws.store.Drop(ctx, ws.space)
}

// Entry is an exchange joined with its end, nil while it is in flight.
type Entry struct {
	*Exchange
	Ended *Ended `json:"ended"`
}

func (s *Sandbox) entries(records []store.Record) []Entry {
	out := make([]Entry, len(records))
	for i, r := range records {
		out[i] = s.codec.entry(r)
	}
	return out
}

// runID is what sets the ids of this start, and of this life since the last
// reset, apart from all others.
func (ws *Workspace) runID() string {
	if life := ws.life.Load(); life > 0 {
		return ws.run + "/" + itoa(life)
	}
	return ws.run
}
