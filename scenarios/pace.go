package scenarios

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/clock"
)

// Pace is how the waits of stories pass. The zero value lets them pass in the
// time of their threads, which webhooks carry in their timestamps.
type Pace struct {
	// Real really waits and leaves the clocks of threads alone, for integrators
	// that go by the time of their machine. Waits relative to the idle gap keep
	// within MaxExtra of it, and longer ones than MaxReal are not played.
	Real bool
	// Hook, unless nil, is told of every wait before it passes, for integrators
	// whose own clock can be moved. Its error ends the story.
	Hook func(context.Context, Passing) error
}

// Bounds of waits that are really waited for.
const (
	MaxExtra = 500 * time.Millisecond
	MaxReal  = time.Minute
)

// Passing is time that is about to pass for one customer.
type Passing struct {
	Channel  string    `json:"channel"`
	Account  string    `json:"account"`
	Customer string    `json:"customer"`
	Seconds  float64   `json:"advanceSeconds"`
	Advance  string    `json:"advance"` // the same as people write it: 26h0m0s
	Now      time.Time `json:"now"`     // the thread's time afterwards
}

// pause is time that a thread lets pass.
type pause struct {
	thread string
	d      time.Duration
}

// pass lets time pass in threads that have begun.
func (p Pace) pass(ctx context.Context, ws *sim.Workspace, waits []pause) error {
	var longest time.Duration
	for _, w := range waits {
		longest = max(longest, w.d)
		t, known, err := ws.Thread(ctx, w.thread)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if err := p.tell(ctx, ws, t, w.d); err != nil {
			return err
		}
		if p.Real {
			continue
		}
		if err := ws.Advance(ctx, w.thread, w.d); err != nil {
			return err
		}
	}
	if p.Real {
		return clock.NewWall(0).Sleep(ctx, longest)
	}
	return nil
}

func (p Pace) tell(ctx context.Context, ws *sim.Workspace, t sim.Thread, d time.Duration) error {
	if p.Hook == nil {
		return nil
	}
	err := p.Hook(ctx, Passing{
		Channel: t.Channel, Account: t.Account, Customer: t.Customer,
		Seconds: d.Seconds(), Advance: d.String(), Now: ws.Now(ctx, t.ID).Add(d),
	})
	if err != nil {
		return fmt.Errorf("the clock hook: %w", err)
	}
	return nil
}

// settings are those of stories for an integrator so configured.
func (p Pace) settings(s rules.Settings) story.Settings {
	set := PlaySettings(s)
	if p.Real {
		set.MaxExtra, set.MaxWait = MaxExtra, MaxReal
	}
	return set
}

// gap is a wait that is surely longer than the idle gap.
func (p Pace) gap(s rules.Settings) time.Duration {
	if p.Real {
		return s.IdleGap + MaxExtra
	}
	return s.IdleGap + 2*time.Hour
}

// remedy says what to do about an integrator that has not noticed that time
// has passed.
func (p Pace) remedy() string {
	switch {
	case p.Real:
		return "check --cap and --idle-gap: they have to be what the integrator is configured with"
	case p.Hook != nil:
		return "the clock hook was called, so check what it does, --cap and --idle-gap"
	}
	return strings.Join([]string{
		"measure the idle gap by the timestamps of webhooks",
		"or configure a short gap and let the run really wait: --time real --idle-gap 2s",
		"or let the run move your clock: --clock-hook URL or COMMAND",
		"or check --cap and --idle-gap",
	}, ", ")
}
