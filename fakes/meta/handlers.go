package meta

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/link"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
)

// outgoing describes a send for the rules, accepted or not.
func outgoing(c *sim.Call, s *Send) note.Outgoing {
	_, kind := token(c)
	o := note.Outgoing{
		Type: s.Type, Payload: c.Body, Content: s.Content, ReplyTo: s.ReplyTo, To: s.To,
		Credential: kind, Object: c.Params["object"],
	}
	if !json.Valid(c.Body) {
		o.Payload, _ = json.Marshal(string(c.Body))
	}
	for _, l := range s.Content.Links {
		if link.IsOffer(l) {
			o.OfferLinks++
			o.Carrier = note.CarrierVerbatim
			o.Impression = link.Impression(l)
		}
	}
	return o
}

func (f *fake) describeSend(c *sim.Call) sim.Description {
	s, _ := ParseSend(c.Object(), f.Limits)
	value, _ := token(c)
	return sim.Description{
		Channel: "whatsapp", Account: c.Params["object"], Customer: s.To, Recipient: s.To, Minted: s.MarksRead, Key: value,
		OfferMessage: outgoing(c, s).OfferLinks > 0,
	}
}

// send is POST /{phone_number_id}/messages.
func (f *fake) send(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	from, ok := f.number(c.Params["object"])
	if !ok {
		return sim.Answer{}, vendorError{UnknownObject(c.Params["object"]), c}
	}
	s, problem := ParseSend(c.Object(), f.Limits)
	if problem != nil {
		return sim.Answer{}, vendorError{problem, c}
	}
	if s.Type == ReadReceipt {
		return sim.Answer{Status: 200, Header: headers(c), Body: map[string]bool{"success": true}}, nil
	}
	if refused := provided(tx.Effect.Provider); refused != nil {
		return sim.Answer{}, vendorError{refused, c}
	}
	id := EncodeWAMID(FromBusiness, s.To, strings.ToUpper(tx.Rand("wamid").Hex(9)))
	tx.Mint(id)
	o := outgoing(c, s)
	o.ID = id
	tx.Note(note.MessageSent{Outgoing: o})
	f.report(tx, from, s, id)
	return sim.Answer{Status: 200, Header: headers(c), Body: s.Accepted(id)}, nil
}

// provided words the refusals that a fault asks the provider for.
func provided(effect string) *Error {
	switch effect {
	case fault.ProviderInvalid:
		return NewError(100, "the sandbox was told to refuse this message")
	case fault.ProviderWindow:
		return NewError(131047, "")
	case fault.ProviderRate:
		return NewError(131056, "")
	}
	return nil
}

// report makes the statuses of an accepted message due.
func (f *fake) report(tx *sim.Tx, from Account, s *Send, id string) {
	for _, step := range []struct {
		status string
		after  time.Duration
	}{{StatusSent, f.Delays.Sent}, {StatusDelivered, f.Delays.Delivered}, {StatusRead, f.Delays.Read}} {
		if step.after < 0 {
			continue
		}
		tx.Webhook(f.status(from, Status{
			MessageID: id, Status: step.status, To: s.To, At: tx.Now.Add(step.after), BizOpaque: s.BizOpaque,
		}, step.after))
	}
}

func (f *fake) status(from Account, st Status, after time.Duration) sim.Webhook {
	code := ""
	if st.Failure != nil {
		code = strconv.Itoa(st.Failure.Code)
	}
	return sim.Webhook{
		Event: "status", ID: st.MessageID, After: after, Body: WebhookBody(Statuses(from.Number, st)),
		Notes: []sim.Note{
			note.EventDelivered{Event: "status", MessageID: st.MessageID, Status: st.Status},
			note.StatusDelivered{MessageID: st.MessageID, Status: st.Status, Code: code},
		},
	}
}

// concludeSend notes a message that did not get through.
func (f *fake) concludeSend(c sim.Conclusion) []sim.Note {
	s, _ := ParseSend(c.Call.Object(), f.Limits)
	if c.Handled || s.Type == ReadReceipt {
		return nil
	}
	n := note.SendRefused{Outgoing: outgoing(c.Call, s), Status: c.Answer.Status}
	if c.Hit != nil {
		n.Fault = c.Hit.ID
	}
	if body, ok := c.Answer.Body.([]byte); ok {
		var e errorBody
		if json.Unmarshal(body, &e) == nil {
			n.Code = strconv.Itoa(e.Error.Code)
		}
	}
	return []sim.Note{n}
}

// whatsapp is the channel by which customers write to a business number.
func (f *fake) whatsapp() sim.Channel {
	ch := sim.Channel{Name: "whatsapp", Platform: "whatsapp", Write: f.write, Status: f.setStatus, Normal: normalPhone, Customer: customerPhone, Fated: fatedPhone}
	for _, a := range f.Numbers {
		ch.Accounts = append(ch.Accounts, sim.Account{ID: a.PhoneNumberID, ClientID: a.ClientID, Name: a.Name, Number: a.Display})
	}
	return ch
}

// write makes the webhook of a customer's text.
func (f *fake) write(tx *sim.Tx, w sim.Written) (sim.Webhook, error) {
	account, ok := f.number(w.Account.ID)
	if !ok {
		return sim.Webhook{}, fmt.Errorf("no business number %s", w.Account.ID)
	}
	id := EncodeWAMID(FromUser, w.From, strings.ToUpper(tx.Rand("wamid").Hex(10)))
	tx.Mint(id)
	name := w.Name
	if name == "" {
		name = "Sandbox Customer"
	}
	body := WebhookBody(TextMessages(account.Number, TextMessage{ID: id, From: w.From, Name: name, At: tx.Now, Text: w.Text}))
	return sim.Webhook{Event: "message", ID: id, Body: body, Notes: []sim.Note{note.InboundMessage{
		ID: id, Thread: tx.Thread.ID, Text: w.Text, Timestamp: tx.Now.Unix() * 1000, Platform: "whatsapp",
		Recipient: w.From, ChatIDs: []string{account.PhoneNumberID},
	}}}, nil
}

// setStatus reports a status by hand.
func (f *fake) setStatus(tx *sim.Tx, change sim.StatusChange) (sim.Webhook, error) {
	account, ok := f.number(tx.Thread.Account)
	if !ok {
		return sim.Webhook{}, fmt.Errorf("no business number %s", tx.Thread.Account)
	}
	st := Status{MessageID: change.MessageID, Status: change.Status, To: tx.Thread.Customer, At: tx.Now}
	if change.Status == StatusFailed {
		st.Failure = NewError(131026, "")
		if change.Code != 0 {
			st.Failure = NewError(change.Code, "")
		}
	}
	return f.status(account, st, 0), nil
}

// numbered says in the notes of a webhook which attempt this is.
func numbered(notes []sim.Note, attempt int) []sim.Note {
	out := make([]sim.Note, len(notes))
	for i, n := range notes {
		if in, ok := n.(note.InboundMessage); ok {
			in.Delivery = attempt
			n = in
		}
		out[i] = n
	}
	return out
}

// normalPhone is a phone number as thread ids have it: digits alone.
func normalPhone(text string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("+ -()", r) {
			return -1
		}
		return r
	}, text)
	if len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return "", errors.New("from must be a phone number with its country code, 7 to 15 digits, such as 15014005001")
	}
	return digits, nil
}

// customerPhone invents a number in the North American plan.
func customerPhone(random uint64) string {
	return fmt.Sprintf("1%03d%03d%04d", 201+random%700, 200+random/700%800, random/560000%10000)
}

func fatedPhone(ending string) string { return "1" + ending }
