package kaleyra

import (
	"fmt"
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// kindLearnt are the templates that a sender was not configured with,
// []meta.Template by the sender's id.
const kindLearnt = "kaleyra.templates"

// configured finds the template of a send among those from the start.
func (f *fake) configured(s *meta.Send) (meta.Template, bool) {
	if s.Template == nil {
		return meta.Template{}, false
	}
	return s.Template.Among(f.Templates)
}

// filled fills the template of a send; other messages are as they are. A
// template that the sender does not have is learnt, or will not be delivered.
func (f *fake) filled(tx *sim.Tx, from Sender, s *meta.Send) meta.Filled {
	if s.Template == nil {
		return meta.Filled{Content: s.Content}
	}
	t, found := f.configured(s)
	if found {
		return t.Fill(s.Template)
	}
	if !f.Learn {
		unknown := meta.NewError(132001, fmt.Sprintf("template name (%s) does not exist in %s", s.Template.Name, s.Template.Language))
		return meta.Filled{Content: s.Content, Problem: unknown}
	}
	learnt, _ := sim.Get[[]meta.Template](tx, kindLearnt, from.ID())
	if t, found = s.Template.Among(learnt); !found {
		t = s.Template.Learnt()
		tx.Put(kindLearnt, from.ID(), append(slices.Clip(learnt), t))
		tx.Remark(fmt.Sprintf("template %s (%s) was unknown and is taken as this message fills it; write it into templates.kaleyra", t.Name, t.Language))
	}
	return t.Fill(s.Template)
}

// unfit is why a send does not fit its template so that Kaleyra itself refuses
// it; empty where it does not.
func (f *fake) unfit(tx *sim.Tx, r *Request, filled meta.Filled) string {
	if r.Send.Template == nil {
		return ""
	}
	past := r.Send.Template.Expired(tx.Now)
	switch {
	case filled.Lacking != "":
		return "the template has a " + filled.Lacking + " that needs parameters; add that component"
	case past && f.RefusePastExpiry:
		return "expiration_time_ms lies in the past; send a Unix time in milliseconds that is to come"
	case past:
		tx.Remark("expiration_time_ms lies in the past; it is a Unix time in milliseconds, not a duration")
	}
	return ""
}

// unreachable is why WhatsApp will not deliver an accepted message, nil when it
// will.
func (f *fake) unreachable(tx *sim.Tx, s *meta.Send, filled meta.Filled) *meta.Error {
	open := f.NoWindow || provider.InWindow(tx.Thread.Inbound, tx.Now)
	switch {
	case tx.Effect.Provider == fault.ProviderLater:
		return meta.NewError(131026, "")
	case tx.Effect.Provider == fault.ProviderWindow, s.Template == nil && !open:
		return meta.NewError(131047, "")
	}
	return filled.Problem
}
