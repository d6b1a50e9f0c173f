package sim

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/fault"
)

// AccountCustomer stands in the place of the customer in the thread of what
// concerns an account and no customer of it, such as the approval of a template.
const AccountCustomer = "account"

// Trigger asks for a webhook by the name of its event, for one with a part
// changed, or for one that was written by hand.
type Trigger struct {
	Event   string `json:"event"`             // "whatsapp.image"; empty with Raw
	Channel string `json:"channel,omitempty"` // where Event does not begin with one; default whatsapp
	Account string `json:"account,omitempty"` // account id, or an operator's clientId
	From    string `json:"from,omitempty"`    // the customer; default the same invented one every time
	Name    string `json:"name,omitempty"`
	Text    string `json:"text,omitempty"`
	// Set replaces values of the body by path, "entry[0].id". A text that
	// replaces something else than a text is read as JSON where it is some.
	Set map[string]json.RawMessage `json:"set,omitempty"`
	// Raw is the whole body, sent as it is; a JSON string stands for its text.
	Raw     json.RawMessage `json:"raw,omitempty"`
	Print   bool            `json:"print,omitempty"` // only say what would be sent
	Deliver Shape           `json:"deliver,omitzero"`
	Extra
}

// Triggered is what was sent, or would be.
type Triggered struct {
	Sent
	Event   string   `json:"event"`
	Request *Request `json:"request,omitempty"` // with Trigger.Print alone
}

// Request is a signed webhook.
type Request struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
}

// Events lists what can be triggered, as channel.name, by channel.
func (s *Sandbox) Events() (all []Occasion) {
	for _, c := range s.Channels() {
		for _, e := range c.Events {
			e.Name = c.Name + "." + e.Name
			all = append(all, e)
		}
	}
	return all
}

// errPrinted ends a transaction that was to show something and change nothing.
var errPrinted = errors.New("nothing is changed")

// moved ends a transaction whose webhook belongs to another thread.
type moved struct{ thread string }

// Error implements error.
func (m moved) Error() string { return "the webhook is of thread " + m.thread }

// Trigger makes the fake of a channel emit a webhook. What the body says of
// the customer decides the thread, and the notes say what the body says.
func (ws *Workspace) Trigger(ctx context.Context, t Trigger) (Triggered, error) {
	channel, occasion, err := ws.occasion(t)
	if err != nil {
		return Triggered{}, err
	}
	account, from, err := ws.party(t, channel, occasion)
	if err != nil {
		return Triggered{}, err
	}
	p := triggering{Trigger: t, channel: channel, occasion: occasion, account: account, from: from}
	thread := ThreadID(channel.Name, account.ID, from)
	if len(t.Raw) > 0 {
		thread = channel.home(p.raw(), thread)
	}
	err = ws.inThread(ctx, thread, channel.sees(thread, t.ReplyTo), p.run)
	if m := (moved{}); errors.As(err, &m) {
		p.settled = true
		err = ws.inThread(ctx, m.thread, channel.sees(m.thread, t.ReplyTo), p.run)
	}
	if errors.Is(err, errPrinted) {
		err = nil
	}
	return p.out, err
}

// occasion finds what a trigger names.
func (ws *Workspace) occasion(t Trigger) (Channel, Occasion, error) {
	name, event, found := strings.Cut(t.Event, ".")
	if !found {
		name, event = cmp.Or(t.Channel, "whatsapp"), t.Event
	}
	s := ws.sandbox
	channel, ok := s.channels[name]
	switch {
	case !ok:
		return channel, Occasion{}, fmt.Errorf("no channel %q; use one of %s", name, s.channelNames())
	case t.Channel != "" && t.Channel != name:
		return channel, Occasion{}, fmt.Errorf("event %s is not of channel %s; leave channel out", t.Event, t.Channel)
	case event == "" && len(t.Raw) > 0:
		return channel, Occasion{Name: "raw"}, nil
	}
	i := slices.IndexFunc(channel.Events, func(o Occasion) bool { return o.Name == event })
	if i < 0 {
		var known []string
		for _, o := range s.Events() {
			known = append(known, o.Name)
		}
		return channel, Occasion{}, fmt.Errorf("no event %q; list them with GET /_sandbox/v1/trigger%s", t.Event, fault.DidYouMean(name+"."+event, known))
	}
	return channel, channel.Events[i], nil
}

