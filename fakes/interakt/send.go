package interakt

import (
	"mime"
	"net/http"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/fault"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// outgoing describes a send for the rules, accepted or not. Nothing that
// Interakt sends is a payload of Encore's as it came, so every offer is carried
// by its image, text and link.
func (f *fake) outgoing(c *sim.Call, s *Send) note.Outgoing {
	who, key, _ := f.caller(c)
	return provider.Marked(note.Outgoing{
		Type: s.Type, Payload: provider.Payload(c.Body), Content: s.Content, To: s.To.Digits(), Credential: provider.Credential(c, "basic", key), Object: who.Name,
	}, note.CarrierTemplate)
}

// attempt reads a send without the state: a template that was not configured
// is known by its values only.
func (f *fake) attempt(c *sim.Call) *Send {
	s, problem := ParseSend(c.Object())
	if problem == nil && s.Template != nil {
		if t, found := find(f.Templates, s.Template.Name, s.Template.Language); found {
			s.Content = t.Content(s.Template.Values)
		}
	}
	return s
}

func (f *fake) describeSend(c *sim.Call) sim.Description {
	s := f.attempt(c)
	who, key, known := f.caller(c)
	d := sim.Description{
		Channel: Name, Account: who.Name, Key: key, Remarks: s.Remarks, OfferMessage: f.outgoing(c, s).OfferLinks > 0,
	}
	if _, _, ok := readPhone(c.Object()); ok {
		d.Customer, d.Recipient = s.To.Digits(), s.To.Digits()
	}
	if !known {
		d.Platform = "whatsapp" // nobody's key makes no thread: the attempt belongs where the customer wrote last
	}
	return d
}

// readsSend is the read set of a send.
func (f *fake) readsSend(c *sim.Call, d sim.Description) (r store.Reads) {
	who, key, known := f.caller(c)
	if !known {
		return r
	}
	r.Own = sees(sim.ThreadID(Name, who.Name, d.Customer), "")
	if f.Learn {
		r.Own = append(r.Own, store.Key{Kind: kindTemplates, ID: who.Name})
	}
	if f.PerMinute >= 0 {
		r.Own = append(r.Own, rateKey(key))
	}
	return r
}

// send is POST /v1/public/message/.
func (f *fake) send(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	who, key, _ := f.caller(c)
	if e := f.admit(tx, key); e != nil {
		return sim.Answer{}, e
	}
	s, e := f.received(tx, c)
	if e != nil {
		return sim.Answer{}, e
	}
	t, e := f.fitting(tx, who, s)
	if e != nil {
		return sim.Answer{}, e
	}
	failed, e := f.reachable(tx, s)
	if e != nil {
		return sim.Answer{}, e
	}
	m := f.compose(tx, tx.Rand("interakt message").UUID(), s, t)
	tx.Mint(m.ID)
	tx.Put(kindMessage, m.ID, provider.JSON(m))
	meet(tx)
	o := f.outgoing(c, s)
	o.ID = m.ID
	tx.Note(note.MessageSent{Outgoing: o})
	f.report(tx, m, failed)
	return sim.Answer{Status: http.StatusCreated, Body: accepted{Result: true, Message: f.words(s), ID: m.ID}}, nil
}

// accepted is the answer to what was created.
type accepted struct {
	Result  bool   `json:"result"`
	Message string `json:"message"`
	ID      string `json:"id,omitempty"`
}

// words is what an accepted message is answered with. Clients go by result and
// id: the documents and the live API differ.
func (f *fake) words(s *Send) string {
	if s.Template != nil && f.Profile != Live2026 {
		return "Message created successfully"
	}
	return "Message queued for sending via Interakt. Check webhook for delivery status"
}

// received reads the body of a call.
func (f *fake) received(tx *sim.Tx, c *sim.Call) (*Send, *Error) {
	body, e := jsonObject(c)
	if e != nil {
		return nil, e
	}
	s, e := ParseSend(body)
	if e == nil {
		e = provided(tx.Effect.Provider)
	}
	return s, e
}

// jsonObject is the body of a call, which has to be announced as JSON.
func jsonObject(c *sim.Call) (map[string]any, *Error) {
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, correct("the header Content-Type has to be application/json")
	}
	tree, err := c.JSON()
	if err != nil {
		return nil, correct("the body is not JSON: %s", err)
	}
	body, isObject := tree.(map[string]any)
	if !isObject {
		return nil, correct("the body has to be a JSON object")
	}
	return body, nil
}

// provided words the refusals that a fault asks the provider for.
func provided(effect string) *Error {
	switch effect {
	case fault.ProviderInvalid:
		return correct("the sandbox was told to refuse this message")
	case fault.ProviderWindow:
		return correct(textWindow)
	case fault.ProviderRate:
		return &Error{http.StatusTooManyRequests, textRate}
	case fault.ProviderOutage:
		return &Error{http.StatusInternalServerError, textFailed}
	}
	return nil
}

// fitting finds the template of a send and what the customer sees of it; nil for
// session messages.
func (f *fake) fitting(tx *sim.Tx, who Account, s *Send) (*meta.Template, *Error) {
	if s.Template == nil {
		return nil, nil
	}
	t, e := f.template(tx, who, s)
	if e != nil {
		return nil, e
	}
	s.Content = t.Content(s.Template.Values)
	for place := range maxQuickReplies {
		if _, given := s.Template.Payloads[place]; given && (place >= len(t.Buttons) || t.Buttons[place].Type != quickReply) {
			tx.Remark("the " + buttonAt(place) + " is no quick reply of the template; its buttonPayload has no effect")
		}
	}
	return &t, nil
}

// reachable says why a message is refused that the customer may not get, or how
// it fails later.
func (f *fake) reachable(tx *sim.Tx, s *Send) (*failure, *Error) {
	inbound := tx.Thread.Inbound
	switch {
	case tx.Effect.Provider == fault.ProviderLater:
		return newFailure(0), nil
	case s.Template != nil || f.NoWindow || provider.InWindow(inbound, tx.Now):
		return nil, nil
	case f.LateFailures:
		return newFailure(131047), nil
	case inbound.IsZero() && !met(tx):
		return nil, correct(textUnknown)
	}
	return nil, correct(textWindow)
}

// concludeSend notes a message that did not get through.
func (f *fake) concludeSend(c sim.Conclusion) []sim.Note {
	if c.Handled {
		return nil
	}
	s := f.attempt(c.Call)
	o := f.outgoing(c.Call, s)
	return []sim.Note{provider.Refused(c, o, "")}
}
