package meta

import (
	"cmp"
	"path"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// socialOperations are the operations of Messenger and Instagram.
var socialOperations = []string{
	"pageMessages", "instagramMessages", "graphProfile", "graphConversations", "graphThread", "graphThreadMessages",
	"pageSubscribe", "pageSubscriptions", "pageUnsubscribe", "messageAttachments",
	"getMessengerProfile", "setMessengerProfile", "deleteMessengerProfile",
}

// maxAttachment is the largest attachment that is taken, in bytes: Meta's limit for
// audio, video and files, and room for the form around it.
const maxAttachment = 26 << 20

// pageOperations are what pages and Instagram accounts do.
func (f *fake) pageOperations() map[string]sim.Operation {
	send := sim.Operation{
		Describe: f.describeSocial, Reads: f.readsSocial, Handle: f.sendSocial, Conclude: f.concludeSocial, Heard: f.heardSocial, Fated: true, Limit: maxAttachment,
	}
	return map[string]sim.Operation{
		"pageMessages":           send,
		"instagramMessages":      send,
		"graphProfile":           {Describe: f.describeProfile, Handle: f.readProfile},
		"graphConversations":     {Describe: describeKey, Reads: f.readsConversations, Handle: f.getConversations},
		"graphThread":            {Describe: f.describeThread, Handle: f.getThread},
		"graphThreadMessages":    {Describe: f.describeThread, Handle: f.getThreadMessages},
		"pageSubscribe":          {Describe: describeKey, Reads: f.ownsPageFields, Handle: f.subscribePage},
		"pageSubscriptions":      {Describe: describeKey, Reads: f.readsPageFields, Handle: f.getSubscriptions},
		"pageUnsubscribe":        {Describe: describeKey, Reads: f.ownsPageFields, Handle: f.unsubscribePage},
		"messageAttachments":     {Describe: describeKey, Handle: f.uploadAttachment, Limit: maxAttachment},
		"getMessengerProfile":    {Describe: describeKey, Reads: f.ownsSettings, Handle: f.getSettings},
		"setMessengerProfile":    {Describe: describeKey, Reads: f.ownsSettings, Handle: f.setSettings},
		"deleteMessengerProfile": {Describe: describeKey, Reads: f.ownsSettings, Handle: f.deleteSettings},
	}
}

// pickSocial chooses among operations that share a path, where the object is
// none of WhatsApp's. An id of nothing known is taken for a customer's when it is
// read; where something is to be sent, WhatsApp says that it does not exist.
func (f *fake) pickSocial(c *sim.Call) string {
	object := c.Params["object"]
	value := cmp.Or(strings.TrimPrefix(c.Header.Get("Authorization"), "Bearer "), c.URL.Query().Get("access_token"))
	p, sure := f.speaker(c, value)
	known := sure || object == "me" && p.ID != ""
	switch last := path.Base(c.Path); {
	case last == object:
		return "graphProfile"
	case last == "subscribed_apps":
		return map[string]string{"GET": "pageSubscriptions", "POST": "pageSubscribe", "DELETE": "pageUnsubscribe"}[c.Method]
	case !known:
		return "whatsappMessages"
	case p.Instagram:
		return "instagramMessages"
	}
	return "pageMessages"
}

// describeKey is the description of a call that concerns no customer.
func describeKey(c *sim.Call) sim.Description {
	value, _ := token(c)
	return sim.Description{Key: value}
}

// owner is the account that a call concerns, or Graph's error.
func (f *fake) owner(c *sim.Call) (actor, error) {
	p, sure := f.sender(c)
	if p.ID == "" || !sure && c.Params["object"] != "me" {
		return p, vendorError{unknownObject(c, c.Params["object"]), c}
	}
	return p, nil
}
