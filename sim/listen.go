package sim

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// Webhooks can be fetched instead of sent: a program on a machine that nobody
// can call, a laptop, holds a connection to the sandbox, gets each webhook over
// it, makes the call itself and reports what was answered.
//
//	outbox ─▶ line ─▶ stream of the connection ─▶ laptop ─▶ integrator
//	   ◀── answer ◀── POST, at whichever replica ◀──┘
//
// One program listens to a workspace. It holds a lease, which it renews; while
// the lease stands, every webhook of the workspace goes to it, and the replica
// that has its connection is the one that delivers. Without a lease webhooks go
// to the targets that are set, and where none is, they wait for a listener.

// Listener is who fetches a workspace's webhooks.
type Listener struct {
	Who     string            `json:"who,omitempty"` // as it calls itself: user and machine
	Forward map[string]string `json:"forward"`       // URLs, by what SetWebhook sets them for
	Since   time.Time         `json:"since"`         // real time
	// Connected is false of one that was there once.
	Connected bool `json:"connected"`
}

// listening is what replicas agree about who listens.
type listening struct {
	Listener
	Session    string `json:"session"`    // chosen by the listener, and its secret
	Connection string `json:"connection"` // another each time it connects
	Replica    string `json:"replica"`    // which has the connection
}

// by tells whether a listener shows the session's secret; compared in constant time.
func (l *listening) by(session string) bool {
	return l != nil && subtle.ConstantTimeCompare([]byte(l.Session), []byte(session)) == 1
}

// lease stands while the listener is known to be there, until a moment of real
// time.
type lease struct {
	Connection string    `json:"connection"`
	Until      time.Time `json:"until"`
}

const (
	kindLease = "listener"
	// leaseFor is how long a listener may be silent, pingEvery how often it is
	// asked to say something.
	leaseFor  = 15 * time.Second
	pingEvery = 4 * time.Second
)

// TakenOver is why a listener's connection ended whose place another has taken.
const TakenOver = "another listener has taken over"

var leaseKey = store.Key{Kind: kindLease, ID: "lease"}

// errListened refuses a second listener that does not ask to take over.
var errListened = errors.New("somebody listens to this workspace already")

// heard is who listens to the workspace, or listened last; nil: nobody ever did.
func (ws *Workspace) heard() *listening {
	ws.following.Lock()
	defer ws.following.Unlock()
	return ws.state.Listener
}

// leased tells whether the lease of a connection stands.
func (ws *Workspace) leased(ctx context.Context, connection string) bool {
	doc, ok, err := ws.store.Get(ctx, ws.space, leaseKey)
	if err != nil || !ok {
		return false
	}
	l := doc.Value.(lease)
	return l.Connection == connection && ws.sandbox.real().Before(l.Until)
}

// Listener is who fetches the workspace's webhooks, or did so last.
func (ws *Workspace) Listener(ctx context.Context) (Listener, bool) {
	l := ws.heard()
	if l == nil {
		return Listener{}, false
	}
	out := l.Listener
	out.Connected = ws.leased(ctx, l.Connection)
	return out, true
}

// occupy makes a program the workspace's listener, on all replicas.
func (ws *Workspace) occupy(ctx context.Context, want listening, take bool) (*line, error) {
	if err := ws.catchUp(ctx); err != nil {
		return nil, err
	}
	if l := ws.heard(); l != nil && !l.by(want.Session) && !take && ws.leased(ctx, l.Connection) {
		return nil, errListened
	}
	s := ws.sandbox
	want.Since, want.Replica = s.real(), s.config.Replica
	want.Connection = want.Session + "." + want.Replica + "." + itoa(s.ticks.Next())
	l := newLine(want.Connection)
	old := ws.plug(l)
	if old != nil {
		old.end(TakenOver)
	}
	err := ws.renew(ctx, want.Connection)
	if err == nil {
		err = ws.agree(ctx, func(s *shared) { s.Listener, s.Edition = &want, s.Edition+1 })
	}
	if err != nil {
		ws.unplug(l)
		return nil, err
	}
	return l, ws.store.Wake(ctx, ws.space) // for the replica that had the listener before
}

// agree is share, also where nobody shares.
func (ws *Workspace) agree(ctx context.Context, edit func(*shared)) error {
	if ws.shared {
		return ws.share(ctx, edit)
	}
	ws.following.Lock()
	defer ws.following.Unlock()
	edit(&ws.state)
	return nil
}

// renew lets the lease of a connection stand for some time more.
func (ws *Workspace) renew(ctx context.Context, connection string) error {
	l := lease{connection, ws.sandbox.real().Add(leaseFor)}
	_, err := ws.store.Update(ctx, ws.space, store.Reads{}, func(store.View) (store.Change, error) {
		return store.Change{Puts: []store.Put{{Key: leaseKey, Doc: store.Doc{Value: l}}}}, nil
	})
	return err
}

