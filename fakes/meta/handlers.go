package meta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// outgoing describes a send for the rules, accepted or not.
func outgoing(c *sim.Call, s *Send) note.Outgoing {
	value, kind := token(c)
	o := note.Outgoing{
		Type: s.Type, Payload: s.payload(c), Content: s.Content, ReplyTo: s.ReplyTo, To: s.To,
		Credential: provider.Credential(c, kind, value), Object: c.Params["object"],
	}
	carrier := note.CarrierVerbatim
	if s.Type == "template" {
		carrier = note.CarrierTemplate
	}
	return provider.Marked(o, carrier)
}

// payload is payload of a call that was read as s.
func (s *Send) payload(c *sim.Call) json.RawMessage {
	if s.plain {
		return c.Body
	}
	return payload(c)
}

// marketingMessages is the operation of POST /{phone_number_id}/marketing_messages,
// a send that takes marketing templates only.
const marketingMessages = "marketingMessages"

// attempt reads a send without the state: a template that was not configured
// is known by its parameters only.
func (f *fake) attempt(c *sim.Call) *Send {
	if c.URL.RawQuery == "" && c.Operation != marketingMessages && strings.HasPrefix(c.Header.Get("Content-Type"), "application/json") {
		if s, ok := plainText(c.Body, f.Limits); ok {
			return s
		}
	}
	s, problem := ParseSend(c.Object(), f.Limits)
	s.marketing = c.Operation == marketingMessages
	if problem == nil && s.marketing && s.Type != "template" {
		problem = InvalidParameter("type", "must be 'template' on marketing_messages; send other messages to messages")
	}
	s.problem = problem
	from, known := f.number(c.Params["object"])
	if s.Template == nil || !known {
		return s
	}
	if t, found := findTemplate(f.configured(from.WABA), s.Template.Name, s.Template.Language); found {
		s.Content = t.render(s.Template)
	}
	return s
}

// attempted is what describeSend read, for reading alone but for a template,
// which a handler fills in and has in a copy of its own. A call that could not
// be described is read here.
func (f *fake) attempted(c *sim.Call) (*Send, *Error) {
	s, ok := c.Description.Parsed.(*Send)
	if !ok {
		s = f.attempt(c)
	}
	if s.Template != nil {
		own := *s
		s = &own
	}
	return s, s.problem
}

func (f *fake) describeSend(c *sim.Call) sim.Description {
	s := f.attempt(c)
	value, _ := token(c)
	d := sim.Description{
		Channel: "whatsapp", Account: c.Params["object"], Customer: s.To, Recipient: s.To, Minted: s.MarksRead, Key: value,
		OfferMessage: offerLinks(s.Content.Links) > 0, Parsed: s,
	}
	if _, known := f.number(c.Params["object"]); !known {
		// Nobody's number makes no thread: the attempt belongs where the customer wrote last.
		d.Account, d.Platform = "", "whatsapp"
	}
	return d
}

// send is POST /{phone_number_id}/messages.
func (f *fake) send(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	from, known := f.number(c.Params["object"])
	if !known {
		return fail(c, unknownObject(c, c.Params["object"]))
	}
	s, problem := f.attempted(c)
	if problem != nil {
		return fail(c, problem)
	}
	if s.Type == ReadReceipt {
		return success(c)
	}
	t, problem := f.admit(tx, from, s)
	if problem != nil {
		return fail(c, problem)
	}
	failure := f.unreachable(tx, t)
	if failure != 0 && f.Failures == FailSync {
		return fail(c, NewError(failure, ""))
	}
	id := businessWAMID(tx)
	tx.Mint(id)
	o := outgoing(c, s)
	o.ID = id
	tx.Note(note.MessageSent{Outgoing: o})
	f.report(tx, from, s, Status{MessageID: id, Category: category(t)}, failure)
	return sim.Answer{Status: http.StatusOK, Fields: headers(c, f.businessUsage(tx, from.WABA)), Body: s.Accepted(id)}, nil
}

