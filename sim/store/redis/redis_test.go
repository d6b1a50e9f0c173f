package redis_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/redis"
	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

// forms are those of the kinds that the suite uses.
func forms() store.Forms {
	f := store.JSON[storetest.Value]()
	return store.Forms{"doc": f, "docs": f, "line": f, "other": f}
}

// replicas counts the stores, to name them.
var replicas atomic.Int64

func open(t *testing.T, c redis.Config) *redis.Store {
	t.Helper()
	if c.Forms == nil {
		c.Forms = forms()
	}
	c.Replica = fmt.Sprintf("replica-%d", replicas.Add(1))
	s, err := redis.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--databases", "256")
	databases := make(chan int, 256)
	for n := range 256 {
		databases <- n
	}
	storetest.Run(t, func(t *testing.T, b store.Bounds) store.Store {
		return open(t, redis.Config{URL: server.Database(<-databases), Bounds: b})
	})
}
