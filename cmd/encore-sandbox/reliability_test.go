package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/redis/rueidis"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Two replicas decide offers of several workspaces while their Redis is paused
// and restarted and one of them is killed again and again. Every acknowledged
// exchange has to be in the journal of its workspace and of no other, no message
// may be decided twice, no decision dropped, and the replica that lives through
// it all must not grow. RELIABILITY says how many calls are made; the default
// fits into CI:
//
//	RELIABILITY=1000000 go test ./cmd/encore-sandbox -run TestReliability -v -timeout 2h
func TestReliability(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes and takes half a minute")
	}
	calls := int64(4000)
	if n, err := strconv.ParseInt(os.Getenv("RELIABILITY"), 10, 64); err == nil {
		calls = n
	}
	config := filepath.Join(t.TempDir(), "sandbox.yaml")
	if err := os.WriteFile(config, []byte("decisions: 2000000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &load{fleet: newFleet(t, 2, "--config", config), ends: calls, began: clock.Real()}
	l.workspaces()
	stop := make(chan struct{})
	var chaos sync.WaitGroup
	chaos.Go(func() { l.disturb(stop, calm(calls)) })
	for l.begun.Load() < calls {
		l.round()
	}
	close(stop)
	chaos.Wait()
	l.checkDecisions()
	l.checkMemory()
	l.tell()
	if l.acknowledged.Load() < l.begun.Load()/4 {
		t.Errorf("only %d of %d calls were answered: the disturbance left no room", l.acknowledged.Load(), l.begun.Load())
	}
}

// calm is the rest between two disturbances: many of them in a short run, and in
// a long one so many that the run ends.
func calm(calls int64) time.Duration {
	if calls < 100_000 {
		return 700 * time.Millisecond
	}
	return 5 * time.Second
}

// disturb pauses and restarts Redis and kills a replica, in turn.
func (f *fleet) disturb(stop <-chan struct{}, calm time.Duration) {
	real := clock.NewWall(0)
	rest := func(d time.Duration) bool {
		select {
		case <-stop:
			return false
		default:
			return real.Sleep(f.Context(), d) == nil
		}
	}
	for rest(calm) {
		f.redis.Pause()
		rest(400 * time.Millisecond)
		f.redis.Resume()
		if !rest(calm) {
			return
		}
		f.redis.Restart()
		if !rest(calm) {
			return
		}
		f.replicas[1].kill()
		rest(200 * time.Millisecond)
		f.replicas[1].start()
	}
}

// Workers of a round, its calls and how many of them are for one message: few
// enough that the journals hold the round, and that several workers ask for the
// same message at once. No message is asked for in two rounds.
const (
	workers      = 32
	roundCalls   = 3996
	messageCalls = 2
)

// load makes calls and checks them, a round at a time.
type load struct {
	*fleet
	db                         rueidis.Client
	spaces                     []*tenant
	ends                       int64
	began                      time.Time
	begun, tick                atomic.Int64
	acknowledged, away, broken atomic.Int64
	mu                         sync.Mutex
	history                    []porcupine.Operation
	decided                    int64 // messages that somebody was told a decision of
	memory                     []int64
	rounds                     int64
}

// tenant is a workspace with what its calls were told in a round: the requestId by
// the number of the exchange.
type tenant struct {
	name, key string
	prefix    string // of its keys in Redis
	checked   int64  // exchanges up to this one were looked at
	exchanges map[int64]string
}

// asked is a call for a message; got what came of it: the requestId of the call
// that was decided, or "" when that is not known.
type (
	asked struct{ message, request string }
	got   string
)

// workspaces makes the workspaces that are used, and connects to their Redis.
func (l *load) workspaces() {
	l.Helper()
	db, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{l.redis.Addr()}, DisableCache: true, ForceSingleClient: true})
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(db.Close)
	l.db, l.spaces = db, []*tenant{{name: "default", key: "pk_test_replica", prefix: "encore:{default}:"}}
	for _, name := range []string{"anna", "bert"} {
		made := l.replicas[0].call("POST", "workspaces", `{"name":"`+name+`"}`)
		l.spaces = append(l.spaces, &tenant{name: name, key: made["credentials"].(map[string]any)["encore.key"].(string)})
	}
	for _, w := range l.spaces[1:] {
		keys, err := db.Do(l.Context(), db.B().Keys().Pattern("encore:{"+w.name+".*}:d:shared").Build()).AsStrSlice()
		if err != nil || len(keys) != 1 {
			l.Fatalf("workspace %s is kept under %v, %v; want one key", w.name, keys, err)
		}
		w.prefix = strings.TrimSuffix(keys[0], "d:shared")
	}
}