// leave ends a listener's lease at its own wish.
func (ws *Workspace) leave(ctx context.Context, session string) error {
	l := ws.heard()
	if !l.by(session) {
		return nil
	}
	_, err := ws.store.Update(ctx, ws.space, store.Reads{Own: []store.Key{leaseKey}}, func(v store.View) (store.Change, error) {
		doc, ok := v.Get(leaseKey)
		if !ok || doc.Value.(lease).Connection != l.Connection {
			return store.Change{}, nil
		}
		return store.Change{Deletes: []store.Key{leaseKey}}, nil
	})
	return errors.Join(err, ws.store.Wake(ctx, ws.space))
}

// plug makes a line the workspace's own in this process and returns the one
// before.
func (ws *Workspace) plug(l *line) (before *line) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	before, ws.line = ws.line, l
	return before
}

// unplug takes a line away unless another has taken its place.
func (ws *Workspace) unplug(l *line) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.line == l {
		ws.line = nil
	}
}

// plugged is the line of a connection, or nil when it is not here, or no more.
func (ws *Workspace) plugged(connection string) *line {
	ws.mu.RLock()
	defer ws.mu.RUnlock()
	if ws.line != nil && ws.line.connection == connection {
		return ws.line
	}
	return nil
}

// route is where the webhooks of an account of a channel go now: to who listens,
// else to the target that is set, else to who listened last and may come back.
func (ws *Workspace) route(ctx context.Context, channel, account string) (Target, bool) {
	t, ok := ws.target(channel, account)
	l := ws.heard()
	if l == nil || ok && !ws.leased(ctx, l.Connection) {
		return t, ok
	}
	url := forwarded(l.Forward, channel, account)
	if url == "" {
		return t, ok
	}
	return Target{URL: url, Transport: port{ws, l.Connection}}, true
}

// forwarded is the URL of an account, as of the targets that SetWebhook sets.
func forwarded(forward map[string]string, channel, account string) string {
	for _, of := range []string{channel + ":" + account, channel, ""} {
		if url := forward[of]; url != "" {
			return url
		}
	}
	return ""
}

// fetchedElsewhere tells that another replica delivers the workspace's webhooks,
// since the listener is connected to it.
func (o *outbox) fetchedElsewhere() bool {
	l := o.ws.heard()
	if !o.ws.shared || l == nil || l.Replica == o.s.config.Replica || !o.ws.leased(o.s.life, l.Connection) {
		return false
	}
	if err := o.ws.store.Wake(o.s.life, o.ws.space); err != nil && !errors.Is(err, store.ErrAway) {
		o.s.log.Warn("the replica with the listener was not told of a webhook", "workspace", o.ws.Name, "error", err)
	}
	return true
}

// rouse begins to deliver what has waited for a listener.
func (ws *Workspace) rouse(ctx context.Context) error {
	queues, err := ws.store.List(ctx, ws.space, kindOutbox, "")
	for _, item := range queues {
		q := item.Value.(outboxQueue)
		if e, ok := q.next(); !ok || e.Refused == 0 {
			continue
		}
		if err := ws.hasten(ctx, item.ID, func(e outboxEntry) bool { return e.Refused > 0 }, nil); err != nil {
			return err
		}
	}
	return err
}

// attend is the life of a connection: it hands over what is delivered, keeps
// the lease, and follows what other replicas do. It returns why it ended.
func (ws *Workspace) attend(ctx context.Context, l *line, tell func(event string, data any) error) string {
	defer ws.unplug(l)
	var signal <-chan struct{}
	if ws.shared {
		watched, stop := ws.store.Watch(ws.space)
		defer stop()
		signal = watched
	}
	pings := newPings()
	defer pings.stop()
	for {
		var err error
		select {
		case c := <-l.out:
			err = tell(c.event, c.data)
		case <-signal:
			err = ws.keepUp(ctx, l)
		case <-pings.due:
			if err = ws.keepUp(ctx, l); err == nil {
				err = tell("ping", struct{}{})
			}
			if err == nil && !ws.leased(ctx, l.connection) {
				err = errSilent
			}
			pings.again()
		case <-l.ended:
			return l.why
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil && !errors.Is(err, store.ErrAway) {
			l.end(err.Error())
			return l.why
		}
	}
}

var (
	errSilent   = errors.New("the listener said nothing for too long")
	errReplaced = errors.New(TakenOver)
)

// keepUp follows the other replicas: they queue webhooks, take answers, and take
// the listener over.
func (ws *Workspace) keepUp(ctx context.Context, l *line) error {
	if err := ws.catchUp(ctx); err != nil {
		return err
	}
	if now := ws.heard(); now == nil || now.Connection != l.connection {
		return errReplaced
	}
	if !ws.shared {
		return nil
	}
	if err := ws.collect(ctx, l); err != nil {
		return err
	}
	_, _, err := ws.outbox.sweep(ctx)
	return err
}

// pings tell when the listener is to be asked whether it is there.
type pings struct {
	due  chan struct{}
	stop func()
}

func newPings() *pings {
	p := &pings{due: make(chan struct{}, 1)}
	p.again()
	return p
}

func (p *pings) again() {
	undo := clock.NewWall(0).AfterFunc(pingEvery, func() { p.due <- struct{}{} })
	p.stop = func() { undo() }
}
