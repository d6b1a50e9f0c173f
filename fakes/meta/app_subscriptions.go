package meta

import (
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// appSubscription is an app's subscription to the webhooks of one kind of object
// (Graph API, app subscriptions). What is delivered does not depend on it: the
// target is the sandbox's own --webhook.
type appSubscription struct {
	Object   string   `json:"object"`
	Callback string   `json:"callback"`
	Fields   []string `json:"fields"`
}

const kindAppSubscriptions = "meta.appSubscriptions" // []appSubscription by app id

// appObjects are the kinds of objects that send webhooks of conversations.
var appObjects = []string{"page", "instagram", "whatsapp_business_account", "user", "permissions", "application"}

func ownsAppSubscriptions(c *sim.Call, _ sim.Description) store.Reads {
	return store.Reads{Own: []store.Key{{Kind: kindAppSubscriptions, ID: c.Params["object"]}}}
}

// onApp makes an operation on an app. Every number is one but for the objects
// that the sandbox knows: an app is its owner's to name.
func (f *fake) onApp(handle func(tx *sim.Tx, c *sim.Call, all []appSubscription) (sim.Answer, error)) sim.Operation {
	return sim.Operation{Describe: describeKey, Reads: ownsAppSubscriptions, Handle: func(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
		id := c.Params["object"]
		_, number := f.number(id)
		_, page := f.actor(id)
		if number || page || id == "me" || len(f.account(id)) > 0 {
			return fail(c, unknownObject(c, id))
		}
		all, _ := sim.Get[[]appSubscription](tx, kindAppSubscriptions, id)
		return handle(tx, c, all)
	}}
}

// listAppSubscriptions is GET /{app}/subscriptions.
func listAppSubscriptions(_ *sim.Tx, c *sim.Call, all []appSubscription) (sim.Answer, error) {
	version := strings.TrimPrefix(c.Prefix, "/")
	data := []map[string]any{}
	for _, s := range all {
		fields := []map[string]string{}
		for _, name := range s.Fields {
			fields = append(fields, map[string]string{"name": name, "version": version})
		}
		data = append(data, map[string]any{"object": s.Object, "callback_url": s.Callback, "active": true, "fields": fields})
	}
	return answered(c, map[string]any{"data": data})
}

// subscribeApplication is POST /{app}/subscriptions. A later one for the same
// kind of object takes the place of the earlier.
func subscribeApplication(tx *sim.Tx, c *sim.Call, all []appSubscription) (sim.Answer, error) {
	r, o := &reader{limits: Limits{AllowIPHosts: true}}, object{fields: c.Object()}
	s := appSubscription{Object: r.word(o, "object", appObjects...), Callback: r.link(o, "callback_url"), Fields: words(c, "fields")}
	r.text(o, "verify_token", 0)
	if len(s.Fields) == 0 {
		r.fail(MissingParameter("fields"))
	}
	if r.problem != nil {
		return fail(c, r.problem)
	}
	tx.Put(kindAppSubscriptions, c.Params["object"], append(without(all, s.Object), s))
	return success(c)
}

// unsubscribeApplication is DELETE /{app}/subscriptions: those of one kind of
// object, or all.
func unsubscribeApplication(tx *sim.Tx, c *sim.Call, all []appSubscription) (sim.Answer, error) {
	kind, _ := c.Object()["object"].(string)
	tx.Put(kindAppSubscriptions, c.Params["object"], without(all, kind))
	return success(c)
}

// without are the subscriptions to other kinds of objects; none for no kind.
func without(all []appSubscription, kind string) []appSubscription {
	return slices.DeleteFunc(slices.Clone(all), func(s appSubscription) bool { return kind == "" || s.Object == kind })
}
