package main

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Two replicas decide offers while their Redis is paused and restarted and one of
// them is killed again and again. RELIABILITY says how many calls are made; the
// default fits into CI, RELIABILITY=1000000 takes an hour or two.
func TestReliability(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes and takes half a minute")
	}
	f := newFleet(t, 2)
	calls := int64(3000)
	if n, err := strconv.ParseInt(os.Getenv("RELIABILITY"), 10, 64); err == nil {
		calls = n
	}
	l := &load{fleet: f, ends: calls}
	stop := make(chan struct{})
	var chaos sync.WaitGroup
	chaos.Go(func() { f.disturb(stop) })
	for l.begun.Load() < calls {
		l.round()
	}
	close(stop)
	chaos.Wait()
	t.Logf("%d calls: %d acknowledged, %d got a 503 of the sandbox, %d connections broke; 0 lost, 0 double decisions", l.begun.Load(), l.acknowledged.Load(), l.away.Load(), l.broken.Load())
	if l.acknowledged.Load() < l.begun.Load()/4 {
		t.Errorf("only %d of %d calls were answered: the disturbance left no room", l.acknowledged.Load(), l.begun.Load())
	}
}

// disturb pauses and restarts Redis and kills a replica, in turn.
func (f *fleet) disturb(stop <-chan struct{}) {
	real := clock.NewWall(0)
	rest := func(d time.Duration) bool {
		select {
		case <-stop:
			return false
		default:
			return real.Sleep(f.Context(), d) == nil
		}
	}
	for rest(700 * time.Millisecond) {
		f.redis.Pause()
		rest(400 * time.Millisecond)
		f.redis.Resume()
		if !rest(700 * time.Millisecond) {
			return
		}
		f.redis.Restart()
		if !rest(700 * time.Millisecond) {
			return
		}
		f.replicas[1].kill()
		rest(200 * time.Millisecond)
		f.replicas[1].start()
	}
}

// Workers of a round, its calls and its messages: few enough that the journal
// holds the round, and that several workers ask for the same message at once.
const (
	workers      = 8
	roundCalls   = 1000
	messageCalls = 5
)

// load makes calls and checks them, a round at a time.
type load struct {
	*fleet
	ends                       int64
	begun, tick                atomic.Int64
	acknowledged, away, broken atomic.Int64
	mu                         sync.Mutex
	history                    []porcupine.Operation
	exchanges                  map[int64]string // requestId by the number of an acknowledged exchange
	rounds                     int64
}

// asked is a call for a message; got what came of it: the requestId of the call
// that was decided, or "" when that is not known.
type (
	asked struct{ message, request string }
	got   string
)

func (l *load) round() {
	l.Helper()
	l.history, l.exchanges = nil, map[int64]string{}
	l.rounds++
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
	l.checkJournal()
}

func (l *load) ask(worker int, n int64) {
	op := asked{"wamid." + strconv.FormatInt((n-1)/messageCalls, 36), requestID(n)}
	called := l.tick.Add(1)
	status, decided, exchange, err := l.replicas[n%2].offer(op.message, op.request)
	returned := l.tick.Add(1)
	switch {
	case err != nil:
		l.broken.Add(1)
	case status != 200:
		l.away.Add(1)
	default:
		l.acknowledged.Add(1)
	}
	if err != nil || status != 200 {
		decided, returned = "", math.MaxInt64 // it may be done at any time, or never
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.history = append(l.history, porcupine.Operation{ClientId: worker, Input: op, Call: called, Output: got(decided), Return: returned})
	if number, wrong := strconv.ParseInt(exchange, 10, 64); decided != "" && wrong == nil {
		l.exchanges[number] = op.request
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

// checkHistory looks at each message for itself. Within a round everything is
// inside the window of a minute, or it would be right to decide anew.
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
	}
}

// checkJournal holds that every acknowledged exchange of the round is in the
// journal under its number, and says what the client was told.
func (l *load) checkJournal() {
	l.Helper()
	var answer []byte
	l.until("the journal can be read", func() bool {
		status, body, err := l.replicas[0].try("GET", "journal?limit="+strconv.Itoa(8*roundCalls), "")
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
		var body struct{ RequestID string }
		_ = json.Unmarshal([]byte(x.Request.Body), &body)
		kept[x.N] = body.RequestID
	}
	for number, request := range l.exchanges {
		if kept[number] != request {
			l.Fatalf("round %d: exchange %d was acknowledged to %s and is %q in the journal", l.rounds, number, request, kept[number])
		}
	}
}
