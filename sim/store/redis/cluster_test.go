package redis_test

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/redis"
	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

// A Cluster of three passes the suite: it refuses a script whose keys are of
// several slots or of another node, so none has such keys.
func TestCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, 3, 0)
	var cases atomic.Int64
	storetest.Run(t, func(t *testing.T, b store.Bounds) store.Store {
		return open(t, redis.Config{URL: cluster.URL(), Bounds: b, Prefix: fmt.Sprintf("case-%d", cases.Add(1))})
	})
}

// The workspaces of a Cluster are spread over its nodes, and each is whole on one.
func TestClusterSpreadsWorkspaces(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, 3, 0)
	s := open(t, redis.Config{URL: cluster.URL()})
	const workspaces = 30
	for n := range workspaces {
		if _, err := increment(t.Context(), s, fmt.Sprint("w-", n)); err != nil {
			t.Fatal(err)
		}
	}
	on := map[int]int{}
	for n := range workspaces {
		name := fmt.Sprint("w-", n)
		node, at := cluster.MasterOf("encore:{" + name + "}:meta")
		for _, key := range []string{"meta", "journal", "revs", "counters", "done", "d:doc"} {
			if node.Do("EXISTS", "encore:{"+name+"}:"+key) != "1" {
				t.Errorf("workspace %s is on node %d, and its %s is not", name, at, key)
			}
		}
		on[at]++
	}
	if len(on) != 3 {
		t.Errorf("%d workspaces are on these nodes: %v, want some on each of three", workspaces, on)
	}
}

// When a node dies its replica takes over: updates wait for it, and what it had
// been sent is there.
func TestClusterFailsOver(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a cluster takes a node for dead")
	}
	t.Parallel()
	cluster := redistest.StartCluster(t, 3, 3)
	s := open(t, redis.Config{URL: clusterURL(t, cluster), Patience: time.Minute})
	const before, after = 50, 50
	for range before {
		if _, err := increment(t.Context(), s, "w"); err != nil {
			t.Fatal(err)
		}
	}
	master, at := cluster.MasterOf("encore:{w}:meta")
	if at >= 3 {
		t.Fatalf("the workspace is on node %d, want one of the masters", at)
	}
	if got := master.Do("WAIT", "1", "20000"); got != "1" {
		t.Fatalf("%s replicas have what was written, want 1", got)
	}
	master.Kill()
	for range after {
		if _, err := increment(t.Context(), s, "w"); err != nil {
			t.Fatal(err)
		}
	}
	wantCount(t, s, before+after)
}

// clusterURL names every node, since any may be the one that dies.
func clusterURL(t *testing.T, c *redistest.Cluster) string {
	t.Helper()
	url := c.URL() + "?"
	for _, n := range c.Nodes[1:] {
		host, port, err := net.SplitHostPort(n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		url += "addr=" + host + ":" + port + "&"
	}
	return url[:len(url)-1]
}
