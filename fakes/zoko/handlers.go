package zoko

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// outgoing describes a message for the rules, accepted or not. Zoko carries no
// message of Encore's as it is, so whatever holds an offer is judged by what
// the customer sees of it.
func (f *fake) outgoing(c *sim.Call, s *send) note.Outgoing {
	o := note.Outgoing{
		Type: s.Type, Payload: provider.Payload(c.Body), Content: s.Content, To: s.To, Object: f.account(c).ID,
	}
	if key(c) != "" {
		o.Credential = provider.Credential(c, "apikey", key(c))
	}
	return provider.Marked(o, note.CarrierTemplate)
}

// attempt is a message as it was read.
type attempt struct {
	send    send
	problem *Error // what is wrong with its form, nil for nothing
}

// attempted reads a message without the state: a template that was not
// configured is known by its arguments only. A call is read once; every caller
// gets a copy, since a handler fills in templates.
func (f *fake) attempted(c *sim.Call) (*send, *Error) {
	if a, read := c.Description.Parsed.(attempt); read {
		return &a.send, a.problem
	}
	s, problem := parse(c, f.Lenient)
	if t, found := find(f.known, s.Template, s.Language); found {
		s.Content = t.content(s.Args)
	}
	return s, problem
}

func (f *fake) describeSend(c *sim.Call) sim.Description {
	s, problem := f.attempted(c)
	d := sim.Description{
		Channel: Name, Account: f.account(c).ID, Customer: s.To, Recipient: s.To, Key: key(c), Remarks: s.Remarks,
		OfferMessage: f.outgoing(c, s).OfferLinks > 0, Parsed: attempt{*s, problem},
	}
	if kind := c.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		d.Remarks = append(d.Remarks, "Content-Type is not application/json, which Zoko documents as needed")
	}
	return d
}

// readsSend is the read set of a send.
func (f *fake) readsSend(c *sim.Call, _ sim.Description) (r store.Reads) {
	learnt := []store.Key{readsTemplates(f.account(c).ID)}
	if f.Learn {
		return store.Reads{Own: learnt}
	}
	return store.Reads{See: learnt}
}

// accepted is the answer to a message (Zoko's guide, Response for Send Message).
type accepted struct {
	Status     string `json:"status"` // text, in spite of what it says
	StatusText string `json:"statusText"`
	MessageID  string `json:"messageId"`
	CustomerID string `json:"customerId,omitempty"`
}

// profileStatus is the status inside the body of an accepted message.
var profileStatus = map[Profile]string{ProfileSeed: "200", ProfileDocs: "202"}

// send is POST /v2/message. It says that the request seems valid; what becomes
// of the message is told by webhooks.
func (f *fake) send(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	account := f.account(c)
	s, problem := f.attempted(c)
	if problem == nil {
		problem = f.filled(tx, account.ID, s)
	}
	var failure *Error
	if problem == nil {
		failure, problem = f.barred(tx, s)
	}
	if problem != nil {
		return fail(tx, problem)
	}
	id := uuid1(tx.Now, tx.Rand("zoko message"))
	tx.Mint(id)
	o := f.outgoing(c, s)
	o.ID = id
	tx.Note(note.MessageSent{Outgoing: o})
	f.report(tx, account, s, id, failure)
	body := accepted{Status: profileStatus[f.Profile], StatusText: "Accepted", MessageID: id}
	if f.CustomerID {
		body.CustomerID = customerID(account.ID, s.To)
	}
	return sim.Answer{Status: http.StatusOK, Body: body}, nil
}

// barred says why a well-formed message is refused, or why it will fail.
func (f *fake) barred(tx *sim.Tx, s *send) (failure, refusal *Error) {
	if tx.Effect.Provider == fault.ProviderLater {
		return &Error{Message: "the sandbox was told to let this message fail"}, nil
	}
	problem := provided(tx.Effect.Provider)
	if t, _ := typeOf(s.Type); problem == nil && !t.template {
		problem = outside(tx)
	}
	if problem != nil && f.Expired == ExpiredFails && *problem == *windowClosed() {
		return problem, nil
	}
	return nil, problem
}

