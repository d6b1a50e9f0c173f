package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/rules"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
)

// Setup is what a preflight learnt about an external integrator.
type Setup struct {
	Settings rules.Settings // with the reply that was learnt
	Remarks  []string       // worth knowing, no obstacle
	// Problem is why the integrator cannot be judged as it is set up, with what
	// to change; empty when it can.
	Problem string
	// Unreachable says that the problem is a webhook that nobody answers.
	Unreachable bool
}

// Preflight plays a throw-away thread with an integrator before the stories:
// can its webhook be reached, does it take the handshake, does it answer, does
// it go by the webhook's time, what is its normal reply.
func Preflight(ctx context.Context, r Runner, channel string) (Setup, error) {
	f := flight{sb: r.Sandbox, ws: r.workspace(), channel: channel, pace: r.Pace, setup: Setup{Settings: r.Settings}}
	f.driver = realDriver{ws: f.ws, budget: r.Settings.ReplyBudget, settle: cmp.Or(r.Settle, DefaultSettle), drained: r.Drained}
	if err := f.ws.Verify(ctx, channel); err != nil {
		f.remark(err.Error())
	}
	err := f.fly(ctx)
	return f.setup, err
}

// Ready flies a preflight on every channel that an external integrator is
// played on, up to the first problem. Remarks say their channel; the settings
// are those that the first one taught.
func (r Runner) Ready(ctx context.Context) (Setup, error) {
	all := Setup{Settings: r.Settings}
	for i, channel := range r.channels() {
		setup, err := Preflight(ctx, r, channel)
		if err != nil {
			return all, err
		}
		if i == 0 {
			all.Settings = setup.Settings
		}
		all.Problem, all.Unreachable = setup.Problem, setup.Unreachable
		if all.Unreachable { // its remarks say the same
			return all, nil
		}
		for _, remark := range setup.Remarks {
			all.Remarks = append(all.Remarks, channel+": "+remark)
		}
		if all.Problem != "" {
			return all, nil
		}
	}
	return all, nil
}

// flight is one preflight.
type flight struct {
	sb      *Sandbox
	ws      *sim.Workspace
	driver  realDriver
	channel string
	thread  sim.Customer
	pace    Pace
	forged  string // what is wrong with the signature of what the customer writes
	setup   Setup
}

// said is what came of one message of the throw-away thread.
type said struct {
	called  bool           // Encore was asked
	replies []note.Content // messages without an Encore link
	refused int            // webhook answered with something else than 2xx
	failed  string         // why the webhook was not delivered
}

func (f *flight) fly(ctx context.Context) error {
	var err error
	if f.thread, err = f.ws.NewCustomer(ctx, sim.CustomerRequest{Channel: f.channel}); err != nil {
		return err
	}
	first, err := f.say(ctx, "Hello")
	if err != nil || f.stopped(first) {
		return err
	}
	second, err := f.say(ctx, "Hello again")
	if err != nil {
		return err
	}
	third, err := f.say(ctx, "Is anybody there?")
	if err != nil {
		return err
	}
	f.learn(first, second, third)
	if err := f.checkSignature(ctx); err != nil {
		return err
	}
	return f.checkClock(ctx, first)
}

// checkSignature writes as somebody who does not know the secret. Channels
// whose webhooks have no signature are left alone.
func (f *flight) checkSignature(ctx context.Context) error {
	stranger, err := f.ws.NewCustomer(ctx, sim.CustomerRequest{Channel: f.channel})
	if err != nil {
		return err
	}
	theirs := flight{sb: f.sb, ws: f.ws, driver: f.driver, channel: f.channel, thread: stranger, forged: sim.SignatureMissing}
	heard, err := theirs.say(ctx, "I am nobody")
	switch {
	case errors.Is(err, sim.ErrNoSignature):
		return nil
	case err == nil && (heard.called || len(heard.replies) > 0):
		f.remark("it accepts unsigned webhooks: anybody who knows the address can make it send messages; check the signature of every webhook")
	}
	return err
}

// learn takes the normal reply from two messages in mid-thread. The first one
// teaches nothing: its reply came after an offer, which may not change it.
func (f *flight) learn(first, second, third said) {
	if f.setup.Settings.Reply != nil {
		return
	}
	reply := rules.LearnReply(second.replies, third.replies)
	f.setup.Settings.Reply = reply
	varies := func(t rules.ReplyText) bool { return t.Varies }
	switch {
	case reply == nil || slices.ContainsFunc(reply, varies):
		f.remark("the normal reply differs between two messages; it will only be checked to be there")
	case !slices.Equal(rules.LearnReply(first.replies, second.replies), reply):
		f.remark("the reply to a first message is not the one that later messages get; after an offer that is a finding of R37")
	}
}

