package redis_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/redis"
	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
	"github.com/encore-sandbox/sandbox/sim/store/storetest"
)

var counter = store.Key{Kind: "doc", ID: "count"}

// increment adds one to a number and lays an entry down.
func increment(ctx context.Context, s store.Store, space string) (int64, error) {
	return s.Update(ctx, space, store.Reads{Own: []store.Key{counter}}, func(v store.View) (store.Change, error) {
		doc, _ := v.Get(counter)
		old, _ := doc.Value.(storetest.Value)
		next := storetest.Value{N: old.N + 1}
		return store.Change{
			Puts: []store.Put{{Key: counter, Doc: store.Doc{Value: next}}}, Entry: []byte(strconv.FormatInt(next.N, 10)),
			Counters: []store.Counter{{Name: "calls", By: 1}},
		}, nil
	})
}

// wantCount holds that the number, the journal and the statistic agree.
func wantCount(t *testing.T, s store.Store, want int64) {
	t.Helper()
	doc, _, err := s.Get(t.Context(), "w", counter)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := doc.Value.(storetest.Value)
	records, err := s.Range(t.Context(), "w", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	counters, err := s.Counters(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{want, want, want}, []int64{got.N, int64(len(records)), counters["calls"]}); diff != "" {
		t.Errorf("number, entries and statistic (-want +got):\n%s", diff)
	}
	for i, r := range records {
		if text := strconv.Itoa(i + 1); r.N != int64(i+1) || string(r.Entry) != text {
			t.Fatalf("record %d has number %d and says %s, want %s: an update was lost or came twice", i, r.N, r.Entry, text)
		}
	}
}

// command sends one command to a server.
func command(t *testing.T, server *redistest.Server, words ...string) rueidis.RedisResult {
	t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Addr()}, DisableCache: true, ForceSingleClient: true})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	result := client.Do(t.Context(), client.B().Arbitrary(words...).Build())
	if err := result.Error(); err != nil {
		t.Fatalf("%v: %v", words, err)
	}
	return result
}

// A server that lost its scripts is given them again.
func TestScriptCacheLoss(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redis.Config{URL: server.URL()})
	for range 3 {
		if _, err := increment(t.Context(), s, "w"); err != nil {
			t.Fatal(err)
		}
		command(t, server, "SCRIPT", "FLUSH")
	}
	wantCount(t, s, 3)
}

// Several replicas increment one number while connections break again and again.
// Every update that was acknowledged happened, and happened once.
func TestBrokenConnectionsLoseNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	replicas := []*redis.Store{open(t, redis.Config{URL: server.URL()}), open(t, redis.Config{URL: server.URL()})}
	const each, workers = 50, 4
	var work sync.WaitGroup
	for _, s := range replicas {
		for range workers {
			work.Go(func() {
				for range each {
					if _, err := increment(t.Context(), s, "w"); err != nil {
						t.Errorf("increment: %v", err)
					}
				}
			})
		}
	}
	done := make(chan struct{})
	go func() {
		work.Wait()
		close(done)
	}()
	for breaking := true; breaking; {
		select {
		case <-done:
			breaking = false
		default:
			command(t, server, "CLIENT", "KILL", "TYPE", "normal")
			_ = clock.NewWall(0).Sleep(t.Context(), 20*time.Millisecond)
		}
	}
	wantCount(t, replicas[0], each*workers*int64(len(replicas)))
}

// A server that is killed and started again has everything that was
// acknowledged, and the store finds it.
func TestRestartsLoseNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redis.Config{URL: server.URL(), Patience: 20 * time.Second})
	for round := range int64(3) {
		for range 20 {
			if _, err := increment(t.Context(), s, "w"); err != nil {
				t.Fatal(err)
			}
		}
		server.Restart()
		wantCount(t, s, 20*(round+1))
	}
}

// While Redis is away updates fail with an error that says so, at once when that
// is known; when it is back they work, and watchers hear of what is new.
func TestAwayAndBack(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	changed := make(chan error, 8)
	s := open(t, redis.Config{URL: server.URL(), Patience: 2 * time.Second, Changed: func(err error) { changed <- err }})
	signal, stop := s.Watch("w")
	defer stop()
	if _, err := increment(t.Context(), s, "w"); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	for range 100 {
		if _, err := increment(t.Context(), s, "w"); !errors.Is(err, store.ErrAway) {
			t.Fatalf("an update without Redis: %v, want ErrAway", err)
		}
	}
	if err := <-changed; !errors.Is(err, store.ErrAway) || s.Ready() == nil {
		t.Errorf("told %v and ready %v, want ErrAway", err, s.Ready())
	}
	server.Restart()
	if err := <-changed; err != nil || s.Ready() != nil {
		t.Errorf("told %v and ready %v, want nil: Redis is back", err, s.Ready())
	}
	n, err := increment(t.Context(), s, "w")
	if err != nil {
		t.Fatal(err)
	}
	wantCount(t, s, n)
	for seen := int64(0); seen < n; {
		<-signal
		records, _, err := s.Changes(t.Context(), "w", 0)
		if err != nil {
			t.Fatal(err)
		}
		seen = int64(len(records))
	}
}

// A paused server answers nobody, then everybody: what was sent meanwhile is
// done, once, whoever gave up waiting.
func TestPausedServerDoesNothingTwice(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redis.Config{URL: server.URL(), Patience: 2 * time.Second})
	acknowledged := int64(0)
	for range 3 {
		if _, err := increment(t.Context(), s, "w"); err != nil {
			t.Fatal(err)
		}
		acknowledged++
		server.Pause()
		if _, err := increment(t.Context(), s, "w"); !errors.Is(err, store.ErrAway) {
			t.Fatalf("an update of a paused server: %v, want ErrAway", err)
		}
		server.Resume()
		for s.Ready() != nil {
			_ = clock.NewWall(0).Sleep(t.Context(), 10*time.Millisecond)
		}
	}
	records, err := s.Range(t.Context(), "w", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := int64(len(records)); n < acknowledged || n > 2*acknowledged {
		t.Errorf("%d entries after %d acknowledged updates of %d", n, acknowledged, 2*acknowledged)
	}
	wantCount(t, s, int64(len(records)))
}

// Everything of a workspace is in one slot, whatever its name.
func TestKeysOfAWorkspaceShareASlot(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, redis.Config{URL: server.URL(), Bounds: store.Bounds{Docs: map[string]int{"doc": 5}}})
	names := []string{"anna", "a{b}c", "{}", "}{", "with space", "ü"}
	for _, name := range names {
		change := store.Change{
			Puts:    []store.Put{{Key: counter, Doc: store.Doc{Value: "x"}}},
			Appends: []store.Append{{Key: store.Key{Kind: "line", ID: "{odd}"}, Value: "x"}}, Entry: []byte("x"), Counters: []store.Counter{{Name: "c", By: 1}},
		}
		if _, err := s.Update(t.Context(), name, store.Reads{}, func(store.View) (store.Change, error) { return change, nil }); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := command(t, server, "KEYS", "*").AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]int{}
	for _, key := range keys {
		from := strings.Index(key, "{")
		to := strings.Index(key[from+1:], "}")
		if from < 0 || to <= 0 {
			t.Fatalf("key %q has no hash tag, so its slot is its own", key)
		}
		tags[key[from+1:from+1+to]]++
	}
	if len(tags) != len(names) {
		t.Errorf("hash tags %v, want one of each of %d workspaces", tags, len(names))
	}
}
