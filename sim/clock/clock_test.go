package clock_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/encore-sandbox/sandbox/sim/clock"
	"github.com/encore-sandbox/sandbox/sim/clock/clocktest"
)

// noon is where clocks of these tests start.
func noon() time.Time { return time.Date(2025, 6, 2, 12, 0, 0, 0, time.UTC) }

func virtual(c clock.Clock) *clock.Virtual { return c.(*clock.Virtual) }

// TestConformance holds all clocks, moved in all ways, to the one suite.
func TestConformance(t *testing.T) {
	t.Parallel()
	newWall := func() clock.Clock { return clock.NewWall(0) }
	newVirtual := func() clock.Clock { return clock.NewVirtual(noon()) }
	run := func(c clock.Clock, body func()) { virtual(c).Run(body) }
	quiet := func(c clock.Clock) { virtual(c).Quiet(0) }
	for name, s := range map[string]clocktest.Subject{
		"Wall advanced":     {New: newWall},
		"Wall in real time": {New: newWall, Pass: func(_ clock.Clock, d time.Duration) { time.Sleep(d) }},
		"Wall ahead":        {New: func() clock.Clock { return clock.NewWall(26 * time.Hour) }},
		"Wall behind":       {New: func() clock.Clock { return clock.NewWall(-time.Hour) }},
		"Manual":            {New: func() clock.Clock { return clock.NewManual(noon()) }},
		"Virtual advanced":  {New: newVirtual, Drive: run, Settle: quiet},
		"Virtual by sleeping": {New: newVirtual, Drive: run, Settle: quiet, Pass: func(c clock.Clock, d time.Duration) {
			if err := c.Sleep(context.Background(), d); err != nil { // a bubble cannot wait for the outer test's context
				t.Error(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) { clocktest.Run(t, s) })
	}
}

// TestTies: outbox and statuses rely on first set, first fired, at one moment.
func TestTies(t *testing.T) {
	t.Parallel()
	v := clock.NewVirtual(noon())
	for name, c := range map[string]struct {
		clock clock.Clock
		drive func(func())
	}{
		"Manual":  {clock.NewManual(noon()), func(f func()) { f() }},
		"Virtual": {v, v.Run},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want, got []int
			c.drive(func() {
				for i := range 20 {
					want = append(want, i)
					c.clock.AfterFunc(time.Second, func() { got = append(got, i) })
				}
				if _, err := c.clock.Advance(time.Second); err != nil {
					t.Error(err)
				}
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("order of firing (-want +got):\n%s", diff)
			}
		})
	}
}

// TestManualStopsTie: at one moment, the first may still call off the second.
func TestManualStopsTie(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(noon())
	var stop func() bool
	stopped := false
	c.AfterFunc(time.Second, func() { stopped = stop() })
	stop = c.AfterFunc(time.Second, func() { t.Error("the stopped timer fired") })
	if fired, err := c.Advance(time.Minute); fired != 1 || err != nil || !stopped {
		t.Errorf("Advance = %d, %v with stop = %v, want 1, nil, true", fired, err, stopped)
	}
}

// TestWallOffset: a clock restored from the store goes on where it was.
func TestWallOffset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewWall(time.Hour)
		time.Sleep(time.Minute)
		if got := c.Now().Sub(clock.Real()); got != time.Hour {
			t.Errorf("ahead by %v, want 1h", got)
		}
	})
}

// TestWallAdvanceIsRealTime: an attempt that Advance waits for may wait itself,
// and its time limit strikes, since real time does not stop for Advance.
func TestWallAdvanceIsRealTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewWall(0)
		start := clock.Real()
		c.AfterFunc(time.Hour, func() {
			hung := make(chan struct{})
			c.AfterFunc(10*time.Second, func() { close(hung) })
			<-hung
			if err := c.Sleep(t.Context(), time.Second); err != nil {
				t.Error(err)
			}
		})
		fired, err := c.Advance(2 * time.Hour)
		if err != nil || fired != 3 {
			t.Errorf("Advance = %d, %v, want 3 (timer, limit, sleep), nil", fired, err)
		}
		if got := clock.Since(start); got != 11*time.Second {
			t.Errorf("took %v of real time, want 11s", got)
		}
	})
}

// TestWallTimerAmongAdvances: real time and advances count alike.
func TestWallTimerAmongAdvances(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewWall(0)
		start, fired := clock.Real(), time.Duration(-1)
		c.AfterFunc(time.Hour, func() { fired = clock.Since(start) })
		if n, err := c.Advance(50 * time.Minute); n != 0 || err != nil {
			t.Errorf("Advance = %d, %v, want 0, nil", n, err)
		}
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if fired != 10*time.Minute {
			t.Errorf("fired after %v of real time, want 10m", fired)
		}
	})
}

// TestAdvanceTooFar: an offset that no duration can hold is refused, not wrapped
// into the past.
func TestAdvanceTooFar(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(noon())
	if _, err := c.Advance(clock.Forever - 1); err != nil {
		t.Fatal(err)
	}
	before := c.Now()
	if _, err := c.Advance(time.Hour); err == nil {
		t.Error("no error")
	}
	if diff := cmp.Diff(before, c.Now()); diff != "" {
		t.Errorf("now (-want +got):\n%s", diff)
	}
}

// TestAdvanceTogether: two who advance at once move the clock by both, even if
// the second comes while the first waits for what it fired.
func TestAdvanceTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewManual(noon())
		advance := func() {
			if _, err := c.Advance(time.Hour); err != nil {
				t.Error(err)
			}
		}
		c.AfterFunc(time.Minute, func() {
			go advance()
			synctest.Wait()
		})
		advance()
		synctest.Wait()
		if got := c.Now().Sub(noon()); got != 2*time.Hour {
			t.Errorf("moved by %v, want 2h", got)
		}
	})
}
