package main

import (
	"github.com/encore-sandbox/sandbox/cmd/encore-sandbox/postman"
	"github.com/encore-sandbox/sandbox/fakes"
	"github.com/encore-sandbox/sandbox/scenarios"
)

// collected are the documents of a collection, in its order: the vendors, each
// with what its requests identify themselves by, the accounts that its paths
// name, and the answers of which later requests use something.
func collected() []postman.Document {
	operator := fakes.Operators()[0]
	return []postman.Document{
		{
			Name:        "encore",
			Credentials: map[string]postman.Variable{"publishableKey": {Key: "key", Value: scenarios.EncoreKey, Description: "Encore's publishable key"}},
			Values:      map[string]string{"impressionDelivered.impression_uid": "{{impressionId}}", "click.token": "{{clickToken}}"},
			Saves: map[string][]postman.Save{
				"offersMessage": {
					saved("impressionId", "d260ce6212a72ca30959e1faf00cc18b", "of the latest offer's impression", "impressionId"),
					saved("campaignId", "2c643fc5-91cb-4b0a-ba0a-0536c2c4f871", "of the latest offer's campaign", "offer.campaignId"),
					behind(saved("clickToken", "eyJhcHBJZCI6Ii4uLiJ9.abc123def456", "in the link of the latest offer", "offer.clickUrl"), "/click/"),
					behind(saved("imageFile", "primary-1778695603093.png", "of the latest offer's image", "message.payload.message.attachment.payload.elements[0].image_url"), "/"),
				},
			},
		},
		{Name: "advertiser", Values: map[string]string{
			"creativeImage.campaignId": "{{campaignId}}", "creativeImage.file": "{{imageFile}}", "landing.token": "{{clickToken}}", "completeLanding.token": "{{clickToken}}",
		}},
		{
			Name:        "meta",
			Credentials: map[string]postman.Variable{"bearer": {Key: "graphToken", Value: scenarios.GraphToken, Description: "Graph access token"}},
			Values:      graphObjects(operator),
			Saves: map[string][]postman.Save{
				"uploadMedia":           {saved("mediaId", "1003383421387256", "of the latest medium that was uploaded", "id")},
				"createMessageTemplate": {saved("templateId", "594425479261596", "of the latest template that was made", "id")},
			},
		},
		{Name: "kaleyra", Credentials: map[string]postman.Variable{"apiKey": {Key: "kaleyraKey", Value: fakes.KaleyraKey, Description: "Kaleyra's api-key"}}},
		{Name: "interakt", Credentials: map[string]postman.Variable{"basic": {Key: "interaktKey", Value: operator.InteraktKey, Description: "Interakt's API key"}}},
		{
			Name:        "zoko",
			Credentials: map[string]postman.Variable{"apikey": {Key: "zokoKey", Value: operator.ZokoKey, Description: "Zoko's apikey"}},
			Values: map[string]string{
				"listCustomers.channel": "whatsapp", "listCustomers.page": "1", "getCustomer.customerId": "{{customerId}}",
				"getMessage.messageId": "{{zokoMessageId}}", "getMessageHistory.messageId": "{{zokoMessageId}}", "deleteMessage.messageId": "{{zokoMessageId}}",
				"getWebhook.webhookId": "{{webhookId}}", "updateWebhook.webhookId": "{{webhookId}}", "deleteWebhook.webhookId": "{{webhookId}}",
			},
			Saves: map[string][]postman.Save{
				"sendMessage":   {saved("zokoMessageId", "068a169a-f1fe-11ea-9b75-42010aa00003", "the latest message's", "messageId")},
				"listCustomers": {saved("customerId", "8275201a-49a1-41f0-924e-42010a020911", "of the first customer", "customers[0].id")},
				"createWebhook": {saved("webhookId", "0b8a169a-f1fe-11ea-9b75-42010aa00003", "the latest webhook's", "id")},
			},
		},
		watchersRequests(),
	}
}

func watchersRequests() postman.Document {
	return postman.Document{
		Name: "watchers",
		Credentials: map[string]postman.Variable{
			"project": {Key: "watchersKey", Value: "sandbox-watchers-key", Description: "Watchers' key of the project"},
			"bearer":  {Key: "watchersToken", Value: "sandbox-watchers-token", Description: "Watchers' token"},
		},
		Values: map[string]string{
			"getOffer.offerId": "{{offerId}}", "patchOffer.offerId": "{{offerId}}", "patchOfferSlashed.offerId": "{{offerId}}", "deleteOffer.offerId": "{{offerId}}",
			"roomEntry.entryId": "{{entryId}}", "tapWidget.entryId": "{{entryId}}",
		},
		Saves: map[string][]postman.Save{
			"createOffer": {saved("offerId", "1", "the latest offer's", "offer.id")},
			"enterRoom":   {saved("entryId", "0f3b5a77c2d94e18", "of the latest entry into a room", "id")},
		},
	}
}

func saved(variable, value, about, member string) postman.Save {
	return postman.Save{Variable: postman.Variable{Key: variable, Value: value, Description: "Id " + about}, Member: member}
}

// behind is what stands behind a text of a member.
func behind(s postman.Save, text string) postman.Save {
	s.Behind = text
	return s
}

// graphObjects are the objects of Graph's paths, which the document shows by a
// number's id: which operation a path has depends on whose id it is.
func graphObjects(o fakes.Operator) map[string]string {
	objects := map[string]string{"deleteMessageTemplates.name": "hello_world", "graphThread.node": "t_" + o.Page + "2401234567890123", "graphThreadMessages.node": "t_" + o.Page + "2401234567890123"}
	for id, operations := range map[string][]string{
		"{{mediaId}}":      {"getMedia", "deleteMedia"},
		"{{templateId}}":   {"getMessageTemplate", "updateMessageTemplate"},
		o.WABA:             {"getBusinessAccount", "listPhoneNumbers", "listSubscribedApps", "subscribeApp", "unsubscribeApp", "listMessageTemplates", "createMessageTemplate", "deleteMessageTemplates"},
		o.Instagram:        {"instagramMessages"},
		"670843887433847":  {"listAppSubscriptions", "createAppSubscription", "deleteAppSubscription"},
		"2401234567890123": {"graphProfile"},
		o.Page: {
			"pageMessages", "graphConversations", "pageSubscriptions", "pageSubscribe", "pageUnsubscribe", "messageAttachments",
			"getMessengerProfile", "setMessengerProfile", "deleteMessengerProfile",
		},
	} {
		for _, operation := range operations {
			objects[operation+".object"] = id
		}
	}
	return objects
}
