package contract

import (
	"cmp"
	"fmt"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/scenarios/story"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/expect"
)

// advice says how to make a pattern that did not hold come true. What is wrong
// with the set-up goes before what may be wrong with the integration.
func (s *Sandbox) advice(x sim.Expectation, next expect.Missing) string {
	entries, _ := s.exchanges(x.Thread, x.Since)
	switch {
	case len(s.Workspace().Webhooks()) == 0:
		return "no webhook is set; give Options.Handler or Options.Webhook, or call Sandbox.Handle"
	case len(entries) == 0:
		return "nothing came at all; let a customer write first (Customer.Writes)"
	}
	if fix := deliveryAdvice(entries); fix != "" {
		return fix
	}
	if !called(entries) {
		return fmt.Sprintf("the integration took the webhook and called nobody; point its Encore and Graph base URLs at %s, or give it Sandbox.Client", s.URL)
	}
	if len(next.Closest) == 0 {
		return cmp.Or(next.Hint, wordAdvice(x.Patterns[next.Pattern-1]))
	}
	if next.Closest[0].Differs[0].What == "order" {
		return "do things in the documented order and wait for each answer, or change the order of the patterns"
	}
	return "change what the closest exchange differs in, or the pattern"
}

// deliveryAdvice is about webhooks that the integration did not take.
func deliveryAdvice(entries []sim.Entry) string {
	for _, e := range entries {
		if e.Direction == sim.In || e.Ended == nil {
			continue
		}
		switch status, _ := e.Status(); {
		case status == 0:
			return fmt.Sprintf("the webhook %s does not answer; start the integration before the customer writes", e.Request.URL)
		case status == 401 || status == 403:
			return fmt.Sprintf("the webhook refused #%d with %d; check X-Hub-Signature-256 over the raw bytes with Credentials.AppSecret", e.N, status)
		case status >= 300:
			return fmt.Sprintf("the webhook answered #%d with %d; it must answer 200", e.N, status)
		}
	}
	return ""
}

func called(entries []sim.Entry) bool {
	for _, e := range entries {
		if e.Direction == sim.In {
			return true
		}
	}
	return false
}

// wordAdvice is the documented duty behind a word (Encore integration guide,
// When to call us, Sending the message and Retry guidance).
func wordAdvice(p expect.Pattern) string {
	s, err := sentence(Pattern(p.What))
	if err == nil && s.Term == nil {
		return fmt.Sprintf("call %s.%s, or name an operation that the timeline has", s.Fake, s.Operation)
	}
	if s.Term == nil {
		s.Term = &expect.Term{}
	}
	switch story.Word(s.Term.Words) {
	case story.OfferRequested:
		return "call Encore for the first message of a thread and for the first after the idle gap, while the thread is below its cap"
	case story.OfferSent:
		return "send message.payload of Encore's answer to Graph as it came, unless it is null"
	case story.ReplySent:
		return "send the normal reply for every message, whatever became of the offer"
	case story.OfferRefused, story.ReplyRefused:
		return "Graph accepted what it got; arm a fault (Sandbox.Fault) or use a fated customer to see a refusal"
	}
	return "let the integration do what the pattern says, or name what the timeline has"
}

// Note finds a typed fact of an exchange, as fakes/note describes them:
//
//	sent, ok := contract.Note[note.MessageSent](exchange)
func Note[N note.Note](e sim.Entry) (found N, ok bool) {
	for _, n := range e.Notes {
		if found, ok = n.(N); ok {
			return found, true
		}
	}
	if e.Ended == nil {
		return found, false
	}
	for _, n := range e.Ended.Notes {
		if found, ok = n.(N); ok {
			return found, true
		}
	}
	return found, false
}
