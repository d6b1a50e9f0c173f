package scenarios

import (
	"context"
	"time"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// offerHold is how long the provider takes to answer an offer message: so
// long that a reply which does not wait for that answer surely overlaps it.
const offerHold = 50 * time.Millisecond

// hold makes the provider take its time over an actor's offers. Of armed
// faults the first that fits strikes, so the hold goes behind all others.
func (p *player) hold(ctx context.Context, name string) error {
	if id := p.held[name]; id != "" {
		delete(p.held, name)
		if err := p.ws.Disarm(ctx, id); err != nil {
			return err
		}
	}
	armed, err := p.ws.Arm(ctx, fault.Fault{
		Name: "offer hold", Match: fault.Match{OfferMessage: true, Customer: p.actors[name].Customer},
		Effect: fault.Effect{Latency: fault.Fixed(offerHold)},
	})
	if err == nil {
		p.held[name] = armed.Fault.ID
	}
	return err
}
