package integrator

import (
	"encoding/json"
	"net/http"
	"strings"
)

// kaleyra is WhatsApp by way of Kaleyra, which passes Meta's own message
// objects on in both directions (Kaleyra WhatsApp API v2, messages and
// webhook payloads).
func kaleyra() *channel {
	return &channel{
		name: "kaleyra", platform: "whatsapp",
		field: "KaleyraSender", account: func(o Operator) string { return strings.TrimPrefix(o.KaleyraSender, "+") },
		needs: func(c Config, _ Operator) []setting {
			return []setting{{"KaleyraURL", c.KaleyraURL, true}, {"KaleyraSID", c.KaleyraSID, false}, {"KaleyraKey", c.KaleyraKey, false}}
		},
		webhook: &webhook{path: "kaleyra", read: readKaleyra}, // Kaleyra signs nothing
		chatID:  ownChatID, address: kaleyraMessages, offer: kaleyraOffer, reply: kaleyraReply, sentID: kaleyraID,
		tracked: func(m inbound, _ string) string { return m.id },
	}
}

// kaleyraNotice is Meta's change with Kaleyra's own members beside it: Ref is
// what the send said there.
type kaleyraNotice struct {
	Meta struct {
		Field string `json:"field"`
		Value value  `json:"value"`
	} `json:"meta_object"`
	Extra kaleyraExtra `json:"extra_info"`
}

type kaleyraExtra struct {
	Ref string `json:"ref,omitempty"`
}

func readKaleyra(in *Integrator, from sender, body []byte) (func(), error) {
	var n kaleyraNotice
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, err
	}
	return func() {
		account := strings.TrimPrefix(n.Meta.Value.Metadata.DisplayNumber, "+")
		for _, m := range in.messages(from.channel, account, n.Meta.Value) {
			in.enqueue(m)
		}
		// The id of a status is WhatsApp's, which the answer to the send did not
		// have. What the send called itself comes back beside it.
		for _, s := range n.Meta.Value.Statuses {
			s.ID = n.Extra.Ref
			in.statusChanged(s)
		}
	}, nil
}

func kaleyraMessages(c Config, m inbound) (string, http.Header) {
	return c.KaleyraURL + "/v2/" + c.KaleyraSID + "/whatsapp/" + m.operator.KaleyraSender + "/messages", http.Header{"Api-Key": {c.KaleyraKey}}
}

// kaleyraOffer puts the payload in as it came. Encoding it would change the
// escapes in it.
func kaleyraOffer(_ *Integrator, m inbound, payload json.RawMessage) (json.RawMessage, error) {
	extra, err := json.Marshal(kaleyraExtra{Ref: m.id})
	body := append(json.RawMessage(`{"messaging_object":`), payload...)
	body = append(append(append(body, `,"extra_info":`...), extra...), '}')
	return body, err
}

func kaleyraReply(m inbound, text string) any {
	return map[string]any{"messaging_object": whatsappReply(m, text)}
}

func kaleyraID(answer []byte) string {
	var a struct {
		Data struct {
			MessageID string `json:"message_id"`
		} `json:"data"`
	}
	if json.Unmarshal(answer, &a) != nil {
		return ""
	}
	return a.Data.MessageID
}
