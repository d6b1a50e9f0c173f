package scenarios

import (
	"context"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/sim"
)

// withStrays adds to a thread's events those of calls that name no thread, such
// as a delivery callback for an impression that never was. They are surely the
// thread's when nobody else is in its workspace.
func (p *player) withStrays(ctx context.Context, events []sim.Event) ([]sim.Event, error) {
	if !p.claimsStrays() {
		return events, nil
	}
	entries, err := p.ws.Find(ctx, 1, func(o sim.Outline) bool { return o.Thread == "" && o.Direction == sim.In })
	out := slices.Clone(events)
	for _, e := range entries {
		out = append(out, eventsOf(e)...)
	}
	return out, err
}

func (p *player) claimsStrays() bool { return p.alone && len(p.order) == 1 }

// homeless are the delivery callbacks from exchange number from on that no
// thread can claim, as evidence for rules of run scope.
func homeless(ctx context.Context, ws *sim.Workspace, from int64) (rules.Evidence, error) {
	entries, err := ws.Find(ctx, from, func(o sim.Outline) bool { return o.Thread == "" && o.Operation == "impressionDelivered" })
	var e rules.Evidence
	for _, entry := range entries {
		confirms := func(n sim.Note) bool { _, ok := n.(note.DeliveryConfirmed); return ok }
		if slices.ContainsFunc(allNotes(entry), confirms) {
			e.Events = append(e.Events, eventsOf(entry)...)
		}
	}
	return e, err
}

// elsewhere is what is known of the story's customers in threads that they did
// not begin.
func (p *player) elsewhere(ctx context.Context) (found []rules.Evidence, err error) {
	all, err := p.ws.AllThreads(ctx)
	own := p.threads()
	for _, t := range all {
		named := func(name string) bool { return p.actors[name].Customer == t.Customer }
		if err != nil || slices.Contains(own, t.ID) || !slices.ContainsFunc(p.order, named) {
			continue
		}
		var e rules.Evidence
		e, err = p.sb.Evidence(ctx, p.ws, t.ID, p.settings)
		found = append(found, e)
	}
	return found, err
}

// allNotes are those of an exchange and of its end.
func allNotes(e sim.Entry) []sim.Note {
	if e.Ended == nil {
		return e.Notes
	}
	return slices.Concat(e.Notes, e.Ended.Notes)
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
