package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/sim"
)

// threadIDs lists the threads of the workspace.
func (w *world) threadIDs() []string {
	w.Helper()
	threads, err := w.ws.Threads(w.Context())
	w.diff("error", nil, err)
	var ids []string
	for _, t := range threads {
		ids = append(ids, t.ID)
	}
	return ids
}

// A call finds its thread by what it says, in the order of how sure that is.
func TestThreadOfACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	located := func(method, url, body string) string {
		t.Helper()
		w.call(method, url, body)
		return w.last().Thread
	}
	w.diff("an unknown recipient has none", "", located("POST", "/orders", `{"item":"kite","recipient":"15014005001"}`))
	w.diff("nobody named: none", "", located("POST", "/orders", `{"item":"kite"}`))
	w.diff("account and customer name it", inAlice, located("POST", "/orders", orderOf(alice, "kite")))
	id := w.last().Notes[1].(ordered).ID
	w.diff("on refused calls too", inAlice, located("POST", "/orders", `{"account":"a1","customer":"15014005001"}`))
	w.diff("a recipient names its most recent thread", inAlice, located("POST", "/orders", `{"item":"kite","recipient":"+15014005001"}`))
	other := `{"account":"a2","customer":"15014005001","item":"kite"}`
	w.diff("the same customer with another account is another thread", "toy:a2:15014005001", located("POST", "/orders", other))
	w.diff("which is the most recent one now", "toy:a2:15014005001", located("POST", "/orders", `{"item":"kite","recipient":"15014005001"}`))
	w.diff("a minted id names the thread it was minted in", inAlice, located("GET", "/orders/"+id, ""))
	w.diff("which is the most recent one again", inAlice, located("POST", "/orders", `{"item":"kite","recipient":"15014005001"}`))
	w.diff("an id from elsewhere names none", "", located("GET", "/orders/ord_ffff", ""))
	w.diff("threads", []string{inAlice, "toy:a2:15014005001"}, w.threadIDs())
}

func TestThreadDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	sent := w.write("+"+alice, "Hi")
	w.delivered(1)
	w.advance(inAlice, time.Hour)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	got, ok, err := w.ws.Thread(t.Context(), sent.Thread)
	w.diff("error", nil, err)
	w.diff("found", true, ok)
	w.diff("thread", sim.Thread{
		ID: inAlice, Channel: "toy", Platform: "toybox", Account: "a1", Customer: alice, Offset: time.Hour,
		Created: epoch, Active: epoch.Add(time.Hour), Inbound: epoch, Ordinal: 2, Text: "Hi",
	}, got)
	_, ok, err = w.ws.Thread(t.Context(), inBob)
	w.diff("error", nil, err)
	w.diff("a thread that is not there is found", false, ok)
}

// Time belongs to a thread: one that is ahead moves nobody else.
func TestThreadTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	w.call("POST", "/orders", orderOf(bob, "kite"))
	w.advance(inAlice, 26*time.Hour)
	w.advance("", time.Minute)
	ctx := t.Context()
	w.diff("alice", epoch.Add(26*time.Hour+time.Minute), w.ws.Now(ctx, inAlice))
	w.diff("bob", epoch.Add(time.Minute), w.ws.Now(ctx, inBob))
	w.diff("outside any thread", epoch.Add(time.Minute), w.ws.Now(ctx, ""))
	w.diff("in a thread that is not there", epoch.Add(time.Minute), w.ws.Now(ctx, "toy:a1:1"))
	w.call("POST", "/orders", orderOf(alice, "kite"))
	x := w.last()
	w.diff("an exchange has the time of its thread", []time.Time{epoch.Add(26*time.Hour + time.Minute), epoch.Add(26*time.Hour + time.Minute)}, []time.Time{x.At, x.Ended.At})
}

// Every advance is on the timeline of whom it concerns, once.
func TestClockAdvancedIsOnTheTimeline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.call("POST", "/orders", `{"account":"a1","customer":"`+alice+`"}`)
	w.call("POST", "/orders", `{"account":"a1","customer":"`+bob+`"}`)
	size := len(w.last().Response.Body)
	w.advance(inAlice, time.Hour)
	w.advance("", time.Minute)
	first := []any{asked{""}, concluded{400, size}, "completed"}
	w.diff("alice", slices.Concat(first, []any{advanced{inAlice, time.Hour}, advanced{"", time.Minute}}), w.timeline(inAlice))
	w.diff("bob", slices.Concat(first, []any{advanced{"", time.Minute}}), w.timeline(inBob))
	events, _, err := w.ws.Timeline(t.Context(), inAlice)
	w.diff("error", nil, err)
	w.diff("an advance is noted at its end", []time.Time{epoch.Add(time.Hour), epoch.Add(time.Hour + time.Minute)}, []time.Time{events[3].At, events[4].At})
	if !slices.IsSortedFunc(events, func(a, b sim.Event) int { return int(a.Tick - b.Tick) }) {
		t.Error("the ticks of a timeline of calls one after the other do not grow")
	}
}

func TestAdvanceRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, c := range []struct {
		thread string
		by     time.Duration
		want   string
	}{
		{"", -time.Second, "a clock only goes forward"},
		{inAlice, -time.Second, "a clock only goes forward"},
		{inAlice, time.Second, `no thread "` + inAlice + `"; list them with GET /_sandbox/v1/threads`},
	} {
		err := w.ws.Advance(t.Context(), c.thread, c.by)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Advance(%q, %v) = %v, want %q", c.thread, c.by, err, c.want)
		}
	}
	w.diff("time", epoch, w.ws.Now(t.Context(), ""))
	w.diff("threads", []string(nil), w.threadIDs())
}

func TestWriteRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, c := range []struct {
		message sim.CustomerMessage
		want    string
	}{
		{sim.CustomerMessage{Channel: "smoke", From: alice}, `no channel "smoke"; use one of toy`},
		{sim.CustomerMessage{From: alice}, `no channel "whatsapp"; use one of toy`},
		{sim.CustomerMessage{Channel: "toy", Account: "a9", From: alice}, `no account "a9" on channel toy; use one of a1, a2`},
		{sim.CustomerMessage{Channel: "toy", From: "Alice"}, `"Alice" is no number; use digits such as 15014005001`},
		{sim.CustomerMessage{Channel: "toy", From: alice, Text: "unwritable"}, "nobody can write that"},
	} {
		_, err := w.ws.Write(t.Context(), c.message)
		if err == nil || err.Error() != c.want {
			t.Errorf("Write(%+v) = %v, want %q", c.message, err, c.want)
		}
	}
	w.ws.SetWebhook("", sim.Target{})
	_, err := w.ws.Write(t.Context(), sim.CustomerMessage{Channel: "toy", From: alice, Text: "Hi"})
	w.diff("without a webhook", sim.ErrNoWebhook.Error(), err.Error())
	w.diff("threads that were begun", []string(nil), w.threadIDs())
}

// An account goes by its own id or by its operator's.
func TestWriteToAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for account, want := range map[string]string{"": inAlice, "a2": "toy:a2:" + alice, "client-2": "toy:a2:" + alice, "client-1": inAlice} {
		sent, err := w.ws.Write(t.Context(), sim.CustomerMessage{Channel: "toy", Account: account, From: alice, Text: "Hi"})
		w.diff("error", nil, err)
		w.diff("thread with account "+account, want, sent.Thread)
	}
	w.delivered(4)
}

func TestNewCustomer(t *testing.T) {
	t.Parallel()
	one, again := newWorld(t, nil), newWorld(t, nil)
	other := newWorld(t, func(c *sim.Config) { c.Run = "another" })
	make3 := func(w *world) (out []string) {
		for range 3 {
			made, err := w.ws.NewCustomer(t.Context(), sim.CustomerRequest{Channel: "toy"})
			w.diff("error", nil, err)
			w.diff("thread", "toy:a1:"+made.Customer, made.Thread)
			out = append(out, made.Customer)
		}
		return out
	}
	first := make3(one)
	one.diff("the same seed and run make the same customers", first, make3(again))
	one.diff("distinct customers", 3, len(slices.Compact(slices.Sorted(slices.Values(first)))))
	one.diff("another run shares one with it", false, slices.Contains(make3(other), first[0]))
	fated, err := one.ws.NewCustomer(t.Context(), sim.CustomerRequest{Channel: "toy", Account: "client-2", Fate: "503"})
	one.diff("error", nil, err)
	one.diff("account", "a2", fated.Account)
	if !strings.HasPrefix(fated.Customer, "1500") || !strings.HasSuffix(fated.Customer, "0503") {
		t.Errorf("the customer with fate 503 is %s, want 1500NNN0503", fated.Customer)
	}
	_, err = one.ws.NewCustomer(t.Context(), sim.CustomerRequest{Channel: "toy", Fate: "777"})
	one.diff("an unknown fate", `no fate "777"; the table is in: encore-sandbox help faults`, err.Error())
}

// Reset forgets everything but the clock and the targets; numbers go on, and a
// watcher goes on watching.
func TestReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.write(alice, "Hi")
	w.delivered(1)
	w.call("POST", "/orders", orderOf(alice, "kite"))
	w.arm("503")
	w.advance("", time.Hour)
	signal, stop := w.ws.Watch()
	defer stop()
	w.diff("error", nil, w.ws.Reset(t.Context()))
	receive(w, signal, "the signal of a reset")
	w.diff("threads", []string(nil), w.threadIDs())
	w.diff("exchanges", 0, len(w.journal()))
	w.diff("orders", []string(nil), w.orders())
	w.diff("armed", map[string]int{}, w.struck())
	w.diff("time", epoch.Add(time.Hour), w.ws.Now(t.Context(), ""))
	w.write(alice, "Hi again")
	w.diff("number of the next exchange", int64(3), w.delivered(1)[0].N)
	receive(w, signal, "a signal after the reset")
}

// A random value depends on the seed, the run, the thread and how many came
// before it there, and not on what others do meanwhile.
func TestRandomnessBelongsToTheThread(t *testing.T) {
	t.Parallel()
	ids := func(customers ...string) map[string][]string {
		w := newWorld(t, nil)
		out := map[string][]string{}
		for _, customer := range customers {
			w.call("POST", "/orders", orderOf(customer, "kite"))
			out[customer] = append(out[customer], w.last().Notes[1].(ordered).ID)
		}
		return out
	}
	w := newWorld(t, nil)
	w.diff("ids in one order and another", ids(alice, alice, bob), ids(bob, alice, alice))
	all := ids(alice, alice, bob)
	w.diff("distinct ids", 3, len(slices.Compact(slices.Sorted(slices.Values(append(all[alice], all[bob]...))))))
}
