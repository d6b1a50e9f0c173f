package kaleyra

import (
	"encoding/json"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// heardSend notes a recorded message by the id that its answer has.
func (f *fake) heardSend(tx *sim.Tx, c sim.Conclusion) bool {
	r := request(c.Call)
	id := provider.Answered[struct {
		Data struct {
			ID string `json:"message_id"`
		} `json:"data"`
	}](c).Data.ID
	if r.Send.Type == meta.ReadReceipt {
		return id != ""
	}
	if _, known := f.configured(r.Send); r.Send.Template != nil && !known && id != "" {
		provider.Unknown(tx, r.Send.Template.Name, r.Send.Template.Language)
	}
	return provider.Heard(tx, f.outgoing(c.Call, r, r.Send.Content), id)
}

// claims tells callbacks by the member that has Meta's own body.
func claims(body []byte) bool {
	var f frame
	return json.Unmarshal(body, &f) == nil && f.Meta != nil
}
