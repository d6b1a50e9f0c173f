// Package redis is the store of several sandboxes at once: Redis, or anything
// that speaks its protocol, a Cluster included. Any number of replicas serve
// any workspace; it passes the same suite as the store in memory.
//
//	Update: keys queue here ─▶ read.lua, or a guess ─▶ function ─▶ commit.lua ─▶ number
//	                                                      ▲            │ └─▶ PUBLISH ─▶ watchers
//	                                                      └────────────┘
//	                                          what a changed read set is now
//
// An update is one read and one commit: what was read has versions, and the
// commit, a script, does nothing unless they still hold; it answers what they are
// now. An update that may guess leaves the read out and begins with what this
// process last saw or wrote of the documents, or else with their absence: one
// round trip where that was right, two where it was not, and more only where
// replicas are at odds over the same documents. A script is atomic, so
// there is no lock that a dead replica could keep. Updates of one process that
// own the same document queue before they read; only replicas ever conflict.
//
// # Keys
//
// Everything of a workspace has its name in braces, so that a Cluster keeps it
// in one slot:
//
//	encore:{w}:meta     hash: revision, newest and oldest number, bytes of the journal
//	encore:{w}:journal  hash: entry by number       encore:{w}:ends  hash: end by number
//	encore:{w}:revs     sorted set: numbers by their last revision
//	encore:{w}:d:KIND   hash: document by id        encore:{w}:o:KIND  sorted set: ids of a bounded kind by age
//	encore:{w}:l:KIND:ID  list: values with the number of their entry
//	encore:{w}:lists, encore:{w}:lost  which lists there are, what they lost to their bound
//	encore:{w}:large    hash: versions of large documents, such as a catalog
//	encore:{w}:counters, encore:{w}:done  statistics; the latest commits, to tell one that was sent twice
//
// Beside the workspaces is what is to be looked at, by real time in milliseconds,
// and how often it was asked for, to tell what was asked for while it was looked at:
//
//	encore:{ agenda}:at  sorted set: names by time    encore:{ agenda}:times  hash: by name
//
// # Trouble
//
// A commit whose answer is lost with the connection is sent again with the same
// token, and done once. When Redis does not come back within Patience, updates
// fail with store.ErrAway, at once from then on, until it answers again.
//
// # Cost
//
// A call is one round trip, or two; an update that may not guess is two. Whoever
// commits an entry has its answer in hand, and an answer that repeats a decision
// is made of the decision: so a replica that has not seen it needs the first trip
// to fetch it. Measured by BenchmarkScale of cmd/encore-sandbox, on two busy cores
// with appendfsync always:
//
//	an offer            0.2 to 0.3 ms of Redis's thread, also with 10,000 campaigns: a
//	                    large document is known by its version, which is kept beside it
//	an exchange         2.8 KB, of at most 10,000 and 64 MiB a workspace
//	a decision          0.6 KB, of at most 100,000 a workspace
//	an idle workspace   1 KB here, 2.6 KB in a replica that has served it
//
// Ten thousand workspaces need 10 MB when idle and 3.1 GB with a hundred exchanges
// each. What breaks first is Redis's thread, at some 3,000 offers a second: a
// Cluster spreads workspaces, and a workspace is whole on one node. Reading a kind
// as a whole (List) takes the thread for as long as the kind is large.
//
// # What is kept
//
// What was committed is not lost where Redis keeps it: with appendonly yes and
// appendfsync always. A Cluster that fails over may lose what its replica did
// not have yet.
package redis

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
)

var (
	//go:embed readset.lua
	readsetScript string
	//go:embed read.lua
	readScript string
	//go:embed commit.lua
	commitScript string
	//go:embed range.lua
	rangeScript string
	//go:embed forget.lua
	forgetScript string
	//go:embed agenda.lua
	agendaScript string
)

// Config says how a store reaches Redis and what it keeps there.
type Config struct {
	// URL is redis://[user:password@]host[:port][/database], rediss:// for TLS, or
	// with further addr=host:port parameters for the nodes of a Cluster.
	URL string
	// Replica is this store's own name, which no other start ever has: commits are
	// told apart by it.
	Replica string
	// Prefix begins every key, so that several sandboxes can share one Redis even
	// where it has one database only; default "encore".
	Prefix string
	Forms  store.Forms // of every kind that is kept
	Bounds store.Bounds
	// Patience is how long an update waits for a Redis that is away, before it
	// fails with store.ErrAway; default two seconds.
	Patience time.Duration
	// Changed, unless nil, is told when Redis goes away, with the reason, and when
	// it is back, with nil.
	Changed func(err error)
}

// Store implements store.Store. Make it with Open.
type Store struct {
	config  Config
	bounds  store.Bounds
	client  rueidis.Client
	clock   clock.Clock // real time
	scripts scripts
	seen    seen
	commits atomic.Int64

	mu     sync.Mutex // guards queues and hubs
	queues map[string]*store.Queue
	hubs   map[string]*hub

	away   atomic.Bool
	closed atomic.Bool
	ctx    context.Context // ends with the store
	end    context.CancelFunc
	work   sync.WaitGroup
}

