package kaleyra

import (
	"cmp"
	"errors"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// describeV1 reads a call of API v1, JSON or a form.
func (f *fake) describeV1(c *sim.Call) sim.Description {
	from, to, _ := wantedV1(c)
	d := f.addressed(from, to)
	d.Key = c.Header.Get(apiKey)
	return d
}

func (f *fake) readsV1(*sim.Call, sim.Description) store.Reads {
	return store.Reads{Own: f.readsUsage()}
}

// wantedV1 is what a call of API v1 asks for (send a limited time offer code
// template message, v1).
func wantedV1(c *sim.Call) (from, to string, o note.Outgoing) {
	text := func(name string) string { s, _ := c.Object()[name].(string); return s }
	from = text("from")
	to, _ = provider.NormalPhone(text("to"))
	return from, to, note.Outgoing{
		Type: cmp.Or(text("type"), "text"), Payload: provider.Payload(c.Body), Content: note.Content{Text: text("body")}, To: to,
		Credential: credential(c), Object: from,
	}
}

// sendV1 is POST /v1/{sid}/messages, another product. The sandbox's numbers
// belong to API v2; for one that is said to belong to v1 there is no account.
func (f *fake) sendV1(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	from, _, _ := wantedV1(c)
	switch e := f.barred(from, f.used(tx), tx.Effect.Provider); {
	case e == nil, errors.Is(e, errSender) && from == "":
		return sim.Answer{}, errVersion
	case errors.Is(e, errVersion):
		return sim.Answer{}, errAccount
	default:
		return sim.Answer{}, e
	}
}

func (f *fake) concludeV1(c sim.Conclusion) []sim.Note {
	_, _, o := wantedV1(c.Call)
	return []sim.Note{provider.Refused(c, o, code(c.Answer))}
}
