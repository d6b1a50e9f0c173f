package sim_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
	"github.com/encore-sandbox/sandbox/sim/store/redis"
	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
)

// listenCases are the operations by which webhooks are fetched.
func listenCases() map[string]controlCase {
	const v1 = "/_sandbox/v1"
	return map[string]controlCase{
		"metrics": {path: "/metrics", status: 404, want: "has no metrics", badHeader: noWorkspace, badStatus: 404, badWant: "no workspace"},
		"listen": {
			path: v1 + "/listen", body: `{"session":"0123456789abcdef","forward":{"*":"http://localhost:3000/hooks"}}`, status: 200,
			badBody: `{"session":"0123456789abcdef","forward":{"*":"localhost:3000"}}`, badStatus: 400, badWant: "must begin with http",
		},
		"answerDelivery": {
			path: v1 + "/listen/0123456789abcdef", body: `{"answers":[]}`, status: 404, want: "does not listen",
			badBody: `{"answers":[{}]}`, badStatus: 400, badWant: "id",
		},
		"stopListening": {path: v1 + "/listen/0123456789abcdef", status: 204, badHeader: noWorkspace, badStatus: 404, badWant: `no workspace`},
	}
}

// ear is a listener, which a test leads by hand.
type ear struct {
	w             *world
	base, session string
	lines         *bufio.Scanner
	close         func()
}

// listen connects; more are further members of the request.
func (w *world) listen(base, session, more string) *ear {
	w.Helper()
	e, a := w.tryListen(base, session, more)
	if e == nil {
		w.Fatalf("listen: %d %s", a.Status, a.Body)
	}
	return e
}

func (w *world) tryListen(base, session, more string) (*ear, answer) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	body := fmt.Sprintf(`{"session":%q,"forward":{"*":"http://localhost:3000/hooks"}%s}`, session, more)
	resp, err := http.DefaultClient.Do(w.request("POST", base+"/_sandbox/v1/listen", body).WithContext(ctx))
	if err != nil {
		cancel()
		w.Fatal(err)
	}
	e := &ear{w: w, base: base, session: session, lines: bufio.NewScanner(resp.Body), close: func() {
		cancel()
		_ = resp.Body.Close()
	}}
	w.Cleanup(e.close)
	if resp.StatusCode != http.StatusOK {
		var text bytes.Buffer
		_, _ = text.ReadFrom(resp.Body)
		return nil, answer{Status: resp.StatusCode, Body: text.String()}
	}
	e.event("listening", nil)
	return e, answer{}
}

// event reads the next event, which has the name.
func (e *ear) event(name string, into any) {
	e.w.Helper()
	got := ""
	for e.lines.Scan() {
		member, value, _ := strings.Cut(e.lines.Text(), ": ")
		if member == "event" {
			got = value
		}
		if member == "data" && into != nil && got == name {
			if err := json.Unmarshal([]byte(value), into); err != nil {
				e.w.Fatal(err)
			}
		}
		if member == "" && got != "ping" {
			e.w.diff("event", name, got)
			return
		}
	}
	e.w.Fatalf("the stream ended before %s: %v", name, e.lines.Err())
}

func (e *ear) delivery() (f sim.Forwarded) {
	e.w.Helper()
	e.event("delivery", &f)
	return f
}

// open answers a probe: somebody accepts connections.
func (e *ear) open() {
	e.w.Helper()
	var probe sim.Forwarded
	e.event("probe", &probe)
	e.says(e.base, sim.Answered{ID: probe.ID, Status: 200})
}

// says answers a call, at any replica, and returns what was taken.
func (e *ear) says(base string, answers ...sim.Answered) string {
	e.w.Helper()
	body, err := json.Marshal(map[string]any{"answers": answers})
	if err != nil {
		e.w.Fatal(err)
	}
	a := send(http.DefaultClient, e.w.request("POST", base+"/_sandbox/v1/listen/"+e.session, string(body)))
	if a.Status != http.StatusOK {
		e.w.Fatalf("the answer was not taken: %d %s %v", a.Status, a.Body, a.Err)
	}
	return a.Body
}

const anna, olga = "anna-0123456789abcdef", "olga-0123456789abcdef"

// nowhere is a sandbox without a webhook target, which redelivers when a port
// was closed.
func nowhere(c *sim.Config) { c.Webhooks, c.RetryRefused = nil, 500*time.Millisecond }

