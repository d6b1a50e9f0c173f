package scenarios

import (
	"context"
	"slices"

	"github.com/encore-sandbox/sandbox/sim"
)

// withStrays adds to a thread's events those of calls that name no thread, such
// as a delivery callback for an impression that never was. They are surely the
// thread's when nobody else is in its workspace.
func (p *player) withStrays(ctx context.Context, events []sim.Event) ([]sim.Event, error) {
	if !p.alone || len(p.order) != 1 {
		return events, nil
	}
	entries, err := p.ws.Journal(ctx, 1, 0)
	out := slices.Clone(events)
	for _, e := range entries {
		if e.Thread == "" && e.Direction == sim.In {
			out = append(out, eventsOf(e)...)
		}
	}
	return out, err
}

// eventsOf is what a timeline would say of an exchange.
func eventsOf(e sim.Entry) (events []sim.Event) {
	for _, n := range e.Notes {
		events = append(events, sim.Event{N: e.N, Tick: e.Tick, At: e.At, Wall: e.Wall, Note: n})
	}
	if e.Ended == nil {
		return events
	}
	for _, n := range e.Ended.Notes {
		events = append(events, sim.Event{N: e.N, Tick: e.Ended.Tick, At: e.Ended.At, Wall: e.Wall, Note: n})
	}
	return append(events, sim.Event{N: e.N, Tick: e.Ended.Tick, At: e.Ended.At, Wall: e.Wall, Outcome: e.Ended.Outcome})
}
