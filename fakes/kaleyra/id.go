package kaleyra

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/encore-sandbox/sandbox/fakes/meta"
	"github.com/encore-sandbox/sandbox/sim"
)

// shortID is the form of the page's sample.
var shortID = regexp.MustCompile(`^A[0-9A-F]{19}$`)

// newID makes the message_id of a 202.
func (f *fake) newID(r *sim.Rand) string {
	if f.MessageIDs == IDShort {
		return strings.ToUpper("A" + r.Hex(10)[:19])
	}
	return r.UUID()
}

// wamidOf is WhatsApp's id of the message that a 202 named.
func wamidOf(id, to string) string {
	return meta.EncodeWAMID(meta.FromBusiness, to, strings.ToUpper(strings.ReplaceAll(id, "-", "")))
}

// idOf is the 202's id of a message that is named by either id; any other text
// stays as it is.
func idOf(text string) string {
	w, ok := meta.DecodeWAMID(text)
	if !ok || w.Direction != meta.FromBusiness {
		return text
	}
	if shortID.MatchString(w.ID) {
		return w.ID
	}
	b, err := hex.DecodeString(w.ID)
	if err != nil || len(b) != 16 {
		return text
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
