package kaleyra

import (
	"encoding/json"
	"net/http"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// outgoing describes a send for the rules, accepted or not. The payload is
// messaging_object alone, which is where Encore's goes.
func (f *fake) outgoing(c *sim.Call, r *Request, content note.Content) note.Outgoing {
	o := note.Outgoing{
		Type: r.Send.Type, Payload: r.Object, Content: content, ReplyTo: r.Send.ReplyTo, To: r.Send.To, Refs: r.lines(),
		Credential: credential(c), Object: c.Params["phone"],
	}
	if s, known := f.sender(o.Object); known {
		o.Object = s.ID()
	}
	if o.Payload == nil {
		o.Payload = provider.Payload(c.Body)
	}
	carrier := note.CarrierVerbatim
	if o.Type == "template" {
		carrier = note.CarrierTemplate
	}
	return provider.Marked(o, carrier)
}

// credential is the kind of the call's credential.
func credential(c *sim.Call) string {
	if c.Header.Get(apiKey) == "" {
		return ""
	}
	return provider.Credential(c, apiKey, c.Header.Get(apiKey))
}

func (f *fake) describeSend(c *sim.Call) sim.Description {
	r := Read(c.Header.Get("Content-Type"), c.Body)
	if t, found := f.configured(r.Send); found {
		r.Send.Content = t.Fill(r.Send.Template).Content
	}
	d := f.addressed(c.Params["phone"], r.Send.To)
	d.Key, d.Minted, d.Parsed, d.Remarks = c.Header.Get(apiKey), r.Send.MarksRead, r, r.Remarks
	d.OfferMessage = f.outgoing(c, r, r.Send.Content).OfferLinks > 0
	if r.Problem != "" {
		d.Remarks = append(d.Remarks, "WA400: "+r.Problem)
	}
	return d
}

// addressed is the thread of a call from a sender to a customer. Nobody's number
// makes none: the attempt belongs where the customer wrote last.
func (f *fake) addressed(sender, to string) sim.Description {
	d := sim.Description{Channel: Name, Customer: to, Recipient: to, Platform: "whatsapp"}
	if s, known := f.sender(sender); known {
		d.Account = s.ID()
	}
	return d
}

// readsSend is the read set of a send.
func (f *fake) readsSend(c *sim.Call, _ sim.Description) store.Reads {
	r := store.Reads{Own: f.readsUsage()}
	if s, known := f.sender(c.Params["phone"]); known && f.Learn {
		r.See = append(r.See, store.Key{Kind: kindLearnt, ID: s.ID()})
	}
	return r
}

// send is POST /v2/{sid}/whatsapp/{phone}/messages.
func (f *fake) send(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	used := f.used(tx)
	if e := f.barred(c.Params["phone"], used, tx.Effect.Provider); e != nil {
		return sim.Answer{}, e
	}
	r := request(c)
	if r.Problem != "" {
		return sim.Answer{}, errPayload
	}
	if e, asked := provided[tx.Effect.Provider]; asked {
		return sim.Answer{}, e
	}
	id := f.newID(tx.Rand("message"))
	if r.Send.Type == meta.ReadReceipt {
		return accepted(id)
	}
	from, _ := f.sender(c.Params["phone"])
	filled := f.filled(tx, from, r.Send)
	if reason := f.unfit(tx, r, filled); reason != "" {
		tx.Remark("WA400: " + reason)
		return sim.Answer{}, errPayload
	}
	f.count(tx, used)
	f.accept(tx, c, from, r, id, filled)
	return accepted(id)
}

// accept keeps an accepted message and makes its callbacks due.
func (f *fake) accept(tx *sim.Tx, c *sim.Call, from Sender, r *Request, id string, filled meta.Filled) {
	k := kept{ID: id, Refs: r.Refs, Source: r.Source, To: r.Send.To, Category: filled.Category, BizOpaque: r.Send.BizOpaque}
	tx.Put(kindKept, id, k)
	tx.Mint(id)
	tx.Mint(k.wamid())
	o := f.outgoing(c, r, filled.Content)
	o.ID = id
	tx.Note(note.MessageSent{Outgoing: o})
	f.report(tx, from, k, f.unreachable(tx, r.Send, filled))
}

// accepted is the 202.
func accepted(id string) (sim.Answer, error) {
	return sim.Answer{Status: http.StatusAccepted, Body: envelope{"WA202", "Request Accepted", map[string]string{"message_id": id}, nothing{}}}, nil
}

// concludeSend notes a message that did not get through.
func (f *fake) concludeSend(c sim.Conclusion) []sim.Note {
	r := request(c.Call)
	if c.Handled || r.Send.Type == meta.ReadReceipt {
		return nil
	}
	return []sim.Note{provider.Refused(c, f.outgoing(c.Call, r, r.Send.Content), code(c.Answer))}
}

// code is the answer's code, empty where it has none.
func code(a sim.Answer) string {
	e, ok := a.Body.(envelope)
	if body, raw := a.Body.([]byte); !ok && raw {
		_ = json.Unmarshal(body, &e) // a body of the fault's own may be anything
	}
	return e.Code
}