// What the listener's integrator answers is in the journal as if it had been
// called directly, and the bytes that it gets are those that a target gets.
func TestListenerAnswersForTheIntegrator(t *testing.T) {
	t.Parallel()
	direct := newWorld(t, nil)
	direct.write(alice, "Hi")
	want := direct.delivered(1)[0]
	w := newWorld(t, nowhere)
	e := w.listen(w.serve().URL, anna, "")
	w.write(alice, "Hi")
	got := e.delivery()
	w.diff("call", []any{"POST", "http://localhost:3000/hooks", want.Operation, want.Thread}, []any{got.Method, got.URL, got.Operation, got.Thread})
	w.diff("body", string(want.Request.Body), string(got.Body))
	w.diff("exchange", w.last().N, got.Exchange)
	e.says(e.base, sim.Answered{ID: got.ID, Status: 202, Header: http.Header{"X-Own": {"a", "b"}}, Body: []byte("ok"), Micros: 1500})
	x := w.delivered(1)[0]
	w.diff("answer", []any{202, "ok", []string{"a", "b"}, 1500 * time.Microsecond, "http://localhost:3000/hooks"},
		[]any{x.Ended.Response.Status, string(x.Ended.Response.Body), x.Ended.Response.Header["X-Own"], x.Ended.Duration, x.Request.URL})
}

// A signature holds over the tunnel: its header arrives as it was sent.
func TestListenerGetsEveryHeader(t *testing.T) {
	t.Parallel()
	direct := newWorld(t, nil)
	var header http.Header
	direct.in.answers = []http.HandlerFunc{func(_ http.ResponseWriter, r *http.Request) { header = r.Header.Clone() }}
	direct.write(alice, "Hi")
	direct.delivered(1)
	w := newWorld(t, nowhere)
	e := w.listen(w.serve().URL, anna, "")
	w.write(alice, "Hi")
	w.diff("header", header, e.delivery().Header)
}

// Nothing is lost while nobody listens: it waits, in order.
func TestWebhooksWaitForTheListener(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nowhere)
	server := w.serve()
	first := w.listen(server.URL, anna, "")
	w.write(alice, "one")
	cut := first.delivery() // it never answers that
	first.close()
	w.delivered(1)
	w.write(alice, "two")
	for range 3 { // it looks for the listener again and again, and journals nothing
		w.advance("", time.Second)
	}
	second := w.listen(server.URL, anna, "")
	second.open()
	again := second.delivery()
	w.diff("the same webhook", string(cut.Body), string(again.Body))
	second.says(server.URL, sim.Answered{ID: again.ID, Status: 200})
	next := second.delivery()
	second.says(server.URL, sim.Answered{ID: next.ID, Status: 200})
	w.diff("text", "two", fieldOf(next.Body, "text"))
	w.diff("attempts in the journal", 3, len(w.delivered(3)))
}

func fieldOf(body []byte, name string) string {
	var tree map[string]string
	_ = json.Unmarshal(body, &tree)
	return tree[name]
}

// A closed port at the listener's is waited for like one at a target.
func TestListenerFindsThePortClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nowhere)
	e := w.listen(w.serve().URL, anna, "")
	w.write(alice, "one")
	e.says(e.base, sim.Answered{ID: e.delivery().ID, Refused: true, Error: "connection refused"})
	w.delivered(1)
	moved := make(chan struct{})
	go func() {
		defer close(moved)
		w.advance("", time.Second)
	}()
	e.open()
	e.says(e.base, sim.Answered{ID: e.delivery().ID, Status: 200})
	receive(w, moved, "the clock")
	w.diff("attempts in the journal", 2, len(w.delivered(2)))
}

// One listens at a time; a second is told who, and takes over if it says so.
func TestSecondListenerAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nowhere)
	server := w.serve()
	first := w.listen(server.URL, anna, `,"who":"anna@laptop"`)
	_, refused := w.tryListen(server.URL, olga, "")
	w.diff("status", http.StatusConflict, refused.Status)
	w.wantError(refused, "anna@laptop listens to this workspace since ")
	second := w.listen(server.URL, olga, `,"take":true`)
	var ended struct{ Reason string }
	first.event("ended", &ended)
	w.diff("reason", "another listener has taken over", ended.Reason)
	w.write(alice, "Hi")
	second.says(server.URL, sim.Answered{ID: second.delivery().ID, Status: 200})
	w.diff("status in the journal", 200, w.delivered(1)[0].Ended.Response.Status)
	late := send(http.DefaultClient, w.request("POST", server.URL+"/_sandbox/v1/listen/"+anna, `{"answers":[]}`))
	w.diff("what the first says then", http.StatusNotFound, late.Status)
}

