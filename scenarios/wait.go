package scenarios

import (
	"context"

	"github.com/encore-sandbox/sandbox/scenarios/story"
)

// wait lets time pass in every thread of the story that has begun. The steps
// before it have waited for their replies; what else may follow of them
// follows in the new time. A wait up to the idle gap counts from the customer's
// last message or wait, so that it ends exactly where it says.
func (p *player) wait(ctx context.Context, w story.Wait) error {
	waits := make([]pause, 0, len(p.order))
	for _, thread := range p.threads() {
		d := w.Resolve(p.plan)
		if since, known := p.since[thread]; known && w.Idle && w.Extra <= 0 {
			d = max(0, d-p.ws.Now(ctx, thread).Sub(since))
		}
		waits = append(waits, pause{thread, d})
	}
	err := p.pace.pass(ctx, p.ws, waits)
	p.mark(ctx, p.threads()...)
	return err
}

// mark notes the time of threads, from which their next wait may count.
func (p *player) mark(ctx context.Context, threads ...string) {
	for _, thread := range threads {
		p.since[thread] = p.ws.Now(ctx, thread)
	}
}

// given plays a thread's past through the integrator.
func (p *player) given(ctx context.Context, s story.Step) error {
	gap := p.pace.gap(p.settings)
	for i := range s.Given.Offers.Resolve(p.plan) {
		if i > 0 {
			if err := p.wait(ctx, story.Wait{Extra: gap}); err != nil {
				return err
			}
		}
		said := story.Step{Pos: s.Pos, As: s.As, Operator: s.Operator, Customer: &story.Message{Text: "Hi"}}
		if err := p.act(ctx, said); err != nil {
			return err
		}
		if _, err := p.driver.quiet(ctx, p.threads()); err != nil {
			return err
		}
	}
	if s.Given.Quiet == nil {
		return nil
	}
	return p.wait(ctx, *s.Given.Quiet)
}
