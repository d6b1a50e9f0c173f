package meta

import (
	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// subscription is the app's subscription to an account's webhooks. It is on
// until it is deleted, and what is delivered does not depend on it: the target
// is the sandbox's own --webhook.
type subscription struct {
	Off      bool   `json:"off"`
	Override string `json:"override"` // override_callback_uri
}

const kindSubscription = "meta.subscription" // subscription by WhatsApp Business Account

// The app that every token belongs to.
const (
	appID   = "670843887433847"
	appName = "Encore Sandbox"
)

func readsSubscription(c *sim.Call, _ sim.Description) store.Reads {
	return store.Reads{Own: []store.Key{{Kind: kindSubscription, ID: c.Params["object"]}}}
}

// account finds the numbers of a WhatsApp Business Account.
func (f *fake) account(waba string) (numbers []Account) {
	for _, n := range f.Numbers {
		if n.WABA == waba {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// onAccount makes an operation on an account that exists.
func (f *fake) onAccount(reads func(*sim.Call, sim.Description) store.Reads, handle func(*sim.Tx, *sim.Call) (sim.Answer, error)) sim.Operation {
	return sim.Operation{Describe: describeObject, Reads: reads, Handle: func(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
		if id := c.Params["object"]; len(f.account(id)) == 0 {
			return fail(c, unknownObject(c, id))
		}
		return handle(tx, c)
	}}
}

// getAccount is GET /{waba}.
func (f *fake) getAccount(_ *sim.Tx, c *sim.Call) (sim.Answer, error) {
	id := c.Params["object"]
	node := map[string]any{
		"id": id, "name": f.account(id)[0].Name, "timezone_id": "1", "currency": "USD", "country": "US",
		"message_template_namespace": sim.NewRand(0, "namespace", id).UUID(), "account_review_status": "APPROVED",
		"business_verification_status": "verified", "ownership_type": "CLIENT_OWNED",
	}
	return f.fields(c, node, "WhatsAppBusinessAccount")
}

// readsNumbers is the read set of a list of an account's numbers.
func (f *fake) readsNumbers(c *sim.Call, _ sim.Description) (r store.Reads) {
	for _, n := range f.account(c.Params["object"]) {
		r.See = append(r.See, store.Key{Kind: kindNumber, ID: n.PhoneNumberID})
	}
	return r
}

// listNumbers is GET /{waba}/phone_numbers.
func (f *fake) listNumbers(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	data := []map[string]any{}
	for _, n := range f.account(c.Params["object"]) {
		state, _ := sim.Get[numberState](tx, kindNumber, n.PhoneNumberID)
		node := n.node(state)
		if asked := c.URL.Query().Get("fields"); asked != "" {
			narrowed, problem := selected(node, asked, "WhatsAppBusinessPhoneNumber")
			if problem != nil {
				return fail(c, problem)
			}
			node = narrowed
		} else {
			node = short(node)
		}
		data = append(data, node)
	}
	return f.page(c, data)
}

// listSubscriptions is GET /{waba}/subscribed_apps.
func (f *fake) listSubscriptions(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	data := []any{}
	if s, _ := sim.Get[subscription](tx, kindSubscription, c.Params["object"]); !s.Off {
		data = append(data, s.wire())
	}
	return answered(c, map[string]any{"data": data})
}

func (s subscription) wire() map[string]any {
	app := map[string]any{"id": appID, "name": appName, "link": "https://www.facebook.com/games/?app_id=" + appID}
	out := map[string]any{"whatsapp_business_api_data": app}
	if s.Override != "" {
		out["override_callback_uri"] = s.Override
	}
	return out
}

// subscribe is POST /{waba}/subscribed_apps.
func (f *fake) subscribe(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	r, o := &reader{limits: Limits{AllowIPHosts: true}}, object{fields: c.Object()}
	var s subscription
	if o.has("override_callback_uri") {
		s.Override = r.link(o, "override_callback_uri")
		r.text(o, "verify_token", 0)
	}
	if r.problem != nil {
		return fail(c, r.problem)
	}
	tx.Put(kindSubscription, c.Params["object"], s)
	return success(c)
}

// unsubscribe is DELETE /{waba}/subscribed_apps.
func (f *fake) unsubscribe(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	tx.Put(kindSubscription, c.Params["object"], subscription{Off: true})
	return success(c)
}