// With targets set webhooks go to the listener while it is there, and to the
// targets when it has said goodbye.
func TestListenerComesBeforeTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	e := w.listen(w.serve().URL, anna, `,"who":"anna@laptop"`)
	w.write(alice, "one")
	e.says(e.base, sim.Answered{ID: e.delivery().ID, Status: 200})
	w.delivered(1)
	if a := w.call("GET", "/_sandbox/v1/webhook", ""); !strings.Contains(a.Body, `"connected": true`) || strings.Contains(a.Body, anna) {
		t.Errorf("the listener is not shown, or its secret is: %s", a.Body)
	}
	w.diff("goodbye", 204, w.call("DELETE", "/_sandbox/v1/listen/"+anna, "").Status)
	w.write(alice, "two")
	w.delivered(2)
	w.diff("what the target got", []string{"two"}, w.in.got("text"))
}

// A delivery that nobody waits for any more is withdrawn, and its answer counts
// for nothing.
func TestListenerIsToldOfTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nowhere)
	e := w.listen(w.serve().URL, anna, "")
	w.write(alice, "one")
	call := e.delivery()
	w.advance("", 5*time.Second) // the toy vendor waits no longer
	var gone struct{ ID string }
	e.event("withdrawn", &gone)
	w.diff("withdrawn", call.ID, gone.ID)
	if taken := e.says(e.base, sim.Answered{ID: call.ID, Status: 200}); strings.Contains(taken, call.ID) {
		t.Errorf("a late answer was taken: %s", taken)
	}
	w.diff("outcome", "failed", w.delivered(1)[0].Ended.Outcome)
}

// replicas are sandboxes on one Redis, without a webhook target.
func replicas(t *testing.T, size int) (all []*world, bases []string) {
	server := redistest.Start(t)
	for i := range size {
		w := newWorld(t, func(c *sim.Config) {
			nowhere(c)
			c.Replica, c.Clock, c.Patience = fmt.Sprint("replica-", i), nil, nil
			c.Store = openRedis(t, redis.Config{URL: server.URL(), Replica: c.Replica, Forms: c.Forms(), Bounds: store.Bounds{Stays: []string{"shared", "listener"}}})
		})
		all, bases = append(all, w), append(bases, w.serve().URL)
	}
	return all, bases
}

func openRedis(t *testing.T, c redis.Config) store.Store {
	s, err := redis.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The replica that has the listener delivers what another queued, and takes
// answers that come to another.
func TestListenerAtAnotherReplica(t *testing.T) {
	t.Parallel()
	all, bases := replicas(t, 2)
	e := all[0].listen(bases[0], anna, "")
	for _, text := range []string{"one", "two"} {
		all[1].write(alice, text)
		call := e.delivery()
		all[0].diff("text", text, fieldOf(call.Body, "text"))
		e.says(bases[1], sim.Answered{ID: call.ID, Status: 200})
	}
	for _, x := range all[1].delivered(2) {
		all[1].diff("status", 200, x.Ended.Response.Status)
	}
}

// A listener is taken over from another replica, which lets it go.
func TestListenerTakenOverAtAnotherReplica(t *testing.T) {
	t.Parallel()
	all, bases := replicas(t, 2)
	first := all[0].listen(bases[0], anna, "")
	if _, refused := all[1].tryListen(bases[1], olga, ""); refused.Status != http.StatusConflict {
		t.Fatalf("a second listener at another replica: %d, want 409", refused.Status)
	}
	second := all[1].listen(bases[1], olga, `,"take":true`)
	var ended struct{ Reason string }
	first.event("ended", &ended)
	all[0].diff("reason", "another listener has taken over", ended.Reason)
	all[0].write(alice, "Hi")
	call := second.delivery()
	second.says(bases[0], sim.Answered{ID: call.ID, Status: 200})
	all[0].diff("status", 200, all[0].delivered(1)[0].Ended.Response.Status)
}

// A sandbox that ends tells its listener, who connects to another replica.
func TestListenerOfAReplicaThatEnds(t *testing.T) {
	t.Parallel()
	all, bases := replicas(t, 2)
	e := all[0].listen(bases[0], anna, "")
	all[0].sb.Drain(t.Context())
	var ended struct{ Reason string }
	e.event("ended", &ended)
	all[0].diff("reason", "the sandbox is stopping", ended.Reason)
	_, refused := all[0].tryListen(bases[0], anna, "")
	all[0].diff("at the same replica", http.StatusServiceUnavailable, refused.Status)
	all[0].diff("readiness", http.StatusServiceUnavailable, all[0].call("GET", "/readyz", "").Status)
	all[0].write(alice, "Hi") // it still takes calls
	again := all[1].listen(bases[1], anna, "")
	again.says(bases[1], sim.Answered{ID: again.delivery().ID, Status: 200})
	all[1].diff("status", 200, all[1].delivered(1)[0].Ended.Response.Status)
}
