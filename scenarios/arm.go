package scenarios

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// arm puts a fault in force for actors of the story alone.
func (p *player) arm(ctx context.Context, written story.Fault, names []string) error {
	f, err := decodeFault(written)
	if err != nil {
		return err
	}
	for _, name := range names {
		f.Match.Customer = p.actors[name].Customer
		armed, err := p.ws.Arm(ctx, f)
		if err != nil {
			return err
		}
		p.armed = append(p.armed, armed.Fault.ID)
		if err := p.hold(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// disarm takes faults out of force, even when the story was interrupted.
func (p *player) disarm(ctx context.Context, ids []string) error {
	var errs []error
	for _, id := range ids {
		errs = append(errs, p.ws.Disarm(context.WithoutCancel(ctx), id))
	}
	return errors.Join(errs...)
}

// decodeFault reads the fault of a story; without an operation it is about
// Encore's offers.
func decodeFault(written story.Fault) (fault.Fault, error) {
	var f fault.Fault
	data, err := json.Marshal(written.Fields)
	if written.Text != "" {
		f, err = fault.Parse(written.Text)
	} else if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if f.Match.Operation == "" && f.Match.Fake == "" && f.Preset == "" && !f.Match.OfferMessage {
		f.Match.Operation = "encore.offersMessage"
	}
	return f, err
}