type scripts struct{ read, commit, span, forget, agenda *rueidis.Lua }

// Open connects. It fails when the address is wrong or nobody answers there.
func Open(c Config) (*Store, error) {
	if c.Replica == "" {
		return nil, errors.New("a store needs a name of its own among the replicas")
	}
	option, err := rueidis.ParseURL(c.URL)
	if err != nil {
		return nil, fmt.Errorf("store %q: %w; write redis://host:6379", c.URL, err)
	}
	if c.Patience == 0 {
		c.Patience = 2 * time.Second
	}
	if c.Prefix == "" {
		c.Prefix = "encore"
	}
	option.DisableCache = true
	option.ConnWriteTimeout = c.Patience
	option.Dialer = net.Dialer{Timeout: c.Patience}
	option.ClientName = "encore-sandbox"
	client, err := connect(option)
	if err != nil {
		return nil, fmt.Errorf("nobody answers at %s: %w", redacted(option), err)
	}
	s := &Store{
		config: c, bounds: c.Bounds.Defaults(), client: client, clock: clock.NewWall(0),
		queues: map[string]*store.Queue{}, hubs: map[string]*hub{},
		scripts: scripts{
			rueidis.NewLuaScript(readsetScript + readScript), rueidis.NewLuaScript(readsetScript + commitScript),
			rueidis.NewLuaScript(rangeScript), rueidis.NewLuaScript(forgetScript),
			rueidis.NewLuaScript(agendaScript),
		},
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	return s, nil
}

// loadingAtMost is how long a start waits for a Redis that reads what it had
// written down.
const loadingAtMost = time.Minute

// connect waits for a Redis that is there and starts, and for no other.
func connect(option rueidis.ClientOption) (rueidis.Client, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	real := clock.NewWall(0)
	defer real.AfterFunc(loadingAtMost, cancel)()
	for {
		client, err := rueidis.NewClient(option)
		if e, ok := rueidis.IsRedisErr(err); !ok || !passing(e) || real.Sleep(ctx, 100*time.Millisecond) != nil {
			return client, err
		}
	}
}

// redacted is the address without its password.
func redacted(o rueidis.ClientOption) string {
	if len(o.InitAddress) == 0 {
		return "redis"
	}
	return o.InitAddress[0]
}

// Close implements store.Store.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.end()
	s.work.Wait()
	s.client.Close()
	return nil
}

// Ready says why the store cannot be used now, or nil.
func (s *Store) Ready() error {
	if s.away.Load() {
		return store.ErrAway
	}
	return nil
}

func (s *Store) queue(space string) *store.Queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[space]
	if q == nil {
		q = &store.Queue{}
		s.queues[space] = q
	}
	return q
}

// try runs one command, again while the connection breaks and Redis may come
// back. first is false when it runs again. Errors are store.ErrAway, the
// context's, or Redis's own.
func (s *Store) try(ctx context.Context, do func(ctx context.Context, first bool) rueidis.RedisResult) (rueidis.RedisResult, error) {
	if s.closed.Load() {
		return rueidis.RedisResult{}, store.ErrClosed
	}
	if s.away.Load() {
		return rueidis.RedisResult{}, store.ErrAway
	}
	limit, cancel := context.WithCancel(ctx)
	defer cancel()
	defer s.clock.AfterFunc(s.config.Patience, cancel)()
	pause := 5 * time.Millisecond
	for first := true; ; first = false {
		result := do(limit, first)
		err := result.NonRedisError()
		if reply, ok := rueidis.IsRedisErr(result.Error()); ok && passing(reply) {
			err = reply
		}
		switch {
		case err == nil:
			return result, result.Error()
		case ctx.Err() != nil:
			return result, ctx.Err()
		case s.closed.Load():
			return result, store.ErrClosed
		case limit.Err() != nil || s.clock.Sleep(limit, pause) != nil:
			s.gone(err)
			return result, fmt.Errorf("%w: %w", store.ErrAway, err)
		}
		pause = min(2*pause, 200*time.Millisecond)
	}
}

// passing tells errors of a Redis that is starting, failing over or moving slots.
func passing(e *rueidis.RedisError) bool {
	return e.IsLoading() || e.IsTryAgain() || e.IsClusterDown() || has(e.Error(), "READONLY", "MASTERDOWN", "NOREPLICAS", "BUSY", "UNBLOCKED")
}

// gone notes that Redis is away and looks for it until it is back.
func (s *Store) gone(why error) {
	if s.away.Swap(true) {
		return
	}
	s.tell(fmt.Errorf("%w: %w", store.ErrAway, why))
	s.work.Go(func() {
		for s.clock.Sleep(s.ctx, 100*time.Millisecond) == nil {
			if s.ping() == nil {
				s.away.Store(false)
				s.tell(nil)
				return
			}
		}
	})
}

func (s *Store) ping() error {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer s.clock.AfterFunc(s.config.Patience, cancel)()
	return s.client.Do(ctx, s.client.B().Ping().Build()).Error()
}

func (s *Store) tell(err error) {
	if s.config.Changed != nil && !errors.Is(s.ctx.Err(), context.Canceled) {
		s.config.Changed(err)
	}
}
