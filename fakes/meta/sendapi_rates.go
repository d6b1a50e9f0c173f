package meta

import (
	"time"

	"github.com/encore-sandbox/sandbox/sim"
	"github.com/encore-sandbox/sandbox/sim/store"
)

// socialRates are the limits that are on for a call of a page or an Instagram
// account: of every message and action, of audio and video and of private
// replies besides, or of the conversations that are read. They run in the
// workspace's time.
func (f *fake) socialRates(account, of string, now time.Time) (out []rate) {
	perSecond := func(n int, name string) {
		if n > 0 {
			out = append(out, rate{account + ":" + name, time.Second / time.Duration(n), n, now, 613})
		}
	}
	switch of {
	case "conversations":
		perSecond(f.Rates.ConversationsPerSecond, of)
	case "audio", "video":
		perSecond(f.Rates.PageMediaPerSecond, "media")
		perSecond(f.Rates.PagePerSecond, "send")
	case privateReply:
		if n := f.Rates.PrivateRepliesPerHour; n > 0 {
			out = append(out, rate{account + ":" + of, time.Hour / time.Duration(n), n, now, 613})
		}
		perSecond(f.Rates.PagePerSecond, "send")
	default:
		perSecond(f.Rates.PagePerSecond, "send")
	}
	return out
}

// privateReply is what limits of messages that answer a comment are of.
const privateReply = "private reply"

// rated is what the limits of a send are of.
func (s *SocialSend) rated() string {
	if s.isPrivateReply() {
		return privateReply
	}
	return s.Type
}

// ownsSocialRates are the counters of every account: which of them a call is
// made for may be known only when its thread is.
func (f *fake) ownsSocialRates(of string) (r store.Reads) {
	for _, p := range f.actors() {
		for _, limit := range f.socialRates(p.ID, of, time.Time{}) {
			r.Own = append(r.Own, store.Key{Kind: kindRate, ID: limit.id})
		}
	}
	return r
}

// readsConversations is the read set of a list of conversations.
func (f *fake) readsConversations(*sim.Call, sim.Description) store.Reads {
	return f.ownsSocialRates("conversations")
}

// socialUsage is the X-Business-Use-Case-Usage header of a page's call.
func (f *fake) socialUsage(tx *sim.Tx, from actor) string {
	used := 1
	for _, limit := range f.socialRates(from.ID, "", tx.Workspace.Clock.Now()) {
		used = limit.used(tx)
	}
	return usageHeader(from.ID, from.Channel, used)
}
