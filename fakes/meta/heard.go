package meta

import (
	"encoding/json"
	"regexp"

	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// heardSend notes a recorded message by the id that its answer has.
func (f *fake) heardSend(tx *sim.Tx, c sim.Conclusion) bool {
	s, _ := f.attempted(c.Call)
	answer := provider.Answered[struct {
		Success  bool              `json:"success"`
		Messages []acceptedMessage `json:"messages"`
	}](c)
	if s.Type == ReadReceipt || len(answer.Messages) == 0 {
		return s.Type == ReadReceipt && answer.Success
	}
	if t := s.Template; t != nil && !f.known(c.Call.Params["object"], t) {
		provider.Unknown(tx, t.Name, t.Language)
	}
	return provider.Heard(tx, outgoing(c.Call, s), answer.Messages[0].ID)
}

// known tells whether a template is configured for a number.
func (f *fake) known(number string, t *TemplateSend) bool {
	from, _ := f.number(number)
	_, found := findTemplate(f.configured(from.WABA), t.Name, t.Language)
	return found
}

// heardSocial notes a recorded message of the Send API.
func (f *fake) heardSocial(tx *sim.Tx, c sim.Conclusion) bool {
	from, sure := f.sender(c.Call)
	if tx.Thread != nil && !sure {
		if own, ok := f.actor(tx.Thread.Account); ok {
			from = own
		}
	}
	s := f.parsedSocial(c.Call, f.socialRules(c.Call, from))
	answer := provider.Answered[struct {
		RecipientID string `json:"recipient_id"`
		MessageID   string `json:"message_id"`
	}](c)
	if s.Action != "" {
		return answer.RecipientID != ""
	}
	return provider.Heard(tx, socialOutgoing(c.Call, s.SocialSend, from.ID), answer.MessageID)
}

// socialPath is a call of the Send API that names the sender.
var socialPath = regexp.MustCompile(`^(?:/v[0-9]+\.[0-9]+)?/([0-9]+)/messages$`)

// Sender reads who sends to whom in a call of the Send API: the id of a page or an
// Instagram account, and that of a customer. Both are empty for any other call,
// and for one that is sent by "me".
func Sender(path string, body []byte) (object, customer string) {
	match := socialPath.FindStringSubmatch(path)
	to := parse[struct {
		Recipient struct {
			ID string `json:"id"`
		} `json:"recipient"`
	}](body).Recipient.ID
	if match == nil || to == "" {
		return "", ""
	}
	return match[1], to
}

// claims tells webhooks about one kind of object (Graph API, Getting started with
// webhooks).
func claims(object string) func([]byte) bool {
	return func(body []byte) bool {
		return parse[struct {
			Object string `json:"object"`
		}](body).Object == object
	}
}

// parts are bodies that report one event each, of one that may report a thousand
// (see errNoBatch). What is not of Meta's shape stays whole.
func parts(body []byte) (all [][]byte) {
	whole := parse[rawBody](body)
	add := func(e rawEntry) {
		part, _ := json.Marshal(rawBody{whole.Object, []rawEntry{e}}) // raw JSON and texts: cannot fail
		all = append(all, part)
	}
	for _, e := range whole.Entry {
		for _, c := range e.Changes {
			for _, value := range valuesOf(c.Value) {
				add(rawEntry{ID: e.ID, Time: e.Time, Changes: []rawChange{{value, c.Field}}})
			}
		}
		for _, event := range e.Messaging {
			add(rawEntry{ID: e.ID, Time: e.Time, Messaging: []json.RawMessage{event}})
		}
	}
	return all
}

// valuesOf are the values of a change with one message or status each.
func valuesOf(value json.RawMessage) (all []json.RawMessage) {
	members := parse[map[string]json.RawMessage](value)
	for _, list := range []string{"messages", "statuses"} {
		for _, one := range parse[[]json.RawMessage](members[list]) {
			alone := map[string]json.RawMessage{}
			for name, member := range members {
				if name != "messages" && name != "statuses" {
					alone[name] = member
				}
			}
			alone[list], _ = json.Marshal([]json.RawMessage{one})
			part, _ := json.Marshal(alone)
			all = append(all, part)
		}
	}
	if all == nil {
		all = append(all, value)
	}
	return all
}