// outside says why a message that is no template may not be sent now, nil when
// it may.
func outside(tx *sim.Tx) *Error {
	switch wrote := tx.Thread.Inbound; {
	case wrote.IsZero():
		return firstContact()
	case !provider.InWindow(wrote, tx.Now):
		return windowClosed()
	}
	return nil
}

// stepText is what the history says of a step.
var stepText = map[string]string{
	stateSent: "Message sent", stateDelivered: "Message delivered", stateRead: "Message read", stateFailed: "Message could not be delivered",
}

// report keeps an accepted message and makes its webhooks due: the message
// itself, then how it arrives or, with a failure, that it does not.
func (f *fake) report(tx *sim.Tx, account Account, s *send, id string, failure *Error) {
	m := message{
		ID: id, Account: account.ID, Customer: s.To, Direction: fromStore, Type: s.Type, Text: s.Content.Text, FileURL: s.FileURL,
		Caption: s.Caption, Template: s.Template, At: tx.Now,
	}
	if s.FileURL != "" {
		m.Text = "" // it is the caption's
	}
	tx.Webhook(storeOut(m, nameOf(tx.Thread), account.Name, "direct_api"))
	after := map[string]time.Duration{stateSent: f.Delays.Sent, stateDelivered: f.Delays.Delivered, stateRead: f.Delays.Read, stateFailed: -1}
	if failure != nil {
		after = map[string]time.Duration{stateFailed: max(f.Delays.Sent, 0), stateSent: -1, stateDelivered: -1, stateRead: -1}
	}
	for _, state := range states() {
		if after[state] < 0 {
			continue
		}
		reached := step{state, tx.Now.Add(after[state]), stepText[state]}
		if failure != nil {
			reached.Message = failure.Message
		}
		m.Steps = append(m.Steps, reached)
		tx.Webhook(f.update(id, state, reached.At, after[state]))
	}
	tx.Put(kindMessage, id, m)
}

// concludeSend notes a message that did not get through. Zoko's errors have no
// codes of their own.
func (f *fake) concludeSend(c sim.Conclusion) []sim.Note {
	if c.Handled {
		return nil
	}
	s, _ := f.attempted(c.Call)
	return []sim.Note{provider.Refused(c, f.outgoing(c.Call, s), "")}
}

// templateBody is a template as GET /v2/account/templates lists it.
type templateBody struct {
	Channel               string `json:"channel"`
	IsRichTemplate        bool   `json:"isRichTemplate"`
	TemplateType          string `json:"templateType"`
	TemplateID            string `json:"templateId"`
	TemplateLanguage      string `json:"templateLanguage"`
	TemplateDesc          string `json:"templateDesc"`
	TemplateVariableCount int    `json:"templateVariableCount"`
	Active                bool   `json:"active"`
}

// listTemplates is GET /v2/account/templates. An id may be there more than
// once, in several languages.
func (f *fake) listTemplates(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	list := []templateBody{}
	for _, t := range f.templates(tx, f.account(c).ID) {
		list = append(list, templateBody{
			"whatsapp", t.Kind != typeTemplate, t.Kind, t.Name, t.Language, t.Body, len(t.slots()), t.active(),
		})
	}
	return sim.Answer{Status: http.StatusOK, Body: list}, nil
}

// setStatus reports a status by hand.
func (f *fake) setStatus(tx *sim.Tx, change sim.StatusChange) (sim.Webhook, error) {
	state := change.Status
	if state == stateSeen {
		state = stateRead
	}
	if !slices.Contains(states(), state) {
		return sim.Webhook{}, unknownState(change.Status)
	}
	if m, known := sim.Get[message](tx, kindMessage, change.MessageID); known {
		tx.Put(kindMessage, m.ID, m.with(step{state, tx.Now, stepText[state]}))
	}
	return f.update(change.MessageID, state, tx.Now, 0), nil
}