func (l *load) round() {
	l.Helper()
	l.history = nil
	l.rounds++
	for _, w := range l.spaces {
		w.exchanges = map[int64]string{}
	}
	until := min(l.begun.Load()+roundCalls, l.ends)
	var work sync.WaitGroup
	for worker := range workers {
		work.Go(func() {
			for n := l.begun.Add(1); n <= until; n = l.begun.Add(1) {
				l.ask(worker, n)
			}
			l.begun.Add(-1)
		})
	}
	work.Wait()
	l.checkHistory()
	for _, w := range l.spaces {
		l.checkJournal(w)
	}
	l.memory = append(l.memory, l.replicas[0].memory())
	if l.rounds%50 == 0 {
		l.tell()
	}
}

// tell logs how far the run is.
func (l *load) tell() {
	l.Logf("%d calls in %s: %d acknowledged, %d got a 503 of the sandbox, %d connections broke; %d messages decided; 0 lost, 0 double decisions; %d MB in the replica, at most %d",
		l.begun.Load(), clock.Real().Sub(l.began).Round(time.Second), l.acknowledged.Load(), l.away.Load(), l.broken.Load(), l.decided,
		l.memory[len(l.memory)-1]>>20, slices.Max(l.memory)>>20)
}

// ask makes call n. The workspaces ask for the same messages, with requestIds of
// their own.
func (l *load) ask(worker int, n int64) {
	w := l.spaces[n%int64(len(l.spaces))]
	message := (n - 1) / int64(len(l.spaces)) / messageCalls
	op := asked{w.name + " wamid." + strconv.FormatInt(message, 36), requestID(n)}
	called := l.tick.Add(1)
	o, err := l.replicas[(n/int64(len(l.spaces)))%2].ask(w.key, strings.TrimPrefix(op.message, w.name+" "), op.request)
	returned := l.tick.Add(1)
	switch {
	case err != nil:
		l.broken.Add(1)
	case o.status != 200:
		l.away.Add(1)
	default:
		l.acknowledged.Add(1)
	}
	if err != nil || o.status != 200 {
		o.decided, returned = "", math.MaxInt64 // it may be done at any time, or never
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.history = append(l.history, porcupine.Operation{ClientId: worker, Input: op, Call: called, Output: got(o.decided), Return: returned})
	if number, wrong := strconv.ParseInt(o.exchange, 10, 64); o.decided != "" && wrong == nil {
		w.exchanges[number] = op.request
	}
}

// decisions is one message as a sequential object: the first call decides.
func decisions() porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{""} },
		Step: func(state, input, output any) []any {
			decided, request := state.(string), input.(asked).request
			first := decided
			if first == "" {
				first = request
			}
			switch output.(got) {
			case "":
				return []any{decided, first}
			case got(first):
				return []any{first}
			}
			return nil
		},
	}
	return model.ToModel()
}

// checkHistory looks at each message of a workspace for itself. Within a round
// everything is inside the window of a minute, or it would be right to decide anew.
func (l *load) checkHistory() {
	l.Helper()
	of := map[string][]porcupine.Operation{}
	for _, op := range l.history {
		message := op.Input.(asked).message
		of[message] = append(of[message], op)
	}
	for message, history := range of {
		if verdict := porcupine.CheckOperationsTimeout(decisions(), history, patient); verdict != porcupine.Ok {
			l.Fatalf("round %d: %s was decided twice (%s): %+v", l.rounds, message, verdict, history)
		}
		if slices.ContainsFunc(history, func(op porcupine.Operation) bool { return op.Output != got("") }) {
			l.decided++
		}
	}
}

// checkJournal holds that every acknowledged exchange of the round is in the
// journal of its workspace under its number, that it says what the client was
// told, and that nothing of another workspace is there. It reads what Redis has,
// which costs less than to ask a replica; every tenth round it asks one too.
func (l *load) checkJournal(w *tenant) {
	l.Helper()
	last := w.checked
	for number := range w.exchanges {
		last = max(last, number)
	}
	entries := l.journalled(w, last)
	for number, request := range w.exchanges {
		if entry := entries[number]; !strings.Contains(entry, `"requestId":"`+request+`"`) {
			l.Fatalf("round %d: exchange %d of workspace %s was acknowledged to %s and is %q in the journal", l.rounds, number, w.name, request, entry)
		}
	}
	for number, entry := range entries {
		for _, found := range requestIDs.FindAllStringSubmatch(entry, -1) {
			if l.tenantOf(found[1]) != w {
				l.Fatalf("round %d: exchange %d of workspace %s has request %s, which is another's", l.rounds, number, w.name, found[1])
			}
		}
	}
	if l.rounds%10 == 1 {
		l.checkAnswered(w)
	}
	w.checked = last
}

