package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/redis"
)

// inMemory is the --store of a single process.
const inMemory = "memory"

// storeFlag takes inMemory or the URL of a Redis.
func storeFlag(flags *pflag.FlagSet, target *string) {
	*target = inMemory
	flags.Var(&parsed[string]{target, "memory|redis://host", func(text string) (string, error) {
		if text != inMemory && !strings.HasPrefix(text, "redis://") && !strings.HasPrefix(text, "rediss://") {
			return "", errors.New("use memory, or redis://host:6379")
		}
		return text, nil
	}, func(s string) string { return s }}, "store", "where the state is: in this process, or in a Redis that replicas share")
}

// identity is what the first sandbox on a Redis decides for all that come after:
// it is kept beside the workspaces.
type identity struct {
	Seed  uint64    `json:"seed"`
	Run   string    `json:"run"`
	Clock string    `json:"clock"`
	Began time.Time `json:"began"` // where a manual clock stands at first
	// Secret signs what workspaces' credentials prove, on every replica.
	Secret []byte `json:"secret"`
}

// identitySpace is no name of a workspace, which has no blank.
const identitySpace = "sandbox identity"

var identityKey = store.Key{Kind: "identity", ID: "first"}

// place says where the state is, and what follows from that.
func (p program) place(f *serveFlags, o *scenarios.Options) error {
	if f.store == inMemory {
		if o.Seed = f.seed; o.Seed == 0 {
			o.Seed, o.Run = drawSeed(), drawRun()
		}
		if f.seed = o.Seed; o.Strict {
			o.Secret = drawSecret()
		}
		return nil
	}
	o.Replica = drawRun() + drawRun()
	who, err := identify(f, o.Replica)
	if err != nil {
		return err
	}
	f.seed, o.Seed, o.Run, o.Secret = who.Seed, who.Seed, who.Run, who.Secret
	if f.clock == "manual" {
		o.Clock = clock.NewManual(who.Began)
	}
	shared := &sharedStore{url: f.store, replica: o.Replica, log: o.Log}
	o.OpenStore, o.Ready = shared.open, shared.ready
	return nil
}

// identify reads what the first sandbox decided, or decides it.
func identify(f *serveFlags, replica string) (identity, error) {
	s, err := redis.Open(redis.Config{URL: f.store, Replica: replica + ".first", Forms: store.Forms{identityKey.Kind: store.JSON[identity]()}})
	if err != nil {
		return identity{}, failed("start it, or leave --store out to keep the state in memory", "%s", err)
	}
	defer s.Close()
	who := identity{Seed: f.seed, Clock: f.clock, Began: clock.Real(), Secret: drawSecret()}
	if who.Seed == 0 {
		who.Seed, who.Run = drawSeed(), drawRun()
	}
	_, err = s.Update(context.Background(), identitySpace, store.Reads{Own: []store.Key{identityKey}}, func(v store.View) (store.Change, error) {
		if doc, ok := v.Get(identityKey); ok {
			who = doc.Value.(identity)
			return store.Change{}, nil
		}
		return store.Change{Puts: []store.Put{{Key: identityKey, Doc: store.Doc{Value: who}}}}, nil
	})
	switch {
	case err != nil:
		return who, failed("", "%s", err)
	case f.seed != 0 && f.seed != who.Seed:
		return who, misused("leave --seed out, or use another database of Redis, as in redis://host:6379/1", "the state in this store began with --seed %d", who.Seed)
	case f.clock != who.Clock:
		return who, misused("use that, or another database of Redis, as in redis://host:6379/1", "the state in this store began with --clock %s", who.Clock)
	}
	return who, nil
}

// sharedStore opens the store of a replica.
type sharedStore struct {
	url, replica string
	log          *slog.Logger
	store        *redis.Store
}

func (s *sharedStore) open(forms store.Forms, bounds store.Bounds) (store.Store, error) {
	opened, err := redis.Open(redis.Config{URL: s.url, Replica: s.replica, Forms: forms, Bounds: bounds, Changed: s.changed})
	if err != nil {
		return nil, err
	}
	s.store = opened
	return opened, nil
}

func (s *sharedStore) ready() error { return s.store.Ready() }

func (s *sharedStore) changed(err error) {
	if err != nil {
		s.log.Error("Redis is away; calls get a 503 until it is back", "error", err)
		return
	}
	s.log.Warn("Redis is back")
}
