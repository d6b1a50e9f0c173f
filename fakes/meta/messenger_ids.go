package meta

import (
	"encoding/base64"
	"strings"

	"github.com/encore-sandbox/sandbox/sim"
)

// Ids of Messenger and Instagram are opaque. Their forms were read from samples:
// Messenger's begin with m_ (messages) and t_ (conversations), Instagram's are
// base64 of a text that begins with ig_, so they begin with aWdf.
const (
	messengerMessage = "m_"
	messengerThread  = "t_"
	instagramMessage = "ig_dm_item:1:IGMessageID:"
	instagramThread  = "ig_dm_thread:1:IGMessageThread:"
)

// newMID mints the id of a message in a thread.
func (s surface) newMID(tx *sim.Tx) string {
	random := tx.Rand("mid")
	if !s.Instagram {
		return messengerMessage + base64.RawURLEncoding.EncodeToString(random.Bytes(48))
	}
	text := instagramMessage + tx.Thread.Account + ":" + tx.Thread.Customer + ":" + random.Hex(12)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// conversationID is the id of a thread in the Conversations API, and thread.id
// of webhooks. It says which thread it is, so that nothing is looked up.
func (s surface) conversationID(account, customer string) string {
	if !s.Instagram {
		return messengerThread + account + customer
	}
	return base64.RawURLEncoding.EncodeToString([]byte(instagramThread + account + ":" + customer))
}

// conversation finds account and customer of a conversation's id.
func (f *fake) conversation(id string) (p actor, customer string, ok bool) {
	if rest, messenger := strings.CutPrefix(id, messengerThread); messenger {
		for _, p := range f.actors() {
			if customer, ok := strings.CutPrefix(rest, p.ID); ok && !p.Instagram && customer != "" {
				return p, customer, true
			}
		}
		return p, "", false
	}
	text, err := base64.RawURLEncoding.DecodeString(id)
	rest, instagram := strings.CutPrefix(string(text), instagramThread)
	account, customer, found := strings.Cut(rest, ":")
	p, ok = f.actor(account)
	return p, customer, err == nil && instagram && found && ok && customer != ""
}
