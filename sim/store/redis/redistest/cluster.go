package redistest

import (
	"context"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/porttest"
)

// Cluster is a few servers that share the slots, the first Masters of them with
// slots, each of the others a replica of one of them, in turn.
type Cluster struct {
	t     testing.TB
	Nodes []*Server
	ids   []string
}

// nodeTimeout is how many milliseconds a node may be silent before others take
// it for dead.
const nodeTimeout = "1500"

// StartCluster starts a Redis Cluster on loopback, which ends with the test.
func StartCluster(t testing.TB, masters, replicas int) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	var buses []string
	for range masters + replicas {
		bus := port(t, porttest.Free(t))
		c.Nodes = append(c.Nodes, Start(t, "--cluster-enabled", "yes", "--cluster-node-timeout", nodeTimeout, "--cluster-port", bus))
		buses = append(buses, bus)
	}
	for i, n := range c.Nodes {
		c.ids = append(c.ids, n.Do("CLUSTER", "MYID"))
		if i > 0 {
			c.Nodes[0].Do("CLUSTER", "MEET", "127.0.0.1", port(t, n.Addr()), buses[i])
		}
		if i < masters {
			n.Do("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(i*16384/masters), strconv.Itoa((i+1)*16384/masters-1))
		}
	}
	c.await("every node knows every other", func(n *Server) bool {
		return strings.Contains(n.Do("CLUSTER", "INFO"), "cluster_known_nodes:"+strconv.Itoa(len(c.Nodes))+"\r")
	})
	for i, n := range c.Nodes[masters:] {
		n.Do("CLUSTER", "REPLICATE", c.ids[i%masters])
	}
	c.await("every node takes the cluster for well", func(n *Server) bool { return strings.Contains(n.Do("CLUSTER", "INFO"), "cluster_state:ok") })
	c.await("every replica follows its master", func(n *Server) bool {
		info := n.Do("INFO", "replication")
		return strings.Contains(info, "role:master") || strings.Contains(info, "master_link_status:up")
	})
	return c
}

// URL is the address for a store.
func (c *Cluster) URL() string { return c.Nodes[0].URL() }

// MasterOf is the node that has a key, with the place in Nodes of that.
func (c *Cluster) MasterOf(key string) (*Server, int) {
	c.t.Helper()
	slot, err := strconv.Atoi(c.Nodes[0].Do("CLUSTER", "KEYSLOT", key))
	if err != nil {
		c.t.Fatal(err)
	}
	for i, n := range c.Nodes {
		for _, line := range strings.Split(n.Do("CLUSTER", "NODES"), "\n") {
			id, _, _ := strings.Cut(line, " ")
			if strings.HasSuffix(id, c.ids[i]) && has(line, slot) { // the first line begins with what it is
				return n, i
			}
		}
	}
	c.t.Fatalf("no node has slot %d:\n%q", slot, c.Nodes[0].Do("CLUSTER", "NODES"))
	return nil, 0
}

// has tells whether a node's line of CLUSTER NODES has the slot.
func has(line string, slot int) bool {
	words := strings.Fields(line)
	for _, span := range words[min(8, len(words)):] {
		from, to, _ := strings.Cut(span, "-")
		first, err := strconv.Atoi(from)
		last, wrong := strconv.Atoi(to)
		if err == nil && wrong == nil && first <= slot && slot <= last {
			return true
		}
	}
	return false
}

func (c *Cluster) await(what string, so func(*Server) bool) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	real := clock.NewWall(0)
	defer real.AfterFunc(patience, cancel)()
	for _, n := range c.Nodes {
		for !so(n) {
			if real.Sleep(ctx, lookAgain) != nil {
				c.t.Fatalf("%s: not after %s", what, patience)
			}
		}
	}
}

func port(t testing.TB, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Do sends one command and returns its answer as a text, which it has to have.
func (s *Server) Do(words ...string) string {
	s.t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.addr}, DisableCache: true, ForceSingleClient: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	message, err := client.Do(context.Background(), client.B().Arbitrary(words...).Build()).ToMessage()
	if err != nil {
		s.t.Fatalf("%v: %v", words, err)
	}
	if n, err := message.AsInt64(); err == nil {
		return strconv.FormatInt(n, 10)
	}
	text, err := message.ToString()
	if err != nil {
		s.t.Fatalf("%v: %v", words, err)
	}
	return text
}