func (f *flight) remark(text string) { f.setup.Remarks = append(f.setup.Remarks, text) }

// stopped turns a first message that led nowhere into a problem.
func (f *flight) stopped(s said) bool {
	url := f.ws.Webhooks()[f.channel].URL
	if url == "" {
		url = f.ws.Webhooks()[""].URL
	}
	switch {
	case s.failed != "":
		f.setup.Unreachable = true
		f.setup.Problem = fmt.Sprintf("the webhook %s cannot be reached: %s", url, s.failed)
	case s.refused != 0:
		f.setup.Problem = fmt.Sprintf("the webhook %s answered %d to a signed message; it must answer 200 (is the app secret the one that `encore-sandbox env` prints?)", url, s.refused)
	case !s.called && len(s.replies) == 0:
		f.setup.Problem = "the integrator took the message and called nobody; point the base URLs of Encore and of its messaging provider at this sandbox (see `encore-sandbox env`)"
	}
	return f.setup.Problem != ""
}

// checkClock comes back after the idle gap in the webhook's time: an
// integrator that goes by its own clock does not notice.
func (f *flight) checkClock(ctx context.Context, first said) error {
	if !first.called || f.setup.Settings.Cap < 2 {
		return nil // nothing to compare with: the stories will say what is wrong
	}
	gap := f.pace.gap(f.setup.Settings)
	if gap > MaxReal && f.pace.Real {
		f.setup.Problem = fmt.Sprintf("an idle gap of %v cannot be waited for in real time; configure the integrator with a short one and say so: --idle-gap 2s", f.setup.Settings.IdleGap)
		return nil
	}
	if err := f.pace.pass(ctx, f.ws, []pause{{f.thread.Thread, gap}}); err != nil {
		return err
	}
	back, err := f.say(ctx, "Hello, it has been a while")
	if err == nil && !back.called {
		f.setup.Problem = fmt.Sprintf("a customer came back after %v, and Encore was not called: your integrator uses its own clock, or another idle gap; %s", gap, f.pace.remedy())
	}
	return err
}

// say writes one message and waits until the thread is at rest.
func (f *flight) say(ctx context.Context, text string) (said, error) {
	before, _, err := f.ws.Timeline(ctx, f.thread.Thread)
	if err != nil {
		return said{}, err
	}
	m := sim.CustomerMessage{Channel: f.channel, Account: f.thread.Account, From: f.thread.Customer, Text: text, Deliver: sim.Shape{Signature: f.forged}}
	if _, err := f.ws.Write(ctx, m); err != nil {
		return said{}, err
	}
	threads := []string{f.thread.Thread}
	err = f.driver.await(ctx, threads, func(string) progress {
		switch s := f.read(ctx, len(before)); {
		case s.over():
			return fulfilled
		case f.forged != "": // it need not be answered
			return answered
		}
		return open
	})
	if err == nil {
		_, err = f.driver.quiet(ctx, threads)
	}
	return f.read(ctx, len(before)), err
}

// over tells whether waiting longer can teach nothing.
func (s said) over() bool { return len(s.replies) > 0 || s.refused != 0 || s.failed != "" }

func (f *flight) read(ctx context.Context, from int) (s said) {
	events, _, err := f.ws.Timeline(ctx, f.thread.Thread)
	if err != nil || len(events) < from {
		return s
	}
	for _, e := range events[from:] {
		switch n := e.Note.(type) {
		case note.OfferRequested:
			s.called = true
		case note.MessageSent:
			if n.OfferLinks == 0 {
				s.replies = append(s.replies, n.Content)
			}
		case note.WebhookAcked:
			if n.Status == 0 {
				s.failed = n.Reason
			} else if n.Status >= 300 {
				s.refused = n.Status
			}
		}
	}
	return s
}

// PlaySettings are the settings of stories for an integrator so configured.
func PlaySettings(s rules.Settings) story.Settings {
	set := story.Settings{Cap: s.Cap, IdleGap: s.IdleGap}
	if len(s.Reply) > 0 && !s.Reply[0].Varies {
		set.Reply = s.Reply[0].Text
	}
	return set
}
