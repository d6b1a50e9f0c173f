package sim_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/expect"
)

// asking sends a question to the journal and gives its answer back when it came.
func (w *world) asking(body string) <-chan answer {
	w.Helper()
	came := make(chan answer, 1)
	go func() { came <- w.call("POST", "/_sandbox/v1/journal/expect", body) }()
	return came
}

// matched are the numbers of the exchanges that met the patterns of an answer.
func matched(w *world, a answer) (numbers []any) {
	w.Helper()
	for _, m := range a.json(w.T)["matched"].([]any) {
		m := m.(map[string]any)
		w.diff("number and exchange", m["n"], m["exchange"].(map[string]any)["n"])
		numbers = append(numbers, m["n"])
	}
	return numbers
}

// inBubble plays with a sandbox of the toy vendor inside a bubble, where
// everybody who waits is known to wait, and waiting takes no time.
func inBubble(t *testing.T, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newWorld(t, nil)) })
}

// A question is answered as soon as the last pattern is met, by an exchange
// that came before it was put or after.
func TestExpectWaits(t *testing.T) {
	t.Parallel()
	inBubble(t, func(w *world) {
		began := time.Now()
		w.call("POST", "/orders", orderOf(alice, "kite"))
		came := w.asking(`{"patterns":["toy.createOrder",{"operation":"createOrder","request":{"item":"ball"}}],"within":"10m"}`)
		synctest.Wait()
		w.call("GET", "/ping", "")
		synctest.Wait()
		select {
		case a := <-came:
			w.Fatalf("an answer before the ball: %s", a.Body)
		default:
		}
		time.Sleep(time.Second)
		w.call("POST", "/orders", orderOf(bob, "ball"))
		a := <-came
		w.diff("status", 200, a.Status)
		w.diff("exchanges", []any{1.0, 3.0}, matched(w, a))
		w.diff("waited", "1s", a.json(w.T)["waited"])
		w.diff("as long as it took", time.Second, time.Since(began))
	})
}

// The wait is real time: a manual clock that stands still does not make it
// longer, and one that is moved on does not make it shorter.
func TestExpectIsBoundedInRealTime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(w *world) {
		began := time.Now()
		came := w.asking(`{"patterns":["toy.createOrder 409"],"within":"3s"}`)
		synctest.Wait()
		w.advance("", time.Hour)
		w.call("POST", "/orders", orderOf(alice, "kite"))
		a := <-came
		w.diff("status", 417, a.Status)
		w.diff("it took", 3*time.Second, time.Since(began))
		got := a.json(w.T)
		w.diff("error", `"toy.createOrder 409" did not come within 3s; 0 of 1 patterns hold; the closest is #1, but its status is 201, not 409`, got["error"])
		w.diff("simulated time", "2026-03-02T10:00:00Z", got["now"])
		near := got["missing"].([]any)[0].(map[string]any)["closest"].([]any)[0].(map[string]any)
		w.diff("thread of the near miss", inAlice, near["thread"])
	})
}

// What a webhook was answered is known when it has ended; that is a change too.
func TestExpectSeesTheEndOfAWebhook(t *testing.T) {
	t.Parallel()
	inBubble(t, func(w *world) {
		answered := make(chan struct{})
		w.in.answers = []http.HandlerFunc{func(rw http.ResponseWriter, _ *http.Request) {
			<-answered
			rw.WriteHeader(202)
		}}
		came := w.asking(`{"patterns":[{"direction":"out","status":202,"note":{"kind":"Acked","fields":{"Status":202}}}]}`)
		w.write(alice, "Hi")
		synctest.Wait()
		close(answered)
		w.diff("exchanges", []any{1.0}, matched(w, <-came))
	})
}

// since and thread bound what counts; without within it waits five seconds, and
// with zero it looks once.
func TestExpectLooksWhereItIsTold(t *testing.T) {
	t.Parallel()
	inBubble(t, func(w *world) {
		w.call("POST", "/orders", orderOf(alice, "kite"))
		w.call("POST", "/orders", orderOf(bob, "kite"))
		began := time.Now()
		for _, c := range []struct {
			body   string
			status int
			took   time.Duration
		}{
			{`{"patterns":["toy.createOrder"],"thread":"` + inBob + `"}`, 200, 0},
			{`{"patterns":["toy.createOrder"],"since":2}`, 417, 5 * time.Second},
			{`{"patterns":["toy.createOrder"],"since":1,"thread":"` + inAlice + `","within":"0s"}`, 417, 0},
			{`{"patterns":[{"request":{"item":"kite"}},"toy.createOrder","toy.ping"],"within":"0s"}`, 417, 0},
			{`{"patterns":[{"thread":"` + inBob + `"},{"thread":"` + inAlice + `"}],"within":"0s"}`, 417, 0},
			{`{"patterns":[{"thread":"` + inBob + `"},{"thread":"` + inAlice + `"}],"within":"0s","ordered":false}`, 200, 0},
		} {
			a := w.call("POST", "/_sandbox/v1/journal/expect", c.body)
			w.diff("status of "+c.body, c.status, a.Status)
			w.diff("time of "+c.body, c.took, time.Since(began))
			began = time.Now()
		}
	})
}

// Who goes away waits no longer.
func TestExpectEndsWithItsClient(t *testing.T) {
	t.Parallel()
	inBubble(t, func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		ended := make(chan error)
		go func() {
			_, err := w.ws.Expect(ctx, sim.Expectation{Patterns: []expect.Pattern{{Operation: "ping"}}, Within: time.Hour})
			ended <- err
		}()
		synctest.Wait()
		cancel()
		w.diff("the error is the context's", true, errors.Is(<-ended, context.Canceled))
	})
	inBubble(t, func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		r := w.request("POST", "http://localhost/_sandbox/v1/journal/expect", `{"patterns":["toy.ping"],"within":"10m"}`).WithContext(ctx)
		rec, ended := httptest.NewRecorder(), make(chan bool)
		go func() {
			w.sb.ServeHTTP(rec, r)
			close(ended)
		}()
		synctest.Wait()
		cancel()
		<-ended
		w.diff("status, for a client that is still there when the server closes", 503, rec.Code)
		w.wantError(answer{Status: rec.Code, Body: rec.Body.String()}, "the wait was broken off")
	})
}

func TestExpectRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for body, want := range map[string]string{
		`{"patterns":[]}`: "patterns: ",
		`{"patterns":["toy.ping"],"within":"soon"}`:   `is no duration`,
		`{"patterns":["toy.ping"],"within":"11m"}`:    `within: 11m is too long; wait up to 10m0s at a time`,
		`{"patterns":["toy.ping"],"with":"1s"}`:       `unknown field`,
		`{"patterns":[{"opration":"ping"}]}`:          `did you mean operation?`,
		`{"patterns":["ping"]}`:                       `use an operation such as encore.offersMessage`,
		`{"patterns":[{"request":{"a b":1}}]}`:        `is no path`,
		`{"patterns":[{"direction":"up"}]}`:           `direction`,
		`{"patterns":["toy.ping"],"since":-1}`:        `since: `,
		`{"patterns":["toy.ping"],"ordered":"maybe"}`: `ordered: `,
	} {
		got := w.call("POST", "/_sandbox/v1/journal/expect", body)
		w.diff("status of "+body, 400, got.Status)
		w.wantError(got, want)
	}
}
