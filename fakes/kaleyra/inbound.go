package kaleyra

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// channel is the one by which customers write to a sender.
func (f *fake) channel() sim.Channel {
	ch := sim.Channel{
		Name: Name, Platform: "whatsapp", Write: f.write, Status: f.setStatus, Sees: sees, Events: f.events(), Locate: f.locate, Reread: f.reread, Claims: claims,
		Normal: provider.NormalPhone, Customer: provider.FreshPhone, CustomerIn: provider.PhoneIn, Fated: provider.FatedPhone,
	}
	for _, s := range f.Senders {
		ch.Accounts = append(ch.Accounts, sim.Account{ID: s.ID(), ClientID: s.ClientID, Name: s.Name})
	}
	return ch
}

// inboundInfo is the extra_info of what a customer sent: the refs are those of
// the message that is answered, reply_to is its 202's message_id.
type inboundInfo struct {
	MediaURL string `json:"media_url"`
	Refs
	ReplyTo string `json:"reply_to"`
	TraceID string `json:"trace_id"`
	WABA    string `json:"waba_id"`
}

// write makes the webhook of what a customer sent, perhaps for a message of the
// business.
func (f *fake) write(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	k, answered := keptOf(tx, w.ReplyTo)
	if answered {
		w.ReplyTo = k.wamid()
	}
	return f.wrote(tx, w, k)
}

// wrote makes it, given what the message that it is for has left.
func (f *fake) wrote(tx *sim.Tx, w sim.Written, k kept) (sim.Webhook, error) {
	to, known := f.sender(w.Account.ID)
	if !known {
		return sim.Webhook{}, fmt.Errorf("no sender %s", w.Account.ID)
	}
	m, not, err := meta.Wrote(tx, w)
	if err != nil {
		return sim.Webhook{}, err
	}
	info := inboundInfo{Refs: k.Refs, ReplyTo: k.ID, TraceID: traceID(m.ID), WABA: to.WABA}
	if strings.HasPrefix(w.Media, "http") {
		info.MediaURL = w.Media
	}
	return sim.Webhook{
		Event: m.Event(), ID: m.ID, Body: frame{Meta: meta.Messages(to.Number, m).Changes()[0], Extra: info}.body(),
		Notes: []sim.Note{to.inbound(tx, note.InboundMessage{ID: m.ID, Text: w.Text, Timestamp: tx.Now.Unix() * 1000, Recipient: w.From, NotAnInbound: not})},
	}, nil
}

// inbound completes the note of a customer's message.
func (s Sender) inbound(tx *sim.Tx, n note.InboundMessage) note.InboundMessage {
	n.Thread, n.Platform, n.ChatIDs = tx.Thread.ID, "whatsapp", []string{s.PhoneNumberID, s.Display}
	return n
}

// events are the callbacks that can be triggered.
func (f *fake) events() []sim.Occasion {
	all := meta.Occasions(f.write)
	for i, invented := range meta.Occasions(func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) { return f.wrote(tx, w, kept{}) }) {
		named := all[i].Make
		all[i].Make = func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
			if w.ReplyTo == "" { // a sample invents what it is for, and that has left nothing
				return invented.Make(tx, w)
			}
			return named(tx, w)
		}
	}
	for _, status := range statuses {
		all = append(all, sim.Occasion{
			Name: "status_" + strings.ReplaceAll(status, "-", "_"), About: "a message of the business is " + status + "; replyTo is its id",
			Make: func(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
				if w.ReplyTo != "" {
					return f.setStatus(tx, sim.StatusChange{MessageID: w.ReplyTo, Status: status})
				}
				return f.told(tx, kept{ID: f.newID(tx.Rand("message")), To: tx.Thread.Customer}, status, 0)
			},
		})
	}
	return all
}

// change is the part of a callback that is Meta's; a body may be broken on purpose.
func change(body []byte) (meta.Reported, frame) {
	var f frame
	_ = json.Unmarshal(body, &f)
	return meta.ReadChange(f.Meta), f
}

// locate is the sender and the customer of a callback.
func (f *fake) locate(body []byte) (account, customer string) {
	r, _ := change(body)
	for _, m := range r.Messages {
		customer = cmp.Or(customer, m.From)
	}
	for _, s := range r.Statuses {
		customer = cmp.Or(customer, s.To)
	}
	if customer == "" {
		return "", ""
	}
	return "+" + r.Display, customer
}

// reread is what a callback reports that was changed or written by hand.
func (f *fake) reread(tx *sim.Tx, body []byte) (w sim.Webhook) {
	r, _ := change(body)
	for _, m := range r.Messages {
		w.Event, w.ID = m.Event, m.ID
		w.Notes = append(w.Notes, f.rereadMessage(tx, r, m))
	}
	for _, s := range r.Statuses {
		told, id := s.Status, idOf(s.ID)
		if told == StatusNotSent {
			told = meta.StatusFailed
		}
		w.Event, w.ID = "status", id
		w.Notes = append(w.Notes,
			note.EventDelivered{Event: "status", MessageID: id, Status: s.Status},
			note.StatusDelivered{MessageID: id, Status: told, Code: s.Code})
	}
	return w
}

// rereadMessage is one message of the thread's customer. That of another is none
// of this thread's inbounds.
func (f *fake) rereadMessage(tx *sim.Tx, r meta.Reported, m meta.ReportedMessage) sim.Note {
	to, known := f.sender(r.Display)
	if !known || m.From != tx.Thread.Customer || to.ID() != tx.Thread.Account {
		return note.EventDelivered{Event: "message of another customer", MessageID: m.ID}
	}
	tx.Mint(m.ID)
	return to.inbound(tx, note.InboundMessage{ID: m.ID, Text: m.Text, Timestamp: m.Timestamp, Recipient: m.From, NotAnInbound: m.NotAnInbound})
}
