package interakt

import (
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// heardSend notes a recorded message by the id that its answer has.
func (f *fake) heardSend(tx *sim.Tx, c sim.Conclusion) bool {
	answer, s := provider.Answered[accepted](c), f.attempt(c.Call)
	if !answer.Result {
		return false
	}
	if t := s.Template; t != nil {
		if _, known := find(f.Templates, t.Name, t.Language); !known {
			provider.Unknown(tx, t.Name, t.Language)
		}
	}
	return provider.Heard(tx, f.outgoing(c.Call, s), answer.ID)
}

// claims tells webhooks by their type and by whom they are about.
func claims(body []byte) bool {
	h := parse(body)
	return strings.HasPrefix(h.Type, "message_") && h.Data.Customer.Channel+h.Data.Message.ID != ""
}
