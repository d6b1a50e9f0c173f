package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios"
	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/store/redis/redistest"
)

// metered is a replica in this process whose round trips to Redis are counted.
type metered struct {
	*replica
	*redistest.Meter
	*testing.T
}

func newMetered(t *testing.T, server *redistest.Server) *metered {
	t.Helper()
	m := redistest.NewMeter(t, server, "default")
	f := &serveFlags{store: m.URL(), clock: "wall"}
	var log bytes.Buffer
	o := scenarios.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := (program{}).place(f, &o); err != nil {
		t.Fatal(err)
	}
	sb, err := scenarios.New(o)
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(sb)
	t.Cleanup(func() {
		m.Allow(-1)
		served.Close()
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	fleet := &fleet{T: t, client: &http.Client{Timeout: patient}}
	return &metered{&replica{fleet: fleet, base: served.URL}, m, t}
}

// settled is how many round trips were made, when no more come.
func (m *metered) settled() int {
	m.Helper()
	total, real := 0, clock.NewWall(0)
	for quiet := 0; quiet < 3; quiet++ {
		if n := m.Trips(); n > 0 {
			total, quiet = total+n, 0
		}
		if real.Sleep(m.Context(), 20*time.Millisecond) != nil {
			m.Fatal(context.Cause(m.Context()))
		}
	}
	return total
}

// A decided offer waits for two round trips to Redis at most, a repeated one for
// one where the replica has seen the decision before. The record of how the
// answer ended is one more, for which nobody waits.
func TestRoundTripsOfAnOffer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b := newMetered(t, server), newMetered(t, server)
	n := int64(0)
	converse := func(m *metered) { // which makes a thread, or moves it on
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.base+"/v25.0/106540352242922/messages",
			strings.NewReader(`{"messaging_product":"whatsapp","to":"15014005001","type":"text","text":{"body":"Hi"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+scenarios.GraphToken)
		resp, err := m.fleet.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		m.settled()
	}
	for _, step := range []struct {
		reason  string
		on      *metered
		message string
		trips   int
		dedup   string
	}{
		{"the first offer of all", a, "one", 2, "miss"},
		{"its repeat on the same replica", a, "one", 1, "hit"},
		{"another message", a, "two", 2, "miss"},
		{"on a replica that has seen nothing", b, "three", 2, "miss"},
		{"a repeat on the other replica, which has to read what was decided", b, "two", 2, "hit"},
		{"and again, now that it knows", b, "two", 1, "hit"},
		{"a repeat of what the other replica decided last", a, "three", 2, "hit"},
		{"in a thread that the replica knows", a, "four", 2, "miss"},
		{"its repeat", a, "four", 1, "hit"},
		{"in a thread that only the other replica knows", b, "five", 2, "miss"},
		{"its repeat", b, "five", 1, "hit"},
		{"in a thread that the other replica has moved on", a, "six", 2, "miss"},
	} {
		if step.message == "four" {
			converse(a)
		}
		step.on.settled()
		step.on.Allow(step.trips)
		n++
		status, decided, _, err := step.on.offer(step.message, requestID(n))
		if err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %v, want an answer after %d round trips", step.reason, status, err, step.trips)
		}
		step.on.Allow(-1)
		got := step.on.settled()
		if got > step.trips+1 {
			t.Errorf("%s: %d round trips, want at most %d and the end's", step.reason, got, step.trips)
		}
		if dedup := map[bool]string{true: "miss", false: "hit"}[decided == requestID(n)]; dedup != step.dedup {
			t.Errorf("%s: it was a %s, want a %s", step.reason, dedup, step.dedup)
		}
		t.Logf("%s: %d, with the end", step.reason, got)
	}
}
