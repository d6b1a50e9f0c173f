package meta

import (
	"fmt"
	"slices"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// kindPageFields is the document of an account's subscribed fields, []string
// by account id; without it the account is subscribed to all of its defaults.
const kindPageFields = "metaPageFields"

// pageFields are the webhook fields of a page that the sandbox sends; the first
// ones are subscribed from the start.
var pageFields = []string{"messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes", "message_reactions", "messaging_referrals", "standby", "messaging_optins", "messaging_handovers", "feed"}

// instagramFields are those of an Instagram account. Its echoes come under messages.
var instagramFields = []string{"messages", "messaging_postbacks", "messaging_seen", "message_reactions", "messaging_referral", "standby", "messaging_optins", "messaging_handover", "comments", "mentions"}

// subscribedAtFirst is how many of an account's fields are subscribed when
// nobody has said which.
const subscribedAtFirst = 6

func (s surface) fields() []string {
	if s.Instagram {
		return instagramFields
	}
	return pageFields
}

func (s surface) echoField() string {
	if s.Instagram {
		return "messages"
	}
	return "message_echoes"
}

func (s surface) readField() string {
	if s.Instagram {
		return "messaging_seen"
	}
	return "message_reads"
}

// readsPageFields are the subscriptions of every account: which of them
// sends is known only when the thread is.
func (f *fake) readsPageFields(*sim.Call, sim.Description) (r store.Reads) {
	for _, p := range f.actors() {
		r.See = append(r.See, store.Key{Kind: kindPageFields, ID: p.ID})
	}
	return r
}

func (f *fake) ownsPageFields(c *sim.Call, _ sim.Description) store.Reads {
	p, _ := f.sender(c)
	return store.Reads{Own: []store.Key{{Kind: kindPageFields, ID: p.ID}}}
}

// subscribed lists the webhook fields that an account reports. Customers'
// messages are delivered whatever it says, because a sandbox without webhooks
// has nothing to show.
func (f *fake) subscribed(tx *sim.Tx, p actor) []string {
	if fields, ok := sim.Get[[]string](tx, kindPageFields, p.ID); ok {
		return fields
	}
	return p.fields()[:min(subscribedAtFirst, len(p.fields()))]
}

// subscribePage is POST /{account}/subscribed_apps.
func (f *fake) subscribePage(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.owner(c)
	if err != nil {
		return sim.Answer{}, err
	}
	fields := words(c, "subscribed_fields")
	if len(fields) == 0 {
		return fail(c, paramError("The parameter subscribed_fields is required"))
	}
	for i, name := range fields {
		if !slices.Contains(p.fields(), name) {
			return fail(c, paramError(fmt.Sprintf("Param subscribed_fields[%d] must be one of {%s}", i, strings.Join(p.fields(), ", "))))
		}
	}
	tx.Put(kindPageFields, p.ID, fields)
	return success(c)
}

// getSubscriptions is GET /{account}/subscribed_apps.
func (f *fake) getSubscriptions(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.owner(c)
	if err != nil {
		return sim.Answer{}, err
	}
	apps := []node{}
	if fields := f.subscribed(tx, p); len(fields) > 0 {
		apps = append(apps, node{"id": fmt.Sprint(*f.Messenger.appID()), "name": "Encore Sandbox", "link": "https://sandbox.example/", "subscribed_fields": fields})
	}
	return answered(c, edge{Data: apps})
}

// unsubscribePage is DELETE /{account}/subscribed_apps.
func (f *fake) unsubscribePage(tx *sim.Tx, c *sim.Call) (sim.Answer, error) {
	p, err := f.owner(c)
	if err != nil {
		return sim.Answer{}, err
	}
	tx.Put(kindPageFields, p.ID, []string{})
	return success(c)
}

// words reads a parameter that is a list: a JSON array or words with commas
// between them, in the body or in the query.
func words(c *sim.Call, name string) (list []string) {
	switch v := c.Object()[name].(type) {
	case []any:
		for _, item := range v {
			list = append(list, fmt.Sprint(item))
		}
	case string:
		list = listed(v)
	}
	return list
}

// listed are the words of a text: one, several with commas between them, or an
// array in JSON.
func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(`,[]"' `, r) })
}
