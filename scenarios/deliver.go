package scenarios

import (
	"context"
	"errors"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// say does what a step is about: the customer writes or reacts, or a message
// of the integrator is reported.
func (p *player) say(ctx context.Context, s story.Step, actor sim.Customer, events []sim.Event) error {
	var d story.Delivery
	if s.Deliver != nil {
		d = *s.Deliver
	}
	message := sim.CustomerMessage{Channel: p.channel, Account: actor.Account, From: actor.Customer, Deliver: p.shape(d)}
	p.leash.lengthen(max(d.Batch, 1))
	switch {
	case s.Customer != nil:
		message.Text, message.Name = s.Customer.Text, s.Customer.Name
		_, err := p.ws.Write(ctx, message)
		return err
	case d.Unsupported, d.OptOut:
		message.Kind = map[bool]string{true: "unsupported", false: "opt_out"}[d.Unsupported]
		_, err := p.ws.Write(ctx, message)
		return err
	case d.Echo:
		return p.echo(ctx, events)
	case s.Deliver == nil:
		return nil
	}
	id := lastSent(events, d.Of)
	if id == "" {
		return errors.New("no message was sent in this thread yet, so there is none to report or to react to")
	}
	if d.Reaction {
		message.Extra = sim.Extra{Kind: "reaction", ReplyTo: id, Emoji: "👍"}
		_, err := p.ws.Write(ctx, message)
		return err
	}
	return p.ws.SetStatus(ctx, sim.StatusChange{MessageID: id, Status: d.Status, Deliver: p.shape(d)})
}

// shape is how a webhook arrives.
func (p *player) shape(d story.Delivery) sim.Shape {
	s := sim.Shape{Twice: d.Twice, Drop: d.Drop, Reorder: d.Reorder, Batch: d.Batch, Signature: d.Signature}
	if d.Late != nil {
		s.Late = fault.Duration(d.Late.Resolve(p.plan))
	}
	return s
}

// arrive lets the time pass after which a late webhook comes.
func (p *player) arrive(ctx context.Context, d *story.Delivery, thread string) error {
	if d == nil || d.Late == nil {
		return nil
	}
	return p.ws.Advance(ctx, thread, d.Late.Resolve(p.plan))
}

// awaited tells whether anything can follow a step: what is lost, or is to be
// overtaken by a message yet to come, leads to nothing for now.
func awaited(s story.Step) bool {
	return !s.Deliver.Lost() && (s.Deliver == nil || !s.Deliver.Reorder)
}

// echo delivers the latest echo of the thread again. The first one came by
// itself, on channels that have echoes.
func (p *player) echo(ctx context.Context, events []sim.Event) error {
	var last int64
	for _, e := range events {
		if n, ok := e.Note.(note.EventDelivered); ok && n.Event == "echo" {
			last = e.N
		}
	}
	if last == 0 {
		return errors.New("no message of this thread was echoed yet; echoes come on messenger, instagram and zoko, after a message was sent")
	}
	_, err := p.ws.Redeliver(ctx, last)
	return err
}

// lastSent is the last message to the customer, or the last offer or reply.
func lastSent(events []sim.Event, of string) (id string) {
	for _, e := range events {
		m, ok := e.Note.(note.MessageSent)
		if offer := m.OfferLinks > 0; ok && (of == "" || offer == (of == story.OfOffer)) {
			id = m.ID
		}
	}
	return id
}