var requestIDs = regexp.MustCompile(`"requestId":"([0-9a-f-]{36})"`)

// journalled are the entries since the last look, by number.
func (l *load) journalled(w *tenant, last int64) map[int64]string {
	l.Helper()
	entries := map[int64]string{}
	for from := w.checked + 1; from <= last; from += 500 {
		command := []string{"HMGET", w.prefix + "journal"}
		for n := from; n < from+500; n++ {
			command = append(command, strconv.FormatInt(n, 10))
		}
		var found []rueidis.RedisMessage
		l.until("Redis can be read", func() (ok bool) {
			var err error
			found, err = l.db.Do(l.Context(), l.db.B().Arbitrary(command...).Build()).ToArray()
			return err == nil
		})
		for i, entry := range found {
			if text, err := entry.ToString(); err == nil {
				entries[from+int64(i)] = text
			}
		}
	}
	return entries
}

// checkAnswered holds the same of what a replica says of its journal.
func (l *load) checkAnswered(w *tenant) {
	l.Helper()
	var answer []byte
	l.until("the journal can be read", func() bool {
		status, body, err := l.replicas[0].try("GET", fmt.Sprintf("journal?workspace=%s&limit=10000&since=%d", w.name, w.checked), "")
		answer = body
		return err == nil && status == 200
	})
	var journal struct {
		Exchanges []struct {
			N       int64
			Request struct{ Body string }
		}
	}
	if err := json.Unmarshal(answer, &journal); err != nil {
		l.Fatal(err)
	}
	kept := map[int64]string{}
	for _, x := range journal.Exchanges {
		kept[x.N] = x.Request.Body
	}
	for number, request := range w.exchanges {
		if !strings.Contains(kept[number], request) {
			l.Fatalf("round %d: exchange %d of workspace %s was acknowledged to %s and is %q to a replica", l.rounds, number, w.name, request, kept[number])
		}
	}
}

// tenantOf is whose a request is.
func (l *load) tenantOf(request string) *tenant {
	n, err := strconv.ParseInt(request[strings.LastIndex(request, "-")+1:], 10, 64)
	if err != nil {
		return nil
	}
	return l.spaces[n%int64(len(l.spaces))]
}

// checkDecisions holds that every decision is still remembered.
func (l *load) checkDecisions() {
	l.Helper()
	var remembered, dropped int64
	for _, w := range l.spaces {
		n, err := l.db.Do(l.Context(), l.db.B().Hlen().Key(w.prefix+"d:decision").Build()).AsInt64()
		gone, none := l.db.Do(l.Context(), l.db.B().Hget().Key(w.prefix+"counters").Field("evicted:decision").Build()).AsInt64()
		if err != nil || none != nil && !rueidis.IsRedisNil(none) {
			l.Fatal(err, none)
		}
		remembered, dropped = remembered+n, dropped+gone
	}
	most := (l.begun.Load() + messageCalls - 1) / messageCalls
	if remembered < l.decided || remembered > most+int64(len(l.spaces)) || dropped != 0 {
		l.Errorf("%d decisions are remembered and %d were dropped; want the %d that were told, of at most %d", remembered, dropped, l.decided, most)
	}
	l.Logf("%d decisions remembered, %d dropped", remembered, dropped)
}

// memory is how many bytes a replica's process holds.
func (r *replica) memory() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", r.run.Process.Pid))
	fields := strings.Fields(string(data))
	if err != nil || len(fields) < 2 {
		r.fleet.Skip("there is no /proc here that says how much memory a process holds")
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// checkMemory holds that in the second half of a long run the replica is no larger
// than in the first. Single values are no measure: they depend on when memory was
// last collected.
func (l *load) checkMemory() {
	l.Helper()
	half := len(l.memory) / 2
	if half < 10 {
		return // a short run only grows
	}
	first, second := median(l.memory[:half]), median(l.memory[half:])
	l.Logf("memory of the replica: %d MB in the first half, %d MB in the second (medians)", first>>20, second>>20)
	if second > first+first/10 {
		l.Errorf("the replica held %d MB in the first half of the run and %d MB in the second: it grows", first>>20, second>>20)
	}
}

func median(values []int64) int64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
