package zoko

import (
	"slices"

	"github.com/encore-sandbox/sandbox/fakes/provider"
	"github.com/encore-sandbox/sandbox/sim"
)

// heardSend notes a recorded message by the id that its answer has.
func (f *fake) heardSend(tx *sim.Tx, c sim.Conclusion) bool {
	s, _ := f.attempted(c.Call)
	id := provider.Answered[accepted](c).MessageID
	if t, _ := typeOf(s.Type); t.template && id != "" {
		if _, known := find(f.known, s.Template, s.Language); !known {
			provider.Unknown(tx, s.Template, s.Language)
		}
	}
	return provider.Heard(tx, f.outgoing(c.Call, s), id)
}

// claims tells webhooks by the name of their event.
func claims(body []byte) bool {
	return slices.Contains([]string{eventIn, eventOut, eventUpdate}, parsed(body).Event)
}