// admit says why a well-formed message is refused at once, nil when it is not,
// and finds its template.
func (f *fake) admit(tx *sim.Tx, from Account, s *Send) (*Template, *Error) {
	if refused := provided(tx.Effect.Provider); refused != nil {
		return nil, refused
	}
	t, problem := f.filled(tx, from, s)
	if problem == nil {
		problem = f.barred(tx, from, s)
	}
	return t, problem
}

// category is what a message is priced as: a template's own, else service.
func category(t *Template) string {
	if t == nil {
		return ""
	}
	return strings.ToLower(t.Category)
}

// report makes the statuses of an accepted message due: how it arrives, or
// with the code of a failure that it does not.
func (f *fake) report(tx *sim.Tx, from Account, s *Send, st Status, failure int) {
	if !tx.Heard() {
		return
	}
	st.To, st.BizOpaque = s.To, s.BizOpaque
	if failure != 0 {
		st.Failure = NewError(failure, "")
	}
	if f.BSUID || s.UserID != "" {
		st.UserID = userID(s.To)
	}
	if from.Version > 0 && from.Version < 24 {
		st.Conversation = sim.NewRand(0, "conversation", tx.Thread.ID, tx.Thread.Inbound.String()).Hex(16)
	}
	steps := []struct {
		status string
		after  time.Duration
	}{{StatusSent, f.Delays.Sent}, {StatusDelivered, f.Delays.Delivered}, {StatusRead, f.Delays.Read}}
	if st.Failure != nil {
		steps = steps[:1]
		steps[0].status, steps[0].after = StatusFailed, max(f.Delays.Sent, 0)
	}
	draft := draftOf(from, st, tx.Now)
	for _, step := range steps {
		if step.after >= 0 {
			tx.Webhook(drafted(draft, st.MessageID, step.status, step.after))
		}
	}
}

// concludeSend notes a message that did not get through.
func (f *fake) concludeSend(c sim.Conclusion) []sim.Note {
	if c.Handled {
		return nil
	}
	s, _ := f.attempted(c.Call)
	if s.Type == ReadReceipt {
		return nil
	}
	code := ""
	if body, ok := c.Answer.Body.([]byte); ok {
		var e errorBody
		if json.Unmarshal(body, &e) == nil {
			code = strconv.Itoa(e.Error.Code)
		}
	}
	return []sim.Note{provider.Refused(c, outgoing(c.Call, s), code)}
}

// whatsapp is the channel by which customers write to a business number.
func (f *fake) whatsapp() sim.Channel {
	ch := sim.Channel{Name: "whatsapp", Platform: "whatsapp", Write: f.write, Status: f.setStatus, Sees: seesNumber, Normal: provider.NormalPhone, Customer: provider.FreshPhone, CustomerIn: provider.PhoneIn, Fated: provider.FatedPhone}
	for _, a := range f.Numbers {
		ch.Accounts = append(ch.Accounts, sim.Account{ID: a.PhoneNumberID, ClientID: a.ClientID, Name: a.Name, Number: a.Display})
	}
	return ch
}

// setStatus reports a status by hand.
func (f *fake) setStatus(tx *sim.Tx, change sim.StatusChange) (sim.Webhook, error) {
	account, ok := f.number(tx.Thread.Account)
	if !ok {
		return sim.Webhook{}, fmt.Errorf("no business number %s", tx.Thread.Account)
	}
	if err := checkStatus(change.Status); err != nil {
		return sim.Webhook{}, err
	}
	st := Status{MessageID: change.MessageID, Status: change.Status, To: tx.Thread.Customer, At: tx.Now}
	if f.BSUID {
		st.UserID = userID(st.To)
	}
	if change.Status == StatusFailed {
		st.Failure = NewError(131026, "")
		if change.Code != 0 {
			st.Failure = NewError(change.Code, "")
		}
	}
	return statusWebhook(account, st), nil
}
