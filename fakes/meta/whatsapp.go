package meta

import (
	"path"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// whatsappOperations are the operations of the WhatsApp half of the document.
func (f *fake) whatsappOperations() map[string]sim.Operation {
	templates := f.onAccount(f.readsTemplates, f.listTemplates)
	create, remove := f.onAccount(f.readsTemplates, f.createTemplate), f.onAccount(f.readsTemplates, f.deleteTemplates)
	create.Describe = f.describeAccount
	send := sim.Operation{Describe: f.describeSend, Reads: f.readsSend, Handle: f.send, Conclude: f.concludeSend, Heard: f.heardSend, Fated: true}
	return map[string]sim.Operation{
		"whatsappMessages": send,
		marketingMessages:  send,

		"uploadMedia":   {Describe: describeObject, Reads: readsMedia, Handle: f.uploadMedia, Limit: f.maxUpload(), Keep: f.MediaFile},
		"getMedia":      {Describe: describeObject, Reads: seesMedia, Handle: f.getMedia},
		"deleteMedia":   {Describe: describeObject, Reads: readsMedia, Handle: f.deleteMedia},
		"downloadMedia": {Describe: describeObject, Reads: seesMedia, Handle: f.downloadMedia},

		"getPhoneNumber":        f.onNumber(getNumber),
		"setPin":                f.onNumber(setPIN),
		"registerNumber":        f.onNumber(register),
		"deregisterNumber":      f.onNumber(deregister),
		"requestCode":           f.onNumber(requestCode),
		"verifyCode":            f.onNumber(verifyCode),
		"getBusinessProfile":    f.onNumber(getProfile),
		"updateBusinessProfile": f.onNumber(setProfile),
		"getBlockedUsers":       f.onNumber(getBlockedUsers),
		"blockUsers":            f.onNumber(blockUsers),
		"unblockUsers":          f.onNumber(unblockUsers),

		"listAppSubscriptions":  f.onApp(listAppSubscriptions),
		"createAppSubscription": f.onApp(subscribeApplication),
		"deleteAppSubscription": f.onApp(unsubscribeApplication),

		"getBusinessAccount":     f.onAccount(noReads, f.getAccount),
		"listPhoneNumbers":       f.onAccount(f.readsNumbers, f.listNumbers),
		"listSubscribedApps":     f.onAccount(readsSubscription, f.listSubscriptions),
		"subscribeApp":           f.onAccount(readsSubscription, f.subscribe),
		"unsubscribeApp":         f.onAccount(readsSubscription, f.unsubscribe),
		"listMessageTemplates":   templates,
		"createMessageTemplate":  create,
		"deleteMessageTemplates": remove,
		"getMessageTemplate":     {Describe: describeObject, Reads: f.readsTemplates, Handle: f.getTemplate},
		"updateMessageTemplate":  {Describe: f.describeAccount, Reads: f.readsTemplates, Handle: f.updateTemplate},
	}
}

func noReads(*sim.Call, sim.Description) store.Reads { return store.Reads{} }

// pickWhatsApp names the operation of a path that objects of several kinds
// share, or nothing when the object is not one of WhatsApp's.
func (f *fake) pickWhatsApp(c *sim.Call) string {
	id := c.Params["object"]
	edge := path.Base(c.Path)
	if edge == id {
		edge = ""
	}
	kind := "number"
	if _, known := f.number(id); !known {
		kind = f.otherKind(id)
	}
	return whatsappPicks[kind][c.Method+" "+edge]
}

// otherKind is the kind of an object that is no business number.
func (f *fake) otherKind(id string) string {
	switch {
	case len(f.account(id)) > 0:
		return "account"
	case isMediaID(id):
		return "media"
	case f.isTemplate(id):
		return "template"
	}
	return ""
}

// whatsappPicks are the operations on shared paths by kind of object, method
// and last part of the path.
var whatsappPicks = map[string]map[string]string{
	"number": {"GET ": "getPhoneNumber", "POST ": "setPin", "POST messages": "whatsappMessages"},
	"account": {
		"GET ": "getBusinessAccount", "GET subscribed_apps": "listSubscribedApps",
		"POST subscribed_apps": "subscribeApp", "DELETE subscribed_apps": "unsubscribeApp",
	},
	"media":    {"GET ": "getMedia", "DELETE ": "deleteMedia"},
	"template": {"GET ": "getMessageTemplate", "POST ": "updateMessageTemplate"},
}
