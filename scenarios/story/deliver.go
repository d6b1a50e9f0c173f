package story

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// checkDelivery holds the two uses of deliver apart: with a customer it is how
// the message arrives, alone it is a webhook about an earlier one.
func (r *reader) checkDelivery(s Step, seen map[string]ast.Node) {
	d := s.Deliver
	if d == nil {
		return
	}
	about := d.kinds()
	switch at := seen["deliver"]; {
	case s.Customer != nil && len(about) > 0:
		r.fail(at, "%s is a webhook of its own and no message of this step; give it a step without customer", about[0])
	case s.Customer == nil && len(about) == 0:
		r.fail(at, "deliver in a step of its own needs status, echo, reaction, unsupported or optout; the other words say how a webhook arrives")
	case len(about) > 1:
		r.fail(at, "%s are webhooks of their own; make them steps of their own", list(about, "and"))
	case d.Of != "" && d.Status == "":
		r.fail(at, "of says whose status is reported; write it beside status")
	case s.Customer == nil && d.Batch > 0:
		r.fail(at, "batch goes with customer; it gathers messages in one webhook")
	case s.Customer == nil && d.Reorder:
		r.fail(at, "reorder goes with customer; the customer's next message overtakes it")
	case d.Echo && (d.Late != nil || d.Drop || d.Signature != ""):
		r.fail(at, "an echo comes again as it came; late, drop and signature go with the others")
	default:
		r.checkArrival(s, seen)
	}
}

// delivery gives nil for one with an error, which needs no second one from
// checkDelivery.
func (r *reader) delivery(n ast.Node) *Delivery {
	before := len(r.errs)
	d := &Delivery{}
	seen, ok := r.object(n, aDelivery, []key{
		{"twice", func(n ast.Node) { d.Twice = r.yes(n, "twice") }},
		{"late", func(n ast.Node) { w := r.wait(n, "late"); d.Late = &w }},
		{"drop", func(n ast.Node) { d.Drop = r.yes(n, "drop") }},
		{"reorder", func(n ast.Node) { d.Reorder = r.yes(n, "reorder") }},
		{"batch", func(n ast.Node) { d.Batch = r.number(n, "batch", 2, 100) }},
		{"status", func(n ast.Node) {
			d.Status = r.choice(n, "status", StatusSent, StatusDelivered, StatusRead, StatusFailed)
		}},
		{"of", func(n ast.Node) { d.Of = r.choice(n, "of", OfOffer, OfReply) }},
		{"echo", func(n ast.Node) { d.Echo = r.yes(n, "echo") }},
		{"reaction", func(n ast.Node) { d.Reaction = r.yes(n, "reaction") }},
		{"unsupported", func(n ast.Node) { d.Unsupported = r.yes(n, "unsupported") }},
		{"optout", func(n ast.Node) { d.OptOut = r.yes(n, "optout") }},
		{"signature", func(n ast.Node) {
			d.Signature = r.choice(n, "signature", SignatureWrong, SignatureMissing, SignatureSHA1)
		}},
	})
	if ok && len(seen) == 0 {
		r.fail(n, "deliver is empty; write {twice: true} or leave the key out")
	}
	if len(r.errs) > before {
		return nil
	}
	return d
}

// checkArrival holds what a story expects of a message against the way in which
// it arrives.
func (r *reader) checkArrival(s Step, seen map[string]ast.Node) {
	d := s.Deliver
	switch at := seen["deliver"]; {
	case d.Drop && d.Late != nil:
		r.fail(at, "what is lost does not come late; leave out %q or %q", "late", "drop")
	case d.Drop && d.Reorder:
		r.fail(at, "what is lost is overtaken by nothing; leave out %q or %q", "reorder", "drop")
	case d.Lost() && len(s.Expect) > 0:
		r.fail(seen["expect"], "a message that is lost leads to nothing; write expect: [] or add twice: true, which lets it come the second time")
	case d.Reorder && len(s.Expect) > 0:
		r.fail(seen["expect"], "the message comes behind the next one; write expect: [] here and what follows at that one")
	}
}

// checkOvertaken holds that a message that is to be overtaken has one in the
// same list that overtakes it.
func (r *reader) checkOvertaken(items []ast.Node, steps []Step) {
	for i, s := range steps {
		if s.Customer == nil || s.Deliver == nil || !s.Deliver.Reorder {
			continue
		}
		overtaken := false
		for _, later := range steps[i+1:] {
			overtaken = overtaken || later.Customer != nil && s.Burst == 0 && later.Burst == 0 && later.As == s.As && later.Operator == s.Operator
		}
		if !overtaken {
			r.fail(items[i], "no later message of the same customer overtakes this one; write one behind it, or late instead of reorder")
		}
	}
}

// checkMeanwhile holds that something follows a step that is not waited for,
// and that what its thread then sees is expected once.
func (r *reader) checkMeanwhile(items []ast.Node, steps []Step) {
	for i, s := range steps {
		if !s.Meanwhile {
			continue
		}
		if i == len(steps)-1 {
			r.fail(items[i], "nothing follows in the meantime; leave out meanwhile, or write a step behind this one")
			continue
		}
		next := slices.IndexFunc(steps[i+1:], func(later Step) bool { return later.As == s.As && later.Operator == s.Operator && later.Burst == 0 })
		if next >= 0 && s.Burst == 0 && steps[i+1+next].Customer != nil && s.Expect != nil && !settled(steps[i+1:i+1+next]) {
			r.fail(items[i], "the same customer goes on before this is answered; leave out expect here and write what both lead to there")
		}
	}
}

// settled tells that one of the steps waits for what went before.
func settled(between []Step) bool {
	return slices.ContainsFunc(between, func(s Step) bool { return !s.Meanwhile })
}
