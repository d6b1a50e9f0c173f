package sim

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim/store"
)

// Registry is for vendors whose API lets an account register addresses for its
// webhooks. From then on they go there, to each that takes the event, and no
// more to the sandbox's own target; with the last address deleted they go to
// the target again. An address that is deleted gets no further attempt, one
// that is changed gets them at its new URL.
type Registry struct {
	// Kind of the document in which the fake keeps an account's addresses, by the
	// account's id.
	Kind string
	// Endpoints reads that document, which is there; the oldest comes first.
	Endpoints func(doc any) []Endpoint
}

// Endpoint is one registered address.
type Endpoint struct {
	ID     string // the vendor's, and nobody else's on the account
	URL    string
	Events []string // of Webhook.Event
}

// key is where an account's addresses are kept.
func (r *Registry) key(account string) store.Key { return store.Key{Kind: r.Kind, ID: account} }

// registered is what a transaction on a thread has to see of addresses.
func (s *Sandbox) registered(thread string) []store.Key {
	channel, rest, _ := strings.Cut(thread, ":")
	account, _, _ := strings.Cut(rest, ":")
	if r := s.channels[channel].Registry; r != nil {
		return []store.Key{r.key(account)}
	}
	return nil
}

// endpoints are the addresses that the account of the thread registered.
func (tx *Tx) endpoints() []Endpoint {
	r := tx.Workspace.sandbox.channels[tx.Thread.Channel].Registry
	if r == nil {
		return nil
	}
	doc, ok := tx.view.Get(r.key(tx.Thread.Account))
	if !ok {
		return nil
	}
	return r.Endpoints(doc.Value)
}

// addressed are the webhooks of one that is due: one for every address that
// takes the event, or the one itself for the sandbox's own target.
func (tx *Tx) addressed(w Webhook) (all []Webhook) {
	registered := tx.endpoints()
	if len(registered) == 0 {
		return []Webhook{w}
	}
	for _, e := range registered {
		if slices.Contains(e.Events, w.Event) {
			w.Endpoint, w.Copy = e.ID, len(all) > 0
			all = append(all, w)
		}
	}
	return all
}

// address is the URL that a webhook goes to first; empty where no address takes
// its event.
func (tx *Tx) address(w Webhook) string {
	all := tx.addressed(w)
	if len(all) == 0 {
		return ""
	}
	for _, e := range tx.endpoints() {
		if e.ID == all[0].Endpoint {
			return e.URL
		}
	}
	target, _ := tx.Workspace.target(tx.Thread.Channel, tx.Thread.Account)
	return target.URL
}

// destination is where an entry goes now. An address is looked up by the time
// of the attempt: it may have been changed or deleted since.
func (o *outbox) destination(thread string, e outboxEntry) (Target, bool) {
	account := o.s.newThread(thread, e.Due).Account
	target, ok := o.ws.route(context.Background(), e.Channel, account)
	if e.Endpoint == "" {
		return target, ok
	}
	r := o.s.channels[e.Channel].Registry
	doc, ok, err := o.ws.store.Get(context.Background(), o.ws.space, r.key(account))
	if err != nil || !ok {
		return Target{}, false
	}
	all := r.Endpoints(doc.Value)
	i := slices.IndexFunc(all, func(known Endpoint) bool { return known.ID == e.Endpoint })
	if i < 0 {
		return Target{}, false
	}
	return target.at(all[i].URL), true
}

// at is the target of an address: an integrator in the same process is called
// there under every path of its host.
func (t Target) at(address string) Target {
	own, err := url.Parse(t.URL)
	other, wrong := url.Parse(address)
	if err != nil || wrong != nil || own.Host != other.Host {
		return Target{URL: address, Foreign: true}
	}
	return Target{URL: address, Transport: t.Transport, Foreign: true}
}