// party is the account and the customer of a trigger.
func (ws *Workspace) party(t Trigger, channel Channel, o Occasion) (Account, string, error) {
	account, err := channel.account(t.Account)
	switch {
	case err != nil:
		return account, "", err
	case o.OfAccount:
		return account, AccountCustomer, nil
	case t.From == "":
		from, err := customerNumber(channel, CustomerRequest{}, NewRand(ws.Seed, ws.origin, "trigger", channel.Name).Uint64())
		return account, from, err
	}
	from, err := channel.Normal(t.From)
	return account, from, err
}

// triggering is a trigger on its way.
type triggering struct {
	Trigger
	channel  Channel
	occasion Occasion
	account  Account
	from     string
	settled  bool // the thread is the body's own
	out      Triggered
}

// run makes the webhook in a transaction of its thread.
func (p *triggering) run(tx *Tx) error {
	if !tx.Heard() {
		return ErrNoWebhook
	}
	w, err := p.webhook(tx)
	if err != nil {
		return err
	}
	if home := p.channel.home(w.Body, tx.Thread.ID); home != tx.Thread.ID && !p.settled {
		return moved{home}
	}
	if w.Event == "message" {
		tx.Thread.Name, tx.Thread.Text = cmp.Or(p.Name, tx.Thread.Name), p.Text
	}
	p.out = Triggered{Sent: Sent{ID: w.ID, Thread: tx.Thread.ID}, Event: p.channel.Name + "." + p.occasion.Name}
	if !p.Print {
		return p.Deliver.lay(tx, w)
	}
	if w, err = p.Deliver.spoiled(tx, w); err != nil {
		return err
	}
	d := signed(tx.Workspace.sandbox.fakeOf[p.channel.Name], tx.Workspace, w, 1)
	p.out.Request = &Request{Method: http.MethodPost, URL: tx.address(w), Header: d.Header, Body: string(w.Body)}
	return errPrinted
}

// webhook is what the fake makes of the event, with what was set, or the body
// that was written by hand.
func (p *triggering) webhook(tx *Tx) (Webhook, error) {
	w := Webhook{Event: p.occasion.Name, Body: p.raw()}
	if len(p.Raw) == 0 {
		var err error
		w, err = p.Deliver.gathered(p.channel, func() (Webhook, error) {
			return p.occasion.Make(tx, Written{Account: p.account, From: p.from, Name: p.Name, Text: p.Text, Extra: p.Extra})
		})
		if err != nil {
			return w, err
		}
	}
	if err := p.set(&w); err != nil {
		return w, err
	}
	if len(p.Raw) > 0 || len(p.Set) > 0 {
		w = p.channel.reread(tx, w)
	}
	return w, nil
}

// raw is the body that was written by hand, or nil.
func (p *triggering) raw() []byte {
	var text string
	if json.Unmarshal(p.Raw, &text) == nil {
		return []byte(text)
	}
	return p.Raw
}

// set changes the body where the trigger says so, path by path in their order.
func (p *triggering) set(w *Webhook) error {
	paths := make([]string, 0, len(p.Set))
	for path := range p.Set {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		body, err := replaced(w.Body, path, p.Set[path], p.channel.Escape)
		if err != nil {
			return err
		}
		w.Body = body
	}
	return nil
}

// home is the thread that a body belongs to, or the fallback where it names none.
func (c Channel) home(body []byte, fallback string) string {
	if c.Locate == nil {
		return fallback
	}
	account, customer := c.Locate(body)
	known := slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.ID == account })
	if customer, err := c.Normal(customer); err == nil && known {
		return ThreadID(c.Name, account, customer)
	}
	return fallback
}

// reread gives a webhook the notes that its body deserves now. What the channel
// does not recognise has none.
func (c Channel) reread(tx *Tx, w Webhook) Webhook {
	w.Notes = nil
	if c.Reread == nil {
		return w
	}
	read := c.Reread(tx, w.Body)
	w.Event, w.ID, w.Notes = cmp.Or(read.Event, "raw"), read.ID, read.Notes
	return w
}
