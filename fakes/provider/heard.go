package provider

import (
	"encoding/json"
	"fmt"

	"github.com/encore-sandbox/sandbox/fakes/note"
	"github.com/encore-sandbox/sandbox/sim"
)

// Answered reads the JSON of a recorded answer that says that the call was
// taken (200 to 299). Anything else is the zero value.
func Answered[T any](c sim.Conclusion) (answer T) {
	body, _ := c.Answer.Body.([]byte)
	if c.Answer.Status >= 200 && c.Answer.Status < 300 {
		_ = json.Unmarshal(body, &answer) // what is no JSON says nothing
	}
	return answer
}

// Heard notes a message that a recorded answer says was accepted under an id;
// without one it was not.
func Heard(tx *sim.Tx, o note.Outgoing, id string) bool {
	if id == "" {
		return false
	}
	tx.Mint(id)
	o.ID = id
	tx.Note(note.MessageSent{Outgoing: o})
	return true
}

// Unknown says of a recorded message that its template is none that is known, so
// that what the customer saw of it is not either.
func Unknown(tx *sim.Tx, template, language string) {
	tx.Remark(fmt.Sprintf("template %q (%s) is not in sandbox.yaml, so what the customer saw of it is unknown", template, language))
}
